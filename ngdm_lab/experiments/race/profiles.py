"""`performance_profile` and `ecdf`: optimizers over several landscapes and several targets in one curve each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.compiler.checks import (
    brief,
    check_array,
    check_choice,
    check_instance,
    check_integer,
    check_known,
    check_point,
)
from ngdm_lab.engine import Ensemble
from ngdm_lab.engine.ensemble import _run
from ngdm_lab.engine.state import Clock
from ngdm_lab.experiments.statistics.compare import CONTROL
from ngdm_lab.experiments.statistics.running_time import expected_time

from .measures import running_times
from .result import Race
from .tables import align, wrap

__all__ = ["COSTS", "TARGETS", "Ecdf", "PerformanceProfile", "ecdf", "expected_evaluations", "performance_profile"]

Array = NDArray[np.float64]

COSTS = ("hit", "arrival")
TARGETS = tuple(10.0 ** (1 - 0.5 * k) for k in range(19))  # 10 to 1e-8, two a decade
_ROOM = 2e7  # numbers that the paths of a part of the runs may take while first hits are looked for


def expected_evaluations(runs: Ensemble, cost: str = "hit") -> float:
    """Evaluations that a success takes on average if one restarts after each failure (ERT, Auger and Hansen 2005).

    All evaluations that are spent over the number of successes; inf where there is none. For the cost "hit" a
    success is a first hit, after which no more is spent (as COCO counts), and a run without one costs all steps + 1
    even where it diverged; for "arrival" it is an arrival, and every run costs all its evaluations, for only its last
    point shows it.
    """
    if cost == "hit":
        return expected_time(*running_times(runs))
    return expected_time(runs.evaluations, runs.arrived)


@dataclass(frozen=True, eq=False)
class PerformanceProfile:
    """Performance profiles (Dolan and More 2002, Mathematical Programming 91, 201-213); `print` shows them.

    Attributes
    ----------
    labels, surfaces : optimizers (the control last, if it ran) and landscapes.
    costs : (labels, surfaces) expected evaluations; inf where no run succeeded, NaN where the pair did not run.
    ratios : (labels, surfaces) cost over that of the best but the control; inf where there was no success.
    cost : "hit" or "arrival", see `expected_evaluations`.
    control : label of the control's equal, or "".
    """

    labels: list[str]
    surfaces: list[str]
    costs: Array
    ratios: Array
    cost: str
    control: str

    def share(self, label: str, ratio: ArrayLike) -> Any:
        """Share of the landscapes on which an optimizer costs at most `ratio` times the best, rho(tau).

        Landscapes that nobody solves count as not solved; those on which the optimizer did not run do not count.
        """
        mine = self.ratios[self.labels.index(check_known("label", "optimizer", label, self.labels))]
        mine = mine[~np.isnan(mine)]
        return (mine <= check_array("ratio", ratio)[..., None]).mean(axis=-1)[()]

    @property
    def noise_floor(self) -> float | None:
        """The largest factor between the costs of the control and of its equal; None without a control."""
        if not self.control:
            return None
        a, b = (self.costs[self.labels.index(label)] for label in (self.control, CONTROL))
        both = np.isfinite(a) & np.isfinite(b)
        return float(np.exp(np.abs(np.log(a[both] / b[both])).max())) if both.any() else None

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary for each optimizer and landscape."""
        return [
            {"optimizer": label, "surface": s, "cost": float(self.costs[i, k]), "ratio": float(self.ratios[i, k])}
            for i, label in enumerate(self.labels)
            for k, s in enumerate(self.surfaces)
            if not np.isnan(self.costs[i, k])
        ]

    def __str__(self) -> str:
        marks = (1.0, 1.5, 2.0, 5.0, 10.0, np.inf)
        head = ("optimizer", *(f"<= {m:g} x" if np.isfinite(m) else "solved" for m in marks))
        cells = [head]
        for label in self.labels:
            name = f"control = {self.control}" if label == CONTROL else label
            # every finite ratio counts as solved
            shares = [self.share(label, m if np.isfinite(m) else np.finfo(float).max) for m in marks]
            cells.append((name, *(f"{100 * v:.0f} %" for v in shares)))
        what = "a first hit" if self.cost == "hit" else "an arrival"
        counted = f"{len(self.surfaces)} landscape{'s' if len(self.surfaces) > 1 else ''}"
        title = f"Share of {counted} on which {what} costs at most so many times the evaluations of the best:"
        floor = self.noise_floor
        noted = "Noise floor: none, no control ran or solved a landscape."
        if floor is not None:
            factor = f"a factor of up to {floor:.2f}"
            noted = f"Noise floor: {self.control} and its equal in all but name differ by {factor}."
        unsolved = [s for s, column in zip(self.surfaces, self.costs.T, strict=True) if not np.isfinite(column).any()]
        lines = wrap(f"Solved by nobody: {', '.join(unsolved)}.") if unsolved else []
        return "\n".join([*wrap(title), *align(cells), *wrap(noted), *lines])


