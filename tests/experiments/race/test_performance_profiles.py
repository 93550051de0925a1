"""Performance profiles and distributions over targets: by hand, against plain loops, and their laws."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.experiments.race.profiles import PerformanceProfile, expected_evaluations, first_hits

SMALL = {"starts": 40, "steps": 150, "tuning_starts": 16, "progress": False}


@pytest.fixture(scope="module")
def race():
    return lab.race([lab.SGD(1e-3), lab.Adam()], [ls.himmelblau(), ls.rastrigin(8), ls.levy(2)], **SMALL)


def test_expected_evaluations_by_hand(race):
    runs = race.entry("adam", "levy-2d").runs
    won = runs.hit >= 0
    assert 0 < won.sum() < len(runs)
    spent = sum(h + 1 if h >= 0 else runs.steps + 1 for h in runs.hit.tolist())
    assert expected_evaluations(runs) == pytest.approx(spent / won.sum())
    assert expected_evaluations(runs, "arrival") == pytest.approx(runs.evaluations.sum() / runs.arrived.sum())
    assert expected_evaluations(race.entry("adam", "rastrigin-8d").runs) == np.inf


def test_profile_by_hand():
    """Dolan and More's definition on three solvers and four problems."""
    inf, nan = np.inf, np.nan
    costs = np.array([[10.0, 20.0, inf, inf], [20.0, 10.0, 30.0, inf], [40.0, nan, 30.0, inf]])
    ratios = np.array([[1.0, 2.0, inf, inf], [2.0, 1.0, 1.0, inf], [4.0, nan, 1.0, inf]])
    made = PerformanceProfile(["a", "b", "c"], ["p", "q", "r", "s"], costs, ratios, "hit", "")
    assert made.share("a", 1.0) == 0.25
    assert made.share("b", [1.0, 1.9, 2.0, 1e9]).tolist() == [0.5, 0.5, 0.75, 0.75]
    assert made.share("c", [1.0, 4.0]).tolist() == [1 / 3, 2 / 3]  # it did not run on q
    assert "Solved by nobody: s." in str(made)
    assert "Noise floor: none" in str(made)


def test_profile_of_a_race(race):
    made = lab.performance_profile(race)
    assert made.labels == ["sgd", "adam", "control"]
    for k, name in enumerate(made.surfaces):
        costs = {label: expected_evaluations(race.entry(label, name).runs) for label in made.labels}
        best = min(costs["sgd"], costs["adam"])
        for i, label in enumerate(made.labels):
            assert made.ratios[i, k] == (costs[label] / best if np.isfinite(costs[label]) else np.inf)
    a, b = made.costs[0], made.costs[2]
    both = np.isfinite(a) & np.isfinite(b)
    assert made.noise_floor == pytest.approx(np.maximum(a[both] / b[both], b[both] / a[both]).max())
    text = str(made)
    assert "Solved by nobody: rastrigin-8d." in text
    assert "Noise floor: sgd and its equal in all but name differ by a factor of up to" in text
    assert max(map(len, text.split("\n"))) <= 100
    assert len(made.rows()) == 9


@given(st.lists(st.floats(1, 1e6), min_size=2, max_size=4), st.integers(1, 5))
def test_shares_rise_from_a_best_to_the_share_solved(costs, m):
    table, names = np.outer(costs, np.arange(1, m + 1)), [str(k) for k in range(len(costs))]
    made = PerformanceProfile(names, list("abcde"[:m]), table, table / table.min(axis=0), "hit", "")
    at = np.geomspace(1, 1e7, 30)
    shares = np.array([made.share(label, at) for label in made.labels])
    assert (np.diff(shares, axis=1) >= 0).all()
    assert (shares[:, -1] == 1).all()
    assert shares[:, 0].max() == 1  # somebody is the best everywhere


def test_first_hits_are_those_of_runs_with_that_target(race):
    targets = np.array([10.0, 1e-1, 1e-3, 1e-8])
    for e in race.entries:
        r = e.runs
        hits = first_hits(r, targets, 40)
        for k, target in enumerate(targets):
            again = lab.ensemble(r.optimizer, r.surface, 40, r.steps, r.seed, target=target)
            assert np.array_equal(hits[:, k], np.where(again.hit >= 0, again.hit + 1.0, np.inf)), (e.label, target)


def test_first_hits_in_parts_are_the_same(race, monkeypatch):
    from ngdm_lab.experiments.race import profiles

    r = race.entry("adam", "himmelblau-2d").runs
    whole = first_hits(r, np.array([1.0, 1e-3]), 40)
    monkeypatch.setattr(profiles, "_ROOM", 3 * 151 * 7)
    assert np.array_equal(first_hits(r, np.array([1.0, 1e-3]), 40), whole)


def test_ecdf_against_a_plain_count(race):
    made = lab.ecdf(race, targets=[1.0, 1e-3, 1e-6], starts=20)
    assert made.targets.tolist() == [1.0, 1e-3, 1e-6]
    for label in made.labels:
        solved = count = 0
        for name in made.surfaces:
            for target in made.targets:
                runs = race.entry(label, name).runs
                again = lab.ensemble(runs.optimizer, runs.surface, 20, 150, runs.seed, target=target)
                solved += int(((again.hit >= 0) & (again.hit < 100)).sum())
                count += 20
        assert made.share(label, 100) == pytest.approx(solved / count)
    at = np.arange(1, 152)
    assert (np.diff(made.share("adam", at)) >= 0).all()
    gap = np.abs(made.share("sgd", at) - made.share("control", at)).max()
    assert made.noise_floor == pytest.approx(gap)
    text = str(made)
    assert "3 targets 1 to 1e-06" in text
    assert "Noise floor: the curves of sgd and its equal" in text
    assert max(map(len, text.split("\n"))) <= 100


def test_a_users_own_cannot_run_again_from_a_file(tmp_path):
    @lab.update_rule(direction=True)
    def halves(x, g, n, t):
        for i in range(n):
            g[i] = 0.5 * g[i]

    made = lab.race([halves(lr=0.1)], [ls.sphere(2)], **SMALL)
    assert lab.ecdf(made, targets=[1.0]).share("halves", 151) > 0
    with pytest.raises(ValueError, match=r"cannot run halves on sphere-2d again.*own="):
        lab.ecdf(lab.load(made.save(tmp_path / "race")))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda race: lab.performance_profile([race]), TypeError, "race must be a Race"),
        (
            lambda race: lab.performance_profile(race, "speed"),
            ValueError,
            "cost must be one of 'hit', 'arrival', got 'speed'",
        ),
        (lambda race: lab.ecdf(race, targets=[]), ValueError, "targets must be finite numbers"),
        (lambda race: lab.ecdf(race, targets=[-1.0]), ValueError, "targets must be finite numbers"),
        (lambda race: lab.ecdf(race, targets=["a"]), TypeError, "targets must be"),
        (lambda race: lab.ecdf(race, starts=0), ValueError, "starts must be at least 1, got 0"),
    ],
)
def test_bad_input(race, call, error, message):
    with pytest.raises(error, match=message):
        call(race)
