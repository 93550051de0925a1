"""Choose a learning rate: the same rounds and the same budget for every optimizer, on starts of their own.

At half a decade a step, equal rules seem to differ by tens of points. So a coarse grid finds the region and finer
rounds search it:

1. Four rates a decade over seven decades of lr times the optimizer's gain, from half of the tuning starts: a method
   whose steps are a hundred times larger (an exact F^-1 at large alpha, Apollo's first step) finds its small rates
   too.
2. Thirteen rates, a sixteenth of a decade apart, around the choice; they may reach beyond the first grid.
3. The same around the new choice, from further starts: rates that stay in the race are known from more of them.

A choice at the edge of everything tried moves the next round beyond that edge instead, by six decades. No round
has more runs for one optimizer than for another. All rates are 10^(k / 16) with whole k: equal rules with different
gains try the same effective rates up to a sixteenth of a decade.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, log10
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscapes import Surface
from ngdm_lab.compiler.checks import check_instance, check_integer
from ngdm_lab.engine import Ensemble, ensemble
from ngdm_lab.optimizers import Optimizer
from ngdm_lab.schema import NUMBER, Within, check, check_arrays

__all__ = ["Tuning", "check_tuning", "effective_gain", "rate_grid", "starts_in_words", "tune"]

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

PER_DECADE = 16
LEAST_PER_DECADE = 8
COARSE = 4  # rates a decade in the first round
DECADES = (-6, 1)  # of lr * gain, in the first round
ROUNDS = 3
TUNING_RUNS = 2**40  # index of the first tuning run: no race is as large, so no start is used twice
MOST_REPLICATES = 2**16
LARGEST_GAIN = 1e280  # beyond it the rates would leave the range of floating-point numbers


@dataclass(frozen=True, eq=False)
class Tuning:
    """The tuning curve of one optimizer on one surface: every rate of all rounds.

    Attributes
    ----------
    rates : (k,) what was tried, ascending.
    arrival : (k,) share of the tuning starts that arrived.
    final : (k,) median of the last value, inf for a run that diverged or escaped.
    counts : (k,) starts from which each rate was tried, all rounds together.
    rounds : (k,) the round in which each rate was tried first, from 1.
    starts : number of tuning starts for each rate of a finer round; the first round has half, rounded up.
    chosen : index of the chosen rate.
    evaluations : what was granted, runs x (steps + 1), the same for every optimizer. A run that diverges uses less.
    gain : how much the optimizer's F^-1 lengthens a step, see `effective_gain`; lr x gain is the effective rate.
    """

    rates: Array
    arrival: Array
    final: Array
    counts: Whole
    rounds: Whole
    starts: int
    chosen: int
    evaluations: int
    gain: float

    def __repr__(self) -> str:
        edge = " at the edge of" if self.at_edge else " of"
        share = f"{100 * float(self.arrival[self.chosen]):.1f} % of {int(self.counts[self.chosen])} starts arrive"
        return f"<Tuning: lr {self.lr:.3g}{edge} {len(self.rates)} rates; {share}>"

    @property
    def lr(self) -> float:
        """The chosen rate."""
        return float(self.rates[self.chosen])

    @property
    def at_edge(self) -> bool:
        """True where the chosen rate is the first or last of all that were tried: the best may lie beyond."""
        return self.chosen in (0, len(self.rates) - 1)

    @property
    def moved(self) -> bool:
        """True where the chosen rate lies outside the range of the first round."""
        first = self.rates[self.rounds == 1]
        return not bool(first.min() <= self.lr <= first.max())


def check_tuning(parts: Mapping[str, Any], where: str) -> None:
    """Raise ValueError for fields of a `Tuning` from a file that do not fit; `where` goes before their names."""
    check_arrays(parts, {
        "rates": ("f", ("k",)), "arrival": ("f", ("k",)), "final": ("f", ("k",)), "counts": ("i", ("k",)),
        "rounds": ("i", ("k",)),
    }, {}, where)  # fmt: skip
    least = {"starts": 1, "chosen": 0, "evaluations": 0}
    for name, low in least.items():
        check(parts[name], Within(low, len(parts["rates"]) - 1 if name == "chosen" else 2**62), where + name)
    check(parts["gain"], NUMBER, where + "gain")


def starts_in_words(starts: int) -> str:
    """The tuning starts of the rounds in words."""
    return " + ".join([str((starts + 1) // 2), *[str(starts)] * (ROUNDS - 1)])


def rate_grid(optimizer: Optimizer, n: int, per_decade: int = PER_DECADE) -> Array:
    """The first round's learning rates for an optimizer in n coordinates, ascending.

    Raises ValueError for a gain so large or small that rates would leave the range of floating-point numbers.
    """
    return _rates(_first(optimizer, n, per_decade), per_decade)


def effective_gain(optimizer: Optimizer, n: int) -> float:
    """How much the optimizer's F^-1 lengthens a step in n coordinates: what to multiply its learning rate by.

    For a diagonal F^-1 the mean of its diagonal, 1/psi' of the parameters; for an exact one its largest
    eigenvalue; 1 for an optimizer without F. Diagonal NGDM with a constant alpha is SGD with the learning rate
    lr / psi'(alpha) (erratum E7).
    """
    solver = optimizer.solver(n)
    if solver is None:
        return 1.0
    return float(solver.arrays[0].mean()) if solver.kind == "diagonal" else optimizer.gain(n)


def tune(
    optimizer: Optimizer,
    s: Surface,
    *,
    starts: int = 128,
    steps: int = 2000,
    seed: int = 0,
    target: float = 1e-3,
    per_decade: int = PER_DECADE,
    replicate: int = 0,
    backend: str = "cpu",
) -> Tuning:
    """Search the learning rate in three rounds, see the module, and choose one of those tried.

    Chosen is, among the rates whose arrival is within one standard error of the best, the one with the lowest
    median last value (the rule of one standard error, Breiman et al. 1984): a few chance arrivals decide
    nothing, and where nobody arrives the quality of the last point decides. After the first round only rates
    that were tried from all `starts` starts count.

    Parameters
    ----------
    optimizer, s, steps, seed, target : as in `ensemble`; the optimizer's own lr is not used.
    starts : tuning starts for each rate of a finer round. Every round has starts of its own, and no race has them.
    per_decade : rates a decade in the finer rounds: at least 8, a multiple of 4.
    replicate : which set of tuning starts; two sets share none. What the choice differs by between sets is its
        sampling noise.
    backend : as in `ensemble`.

    Returns
    -------
    Tuning

    Raises
    ------
    ValueError
        For another per_decade, starts below 1, an odd n with GenDir, and what `ensemble` refuses.
    TypeError
        For arguments of a wrong kind.
    """
    per_decade = check_integer("per_decade", per_decade, LEAST_PER_DECADE)
    if per_decade % COARSE:
        raise ValueError(f"per_decade must be a multiple of {COARSE}, got {per_decade}")
    starts = check_integer("starts", starts, 1, TUNING_RUNS // ROUNDS)
    steps = check_integer("steps", steps)
    run = TUNING_RUNS * (1 + check_integer("replicate", replicate, 0, MOST_REPLICATES))
    check_instance("optimizer", optimizer, Optimizer, "an Optimizer such as lab.Adam(lr=0.01)")
    check_instance("s", s, Surface, "a Surface such as ls.rosenbrock(2)")
    trials: dict[int, list[Ensemble]] = {}
    rounds: dict[int, int] = {}
    places, m, evaluations = _first(optimizer, s.dim, per_decade), (starts + 1) // 2, 0
    for number in range(1, ROUNDS + 1):
        grid = [optimizer.replace(lr=float(rate)) for rate in _rates(places, per_decade)]
        made = ensemble(grid, s, m, steps, seed, backend, target=target, first_run=run, quantiles=False)
        for k, runs in zip(places.tolist(), made, strict=True):
            trials.setdefault(k, []).append(runs)
            rounds.setdefault(k, number)
        evaluations += len(places) * m * (steps + 1)
        run, m = run + m, starts
        tried = np.array(sorted(trials))
        arrival, final, counts = map(np.array, zip(*(_pooled(trials[k]) for k in tried.tolist()), strict=True))
        chosen = _settle(arrival, final, counts, starts if number > 1 else 1)
        places = following(tried, chosen, per_decade, number + 1 == ROUNDS)
    return Tuning(
        _rates(tried, per_decade), arrival, final, counts, np.array([rounds[k] for k in tried.tolist()]),
        starts, chosen, evaluations, effective_gain(optimizer, s.dim),
    )  # fmt: skip


def following(tried: Whole, chosen: int, per_decade: int, last: bool) -> Whole:
    """Places k of the next round, ascending, in a number that does not depend on the choice.

    Around the choice: one place apart, a little beyond the next coarse rates. At an edge of what was tried: the
    edge and what lies beyond, half a decade apart; in the last round, where nothing refines what is found, in
    steps that begin at one place and grow.
    """
    stride = per_decade // COARSE
    reach, centre = max(6, stride * 3 // 2), int(tried[chosen])
    if chosen not in (0, len(tried) - 1):
        return centre + np.arange(-reach, reach + 1)
    j = np.arange(2 * reach + 1)
    far = 2 * stride * j
    if last:
        far = np.round(j + (far[-1] - j[-1]) * (j / j[-1]) ** 3).astype(np.int64)
    return np.sort(centre - far) if chosen == 0 else centre + far


def choose(arrival: Array, final: Array, starts: int | Whole) -> int:
    """Index of the chosen rate; see `tune`. The middle one of equals; the smallest where every run diverged."""
    k = int(np.argmax(arrival))
    best = arrival[k]
    good = arrival >= best - np.sqrt(best * (1 - best) / np.broadcast_to(starts, arrival.shape)[k])
    if not np.isfinite(final[good]).any():
        return k
    equals = np.flatnonzero(good & (final == final[good].min()))  # many, where the minimum is reached exactly
    return int(equals[len(equals) // 2])


def final_values(runs: Ensemble) -> Array:
    """Last values (m,), inf where the run diverged or escaped, so that falling out of the box is no success."""
    return np.where(np.isin(runs.status, ("done", "budget")), runs.f, np.inf)


def _first(optimizer: Optimizer, n: int, per_decade: int) -> Whole:
    """Places k of the first round."""
    with np.errstate(all="ignore"):  # the power iteration of an extreme gain overflows, and it is refused here
        gain = optimizer.gain(n)
    if not 1 / LARGEST_GAIN <= gain <= LARGEST_GAIN:
        wanted = f"within [{1 / LARGEST_GAIN:g}, {LARGEST_GAIN:g}], got {gain:g}"
        raise ValueError(f"{optimizer.name} cannot be tuned: its gain in {n} coordinates must be {wanted}")
    shift = ceil(per_decade * log10(gain))
    low, high = (per_decade * decade for decade in DECADES)
    return np.arange(low - shift, high - shift + 1, per_decade // COARSE)


def _rates(places: Whole, per_decade: int) -> Array:
    # one by one: NumPy's own power of an array may differ between processors in the last bit
    return np.array([10.0 ** (k / per_decade) for k in places.tolist()])


def _pooled(trials: list[Ensemble]) -> tuple[float, float, int]:
    """Arrival, median last value and number of starts of one rate over its rounds."""
    arrived = np.concatenate([runs.arrived for runs in trials])
    last = np.concatenate([final_values(runs) for runs in trials])
    # by order statistics: between two finite values and an infinite one there is no mean
    return float(arrived.mean()), float(np.quantile(last, 0.5, method="inverted_cdf")), len(arrived)


def _settle(arrival: Array, final: Array, counts: Whole, least: int) -> int:
    """The choice among the rates that were tried from `least` starts."""
    known = np.flatnonzero(counts >= least)
    return int(known[choose(arrival[known], final[known], counts[known])])
