"""C9: NGDM needs fewer iterations than the known methods, and no falling learning rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.claims import Claim, Effect, Interval, Verdict
from ngdm_lab.claims.claim import Level
from ngdm_lab.experiments.jobs import Job
from ngdm_lab.experiments.statistics.compare import holm
from ngdm_lab.experiments.statistics.paired import decide, paired_interval
from ngdm_lab.experiments.statistics.survival import log_rank

from .surfaces import NAMES, NGDMS, bools

__all__ = ["CLAIM", "Results", "evaluations"]

Array = NDArray[np.float64]

SURFACES = ("rosenbrock:2", "rosenbrock:10", "beale:2", "colville:4", "powell:4", "ellipsoid:10:condition=1000",
            "styblinski-tang:2", "goldstein-price:2")  # fmt: skip
RESIDUALS = ("rosenbrock:2", "rosenbrock:10")
LABELS = ("sgd", "adam", "apollo", *NGDMS, "twin")
KNOWN, DIAGONAL = ("sgd", "adam", "apollo"), ("dir", "gendir")
PLAIN = ("rosenbrock:2", "beale:2", "ellipsoid:10:condition=1000", "styblinski-tang:2")
NOISY = tuple(f"{name}:noisy=1" for name in PLAIN)
DECAYED = ("sgd", "dir", "gendir")
SIZES = {"quick": (1000, 256, 4000), "full": (8000, 1024, 8000)}  # starts, tuning starts, steps
BATCHES, LEVEL, SOME = 10, 0.05, 0.05
RELEVANT = 0.1  # digits

_HITTING = f"{__package__}.hitting"


class Results:
    """The results by what they are of."""

    def __init__(self, results: Sequence[Mapping[str, Any]]) -> None:
        remaining = iter(results)
        self.hits = {key: next(remaining) for key in product(SURFACES, LABELS)}
        self.digits = {key: np.array(next(remaining)["digits"]) for key in _decays()}
        self.newton = {name: next(remaining) for name in RESIDUALS}


def _decays() -> list[tuple[str, str, bool]]:
    return [*product((*PLAIN, *NOISY), DECAYED, (False, True)), *product((*PLAIN, *NOISY), ("twin",), (False,))]


def jobs(level: Level) -> list[Job]:
    """Hitting times of all rules, digits with and without a falling rate, and Gauss-Newton."""
    starts, tuning, steps = SIZES[level]
    size = {"starts": starts, "tuning": tuning, "steps": steps}
    made = [Job(f"{_HITTING}:hits", {"name": n, "label": k, **size}) for n, k in product(SURFACES, LABELS)]
    made += [Job(f"{_HITTING}:accuracy", {"name": n, "label": k, "fall": d, **size}) for n, k, d in _decays()]
    made += [Job(f"{_HITTING}:residual_hits", {"name": n, "starts": starts, "steps": steps}) for n in RESIDUALS]
    return made


def evaluations(result: Mapping[str, Any]) -> Array:
    """(batches,) log10 of the mean evaluations to the first hit."""
    return np.array([np.log10(part.mean()) for part in np.array_split(np.array(result["spent"], float), BATCHES)])


def _logarithm(result: Mapping[str, Any]) -> float:
    return float(np.log10(np.mean(result["spent"])))


def _share(result: Mapping[str, Any]) -> float:
    return float(np.mean(bools(result["seen"])))


def _faster(r: Results) -> dict[tuple[str, str], tuple[int, int, int]]:
    """For each NGDM and known method: on how many landscapes faster and slower, of how many that count."""
    keys, p, logs = [], [], []
    for name, mine, other in product(SURFACES, NGDMS, KNOWN):
        a, b = r.hits[name, mine], r.hits[name, other]
        if max(_share(a), _share(b)) < SOME:
            continue
        keys.append((name, mine, other))
        p.append(log_rank(a["spent"], b["spent"], np.array(bools(a["seen"])), np.array(bools(b["seen"]))).p)
        logs.append(_logarithm(a) - _logarithm(b))
    floors = {name: abs(_logarithm(r.hits[name, "twin"]) - _logarithm(r.hits[name, "sgd"])) for name in SURFACES}
    counts = dict.fromkeys(product(NGDMS, KNOWN), (0, 0, 0))
    for (name, mine, other), corrected, log in zip(keys, holm(np.array(p)), logs, strict=True):
        faster, slower, all_of = counts[mine, other]
        apart = corrected < LEVEL and abs(log) > floors[name]
        counts[mine, other] = (faster + (apart and log < 0), slower + (apart and log > 0), all_of + 1)
    return counts


def _needs(r: Results, label: str, names: Sequence[str]) -> tuple[str, tuple[float, float, float], float]:
    """Whether a falling rate brings digits: the decision, the difference with its interval, the noise floor."""

    def mean(which: str, fall: bool) -> Array:
        return np.asarray(np.mean([r.digits[name, which, fall] for name in names], axis=0))

    batched = [np.array([part.mean() for part in np.array_split(mean(label, fall), BATCHES)]) for fall in (True, False)]
    floor = max(RELEVANT, abs(float(mean("twin", False).mean() - mean("sgd", False).mean())))
    found = paired_interval(*batched)
    return decide(found[1], found[2], floor), found, floor


def judge(results: Sequence[Mapping[str, Any]], level: Level) -> Verdict:
    """Fewer iterations, and no falling rate; see the rule."""
    r = Results(results)
    counts = _faster(r)
    fewer = all(2 * counts[mine, k][0] > counts[mine, k][2] for mine in DIAGONAL for k in KNOWN)
    exactly = all(2 * counts[f"{mine}-exact", k][0] > counts[f"{mine}-exact", k][2] for mine in DIAGONAL for k in KNOWN)
    decays = {(label, kind): _needs(r, label, names)
              for label in DECAYED for kind, names in (("plain", PLAIN), ("noisy", NOISY))}  # fmt: skip
    words = {kind: {decays[label, kind][0] for label in DIAGONAL} for kind in ("plain", "noisy")}
    needless = {kind: "in favour" not in told and "undecided" not in told for kind, told in words.items()}
    open_ = any("undecided" in told and "in favour" not in told for told in words.values())
    conditions, alone = [], "" if fewer or exactly else " alone"
    if not fewer and exactly:
        conditions.append("the exact form of F^-1 (fewer iterations)")
    if fewer and not all(needless.values()):
        conditions.append("its first half, fewer iterations")
    if not fewer and all(needless.values()):
        conditions.append(f"its second half{alone}, no falling rate{_neither(decays)}")
    elif needless["plain"] and not needless["noisy"]:
        conditions.append(f"its second half{alone}, no falling rate, and without noise{_neither(decays)}")
    kind: Any
    if fewer and all(needless.values()):
        kind, conditions = "holds", []
    elif open_ and not conditions:
        kind = "cannot be decided here"
    else:
        kind = "holds only under" if conditions else "does not hold"
    logs = [evaluations(r.hits[n, "dir"]) - evaluations(r.hits[n, _best(r, n)]) for n in SURFACES]
    mean, low, high = paired_interval(np.mean(logs, axis=0), np.zeros(BATCHES))
    numbers: dict[str, Any] = {
        f"{NAMES[a]} against {NAMES[b]}": f"faster {n}, slower {m} of {k}" for (a, b), (n, m, k) in counts.items()
    }
    numbers |= {f"digits by a falling rate, {NAMES[a]}, {b}": told[1][0] for (a, b), told in decays.items()}
    numbers |= {
        f"digits by a falling rate, {NAMES[a]}, {n}": float((r.digits[n, a, True] - r.digits[n, a, False]).mean())
        for n in (*PLAIN, *NOISY) for a in DECAYED
    }  # fmt: skip
    numbers |= {f"floor of digits, {b}": decays["sgd", b][2] for b in ("plain", "noisy")}
    numbers |= {f"mean evaluations, {n}, {NAMES[k]}": 10 ** _logarithm(r.hits[n, k]) for n in SURFACES for k in LABELS}
    starts, tuning, steps = SIZES[level]
    return Verdict(
        kind, _sentence(r, counts, decays), " and ".join(conditions),
        Effect(10**mean, "", "evaluations of NGDM Dir diagonal over those of the fastest known method, geometric mean"),
        Interval(10**low, 10**high, 0.95), numbers=numbers, data=(*SURFACES, *NOISY), seeds=starts,
        budget=f"{steps} steps a start; every rate from two rounds of {tuning} tuning starts",
    )  # fmt: skip


def _neither(decays: Mapping[tuple[str, str], Any]) -> str:
    """Whether SGD, too, gains nothing, without noise."""
    return "" if decays["sgd", "plain"][0] == "in favour" else ", which SGD does not need there either"


def _best(r: Results, name: str) -> str:
    """The known method with the fewest evaluations on a landscape."""
    return min(KNOWN, key=lambda label: float(np.mean(r.hits[name, label]["spent"])))


def _sentence(
    r: Results, counts: Mapping[tuple[str, str], tuple[int, int, int]], decays: Mapping[tuple[str, str], Any]
) -> str:
    against = ", ".join(f"{NAMES[k]} on {counts['dir', k][0]} (slower on {counts['dir', k][1]})" for k in KNOWN)
    exact = ", ".join(f"{NAMES[k]} on {counts['dir-exact', k][0]} ({counts['dir-exact', k][1]})" for k in KNOWN)
    gains = {key: f"{told[1][0]:+.2g}" for key, told in decays.items()}
    newton = "; ".join(
        f"{name} {np.median(r.newton[name]['spent']):.0f}, SGD {np.median(r.hits[name, 'sgd']['spent']):.0f}, "
        f"NGDM Dir diagonal {np.median(r.hits[name, 'dir']['spent']):.0f}, exact "
        f"{np.median(r.hits[name, 'dir-exact']['spent']):.0f}"
        for name in RESIDUALS
    )  # fmt: skip
    return (
        f"Of {counts['dir', 'sgd'][2]} landscapes NGDM Dir diagonal is faster than {against}; exact: {exact}. A "
        f"falling rate brings NGDM Dir {gains['dir', 'plain']} digits without noise and {gains['dir', 'noisy']} with "
        f"it, NGDM GenDir {gains['gendir', 'plain']} and {gains['gendir', 'noisy']}, SGD {gains['sgd', 'plain']} and "
        f"{gains['sgd', 'noisy']}. The natural gradient that sees f (Gauss-Newton) takes, median: {newton}."
    )


def figure(results: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Evaluations by landscape, and what a falling rate brings."""
    from .hitting_figure import hitting_figure

    r = Results(results)
    means = {(n, k): float(np.mean(r.hits[n, k]["spent"])) for n, k in product(SURFACES, LABELS)}
    newton = {name: float(np.mean(r.newton[name]["spent"])) for name in RESIDUALS}
    gains = {(k, kind): _needs(r, k, names)[1] for k in DECAYED for kind, names in (("plain", PLAIN), ("noisy", NOISY))}
    floors = {kind: _needs(r, "sgd", names)[2] for kind, names in (("plain", PLAIN), ("noisy", NOISY))}
    hitting_figure(path, SURFACES, LABELS, means, newton, gains, floors)


