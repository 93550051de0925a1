"""Claims whose verdict is known, for the tests of the claims' runner."""

from __future__ import annotations

import math

import numpy as np

from ngdm_lab.claims import Claim, Effect, Interval, Verdict
from ngdm_lab.experiments.jobs import Job
from ngdm_lab.experiments.statistics.contrasts import contrasts, floor_of
from ngdm_lab.experiments.statistics.paired import decide, paired_interval, sign_flip

KINDS = {
    "in favour": "holds", "against": "does not hold", "equal": "cannot be decided here",
    "undecided": "cannot be decided here",
}  # fmt: skip
TEXTS = {
    "words": 'The rule is "better" <than> the other.', "place": "section 1",
    "rule": "Holds if the interval is above 0.",
    "hypothesis": "The rule's values are lower.", "command": "python -m planted_claims",
}  # fmt: skip


def compared(results, level):
    """The verdict on two halves of results over the same seeds, the rule's and the other's, where lower is better."""
    half = len(results) // 2
    rule, other = results[:half], results[half:]
    difference, low, high = paired_interval(other, rule, resamples=1000)
    decision = decide(low, high)
    return Verdict(
        KINDS[decision], f"The rule is {decision}.", effect=Effect(difference, "decades", "other less rule"),
        interval=Interval(low, high, 0.95), statistics={"p": sign_flip(other, rule, resamples=500)[1]},
        numbers={"decision": decision}, data=("bowl",), seeds=half, budget="20 steps",
    )  # fmt: skip


def judge_descent(results, level):
    """Compares the logarithms of the last values."""
    return compared([math.log10(result["value"]) for result in results], level)


def descent(name, first, second, seeds=8):
    def jobs(level):
        count = seeds if level == "quick" else 2 * seeds
        return [
            Job("job_functions:descent", {"seed": seed, "rate": rate, "name": arm})
            for arm, rate in enumerate((first, second))
            for seed in range(count)
        ]

    return Claim(name, jobs=jobs, judge=judge_descent, **TEXTS)


IDENTICAL = descent("identical", 0.1, 0.1)
DOUBLED = descent("doubled", 0.2, 0.1)
HALVED = descent("halved", 0.1, 0.2)


def judge_beside_a_twin(results, level):
    """The rule of the claims on nets: Student's test, and a mean beyond what the other and its twin differ by."""
    rule, other, twin = np.split(np.array(results), 3)
    found = contrasts([("other less rule", other, rule, floor_of(twin, other))])[0]
    return Verdict(KINDS[found.decision], f"The rule is {found.decision}.")


def chance(number, seeds=10, shift=0.0):
    """A claim on three draws from one law, or the first from a shifted one."""

    def jobs(level):
        drawn = range(number * seeds, (number + 1) * seeds)
        arms = ({"arm": 0, "shift": -shift}, {"arm": 1}, {"arm": 2})
        return [Job("job_functions:draw", {"seed": s, **arm}) for arm in arms for s in drawn]

    return Claim(f"null-{number}", jobs=jobs, judge=judge_beside_a_twin, **TEXTS)
