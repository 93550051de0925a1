"""Choose a learning rate: the same rounds and the same budget for every optimizer, on starts of their own.

At half a decade a step, equal rules seem to differ by tens of points. So a coarse grid finds the region and finer
rounds search it:

1. Four rates a decade over seven decades of lr times the optimizer's gain, from half of the tuning starts: a method
   whose steps are a hundred times larger (an exact F^-1 at large alpha, Apollo's first step) finds its small rates
   too.
2. Thirteen rates, an eighth of a decade apart, around the choice; they may reach beyond the first grid.
3. The same a sixteenth apart around the new choice, from further starts: rates that stay in the race are known from
   more of them.

A choice at the edge of everything tried moves the next round beyond that edge instead, by six decades. No round
has more runs for one optimizer than for another. All rates are 10^(k / 16) / gain with whole k: equal rules with
different gains try the same effective rates.

Every rate runs to the end. To drop the worse half early, again and again, would choose another rate in three tunings of
four, and to drop only what cannot win any more, which changes no choice, would save a quarter of the evaluations and
leave holes in the curves that are shown and that the noise of the choice is known from (benchmarks/tuning_halving.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscapes import Surface
from landscapes.registry import read_surface
from ngdm_lab.compiler.checks import check_choice, check_instance, check_integer
from ngdm_lab.engine import ensemble
from ngdm_lab.optimizers import Optimizer
from ngdm_lab.optimizers.registry import read_optimizer
from ngdm_lab.schema import NUMBER, Within, check, check_arrays

from .choice import GOALS, Batch, Noise, choice_noise, pooled, settle, summed

__all__ = ["Tuning", "effective_gain", "rate_grid", "starts_in_words", "tune"]

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
    times : (k,) expected running time to the target (see `running_time`); inf where no run was ever within it.
    error : (k,) standard error of its logarithm; NaN where there is none.
    hits : (k,) share of the tuning starts that were within the target at some time.
    arrival : (k,) share of the tuning starts that arrived.
    final : (k,) median of the last value, inf for a run that diverged or escaped.
    counts : (k,) starts from which each rate was tried, all rounds together.
    rounds : (k,) the round in which each rate was tried first, from 1.
    starts : number of tuning starts for each rate of a finer round; the first round has half, rounded up.
    chosen : index of the chosen rate.
    evaluations : what was granted, runs x (steps + 1), the same for every optimizer. A run that diverges uses less.
    gain : how much the optimizer's F^-1 lengthens a step, see `effective_gain`; lr x gain is the effective rate.
    noise : what the choice would differ by, see `Noise`.
    """

    rates: Array
    times: Array
    error: Array
    hits: Array
    arrival: Array
    final: Array
    counts: Whole
    rounds: Whole
    starts: int
    chosen: int
    evaluations: int
    gain: float
    noise: Noise

    def __repr__(self) -> str:
        edge = " at the edge of" if self.at_edge else " of"
        k = self.chosen
        share = f"{100 * float(self.hits[k]):.1f} % of {int(self.counts[k])} starts reach the target"
        time = f", {float(self.times[k]):.4g} evaluations expected" if np.isfinite(self.times[k]) else ""
        return f"<Tuning: lr {self.lr:.3g}{edge} {len(self.rates)} rates; {share}{time}>"

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

    def parts(self) -> dict[str, Any]:
        """All fields by name, the noise as numbers by name."""
        return {f.name: getattr(self, f.name) for f in fields(self)} | {"noise": asdict(self.noise)}

    @classmethod
    def restore(cls, parts: Mapping[str, Any], where: str = "") -> Tuning:
        """Made again from `parts`; ValueError for what does not fit, with `where` before its name."""
        _check(parts, where)
        noise = Noise(**{f.name: parts["noise"][f.name] for f in fields(Noise)})
        return cls(**{f.name: parts[f.name] for f in fields(cls) if f.name != "noise"}, noise=noise)


def _check(parts: Mapping[str, Any], where: str) -> None:
    """Raise ValueError for fields of a `Tuning` from a file that do not fit; `where` goes before their names."""
    check_arrays(parts, {
        "rates": ("f", ("k",)), "times": ("f", ("k",)), "error": ("f", ("k",)), "hits": ("f", ("k",)),
        "arrival": ("f", ("k",)), "final": ("f", ("k",)), "counts": ("i", ("k",)),
        "rounds": ("i", ("k",)),
    }, {}, where)  # fmt: skip
    least = {"starts": 1, "chosen": 0, "evaluations": 0}
    for name, low in least.items():
        check(parts[name], Within(low, len(parts["rates"]) - 1 if name == "chosen" else 2**62), where + name)
    check(parts["gain"], NUMBER, where + "gain")
    check(parts["noise"], {f.name: NUMBER for f in fields(Noise)}, where + "noise")


