"""The second process that draws half of a race's figures: the same files, and what happens when it cannot."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.cli import figures

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


@pytest.mark.usefixtures("several")
def test_two_processes_write_what_one_writes(race, alone, here, tmp_path):
    _check(figures.draw(race, race.save(tmp_path / "race"), tmp_path), tmp_path, alone)
    assert here == ["profile", "ecdf", "success", "trajectories"]


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize("program", ["/no/such/python", "/bin/false", "/bin/true", ""])
def test_without_a_second_process_all_is_drawn_here(race, tmp_path, monkeypatch, program):
    monkeypatch.setattr(sys, "executable", program)

    def drawn(race, folder, only, notes):
        return [folder / f"{kind}.png" for kind in only]

    monkeypatch.setattr(plots, "race_figures", drawn)
    names = [path.stem for path in figures.draw(race, tmp_path / "race.npz", tmp_path)]
    assert names == ["convergence", "profile", "ecdf", "success", "trajectories", "basins"]


def test_one_core_draws_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert figures._start(tmp_path / "race.npz", tmp_path, False) is None


@pytest.mark.usefixtures("several")
def test_a_landscape_of_ones_own_is_drawn_here(here, tmp_path):
    @ls.landscape(bounds=(-5, 5), minima=[[0, 0]], dim=2)
    def own_bowl(x, g):
        g[0] = 2 * x[0]
        g[1] = 20 * x[1]
        return x[0] ** 2 + 10 * x[1] ** 2

    race = lab.race([lab.SGD(1e-3)], [own_bowl if isinstance(own_bowl, ls.Surface) else own_bowl(2)], **SMALL)
    assert len(figures.draw(race, race.save(tmp_path / "race"), tmp_path)) == 4 * 3  # a bowl has no basins to map
    assert sorted(here) == ["basins", "convergence", "ecdf", "profile", "success", "trajectories"]


@pytest.mark.usefixtures("several")
def test_what_cannot_be_written_is_named(race, tmp_path):
    saved = race.save(tmp_path / "race")
    (tmp_path / "convergence.png").mkdir()  # in the way of the second process
    with pytest.raises(ValueError, match=r"cannot write .*convergence\.png"):
        figures.draw(race, saved, tmp_path)


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize("wait", [False, True])
def test_an_interrupt_ends_both(race, tmp_path, monkeypatch, wait):
    """At once, and while the second process is at work; it leaves whole files or none."""
    started = []
    begin = figures._start

    def noted(saved, folder, notes):
        started.append(begin(saved, folder, notes))
        return started[0]

    def interrupt(race, folder, only, notes):
        while wait and not list(tmp_path.glob("*.png")) and started[0].poll() is None:
            pass
        raise KeyboardInterrupt

    monkeypatch.setattr(figures, "_start", noted)
    monkeypatch.setattr(plots, "race_figures", interrupt)
    saved = race.save(tmp_path / "race")
    with pytest.raises(KeyboardInterrupt):
        figures.draw(race, saved, tmp_path)
    assert started[0].returncode not in (None, 0)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    assert (tmp_path / "convergence.png").exists() == wait
    assert not (tmp_path / "basins.pdf").exists()


def test_the_second_process_imports_from_where_this_one_does(race, tmp_path, monkeypatch):
    """A file of the current folder that is called like a module is not run."""
    (tmp_path / "json.py").write_text("raise SystemExit(3)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(sys, "path", [path for path in sys.path if path not in ("", str(tmp_path))])
    other = figures._start(race.save(tmp_path / "race"), tmp_path, False)
    assert isinstance(other, subprocess.Popen)
    assert figures._written(other) == [
        tmp_path / f"{kind}.{suffix}" for kind in figures.THEIRS for suffix in ("png", "pdf", "txt")
    ]
