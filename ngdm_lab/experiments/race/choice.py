"""The choice of a learning rate from what was tried, and how much it would differ between sets of tuning starts.

Equal rules that are tuned apart get other rates, and so do other things than equal rules do: a comparison of two rules
has the noise of both choices in it. What it amounts to is estimated from the tuning's own runs, in two ways of which
the larger counts. *Resampled starts*: the choice is made again from each of some sets of starts drawn with replacement
from those that there were, and what the new choices measure is compared with the chosen rate's, both by all starts.
*The grid*: between two places nothing was tried, so the best rate is known to no more than the distance to its
neighbours, and a uniform law within it has a third of a squared difference as variance; that to the nearer one in what
is measured, for a choice does not fall on the far side of a cliff.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import nan

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.engine import Ensemble
from ngdm_lab.experiments.statistics.running_time import expected_times, influences

from .measures import final_values, running_times

__all__ = ["GOALS", "Batch", "Curve", "Noise", "choice_noise", "choose", "pooled", "settle", "summed",
           "with_neighbours"]  # fmt: skip

Array = NDArray[np.float64]
Whole = NDArray[np.int64]

RESAMPLES = 60
KEPT = 10_000  # starts of a tuning up to which the resamples are kept for the next one, which mostly has as many
GOALS = ("time", "arrival")


@dataclass(frozen=True, eq=False)
class Batch:
    """What one round of tuning measured: k rates at their places in the grid, each from the same m starts.

    places (k,) ascending; times (k, m), hit (k, m) and last (k, m) as `running_times` and `final_values` give them;
    arrived (k, m).
    """

    places: Whole
    times: Array
    hit: NDArray[np.bool_]
    arrived: NDArray[np.bool_]
    last: Array

    @classmethod
    def of(cls, places: Whole, made: Sequence[Ensemble]) -> Batch:
        """From the runs at each place."""
        timed = [running_times(runs) for runs in made]
        return cls(
            places, np.array([times for times, _ in timed]), np.array([hit for _, hit in timed]),
            np.array([runs.arrived for runs in made]), np.array([final_values(runs) for runs in made]),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Curve:
    """All rounds together, by place; the fields are those of `Tuning`. `budget`: evaluations of a run without a hit."""

    places: Whole
    times: Array
    error: Array
    hits: Array
    arrival: Array
    final: Array
    counts: Whole
    budget: float


@dataclass(frozen=True)
class Noise:
    """Variances of what the choice of a rate does to its measures, see the module.

    Attributes
    ----------
    time : of the logarithm of the expected running time; NaN where no tuning run was ever within the target.
    hits, arrival : of the shares of runs that hit and that arrive.
    final : of the median last value; inf where the median run diverges.
    """

    time: float = 0.0
    hits: float = 0.0
    arrival: float = 0.0
    final: float = 0.0


def summed(batches: Sequence[Batch]) -> Curve:
    """The curve of all rounds so far."""
    tried = np.unique(np.concatenate([b.places for b in batches]))
    by = np.array([np.isin(tried, b.places) for b in batches])  # (rounds, places)
    columns, counts = np.empty((5, len(tried))), np.empty(len(tried), dtype=np.int64)
    kinds = 2 ** np.arange(len(batches)) @ by
    for kind in np.unique(kinds).tolist():  # places that the same rounds tried have as many runs: side by side
        mine = np.flatnonzero(kinds == kind)
        those = [b for b, tries in zip(batches, by[:, mine[0]], strict=True) if tries]
        columns[:, mine], counts[mine] = _measured(those, tried[mine])
    times, error, hits, arrival, final = columns
    return Curve(tried, times, error, hits, arrival, final, counts, max(float(b.times.max()) for b in batches))


def _measured(batches: Sequence[Batch], places: Whole) -> tuple[Array, int]:
    """What a curve has of places that all these rounds tried, from times to final, (5, k), and from how many runs."""
    rows = [np.searchsorted(b.places, places) for b in batches]
    times, hit, arrived, last = (
        np.hstack([part[k] for part, k in zip(parts, rows, strict=True)])
        for parts in zip(*((b.times, b.hit, b.arrived, b.last) for b in batches), strict=True)
    )
    m = times.shape[1]
    error = influences(times, hit).std(axis=1, ddof=1) / m**0.5 if m > 1 else np.full(len(places), nan)
    # by order statistics: between two finite values and an infinite one there is no mean
    final = np.quantile(last, 0.5, axis=1, method="inverted_cdf")
    return np.array([expected_times(times, hit), error, hit.mean(axis=1), arrived.mean(axis=1), final]), m


def _middle(values: Array) -> int:
    """Index of the smallest value, of equals the middle one: it has most room on both sides."""
    equals = np.flatnonzero(values == values.min())
    return int(equals[len(equals) // 2])


def _shortest(times: Array, final: Array) -> int:
    """Index of the smallest expected running time; where no run hits, of the lowest median last value.

    Where every median run diverges, the smallest rate.
    """
    if np.isfinite(times).any():
        return _middle(times)
    return _middle(final) if np.isfinite(final).any() else 0


def choose(arrival: Array, final: Array, starts: int | Whole) -> int:
    """Index of the rate with the lowest median last value of those within one standard error of the most arrivals.

    The rule of one standard error (Breiman et al. 1984): a few chance arrivals decide nothing, and where nobody arrives
    the quality of the last point decides. The middle one of equals; the best where every median run diverged.
    """
    k = int(np.argmax(arrival))
    best = arrival[k]
    good = arrival >= best - np.sqrt(best * (1 - best) / np.broadcast_to(starts, arrival.shape)[k])
    if not np.isfinite(final[good]).any():
        return k
    return int(np.flatnonzero(good)[_middle(final[good])])


def settle(curve: Curve, least: int, goal: str = "time") -> int:
    """Index of the chosen rate among those that were tried from `least` starts, by a goal of `tune`."""
    known = np.flatnonzero(curve.counts >= least)
    if goal == "time":
        return int(known[_shortest(curve.times[known], curve.final[known])])
    return int(known[choose(curve.arrival[known], curve.final[known], curve.counts[known])])


def pooled(curve: Curve) -> Curve:
    """The curve with each running time that of a place and, by half, its neighbours: for a coarse grid and few hits.

    From some thirty starts of which one or two hit, the smallest time alone is chance, and leads to a wrong decade.
    """
    spent, won = with_neighbours(_spent(curve)), with_neighbours(curve.hits * curve.counts)
    with np.errstate(divide="ignore"):
        return replace(curve, times=np.where(won > 0, spent / won, np.inf))


def with_neighbours(values: Array) -> Array:
    """(..., k): each with half of those beside it."""
    wide = np.pad(values, [(0, 0)] * (values.ndim - 1) + [(1, 1)])
    return np.asarray(values + (wide[..., :-2] + wide[..., 2:]) / 2)


def _spent(curve: Curve) -> Array:
    """All evaluations at each place, up to first hits."""
    won = curve.hits * curve.counts
    return np.where(won > 0, np.nan_to_num(curve.times, posinf=0.0) * won, curve.budget * curve.counts)


def choice_noise(batches: Sequence[Batch], curve: Curve, chosen: int, least: int, goal: str = "time") -> Noise:
    """What the choice that `settle` made would differ by, from other starts and on other grids; no run is made."""
    known = np.flatnonzero(curve.counts >= least)
    starts = tuple(b.times.shape[1] for b in batches)
    drawn = (_drawn if sum(starts) <= KEPT else _drawn.__wrapped__)(starts)
    again = known[_resampled(batches, curve.places[known], drawn, goal)]
    # the first round says where the others look
    first = batches[0].places[_resampled(batches[:1], batches[0].places, drawn[:1], goal, wide=True)]
    near = known[np.abs(curve.places[known] - curve.places[chosen]) == 1]
    tried = curve.places[known]
    inside = (curve.places[again] > tried[0]) & (curve.places[again] < tried[-1])
    inside &= (first >= tried[0]) & (first <= tried[-1])
    # a rate at which nobody hit has at most half a hit, as far as one can tell
    won = curve.hits * curve.counts
    measures = np.log(_spent(curve) / np.maximum(won, 0.5)), curve.hits, curve.arrival, curve.final
    time, hits, arrival, final = (_variance(values, chosen, known, again, inside, near) for values in measures)
    return Noise(time if won[chosen] else nan, hits, arrival, final)


def _variance(values: Array, chosen: int, known: Whole, again: Whole, inside: NDArray[np.bool_], near: Whole) -> float:
    if not np.isfinite(values[chosen]):
        return float("inf")
    squares = (values - values[chosen]) ** 2
    beyond = squares[known][np.isfinite(squares[known])].max() / 3
    near = near[np.isfinite(squares[near])]
    grid = float(squares[near].min()) / 3 if len(near) else 0.0
    return max(float(np.where(inside, squares[again], beyond).mean()), grid)


@lru_cache(maxsize=4)
def _drawn(starts: tuple[int, ...]) -> list[Array]:
    """For rounds of so many starts, how often each resample has each of them, (RESAMPLES, m): always the same ones."""
    stream = np.random.default_rng(0)
    return [stream.multinomial(m, np.full(m, 1 / m), RESAMPLES).astype(np.float64) for m in starts]


def _resampled(batches: Sequence[Batch], places: Whole, drawn: Sequence[Array], goal: str, wide: bool = False) -> Whole:
    """Which of the places is chosen by each resample, whose weights are `drawn`, as indices (RESAMPLES,).

    wide : as `pooled` does for the first round.
    """
    spent, won, arrived, counts = np.zeros((4, RESAMPLES, len(places)))
    for b, weights in zip(batches, drawn, strict=True):
        _, here, there = np.intersect1d(b.places, places, assume_unique=True, return_indices=True)
        counts[:, there] += b.times.shape[1]
        for total, values in ((spent, b.times), (won, b.hit), (arrived, b.arrived)):
            total[:, there] += weights @ values[here].T
    if goal == "arrival":
        final = _medians(batches, places, drawn)
        return np.array([choose(a, f, c) for a, f, c in zip(arrived / counts, final, counts, strict=True)])
    if wide:
        spent, won = with_neighbours(spent), with_neighbours(won)
    with np.errstate(divide="ignore"):
        times = np.where(won > 0, spent / won, np.inf)
    final = np.full_like(times, np.inf)
    nobody = np.flatnonzero(np.isinf(times).all(axis=1))
    if len(nobody):  # the medians take longer than all the rest
        final[nobody] = _medians(batches, places, [weights[nobody] for weights in drawn])
    return np.array([_shortest(t, f) for t, f in zip(times, final, strict=True)])


def _medians(batches: Sequence[Batch], places: Whole, drawn: Sequence[Array]) -> Array:
    """Median last value at each place by the weights of each resample, (resamples, places)."""
    columns = []
    for place in places.tolist():
        parts = [(b.last[int(np.searchsorted(b.places, place))], w)
                 for b, w in zip(batches, drawn, strict=True) if place in b.places]  # fmt: skip
        last = np.concatenate([values for values, _ in parts])
        order = np.argsort(last)
        reached = np.cumsum(np.concatenate([w for _, w in parts], axis=1)[:, order], axis=1)
        columns.append(last[order][np.argmax(reached >= reached[:, -1:] / 2, axis=1)])
    return np.array(columns).T