def performance_profile(race: Race, cost: str = "hit") -> PerformanceProfile:
    """How often each optimizer is how near to the best, over the landscapes of a race.

    Parameters
    ----------
    race : from `lab.race`, or loaded, at best on many landscapes.
    cost : "hit" for the expected evaluations to the first hit, "arrival" for those to an arrival.

    Raises
    ------
    TypeError
        For what is no race.
    ValueError
        For another cost.
    """
    _check(race)
    check_choice("cost", cost, tuple(COSTS))
    labels, surfaces = race.labels, race.surfaces
    costs = np.full((len(labels), len(surfaces)), np.nan)
    for e in race.entries:
        costs[labels.index(e.label), surfaces.index(e.surface_name)] = expected_evaluations(e.runs, cost)
    own = np.array([label != CONTROL for label in labels])
    best = np.fmin.reduce(costs[own], axis=0)
    with np.errstate(invalid="ignore"):
        ratios = np.where(np.isinf(costs), np.inf, costs / best)
    return PerformanceProfile(labels, surfaces, costs, ratios, cost, race.control if CONTROL in labels else "")


@dataclass(frozen=True, eq=False)
class Ecdf:
    """Empirical distribution of the evaluations to several targets (as COCO's; Hansen et al. 2022); `print` shows it.

    Attributes
    ----------
    labels, surfaces : optimizers (the control last, if it ran) and landscapes.
    targets : (k,) how near to f_min, descending.
    hits : for each (label, surface) the (runs, k) evaluations to the first point inside the bounds within each
        target, counted from 1; inf for never.
    budget : evaluations of each run.
    control : label of the control's equal, or "".
    """

    labels: list[str]
    surfaces: list[str]
    targets: Array
    hits: dict[tuple[str, str], Array]
    budget: int
    control: str

    def evaluations(self, label: str) -> tuple[Array, int]:
        """(ascending evaluations of all solved triples of run, landscape and target; number of all triples)."""
        check_known("label", "optimizer", label, self.labels)
        mine = [self.hits[label, s].ravel() for s in self.surfaces if (label, s) in self.hits]
        every = np.concatenate(mine)
        return np.sort(every[np.isfinite(every)]), len(every)

    def share(self, label: str, evaluations: ArrayLike) -> Any:
        """Share of the triples that are solved within so many evaluations. Each landscape weighs by its runs."""
        solved, count = self.evaluations(label)
        return (np.searchsorted(solved, check_array("evaluations", evaluations), side="right") / count)[()]

    @property
    def noise_floor(self) -> float | None:
        """The largest difference of the curves of the control and of its equal; None without a control."""
        if not self.control:
            return None
        at = np.unique(np.concatenate([self.evaluations(label)[0] for label in (self.control, CONTROL)]))
        if not len(at):
            return 0.0
        return float(np.abs(self.share(self.control, at) - self.share(CONTROL, at)).max())

    def __str__(self) -> str:
        marks = np.unique(np.round(np.geomspace(10, max(self.budget, 10), 6)).astype(int))
        cells = [("optimizer", *(f"{m}" for m in marks))]
        for label in self.labels:
            name = f"control = {self.control}" if label == CONTROL else label
            cells.append((name, *(f"{100 * v:.1f} %" for v in self.share(label, marks))))
        k, (high, low) = len(self.targets), (self.targets[0], self.targets[-1])
        title = f"Share of (run, landscape, target) solved within so many evaluations; {k} targets {high:g} to {low:g}:"
        floor = self.noise_floor
        noted = "Noise floor: none, no control ran."
        if floor is not None:
            points = f"{100 * floor:.1f} points"
            noted = f"Noise floor: the curves of {self.control} and its equal in all but name differ by up to {points}."
        return "\n".join([*wrap(title), *align(cells), *wrap(noted)])