def starts_in_words(starts: int) -> str:
    """The tuning starts of the rounds in words."""
    return " + ".join([str((starts + 1) // 2), *[str(starts)] * (ROUNDS - 1)])


def rate_grid(optimizer: Optimizer, n: int, per_decade: int = PER_DECADE) -> Array:
    """The first round's learning rates for an optimizer in n coordinates, ascending.

    Raises ValueError for a gain so large or small that rates would leave the range of floating-point numbers.
    """
    return _rates(_first(per_decade), per_decade, _gain(optimizer, n))


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
    optimizer: Optimizer | str,
    s: Surface | str,
    *,
    starts: int = 128,
    steps: int = 2000,
    seed: int = 0,
    target: float = 1e-3,
    per_decade: int = PER_DECADE,
    replicate: int = 0,
    goal: str = "time",
    backend: str = "cpu",
) -> Tuning:
    """Search the learning rate in three rounds, see the module, and choose one of those tried.

    In the end only rates that were tried from all `starts` starts count. Of equals it is the middle one.

    Parameters
    ----------
    optimizer, s, steps, seed, target : as in `ensemble`; the optimizer's own lr is not used. Names do, too.
    starts : tuning starts for each rate of a finer round. Every round has starts of its own, and no race has them.
    per_decade : rates a decade in the finer rounds: at least 8, a multiple of 4.
    replicate : which set of tuning starts; two sets share none. What the choice differs by between sets is its
        sampling noise.
    goal : "time" chooses the smallest expected running time to the target: evaluations up to the first hit, or all of
        them, over the number of hits. "arrival" chooses, among the rates whose arrival is within one standard error of
        the best, the lowest median last value. With both it is the lowest median last value where nobody gets there.
    backend : as in `ensemble`.

    Returns
    -------
    Tuning

    Raises
    ------
    ValueError
        For another per_decade or goal, starts below 1, an odd n with GenDir, and what `ensemble` refuses.
    TypeError
        For arguments of a wrong kind.
    """
    per_decade = check_integer("per_decade", per_decade, LEAST_PER_DECADE)
    if per_decade % COARSE:
        raise ValueError(f"per_decade must be a multiple of {COARSE}, got {per_decade}")
    starts = check_integer("starts", starts, 1, TUNING_RUNS // ROUNDS)
    steps = check_integer("steps", steps)
    check_choice("goal", goal, GOALS)
    run = TUNING_RUNS * (1 + check_integer("replicate", replicate, 0, MOST_REPLICATES))
    optimizer, s = read_optimizer("optimizer", optimizer), read_surface("s", s)
    check_instance("optimizer", optimizer, Optimizer, "an Optimizer such as lab.Adam(lr=0.01)")
    check_instance("s", s, Surface, "a Surface such as ls.rosenbrock(2)")
    gain = _gain(optimizer, s.dim)
    batches: list[Batch] = []
    places, m, evaluations = _first(per_decade), (starts + 1) // 2, 0
    for number in range(1, ROUNDS + 1):
        grid = [optimizer.replace(lr=float(rate)) for rate in _rates(places, per_decade, gain)]
        made = ensemble(grid, s, m, steps, seed, backend, target=target, first_run=run, quantiles=False)
        batches.append(Batch.of(places, made))
        evaluations += len(places) * m * (steps + 1)
        run, m = run + m, starts
        curve = summed(batches)
        # where runs hit, rates of the first round count in the second: half as many starts may have led it astray
        early = number == 1 or (number < ROUNDS and goal == "time" and bool(curve.hits.any()))
        least = 1 if early else starts
        chosen = settle(pooled(curve) if number == 1 else curve, least, goal)
        places = following(curve.places, chosen, per_decade, number + 1 == ROUNDS)
    first = [next(r for r, b in enumerate(batches, 1) if k in b.places) for k in curve.places]
    return Tuning(
        _rates(curve.places, per_decade, gain), curve.times, curve.error, curve.hits, curve.arrival, curve.final,
        curve.counts, np.array(first), starts, chosen, evaluations, effective_gain(optimizer, s.dim),
        choice_noise(batches, curve, chosen, least, goal),
    )  # fmt: skip


def following(tried: Whole, chosen: int, per_decade: int, last: bool) -> Whole:
    """Places k of the next round, ascending, in a number that does not depend on the choice.

    Around the choice: two places apart, well beyond the next coarse rates; in the last round one. At an edge of what
    was tried: the edge and what lies beyond, half a decade apart; in the last round, where nothing refines what is
    found, in steps that begin at one place and grow.
    """
    stride = per_decade // COARSE
    reach, centre = max(6, stride * 3 // 2), int(tried[chosen])
    if chosen not in (0, len(tried) - 1):
        return centre + (1 if last else 2) * np.arange(-reach, reach + 1)
    j = np.arange(2 * reach + 1)
    far = 2 * stride * j
    if last:
        far = np.round(j + (far[-1] - j[-1]) * (j / j[-1]) ** 3).astype(np.int64)
    return np.sort(centre - far) if chosen == 0 else centre + far


def _gain(optimizer: Optimizer, n: int) -> float:
    """What the grid is divided by."""
    with np.errstate(all="ignore"):  # the power iteration of an extreme gain overflows, and it is refused here
        gain = optimizer.gain(n)
    if not 1 / LARGEST_GAIN <= gain <= LARGEST_GAIN:
        wanted = f"within [{1 / LARGEST_GAIN:g}, {LARGEST_GAIN:g}], got {gain:g}"
        raise ValueError(f"{optimizer.name} cannot be tuned: its gain in {n} coordinates must be {wanted}")
    return gain


def _first(per_decade: int) -> Whole:
    """Places k of the first round."""
    low, high = (per_decade * decade for decade in DECADES)
    return np.arange(low, high + 1, per_decade // COARSE)


def _rates(places: Whole, per_decade: int, gain: float) -> Array:
    # one by one: NumPy's own power of an array may differ between processors in the last bit
    return np.array([10.0 ** (k / per_decade) / gain for k in places.tolist()])
