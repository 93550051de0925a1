"""Comparisons of pairs: by speed, hits and last values; how the noise of tuning, the floor and the ties come in."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.experiments import Entry, Race
from ngdm_lab.experiments.race.choice import Noise
from ngdm_lab.experiments.race.floor import Floor
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


@pytest.fixture(scope="module")
def tuned():
    """Of two rules, of which one hits less often, later, and ends higher, with tunings of whatever noise."""
    made = lab.race([lab.SGD(1e-3)], [ls.himmelblau()], control=False, **SMALL)
    [own] = made.entries
    slow = lab.ensemble(lab.SGD(1e-4), ls.himmelblau(), 60, 200)
    return Race([own, replace(own, label="short", runs=slow)], made.settings)


@pytest.fixture(scope="module")
def untuned():
    rules = {"fast": lab.SGD(4e-3), "slow": lab.SGD(4e-4), "adam": lab.Adam(0.03)}
    return lab.race(rules, [ls.himmelblau(), ls.sphere(2)], tuning=False, control=False, starts=60, steps=200,
                    target=1e-3, progress=False)  # fmt: skip


def test_a_planted_difference_is_found_and_equal_rules_do_not_differ(race):
    found = lab.compare(race, "himmelblau-2d")
    assert found.pair("sgd", "twin").verdict == "no difference found"
    planted = found.pair("sgd", "still")
    assert (planted.measure, planted.verdict) == ("hits", "more hits")
    assert planted.p < 1e-6
    assert planted.effect > 0.9
    assert planted.differs
    assert len(found.pairs) == 3  # the control is no competitor


def test_numbers_are_those_of_the_tests(untuned):
    """Without tuning there is no noise of a choice: the field's own tests."""
    found = lab.compare(untuned, "himmelblau-2d")
    runs = {e.label: e.runs for e in untuned.on("himmelblau-2d")}
    two = list(combinations(runs, 2))
    exact, wilcoxon = [], []
    for a, b in two:
        x, y = runs[a].arrived, runs[b].arrived
        differing = int((x != y).sum())
        exact.append(stats.binomtest(int((x & ~y).sum()), differing).pvalue if differing else 1.0)
        assert found.pair(a, b).difference == pytest.approx(x.mean() - y.mean())
        d = np.where(runs[b].f == runs[a].f, 0.0, runs[b].f - runs[a].f)
        d = d[np.abs(d) > 1e-3]
        wilcoxon.append(stats.wilcoxon(d, method="approx").pvalue if len(d) else 1.0)
        cost = [np.where(r.hit >= 0, r.hit + 1, 201).sum() / (r.hit >= 0).sum() for r in (runs[a], runs[b])]
        assert found.pair(a, b).ratio == pytest.approx(cost[0] / cost[1])
        assert found.pair(a, b).low < cost[0] / cost[1] < found.pair(a, b).high
    assert [p.p_arrival for p in found.pairs] == pytest.approx(holm(np.array(exact)))
    assert min(wilcoxon) < 0.05
    assert [p.p_last for p in found.pairs] == pytest.approx(holm(np.array(wilcoxon)))
    assert [p.p for p in found.pairs] == [p.p_time for p in found.pairs]


def test_the_faster_of_two_that_always_arrive_is_named():
    rules = {"fast": lab.SGD(0.1), "slow": lab.SGD(0.02)}
    made = lab.race(rules, [ls.sphere(2)], tuning=False, control=False, starts=60, steps=300, progress=False)
    found = lab.compare(made, "sphere-2d")
    pair = found.pair("fast", "slow")
    assert (pair.difference, pair.hits, pair.effect) == (0.0, 0.0, 0.0)  # all that there is besides speed
    assert (pair.measure, pair.verdict) == ("time", "faster")
    assert pair.p_rank < 1e-6
    assert pair.high < 1
    ratio, low, high = pair.ratio_of("slow")
    assert (ratio, low, high) == pytest.approx((1 / pair.ratio, 1 / pair.high, 1 / pair.low))
    assert pair.ratio_of("fast") == (pair.ratio, pair.low, pair.high)
    assert (pair.verdict_of("fast"), pair.verdict_of("slow")) == ("faster", "slower")
    assert found.times_apart("slow", "fast")


def test_two_starts_prove_nothing():
    rules = {"fast": lab.SGD(0.1), "slow": lab.SGD(0.02)}
    made = lab.race(rules, [ls.quartic(1)], starts=2, steps=300, tuning=False, control=False, progress=False)
    pair = lab.compare(made, made.surfaces[0]).pair("fast", "slow")
    assert pair.p_time >= 0.5
    assert pair.verdict == "no difference found"


def noisy(race, **noise):
    """The race with other variances of the choices."""
    entries = [replace(e, tuning=replace(e.tuning, noise=Noise(**noise))) if e.tuning else e for e in race.entries]
    return Race(entries, race.settings, race.control, race.notes)


@pytest.mark.parametrize(
    ("measure", "noise"),
    [("p_time", {"time": 4.0}), ("p_hits", {"hits": 1.0}), ("p_arrival", {"arrival": 1.0}),
     ("p_last", {"final": np.inf})],
)  # fmt: skip
def test_the_noise_of_the_choice_is_in_the_test_of_its_measure_alone(measure, noise, tuned):
    before, after = (
        lab.compare(r, "himmelblau-2d").pair("sgd", "short") for r in (noisy(tuned), noisy(tuned, **noise))
    )
    for name in ("p_time", "p_rank", "p_hits", "p_arrival", "p_last"):
        if name == measure:
            assert getattr(after, name) > max(0.05, getattr(before, name))
        else:
            assert getattr(after, name) == getattr(before, name)
    assert before.p_time < 1e-6
    assert after.low <= before.low
    assert after.high >= before.high