def ecdf(race: Race, targets: ArrayLike | None = None, starts: int | None = None) -> Ecdf:
    """How many of all (run, landscape, target) are solved within how many evaluations, for each optimizer of a race.

    A race keeps first hits of its own target alone; so its runs are made again, the same bit for bit, and looked
    through for all targets. That takes about as long as the race without its tuning, or longer. With the race's own
    target alone nothing is run.

    Parameters
    ----------
    race : from `lab.race`, or loaded.
    targets : distances to f_min, by default 19 from 10 to 1e-8, two a decade. They are not scaled to the landscape.
    starts : only so many of the race's first starts.

    Raises
    ------
    TypeError
        For what is no race, or targets that are no numbers.
    ValueError
        For targets that are not finite or below 0, no start, or optimizers or surfaces that a user defined and that
        a loaded race does not have.
    """
    _check(race)
    chosen = np.unique(check_point("targets", TARGETS if targets is None else targets))[::-1]
    if not (len(chosen) and np.isfinite(chosen).all() and (chosen >= 0).all()):
        raise ValueError(f"targets must be finite numbers of at least 0, got {brief(targets)}")
    most = race.settings["starts"] if starts is None else check_integer("starts", starts, 1)
    own = len(chosen) == 1 and chosen[0] == race.settings["target"]  # first hits that the race holds
    for e in race.entries if not own else ():
        if e.runs.optimizer is None or e.runs.surface is None:
            words = "what a user defined is to be handed to lab.load(path, own=...)"
            raise ValueError(f"race cannot run {e.label} on {e.surface_name} again: {words}")
    find = _held if own else first_hits
    hits = {(e.label, e.surface_name): find(e.runs, chosen, most) for e in race.entries}
    control = race.control if CONTROL in race.labels else ""
    return Ecdf(race.labels, race.surfaces, chosen, hits, race.settings["steps"] + 1, control)


def _held(runs: Ensemble, targets: Array, most: int) -> Array:
    """`first_hits` for the runs' own target."""
    hit = runs.hit[:most, None]
    return np.where(hit >= 0, hit + 1.0, np.inf)


def first_hits(runs: Ensemble, targets: Array, most: int) -> Array:
    """(runs, targets) evaluations to each target, counted from 1, inf for never: the runs made again, path kept."""
    s, optimizer = runs.surface, runs.optimizer
    assert s is not None
    assert optimizer is not None
    count = min(len(runs), most)
    out = np.full((count, len(targets)), np.inf)
    part = max(1, min(count, int(_ROOM / ((runs.steps + 1) * (s.dim + 1)))))
    low, high = s.bounds.T
    for first in range(0, count, part):
        x0 = runs.x0[first : min(first + part, count)]
        x, f = np.full((len(x0), runs.steps + 1, s.dim), np.nan), np.full((len(x0), runs.steps + 1), np.nan)
        clock = Clock.of(runs.seed, runs.first_run + first, runs.steps)
        _run([optimizer], s, x0, clock, runs.target, quantiles=False, paths=(x, f))
        inside = ((x >= low) & (x <= high)).all(axis=2)
        with np.errstate(invalid="ignore"):
            best = np.fmin.accumulate(np.where(inside, f - s.f_min, np.inf), axis=1)
        for k, target in enumerate(targets):
            met = best[:, -1] <= target
            out[first : first + len(x0), k][met] = np.argmax(best[met] <= target, axis=1) + 1
    return out


def _check(race: Any) -> None:
    check_instance("race", race, Race, "a Race (of lab.race)")
