"""The paths and maps that a race draws: what they are, what of them is in its file, and whose are left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import experiments, store
from ngdm_lab.experiments.race import pictures
from ngdm_lab.optimizers import update_rule

SMALL = {"starts": 12, "steps": 40, "tuning": False, "progress": False}
RULES = {"first": lab.SGD(1e-3), "second": lab.Adam(0.05)}


@update_rule(direction=True)
def own_signs(x, g, n, t, width=1.0):
    for i in range(n):
        g[i] = width if g[i] > 0 else -width


@pytest.fixture(autouse=True)
def small_maps(monkeypatch):
    monkeypatch.setattr(pictures, "MAP", 10)


@pytest.fixture(scope="module")
def race():
    return lab.race(RULES, [ls.rastrigin(4), ls.himmelblau(), ls.rosenbrock(2)], **SMALL)


def same(a, b):
    """All that a file holds of two results is equal, and of one kind."""
    one, two = a.arrays(), b.arrays()
    assert list(one) == list(two)
    for name, array in one.items():
        assert array.dtype == two[name].dtype
        assert np.array_equal(array, two[name], equal_nan=array.dtype.kind == "f"), name
    assert a.manifest() == b.manifest()


def test_paths_are_the_runs_of_the_race(race):
    found = race.pictures
    assert {name: list(ran) for name, ran in found.traces.items()} == {
        name: ["first", "second"] for name in ("himmelblau-2d", "rosenbrock-2d")
    }
    for name, traces in found.traces.items():
        entries = [e for e in race.on(name) if e.label != "control"]
        k = pictures.common_start(entries)
        arrived = np.sum([e.runs.arrived for e in entries], axis=0)
        assert arrived[k] >= min(1, arrived.max())
        for e in entries:
            path = traces[e.label]
            assert np.array_equal(path.x[0], e.runs.x0[k])
            assert path.status == e.runs.status[k]
            assert path.hit == e.runs.hit[k]
            if path.status != "diverged":
                assert np.array_equal(path.x[-1], e.runs.x[k])


def test_maps_are_basins_of_the_surface_that_has_several(race):
    [(name, maps)] = race.pictures.maps.items()
    assert name == "himmelblau-2d"
    for label, found in maps.items():
        whole = experiments.basins(race.entry(label, name).runs.optimizer, ls.himmelblau(), 10, 40, 0)
        assert np.array_equal(found.index, whole.index)
        assert np.array_equal(found.ends, whole.ends)
        assert np.array_equal(found.runs.hit, whole.runs.hit)
        assert np.array_equal(found.runs.x0, whole.runs.x0)


def test_what_no_figure_shows_is_nan(race):
    for found in race.pictures.traces["himmelblau-2d"].values():
        assert np.isnan(found.f).all()
        assert np.isfinite(found.x).all()
    for found in race.pictures.maps["himmelblau-2d"].values():
        assert np.isnan(found.runs.x).all()
        assert np.isnan(found.runs.f).all()
        assert np.isnan(found.runs.f_best).all()


def test_maps_get_coarser_never_shorter(race, monkeypatch):
    """All together take a bounded number of steps; each run has the race's own number and target."""
    monkeypatch.setattr(pictures, "SMALLEST_MAP", 3)
    monkeypatch.setattr(pictures, "MAP_STEPS", 2 * 7**2 * 40)
    found = pictures.draw(race, race.findings.shares)
    assert {m.runs.steps for m in found.maps["himmelblau-2d"].values()} == {40}
    assert {m.resolution for m in found.maps["himmelblau-2d"].values()} == {7}
    assert {t.runs.steps for t in found.traces["himmelblau-2d"].values()} == {40}


def test_several_basins_are_known_minima_or_other_ends_of_the_flow():
    surfaces = [ls.rosenbrock(2), ls.rastrigin(2), ls.himmelblau(), ls.get("sphere", 2)]
    made = lab.race(RULES, surfaces, target=0.01, **SMALL)
    assert set(made.pictures.maps) == {"rastrigin-2d", "himmelblau-2d"}
    assert {m.runs.target for maps in made.pictures.maps.values() for m in maps.values()} == {0.01}