def test_where_a_tuning_saw_no_hit_the_hits_decide(tuned):
    found = lab.compare(noisy(tuned, time=np.nan), "himmelblau-2d").pair("sgd", "short")
    assert found.measure == "hits"
    assert found.p_time == 1.0
    assert found.p == found.p_hits


def test_what_the_floor_covers_is_no_difference(race):
    """With a control as far from its twin as the planted rule, the planted difference is noise."""
    entries = [replace(e, runs=race.entry("still", e.surface_name).runs) if e.label == "control" else e
               for e in race.entries]  # fmt: skip
    covered = Race(entries, race.settings, race.control, race.notes)
    found = lab.compare(covered, "himmelblau-2d")
    assert found.floor.hits == pytest.approx(found.pair("sgd", "still").hits)
    assert found.pair("sgd", "still").verdict == "no difference found"


@pytest.mark.parametrize("v", [0.0, 1e-3])
def test_the_floors_reach_has_the_variances_of_runs_and_of_both_tunings(v, race):
    floor = lab.compare(noisy(race, hits=v, arrival=4 * v, time=v), "himmelblau-2d").floor
    a, b = (race.entry(label, "himmelblau-2d").runs for label in ("control", "sgd"))
    z = stats.norm.ppf(0.975)
    for reach, one, two, noise in ((floor.reach_hits, a.hit >= 0, b.hit >= 0, v),
                                   (floor.reach_arrival, a.arrived, b.arrived, 4 * v)):  # fmt: skip
        assert reach == pytest.approx(z * ((one != two).sum() / 60**2 + 2 * noise) ** 0.5)
    at_rates = lab.compare(noisy(race), "himmelblau-2d").floor.reach
    assert np.log(floor.reach) ** 2 == pytest.approx(np.log(at_rates) ** 2 + z**2 * 2 * v)


def test_the_floors_reach_is_said(race):
    found = lab.compare(race, "himmelblau-2d")
    o = found.floor
    most = f"(equal rules: up to {o.reach:.2f} times and {100 * o.reach_arrival:.1f} points in 95 of 100 races), r = "
    assert most in found.floor_in_words()
    assert {row["floor_reach_arrival"] for row in found.rows()} == {o.reach_arrival}
    older = replace(found, floor=Floor(*o[:5]))  # from a file of an earlier version
    assert "equal rules" not in older.floor_in_words()
    assert "nan" not in older.floor_in_words()


def test_table_and_rows(race):
    found = lab.compare(race, "himmelblau-2d")
    text = str(found)
    for word in ("himmelblau-2d", "sgd - still", "time [95 %]", "rank test", "McNemar", "Wilcoxon",
                 "Noise floor: sgd and its equal", "more hits", "no difference found"):  # fmt: skip
        assert word in text
    assert max(map(len, text.split("\n"))) <= 100
    rows = found.rows()
    assert [(r["a"], r["b"]) for r in rows] == [("sgd", "twin"), ("sgd", "still"), ("twin", "still")]
    assert {r["floor_arrival"] for r in rows} == {found.floor.arrival}
    assert {r["floor_ratio"] for r in rows} == {found.floor.ratio}
    bare = lab.race([lab.SGD(0.01), lab.Adam(0.01)], [ls.sphere(2)], control=False, **SMALL)
    assert "Noise floor: none" in str(lab.compare(bare, "sphere-2d"))
    assert np.isnan(lab.compare(bare, "sphere-2d").rows()[0]["floor_arrival"])


def test_diverged_runs_are_the_worst():
    rules = {"good": lab.SGD(0.05), "wild": lab.SGD(1e3), "wilder": lab.SGD(1e4)}
    made = lab.race(rules, [ls.sphere(2)], tuning=False, control=False, starts=30, steps=200, progress=False)
    assert (made.entry("wild", "sphere-2d").runs.status == "diverged").all()
    found = lab.compare(made, "sphere-2d")
    assert found.pair("good", "wild").effect == 1.0
    assert found.pair("good", "wild").verdict == "more hits"
    assert found.pair("good", "wild").ratio == 0.0
    assert found.pair("wild", "wilder").effect == 0.0
    assert found.pair("wild", "wilder").verdict == "no difference found"
    assert np.isnan(found.pair("wild", "wilder").ratio)


# of the convex landscapes all but a trough, along which nobody gets to the minimum in so few steps
CONVEX = [name for name in ls.names() if "convex" in ls.get(name).tags and name != "diagonal_trough"]
SUITE = [pytest.param(s, id=s.name, marks=pytest.mark.slow if "logistic" in s.name else ())
         for s in (*map(ls.get, CONVEX), ls.ellipsoid(6, condition=100.0))]  # fmt: skip


@pytest.mark.parametrize("s", SUITE)
def test_on_a_convex_landscape_the_faster_rule_is_named(s):
    rules = {"sgd": lab.SGD(1e-3), "crawl": lab.SGD(1e-3, momentum=0.0), "adam": lab.Adam()}
    made = lab.race(rules, [s], 100, 600, tuning_starts=64, progress=False)
    cost = {row["optimizer"]: row["ert"] for row in made.rows() if row["optimizer"] != "control"}
    best, *_, worst = sorted(cost, key=cost.get)
    assert cost[worst] > 2 * cost[best]
    pair = lab.compare(made, s.name).pair(best, worst)
    assert (pair.measure, pair.differs) == ("time" if np.isfinite(cost[worst]) else "hits", True)
    assert f"Fastest to the target: {best}, " in str(made)


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
