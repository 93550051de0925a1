"""A race finds out once who differs from whom; what reads it later, from a file as well, computes nothing."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot as plt

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots, store
from ngdm_lab.cli.page import page
from ngdm_lab.experiments import load, trace
from ngdm_lab.experiments.maps import flow
from ngdm_lab.experiments.race import findings, frame_invariance
from ngdm_lab.experiments.statistics.compare import beyond_noise

RULES = {
    "sgd": lab.SGD(1e-3),
    "twin": lab.NGDM(1e-3, lab.Dirichlet(12.0)),
    "exact": lab.NGDM(1e-3, lab.Dirichlet(4.0), form="exact"),
}
WORDS = {"time": ("faster", "slower"), "hits": ("more hits", "fewer hits"), "last": ("lower", "higher")}
WORK = (lab.ensemble, lab.basin_share, lab.compare, trace, flow.follow, frame_invariance.gains)


class Computed(Exception):
    """Something ran that should not."""


@pytest.fixture(scope="module")
def race():
    s = ls.styblinski_tang(4)
    surfaces = [s, s.flipped(), s.rotated(1), ls.rastrigin(3), ls.sphere(2), ls.himmelblau()]
    return lab.race(RULES, surfaces, 200, 100, tuning_starts=16, progress=False)


@pytest.fixture(scope="module")
def saved(race, tmp_path_factory):
    return race.save(tmp_path_factory.mktemp("saved") / "race")


@pytest.fixture
def refuse(monkeypatch):
    """From its call on, engines, tests and landscapes raise, whatever name a module knows them by.

    Landscapes are allowed where contours of them are drawn.
    """

    def stop(*_args, **_options):
        raise Computed

    def forbid(contours=False):
        for name in [name for name in sys.modules if name.split(".")[0] == "ngdm_lab"]:
            module = sys.modules[name]
            for key, value in list(vars(module).items()):
                if any(value is function for function in WORK):
                    monkeypatch.setattr(module, key, stop)
        if not contours:
            monkeypatch.setattr(ls.Surface, "compiled", property(stop))

    return forbid


def as_of_old(saved, folder):
    """The file as an earlier version wrote it."""
    kind, arrays, described = store.read(saved)
    kept = dict(arrays)
    for part in ("findings", "pictures"):
        del described[part]
        whole = len(kept)
        kept = {k: v for k, v in kept.items() if not k.startswith(f"{part}/")}
        assert len(kept) < whole
    return store.write(folder / "old", kind, kept, described)


def test_whoever_reads_a_loaded_race_computes_nothing(race, saved, refuse):
    expected = str(race), race.to_csv(), page(race), str(lab.Frames.of(race))
    again = load(saved)
    refuse()
    assert (str(again), again.to_csv(), page(again), str(lab.Frames.of(again))) == expected
    assert [list(row) for row in again.rows()] == [list(row) for row in race.rows()]


def test_figures_of_a_loaded_race_simulate_nothing(saved, refuse, tmp_path):
    again = load(saved)
    refuse()
    for name in again.surfaces:
        plots.convergence(again.on(name))
        plots.success(again.on(name))
        plots.tuning_curve(again, name)
    plots.frames(lab.Frames.of(again))
    plots.profiles(lab.performance_profile(again))
    plots.race_figures(again, tmp_path, ["convergence", "success"])
    plt.close("all")


def test_paths_and_maps_of_a_loaded_race_are_those_of_its_file(race, saved, refuse, tmp_path):
    fresh = plots.race_figures(race, tmp_path / "fresh")
    again = load(saved)
    refuse(contours=True)
    drawn = plots.race_figures(again, tmp_path / "loaded")
    assert [path.stem for path in drawn[::3]] == ["convergence", "profile", "ecdf", "success", "trajectories", "basins"]
    for one, two in zip(fresh, drawn, strict=True):
        assert one.read_bytes() == two.read_bytes()


def test_a_file_of_an_earlier_version_prints_the_same_and_works_it_out_once(race, saved, refuse, tmp_path):
    old = as_of_old(saved, tmp_path)
    again = load(old)
    assert str(again) == str(race)
    assert len(again.pictures.maps) == 1
    fresh = load(old)
    refuse(contours=True)
    assert str(again) == str(race)  # not a second time
    assert len(plots.race_figures(again, tmp_path, ["trajectories"])) == 3
    with pytest.raises(Computed):  # so the other tests would see it if something ran
        str(fresh)
    with pytest.raises(Computed):
        plots.race_figures(fresh, tmp_path, ["trajectories"])


def test_what_comes_back_is_what_was_found(race, saved):
    one, two = race.findings, load(saved).findings
    assert repr(two.comparisons) == repr(one.comparisons)  # NaN stands for a ratio of two that never hit
    assert two.floors == one.floors
    assert two.frames == one.frames
    assert {f.kind for f in two.frames} == {"flipped", "rotated"}
    assert list(two.shares) == list(one.shares) == race.surfaces
    assert one.shares["sphere-2d"] is two.shares["sphere-2d"] is None  # convex
    for a, b in zip(one.shares.values(), two.shares.values(), strict=True):
        if a is not None:
            assert (str(a), repr(a), a.seed, a.target) == (str(b), repr(b), b.seed, b.target)
            for part in ("x0", "x", "f", "code"):
                assert np.array_equal(getattr(a, part), getattr(b, part))
                assert getattr(a, part).dtype == getattr(b, part).dtype


def test_they_are_what_the_public_functions_give(race):
    for name in race.surfaces:
        assert repr(race.findings.comparisons[name]) == repr(lab.compare(race, name))
    share = race.findings.shares["rastrigin-3d"]
    assert str(share) == str(lab.basin_share(ls.rastrigin(3), 200))
    for kind in ("flipped", "rotated"):
        made = lab.Frames.of(race)
        assert made.gains(kind) == frame_invariance.gains(race, made.surface, made.names[kind])
        assert made.gains(kind, 0.5) == frame_invariance.gains(race, made.surface, made.names[kind], 0.5)


def test_they_belong_to_one_race(race):
    """Other entries, other findings: nothing is carried over."""
    race.findings  # noqa: B018
    fewer = lab.Race([e for e in race.entries if e.label != "exact"], race.settings, race.control, race.notes)
    assert len(fewer.findings.comparisons["rastrigin-3d"].pairs) == 1
    assert findings.find(fewer).floors == race.findings.floors


def test_a_difference_is_what_the_deciding_measure_says(race):
    seen = set()
    rules = {"sgd": lab.SGD(1e-3), "crawl": lab.SGD(1e-3, momentum=0.0)}
    clear = lab.race(
        rules, [ls.ellipsoid(2, condition=100.0), ls.ackley(2)], 100, 200, tuning_starts=64, progress=False
    )
    for ran, name in [(r, name) for r in (race, clear) for name in r.surfaces]:
        found = lab.compare(ran, name)
        for pair in found.pairs:
            hits = [bool((ran.entry(label, name).runs.hit >= 0).any()) for label in (pair.a, pair.b)]
            tuned = [bool(ran.entry(label, name).tuning.hits.any()) for label in (pair.a, pair.b)]
            assert (pair.measure == "last") == (not any(hits))
            assert pair.measure != "time" or (all(hits) and all(tuned))
            floor = {"time": abs(np.log(found.floor.ratio)), "hits": found.floor.hits, "last": found.floor.effect}
            size = {"time": np.log(pair.ratio), "hits": pair.hits, "last": pair.effect}[pair.measure]
            least = np.nan_to_num(floor[pair.measure])
            assert pair.differs == (pair.p < 0.05 and abs(size) > least)
            if pair.differs:
                better = size < 0 if pair.measure == "time" else size > 0
                assert pair.verdict == WORDS[pair.measure][not better]
            seen.add((pair.measure, pair.differs))
    assert {differs for _, differs in seen} == {True, False}
    assert {"time", "last"} <= {measure for measure, _ in seen}


SHARES = st.floats(0.0, 1.0)


@given(size=st.floats(-1.0, 1.0), floor=SHARES, p=SHARES, level=st.floats(0.001, 0.5), more=SHARES)
def test_what_is_beyond_noise_stays_so_with_better_evidence(size, floor, p, level, more):
    assert beyond_noise(size, floor, p, level) == beyond_noise(-size, floor, p, level)
    if beyond_noise(size, floor, p, level):
        assert abs(size) > floor
        assert p < level
        assert beyond_noise(size, floor * more, p * more, level)
    else:
        assert not beyond_noise(size * more, floor, p, level * more)