CLAIM = Claim(
    id="C9",
    words=(
        "[Known methods] require many iterations to minimise loss functions. In Algorithm 4 there is no need to "
        "reduce the length of the step or the value of the gradient for more accuracy, since the convexity of the "
        "minimised function is accounted for."
    ),
    place="Abstract, introduction, and section 2.3 after Algorithm 4",
    hypothesis=(
        "At finely tuned rates NGDM, with diagonal F^-1 of both distributions, hits the minimum after fewer "
        "evaluations than SGD, Adam and Apollo, and a falling rate brings it no further digits."
    ),
    rule=(
        "Fewer iterations: each diagonal NGDM is faster than each known method on more than half of the landscapes "
        "that one of the two hits from at least 5 % of the starts. Faster on one: log-rank test of the evaluations "
        "to the first hit, runs without one censored, p below 0.05 after Holm over all pairs and landscapes, and "
        "the ratio of mean evaluations beyond that of SGD to itself from other starts, tuned again. No falling "
        "rate: the mean digits of the last point at a rate falling to 0 as half a cosine, less those at a constant "
        "one, both tuned, have a 95 % interval over ten batches of starts that does not reach beyond the noise "
        "floor (SGD against itself again, and at least 0.1 digits) for either NGDM, with exact gradients and with "
        "normal noise of 1 on each component. Holds if both parts do; holds only under what is named if one part "
        "does, or the first with exact F^-1, or the second without noise alone; cannot be decided if an undecided "
        "digit would change that; else does not hold."
    ),
    jobs=jobs,
    judge=judge,
    figure=figure,
    command="ngdm-lab paper claims --only C9",
)