def test_those_that_tell_most_are_those_on_which_optimizers_differ():
    rules = {"slow": lab.SGD(1e-9), "fast": lab.SGD(0.3, momentum=0.0)}
    surfaces = [ls.rastrigin(2), ls.sphere(2), ls.sphere(3)]
    made = lab.race(rules, surfaces, 12, 100, tuning=False, control=False, progress=False)
    assert pictures.telling(made, made.surfaces, 2) == ["sphere-2d", "sphere-3d"]  # nobody hits on the first
    assert pictures.telling(made, made.surfaces, 3) == made.surfaces
    assert pictures.telling(made, [], 3) == []


def test_a_start_that_tells_has_long_ways_that_arrive():
    near, far = [0.1, 0.0], [4.0, 4.0]
    rules = {"one": lab.SGD(0.1, momentum=0.0), "other": lab.SGD(0.2, momentum=0.0)}
    made = lab.race(rules, ls.sphere(2), 3, 200, tuning=False, control=False, progress=False)
    entries = [replace(e, runs=lab.ensemble(e.runs.optimizer, e.runs.surface, np.array([near, far]), 200))
               for e in made.entries]  # fmt: skip
    assert all(e.runs.arrived.all() for e in entries)
    assert pictures.common_start(entries) == 1


def test_they_come_back_and_are_worked_out_once(race, tmp_path):
    assert race.pictures is race.pictures
    one, two = race.pictures, lab.load(race.save(tmp_path / "race")).pictures
    for part in ("traces", "maps"):
        a, b = getattr(one, part), getattr(two, part)
        assert {name: list(found) for name, found in a.items()} == {name: list(found) for name, found in b.items()}
        for name, found in a.items():
            for label, made in found.items():
                same(made, b[name][label])


def test_a_race_without_a_plane_has_none(tmp_path):
    made = lab.race(RULES, ls.sphere(3), **SMALL)
    for race in (made, lab.load(made.save(tmp_path / "race"))):
        assert (race.pictures.traces, race.pictures.maps) == ({}, {})


def test_paths_that_would_fill_a_file_are_not_in_it(race, tmp_path, monkeypatch):
    points = 2 * 2 * 41  # two optimizers on two surfaces
    monkeypatch.setattr(pictures, "MOST_POINTS", points)
    assert "pictures" in store.read(race.save(tmp_path / "with"))[2]
    monkeypatch.setattr(pictures, "MOST_POINTS", points - 1)
    made = lab.Race(race.entries, race.settings, race.control, race.notes)
    _, arrays, described = store.read(made.save(tmp_path / "without"))
    assert "pictures" not in described
    assert not [name for name in arrays if name.startswith("pictures/")]
    assert "pictures" not in made.__dict__  # nothing ran for nothing
    for label, found in lab.load(tmp_path / "without.npz").pictures.maps["himmelblau-2d"].items():
        assert np.array_equal(found.index, race.pictures.maps["himmelblau-2d"][label].index)


def test_ones_own_rule_is_drawn_from_the_file_again_and_again(tmp_path):
    """Its source is not there, its paths and maps are."""
    made = lab.race({"mine": own_signs(lr=0.01), "sgd": lab.SGD(1e-3)}, ls.himmelblau(), **SMALL)
    path = made.save(tmp_path / "race")
    for _ in range(2):
        loaded = lab.load(path)
        assert loaded.entry("mine", "himmelblau-2d").runs.optimizer is None
        for found in (loaded.pictures.traces, loaded.pictures.maps):
            assert list(found["himmelblau-2d"]) == ["mine", "sgd"]
        assert np.array_equal(loaded.pictures.maps["himmelblau-2d"]["mine"].index,
                              made.pictures.maps["himmelblau-2d"]["mine"].index)  # fmt: skip
        assert len(lab.plots.race_figures(loaded, tmp_path, ["trajectories", "basins"])) == 6
        path = loaded.save(tmp_path / "again")
