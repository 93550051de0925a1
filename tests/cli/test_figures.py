"""The second process that draws some of a race's figures: the same files, and what happens when it cannot."""

from __future__ import annotations

import dataclasses
import io
import os
import sys
import threading

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.cli import figures
from ngdm_lab.plots.race.figures import KINDS

SMALL = {"starts": 12, "steps": 40, "tuning_starts": 8, "progress": False}


@pytest.fixture(scope="module")
def race():
    return lab.race([lab.SGD(1e-3), lab.Adam(0.05)], ls.himmelblau(), **SMALL)


@pytest.fixture(scope="module")
def alone(race, tmp_path_factory):
    """All figures, drawn by this process."""
    return plots.race_figures(race, tmp_path_factory.mktemp("alone"))


@pytest.fixture
def here(monkeypatch):
    """What this process draws."""
    names, draw = [], plots.race_figures

    def noted(race, folder, only, notes):
        names.extend(only)
        return draw(race, folder, only, notes=notes)

    monkeypatch.setattr(plots, "race_figures", noted)
    return names


@pytest.fixture
def several(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def _check(made, folder, alone):
    assert made == [folder / path.name for path in alone]
    for path, other in zip(made, alone, strict=True):
        assert path.read_bytes() == other.read_bytes()


def _drawn(race, folder):
    with figures.Drawing(folder) as drawing:
        drawing.begin(race)
        return drawing.draw(race)


@pytest.mark.usefixtures("several")
def test_two_processes_write_what_one_writes(race, alone, here, tmp_path):
    _check(_drawn(race, tmp_path), tmp_path, alone)
    assert here == ["trajectories", "basins"]


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize("program", ["/no/such/python", "/bin/false", "/bin/true", ""])
def test_without_a_second_process_all_is_drawn_here(race, tmp_path, monkeypatch, program):
    monkeypatch.setattr(sys, "executable", program)

    def drawn(race, folder, only, notes):
        return [folder / f"{kind}.png" for kind in only]

    monkeypatch.setattr(plots, "race_figures", drawn)
    names = [path.stem for path in _drawn(race, tmp_path)]
    assert names == ["convergence", "profile", "ecdf", "success", "trajectories", "basins"]


def test_one_core_draws_alone(race, alone, here, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    _check(_drawn(race, tmp_path), tmp_path, alone)
    assert sorted(here) == sorted((*figures.THEIRS, "trajectories", "basins"))


@pytest.mark.usefixtures("several")
def test_a_landscape_of_ones_own_is_drawn_by_both(here, tmp_path):
    @ls.landscape(bounds=(-5, 5), minima=[[0, 0]], dim=2)
    def own_bowl(x, g):
        g[0] = 2 * x[0]
        g[1] = 20 * x[1]
        return x[0] ** 2 + 10 * x[1] ** 2

    race = lab.race([lab.SGD(1e-3)], [own_bowl if isinstance(own_bowl, ls.Surface) else own_bowl(2)], **SMALL)
    made = _drawn(race, tmp_path)
    assert here == ["trajectories", "basins"]
    assert len(made) == 4 * 3  # a bowl has no basins to map
    _check(made, tmp_path, plots.race_figures(race, tmp_path / "alone", KINDS, notes=False))


@pytest.mark.usefixtures("several")
def test_what_cannot_be_handed_over_is_drawn_here(race, alone, here, tmp_path):
    kept = dataclasses.replace(race, settings={**race.settings, "kept": lambda: None})
    _check(_drawn(kept, tmp_path), tmp_path, alone)
    assert sorted(here) == sorted((*figures.THEIRS, "trajectories", "basins"))


def test_what_is_written_to_a_pipe_is_read_from_it():
    parts = [b"head", b"", np.arange(300_000.0).data.cast("B")]
    read, write = os.pipe()
    pipe = os.fdopen(write, "w")  # `_write` closes it
    writer = threading.Thread(target=figures._write, args=(pipe, parts))
    writer.start()
    with open(read, "rb") as pipe:
        assert [bytes(part) for part in figures._read(pipe)] == [bytes(part) for part in parts]
    writer.join()


def test_half_of_it_is_no_race():
    with pytest.raises(EOFError):
        figures._read(io.BytesIO(b"[4, 8]\nheadhalf"))
    assert figures._read(io.BytesIO(b"")) == [b""]  # no race was run


@pytest.mark.usefixtures("several")
def test_what_cannot_be_written_is_named(race, tmp_path):
    (tmp_path / "convergence.png").mkdir()  # in the way of the second process
    with pytest.raises(ValueError, match=r"cannot write .*convergence\.png"):
        _drawn(race, tmp_path)


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize("wait", [False, True])
def test_an_interrupt_ends_both(race, tmp_path, monkeypatch, wait):
    """At once, and while the second process is at work; it leaves whole files or none."""
    drawing = figures.Drawing(tmp_path)

    def interrupt(race, folder, only, notes):
        while wait and not list(tmp_path.glob("*.png")) and drawing._other.poll() is None:
            pass
        raise KeyboardInterrupt

    monkeypatch.setattr(plots, "race_figures", interrupt)

    def run():
        with drawing:
            drawing.begin(race)
            drawing.draw(race)

    with pytest.raises(KeyboardInterrupt):
        run()
    assert drawing._other.returncode not in (None, 0)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert (tmp_path / "convergence.png").exists() == wait
    assert not (tmp_path / "success.pdf").exists()


@pytest.mark.usefixtures("several")
def test_without_a_race_it_ends(tmp_path):
    with figures.Drawing(tmp_path) as drawing:
        pass
    assert drawing._other.returncode is not None
    assert not list(tmp_path.iterdir())


def test_the_second_process_imports_from_where_this_one_does(race, tmp_path, monkeypatch):
    """A file of the current folder that is called like a module is not run."""
    (tmp_path / "json.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path not in ("", str(tmp_path))])
    with figures.Drawing(tmp_path) as drawing:
        drawing.begin(race)
        written = drawing._written()
    assert written == [
        tmp_path / f"{kind}.{suffix}"
        for kind in figures.THEIRS
        if kind != "profile"  # of one landscape
        for suffix in ("png", "pdf", "txt")
    ]
