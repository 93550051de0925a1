"""The moving race: a GIF, whole or not at all, with the runs where they are."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageColor

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.plots.paths.animation import _last_seen, _move, frame_steps

SHORT = {"fps": 10, "seconds": 1.5, "width": 2.0}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def paths():
    return [lab.trace(rule, ls.himmelblau(), [0.2, -0.6], 200) for rule in (lab.SGD(2e-3), lab.Adam(0.1))]


@given(st.integers(0, 5000), st.integers(2, 300), st.sampled_from(["log", "linear"]))
def test_frames_go_from_the_start_to_the_end(steps, count, pace):
    shown = frame_steps(steps, count, pace)
    assert shown[0] == 0
    assert shown[-1] == steps
    assert (np.diff(shown) > 0).all()
    assert len(shown) <= count
    if steps < count:
        assert len(shown) == steps + 1
    else:
        assert len(shown) >= 0.6 * count  # it lasts about as long as asked for
    if pace == "log" and len(shown) > 20:
        assert np.diff(shown)[: len(shown) // 4].max() <= max(1, np.diff(shown)[len(shown) // 2 : -1].max())


def test_a_gif_of_all_frames(paths, tmp_path):
    made = plots.animate(paths, tmp_path / "race", **SHORT)
    assert made.path == tmp_path / "race.gif"
    assert list(tmp_path.iterdir()) == [made.path]
    assert made.path.read_bytes() == made.gif
    assert plt.get_fignums() == []
    with Image.open(made.path) as film:
        assert film.format == "GIF"
        assert film.n_frames == len(frame_steps(200, 15, "log"))
        assert film.info["loop"] == 0
        assert film.width == 300
        times, frames = [], []
        for k in range(film.n_frames):
            film.seek(k)
            times.append(film.info["duration"])
            frames.append(np.asarray(film.convert("RGB")).astype(int))
    assert sum(times[:-1]) == pytest.approx(1500, rel=0.15)
    assert times[-1] == 1500
    for path in paths:  # the colours of the optimizers are exact, and there is more of them at the end
        mine = ImageColor.getrgb(plots.colour(path.optimizer.name))
        seen = [(np.abs(frame - mine).sum(axis=-1) == 0).sum() for frame in frames]
        assert seen[-1] > seen[1] > 0
    assert (frames[0][0, 0] == 255).all()


def test_equal_races_give_equal_bytes(paths, tmp_path):
    one, other = (plots.animate(paths, tmp_path / name, **SHORT) for name in "ab")
    assert one.gif == other.gif


def test_without_a_file_it_shows_itself(paths, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = plots.animate(paths, **SHORT)
    assert (made.path, list(tmp_path.iterdir())) == (None, [])
    [data] = re.findall(r'src="data:image/gif;base64,([^"]+)"', made._repr_html_())
    assert base64.b64decode(data) == made.gif
    assert made.gif == plots.animate(paths, "race", **SHORT).gif
    again = made.save("again.gif")
    assert Path(again) == again.path == Path("again.gif")
    assert again.path.read_bytes() == made.gif
    with pytest.raises(ValueError, match="in no file yet: save it first"):
        Path(made)
    with pytest.raises(ValueError, match=r"file must end in \.gif, got again\.mp4"):
        made.save("again.mp4")


def test_markers_are_at_the_iterates(paths):
    _, ax = plt.subplots()
    box = np.array(paths[0].surface.bounds)
    [line], [end] = ax.plot([], [], color="black"), ax.plot([], [], "o")
    for step in (0, 7, 200):
        _move(line, end, paths[0], box, step, _last_seen(paths[0], box))
        assert np.array_equal(line.get_xydata(), paths[0].x[: step + 1])
        assert np.array_equal(end.get_xydata(), paths[0].x[step : step + 1])
        assert end.get_markerfacecolor() == "black"


def test_a_run_that_diverges_stays_hollow_at_the_edge(tmp_path):
    path = lab.trace(lab.SGD(10.0), ls.rosenbrock(2), [1.5, 1.5], 50)
    assert path.status == "diverged"
    _, ax = plt.subplots()
    box = np.array([[-2.0, 2.0], [-2.0, 2.0]])
    [line], [end] = ax.plot([], [], color="black"), ax.plot([], [], "o")
    _move(line, end, path, box, 50, _last_seen(path, box))
    assert end.get_markerfacecolor() == "white"
    assert np.isclose(np.abs(end.get_xydata()), 2).any()
    assert np.isfinite(line.get_xydata()).all()
    away = lab.trace(lab.SGD(1e-6), ls.rosenbrock(2), [4.0, 4.0], 3)
    _move(line, end, away, box, 3, _last_seen(away, box))
    assert not len(end.get_xydata())
    assert plots.animate([path, away], tmp_path / "a", **SHORT).path.exists()


def test_small_and_short_races(paths, tmp_path):
    still = lab.trace(lab.Adam(0.1), ls.himmelblau(), [0.2, -0.6], 0)
    plots.animate(still, tmp_path / "still", legend=False, **SHORT)
    with Image.open(tmp_path / "still.gif") as film:
        assert film.n_frames == 1
    plots.animate(paths, tmp_path / "all.GIF", pace="linear", notes=True, view="bounds", **SHORT)
    assert (tmp_path / "all.GIF").exists()


@pytest.mark.parametrize(
    ("arguments", "error", "text"),
    [
        ({"file": "race.mp4"}, ValueError, "file must end in .gif, got race.mp4"),
        ({"file": 3}, TypeError, "file must be a path, got 3"),
        ({"fps": 0}, ValueError, "fps must be at least 1, got 0"),
        ({"seconds": 0}, ValueError, "seconds must be a finite number greater than 0"),
        ({"pace": "slow"}, ValueError, "pace must be one of 'log', 'linear', got 'slow'"),
        ({"view": "all"}, ValueError, "view must be 'paths', 'bounds' or"),
        ({"file": "nowhere/race"}, ValueError, "cannot write nowhere/race.gif: No such file"),
    ],
)
def test_bad_input(paths, arguments, error, text, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=text):
        plots.animate(paths, **{"file": "race", **SHORT, **arguments})
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ValueError, match="dimension 2, got sphere-3d"):
        plots.animate(lab.trace(lab.Adam(), ls.sphere(3), [1.0, 1.0, 1.0], 1), "race")
