"""Ensembles in files: starts that a seed draws again are left out, counts are narrow, files of before are read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import store

BEFORE = Path(__file__).parents[1] / "data" / "race_saved_before.npz"  # every start in it, every count an int64
COUNTS = ("hit", "evaluations", "snapshots")


def same(a, b):
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def run(s="rastrigin:3", starts=5, steps=4, **more):
    return lab.ensemble("adam:lr=0.1", s, starts, steps, **more)


@settings(max_examples=20)
@given(st.integers(0, 2**64 - 1), st.integers(0, 2**63), st.integers(1, 9), st.sampled_from(["branin", "trid:4"]))
def test_drawn_starts_are_drawn_again(tmp_path_factory, seed, first_run, starts, s):
    runs = run(s, starts, seed=seed, first_run=first_run)
    path = runs.save(tmp_path_factory.mktemp("runs") / "x")
    assert "x0" not in store.read(path)[1]
    again = lab.load(path)
    assert same(again.x0, runs.x0)
    assert again.x0.flags.writeable
    assert store.read(again.save(path))[1].keys() == store.read(path)[1].keys()


def given_starts():
    """Starts that no seed draws, name -> (m, 3); the last begin as drawn ones do."""
    drawn = run().x0
    zero, other = np.zeros((5, 3)), drawn.copy()
    other[-1, -1] = np.nextafter(other[-1, -1], 0)
    return {"zero": zero, "negative zero": -zero, "of another seed": run(seed=1).x0, "but for a bit": other}


@pytest.mark.parametrize("name", given_starts())
def test_given_starts_are_kept(name, tmp_path):
    x0 = given_starts()[name]
    path = run(starts=x0).save(tmp_path / "x")
    assert same(store.read(path)[1]["x0"], x0)
    assert same(lab.load(path).x0, x0)


def test_bounds_of_a_surface_of_ones_own_are_kept_in_the_file(tmp_path):
    @ls.landscape(bounds=(-5, 5), minima=[[0, 0]])
    def bowl(x, g):
        g[0] = 2.0 * x[0]
        g[1] = 2.0 * x[1]
        return x[0] ** 2 + x[1] ** 2

    runs = run(bowl)
    again = lab.load(runs.save(tmp_path / "x"))
    assert again.surface is None
    assert same(again.x0, runs.x0)
    assert same(lab.load(again.save(tmp_path / "y")).x0, runs.x0)


def changed(arrays, manifest, what, value):
    (arrays if what in arrays else manifest["settings"])[what] = value


@pytest.mark.parametrize(
    ("what", "value", "why"),
    [
        pytest.param("seed", 3, "x0, drawn again by seed 3 from run 0 on, is not what was run: its sha256", id="seed"),
        pytest.param("first_run", 7, "x0, drawn again by seed 0 from run 7 on, is not what", id="first run"),
        pytest.param("seed", -1, "seed must be", id="no seed"),
        pytest.param("seed", 2**64, "seed must be", id="seed too large"),
        pytest.param("x0_sha256", np.zeros(32, "u1"), "x0, drawn again .* its sha256 differs", id="digest"),
        pytest.param("x0_sha256", np.zeros(31, "u1"), r"x0_sha256 must be uint8 of shape \(32,\)", id="short digest"),
        pytest.param("x0_bounds", np.zeros((2, 2)), r"x0_bounds must be float64 of shape \(3, 2\)", id="dimension"),
        pytest.param("x0_bounds", np.ones((3, 2)) * [1, -1], "x0_bounds must hold finite bounds", id="upside down"),
        pytest.param("x0_bounds", np.full((3, 2), np.inf), "x0_bounds must hold finite bounds", id="infinite"),
        pytest.param("hit", np.zeros(5), r"array hit must be int8, int16, int32 or int64 of shape \(5,\)", id="hit"),
        pytest.param("hit", np.zeros(5, "u2"), "array hit must be int8, int16, int32 or int64", id="unsigned"),
    ],
)
def test_what_does_not_fit_is_refused(what, value, why, tmp_path):
    kind, arrays, manifest = store.read(run().save(tmp_path / "x"))
    changed(arrays, manifest, what, value)
    path = store.write(tmp_path / "y", kind, arrays, manifest)
    with pytest.raises(ValueError, match=f"y.npz is a damaged result of kind 'ensemble': .*{why}") as refused:
        lab.load(path)
    assert "\n" not in str(refused.value)


def test_no_starts_are_drawn_that_memory_does_not_hold(tmp_path, monkeypatch):
    path = run(starts=50_000).save(tmp_path / "x")
    monkeypatch.setattr("ngdm_lab.compiler.room.memory", lambda: 40_000)
    monkeypatch.setattr("ngdm_lab.engine.saved.drawn", lambda *given: pytest.fail("they were drawn"))
    with pytest.raises(ValueError, match=r"x0 of shape \(50000, 3\) would need"):
        lab.load(path)


@pytest.mark.parametrize("steps", [5, 200, 40_000])
def test_counts_are_as_narrow_as_they_fit(steps, tmp_path):
    runs = run("sphere:2", starts=2, steps=steps)
    path = runs.save(tmp_path / "x")
    width = 1 if steps < 127 else 2 if steps < 32767 else 4
    assert store.read(path)[1]["evaluations"].dtype.itemsize == width
    again = lab.load(path)
    assert all(same(getattr(again, name), getattr(runs, name)) for name in COUNTS)


def test_a_file_of_before_is_read_and_written_anew(tmp_path):
    before, arrays = lab.load(BEFORE), store.read(BEFORE)[1]
    after = lab.load(before.save(tmp_path / "x"))
    assert str(after) == str(before)
    for i, (a, b) in enumerate(zip(before.entries, after.entries, strict=True)):
        assert same(a.runs.x0, arrays[f"{i}/x0"])
        for name in ("x0", "x", "f", "code", *COUNTS):
            assert same(getattr(a.runs, name), getattr(b.runs, name)), name
    maps = [(a, after.pictures.maps[s][label]) for s, by in before.pictures.maps.items() for label, a in by.items()]
    assert maps
    assert all(same(a.runs.x0, b.runs.x0) for a, b in maps)
