"""Comparisons of pairs: what is apart, what is equal, and how the floor and the ties come in."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.experiments import Entry, Race
from ngdm_lab.experiments.statistics.compare import holm

SMALL = {"starts": 60, "steps": 200, "tuning_starts": 16, "progress": False}


@pytest.fixture(scope="module")
def race():
    rules = {"sgd": lab.SGD(1e-3), "twin": lab.NGDM(1e-3, lab.Dirichlet(12.0)), "still": lab.SGD(1e-12)}
    settled = lab.race(rules, [ls.himmelblau(), ls.rastrigin(2)], **SMALL)
    # one that never moves, untuned
    still = lab.race({"still": lab.SGD(1e-12)}, [ls.himmelblau(), ls.rastrigin(2)], tuning=False, control=False,
                     starts=60, steps=200, progress=False)  # fmt: skip
    entries = [still.entry("still", e.surface_name) if e.label == "still" else e for e in settled.entries]
    return Race(entries, settled.settings, settled.control, settled.notes)


def test_a_planted_difference_is_apart_and_equal_rules_are_not(race):
    for surface in race.surfaces:
        found = lab.compare(race, surface)
        assert found.pair("sgd", "twin").verdict == "equal"
        planted = found.pair("sgd", "still")
        assert planted.verdict == "apart"
        assert planted.effect > 0.9
        assert planted.p_last < 1e-6
        assert len(found.pairs) == 3  # the control is no competitor


def test_numbers_are_those_of_the_tests(race):
    found = lab.compare(race, "himmelblau-2d")
    runs = {e.label: e.runs for e in race.on("himmelblau-2d")}
    two = list(combinations(["sgd", "twin", "still"], 2))
    exact = []
    for a, b in two:
        x, y = runs[a].arrived, runs[b].arrived
        differing = int((x != y).sum())
        exact.append(stats.binomtest(int((x & ~y).sum()), differing).pvalue if differing else 1.0)
        assert found.pair(a, b).difference == pytest.approx(x.mean() - y.mean())
    assert [p.p_arrival for p in found.pairs] == pytest.approx(holm(np.array(exact)))
    d = runs["still"].f - runs["sgd"].f
    assert found.pair("sgd", "still").p_last <= 3 * stats.wilcoxon(d, method="approx").pvalue * 1.0001


def test_what_the_floor_covers_is_not_apart(race):
    """With a control as far from its twin as the planted rule, the planted difference is noise."""
    entries = [replace(e, runs=race.entry("still", e.surface_name).runs) if e.label == "control" else e
               for e in race.entries]  # fmt: skip
    noisy = Race(entries, race.settings, race.control, race.notes)
    found = lab.compare(noisy, "himmelblau-2d")
    assert found.floor[0] == pytest.approx(found.pair("sgd", "still").difference)
    assert found.pair("sgd", "still").verdict == "equal"


def test_table_and_rows(race):
    found = lab.compare(race, "rastrigin-2d")
    text = str(found)
    for word in (
        "rastrigin-2d",
        "sgd - still",
        "McNemar",
        "Wilcoxon",
        "Noise floor: sgd and its equal",
        "apart",
        "equal",
    ):
        assert word in text
    assert max(map(len, text.split("\n"))) <= 100
    rows = found.rows()
    assert [(r["a"], r["b"]) for r in rows] == [("sgd", "twin"), ("sgd", "still"), ("twin", "still")]
    assert {r["floor_arrival"] for r in rows} == {found.floor[0]}
    bare = lab.race([lab.SGD(0.01), lab.Adam(0.01)], [ls.sphere(2)], control=False, **SMALL)
    assert "Noise floor: none" in str(lab.compare(bare, "sphere-2d"))
    assert np.isnan(lab.compare(bare, "sphere-2d").rows()[0]["floor_arrival"])


def test_diverged_runs_are_the_worst():
    rules = {"good": lab.SGD(0.05), "wild": lab.SGD(1e3), "wilder": lab.SGD(1e4)}
    made = lab.race(rules, [ls.sphere(2)], tuning=False, control=False, starts=30, steps=200, progress=False)
    assert (made.entry("wild", "sphere-2d").runs.status == "diverged").all()
    found = lab.compare(made, "sphere-2d")
    assert found.pair("good", "wild").effect == 1.0
    assert found.pair("good", "wild").verdict == "apart"
    assert found.pair("wild", "wilder").effect == 0.0
    assert found.pair("wild", "wilder").verdict == "equal"


def test_bad_input(race):
    with pytest.raises(ValueError, match="unknown surface 'himmelblau'"):
        lab.compare(race, "himmelblau")
    with pytest.raises(ValueError, match="level must be"):
        lab.compare(race, "himmelblau-2d", level=0.0)
    with pytest.raises(ValueError, match=r"a and b must be two optimizers on .*, got 'sgd' and 'adam'"):
        lab.compare(race, "himmelblau-2d").pair("sgd", "adam")


def test_entries_are_not_changed(race):
    before = [e.runs.f.copy() for e in race.entries]
    lab.compare(race, "himmelblau-2d")
    assert all(np.array_equal(a, e.runs.f) for a, e in zip(before, race.entries, strict=True))
    assert all(isinstance(e, Entry) for e in race.entries)
