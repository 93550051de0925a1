"""The choice of a rate by running time, and what it would differ by on other starts and other grids."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.experiments import tune
from ngdm_lab.experiments.race import choice
from ngdm_lab.experiments.race.choice import Batch, choice_noise, choose, pooled, settle, summed
from ngdm_lab.experiments.race.measures import median
from ngdm_lab.experiments.race.profiles import expected_evaluations
from ngdm_lab.experiments.statistics.running_time import expected_time, influence

STEPS = 50


def batch(places, times, last=None):
    """A round from (k, m) running times, inf where there was no hit."""
    times = np.array(times, dtype=float)
    hit = np.isfinite(times)
    last = np.where(hit, 0.0, 1.0) if last is None else np.array(last, dtype=float)
    return Batch(np.array(places), np.where(hit, times, STEPS + 1.0), hit, hit, last)


def table(rows, columns):
    """(rows, columns) running times."""
    row = st.lists(st.one_of(st.integers(1, STEPS), st.just(np.inf)), min_size=columns, max_size=columns)
    return st.lists(row, min_size=rows, max_size=rows)


def test_the_shortest_expected_running_time_is_chosen():
    inf = np.inf
    fast_but_rare, slow_but_sure, fast = [2, inf, inf, inf], [40, 40, 40, 40], [9, 9, 9, inf]
    curve = summed([batch([0, 1, 2], [fast_but_rare, slow_but_sure, fast])])
    assert curve.times.tolist() == [2 + 3 * 51, 40, (27 + 51) / 3]
    assert curve.hits.tolist() == [0.25, 1.0, 0.75]
    assert settle(curve, 4) == 2


@pytest.mark.parametrize(
    ("final", "chosen"),
    [([5.0, 3.0, 1.0, 2.0], 2), ([2.0, 1.0, 1.0, 1.0], 2), ([np.inf] * 4, 0), ([np.inf, 4.0, np.inf, 7.0], 1)],
    ids=["lowest", "middle of equals", "smallest where all diverge", "finite"],
)
def test_where_nobody_hits_the_last_value_decides(final, chosen):
    curve = summed([batch([0, 1, 2, 3], np.full((4, 3), np.inf), np.repeat(final, 3).reshape(4, 3))])
    assert settle(curve, 3) == chosen


def test_rates_known_from_fewer_starts_do_not_count():
    rounds = [batch([0, 4, 8], [[1], [9], [9]]), batch([4, 5], [[8, 8], [7, 7]])]
    curve = summed(rounds)
    assert curve.places.tolist() == [0, 4, 5, 8]
    assert curve.counts.tolist() == [1, 3, 2, 1]
    assert settle(curve, 2) == 2
    assert settle(curve, 1) == 0


@given(table(4, 6), table(5, 4), table(3, 9), table(3, 9))
def test_rounds_are_summed_place_by_place_to_the_bit(first, second, third, last):
    """Against a plain loop over places, each from its own list of runs."""
    rounds = [batch([0, 4, 8, 12], first), batch([3, 4, 5, 7, 8], second), batch([5, 8, 9], third, last)]
    curve = summed(rounds)
    for k, place in enumerate(curve.places.tolist()):
        tried = [(b, b.places.tolist().index(place)) for b in rounds if place in b.places]
        runs = [np.concatenate([getattr(b, part)[j] for b, j in tried]) for part in ("times", "hit", "last")]
        times, hit, final = runs
        error = influence(times, hit).std(ddof=1) / len(times) ** 0.5
        wanted = [expected_time(times, hit), error, hit.mean(), hit.mean(), median(final), len(times)]
        parts = ("times", "error", "hits", "arrival", "final", "counts")
        np.testing.assert_array_equal([getattr(curve, part)[k] for part in parts], wanted)


def test_from_one_start_there_is_no_error():
    assert np.isnan(summed([batch([0, 4], [[3], [np.inf]])]).error).all()


def drawn(b, weights):
    """The round with each start as often as it was drawn."""
    order = np.repeat(np.arange(b.times.shape[1]), weights)
    return Batch(b.places, b.times[:, order], b.hit[:, order], b.arrived[:, order], b.last[:, order])


@given(table(4, 6), table(5, 4), st.sampled_from(choice.GOALS))
def test_noise_is_that_of_choosing_again_from_drawn_starts(first, second, goal):
    """Against a plain loop: every resample one by one, every rate from its own list of runs."""
    batches = [batch([0, 4, 8, 12], first), batch([6, 7, 8, 9, 10], second)]
    curve = summed(batches)
    chosen = settle(curve, 4, goal)
    noise = choice_noise(batches, curve, chosen, 4, goal)
    stream = np.random.default_rng(0)
    weights = [stream.multinomial(b.times.shape[1], np.full(b.times.shape[1], 1 / b.times.shape[1]),
                                  choice.RESAMPLES) for b in batches]  # fmt: skip
    squares = (curve.hits - curve.hits[chosen]) ** 2
    known = np.flatnonzero(curve.counts >= 4)
    beyond = squares[known].max() / 3
    picked = []
    for r in range(choice.RESAMPLES):
        again = [drawn(b, w[r]) for b, w in zip(batches, weights, strict=True)]
        start = summed(again[:1])
        start = start.places[settle(pooled(start) if goal == "time" else start, 1, goal)]
        k = settle(replace(summed(again), counts=curve.counts), 4, goal)
        sure = known[0] < k < known[-1] and curve.places[known[0]] <= start <= curve.places[known[-1]]
        picked.append(squares[k] if sure else beyond)
    near = [squares[k] for k in known if abs(curve.places[k] - curve.places[chosen]) == 1]
    assert noise.hits == pytest.approx(max(np.mean(picked), min(near, default=0.0) / 3))
    assert np.isnan(noise.time) == (curve.hits[chosen] == 0)


def test_one_rate_far_better_than_all_others_has_no_noise_but_the_grids():
    batches = [batch([0, 1, 2], [[30] * 20, [5] * 20, [40] * 20])]
    curve = summed(batches)
    noise = choice_noise(batches, curve, settle(curve, 20), 20)
    assert noise.time == pytest.approx(np.log(30 / 5) ** 2 / 3)  # to the nearer of the two
    assert noise.hits == noise.arrival == 0


def test_at_the_end_of_what_was_tried_the_noise_is_as_large_as_all_of_it():
    batches = [batch([0, 1, 2], [[40] * 20, [30] * 20, [5] * 20])]
    curve = summed(batches)
    assert choice_noise(batches, curve, settle(curve, 20), 20).time == pytest.approx(np.log(40 / 5) ** 2 / 3)


def test_a_coarse_round_pools_neighbours():
    """One lucky hit far away does not lead from where two places together have more."""
    inf = np.inf
    lucky, some, nobody = [1, 1, inf, inf, inf, inf], [40, 50, inf, inf, inf, inf], [inf] * 6
    curve = summed([batch([0, 4, 8, 12, 16, 20], [nobody, lucky, nobody, some, some, nobody])])
    assert settle(curve, 1) == 1
    assert settle(pooled(curve), 1) in (3, 4)
    nowhere = summed([batch([0, 4, 8], [nobody] * 3, [[3] * 6, [1] * 6, [2] * 6])])
    assert settle(pooled(nowhere), 1) == 1


@pytest.mark.parametrize("s", [ls.himmelblau(), ls.rosenbrock(2)], ids=lambda s: s.name)
def test_it_is_about_what_other_tuning_starts_do(s):
    """Against tunings from twelve sets of starts, judged on runs of their own."""
    made = [tune(lab.SGD(1.0), s, starts=64, steps=200, replicate=k) for k in range(12)]
    runs = lab.ensemble([lab.SGD(t.lr) for t in made], s, 500, 200)
    ert = [expected_evaluations(r) for r in runs]
    truth, said = np.var(np.log(ert), ddof=1), np.mean([t.noise.time for t in made])
    assert truth / 3 < said < 30 * truth + 0.01


def test_choice_by_arrival_then_by_quality():
    final = np.array([5.0, 3.0, 1.0, 2.0])
    assert choose(np.array([0.0, 0.9, 0.2, 0.1]), final, 100) == 1  # far more arrivals
    assert choose(np.array([0.0, 0.90, 0.89, 0.1]), final, 100) == 2  # within one standard error: quality
    assert choose(np.zeros(4), final, 100) == 2  # nobody arrives: quality
    assert choose(np.zeros(4), np.full(4, np.inf), 100) == 0  # everything diverged: the smallest rate
    assert choose(np.zeros(4), np.array([2.0, 1.0, 1.0, 1.0]), 100) == 2  # the middle one of equals
    assert choose(np.array([0.0, 0.3, 0.0, 0.0]), np.full(4, np.inf), 100) == 1  # the median run diverges


shares = st.integers(0, 64).map(lambda k: k / 64)
medians = st.one_of(st.floats(-1e6, 1e6), st.just(np.inf))


@given(st.lists(st.tuples(shares, medians), min_size=1, max_size=20), st.integers(1, 300))
def test_choice_is_among_the_best_and_of_these_the_lowest(curve, starts):
    arrival, final = map(np.array, zip(*curve, strict=True))
    k = choose(arrival, final, starts)
    best = int(np.argmax(arrival))
    allowed = arrival >= arrival[best] - np.sqrt(arrival[best] * (1 - arrival[best]) / starts)
    assert allowed[k]
    assert final[k] == final[allowed].min() or not np.isfinite(final[allowed]).any()


@given(st.lists(st.tuples(shares, st.floats(-1e3, 1e3)), min_size=1, max_size=20), st.floats(0.1, 10), st.floats(-9, 9))
def test_choice_does_not_depend_on_units(curve, factor, shift):
    arrival, final = map(np.array, zip(*curve, strict=True))
    ranks = np.unique(final, return_inverse=True)[1].astype(float)
    assert choose(arrival, final, 64) == choose(arrival, factor * ranks + shift, 64)
