"""Figures on disk: both kinds, whole or not at all, the same bytes every time."""

from __future__ import annotations

import io
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.plots.drawing.layout import footer, handle, laid_out


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def _figure():
    figure = Figure(figsize=(2, 1))
    figure.add_subplot().plot([1, 2, 3])
    return figure


def test_both_kinds_are_written(tmp_path):
    made = plots.save(_figure(), tmp_path / "one")
    assert made == [tmp_path / "one.png", tmp_path / "one.pdf"]
    assert made[0].read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
    assert made[1].read_bytes().startswith(b"%PDF-")
    assert sorted(tmp_path.iterdir()) == sorted(made)  # no temporary file is left


def test_png_has_300_dots_an_inch(tmp_path):
    png = plots.save(_figure(), tmp_path / "one")[0].read_bytes()
    assert int.from_bytes(png[16:20], "big") == 600
    assert int.from_bytes(png[20:24], "big") == 300


@pytest.mark.parametrize(
    ("given", "base"), [("a.png", "a"), ("a.PDF", "a"), ("a.pdf", "a"), ("run-1.5", "run-1.5"), ("a", "a")]
)
def test_suffixes(tmp_path, given, base):
    made = plots.save(_figure(), str(tmp_path / given))
    assert [path.name for path in made] == [f"{base}.png", f"{base}.pdf"]


def test_an_axes_stands_for_its_figure(tmp_path):
    figure = _figure()
    [one, _], [other, _] = plots.save(figure.axes[0], tmp_path / "a"), plots.save(figure, tmp_path / "b")
    assert one.read_bytes() == other.read_bytes()
    inner = Figure().subfigures(1, 2)[0].add_subplot()
    assert plots.save(inner, tmp_path / "c")[0].exists()


def test_equal_figures_give_equal_bytes(tmp_path):
    path = lab.trace(lab.Adam(0.1), ls.himmelblau(), [0.0, 4.0], 50)
    first, second = (plots.save(plots.trajectories(path), tmp_path / name) for name in "ab")
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert b"CreationDate" not in first[1].read_bytes()


@pytest.mark.parametrize("layout", ["constrained", "tight", "none", None])
def test_each_file_is_drawn_once(tmp_path, monkeypatch, layout):
    drawn, laid = [], []
    draw, execute = Figure.draw, ConstrainedLayoutEngine.execute
    monkeypatch.setattr(Figure, "draw", lambda self, renderer: (drawn.append(1), draw(self, renderer)))
    monkeypatch.setattr(ConstrainedLayoutEngine, "execute", lambda self, fig: (laid.append(1), execute(self, fig)))
    with plots.style():
        figure, _ = plt.subplots(layout=layout)
        engine = figure.get_layout_engine()
        plots.save(figure, tmp_path / "a")
        assert figure.get_layout_engine() is engine
    assert len(drawn) == 2
    # without a word of the user the style chooses
    assert len(laid) == (1 if isinstance(engine, ConstrainedLayoutEngine) else 0)


def test_the_layout_is_restored_after_a_failure(tmp_path):
    figure = Figure(layout="constrained")
    figure.text(0.5, 0.5, r"$\nonsense$")
    engine = figure.get_layout_engine()
    with pytest.raises(ValueError, match="nonsense"):
        plots.save(figure, tmp_path / "a")
    assert figure.get_layout_engine() is engine
    assert list(tmp_path.iterdir()) == []


def test_a_figure_is_saved_as_it_is_laid_out(tmp_path):
    """The file shows what Matplotlib's own layout would show."""
    figure, ax = plt.subplots(figsize=(3, 2), dpi=300, layout="constrained")
    ax.set(xlabel="a label\nof two lines", ylabel="another")
    content = io.BytesIO()
    figure.savefig(content, dpi=300, metadata={"Software": None})
    assert plots.save(figure, tmp_path / "a")[0].read_bytes() == content.getvalue()


def test_positions_carry_no_bits_of_the_solver():
    """Its last bits depend on addresses in memory, and files of equal figures would differ in a few pixels."""
    figure, _ = plt.subplots(2, 3, layout="constrained")
    before = [ax.get_in_layout() for ax in figure.axes]
    with laid_out(figure):
        points = np.array([ax.get_position().get_points() for ax in figure.axes])
        assert figure.get_layout_engine() is None
    assert np.array_equal(points, points.round(9))
    assert len(np.unique(points[:, 0, 0].round(3))) == 3
    assert [ax.get_in_layout() for ax in figure.axes] == before


def test_an_earlier_file_is_replaced(tmp_path):
    (tmp_path / "a.png").write_bytes(b"old")
    assert plots.save(_figure(), tmp_path / "a")[0].read_bytes() != b"old"


def test_what_cannot_be_written_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"cannot write .*nowhere.*a\.png, .*a\.pdf: No such file"):
        plots.save(_figure(), tmp_path / "nowhere" / "a")
    (tmp_path / "b.pdf").mkdir()
    with pytest.raises(ValueError, match=r"cannot write .*b\.pdf"):
        plots.save(_figure(), tmp_path / "b")
    assert not [path for path in tmp_path.rglob(".*") if path.is_file()]


@pytest.mark.parametrize("wrong", [None, "figure", 3, Path("a")])
def test_what_is_no_figure(tmp_path, wrong):
    with pytest.raises(TypeError, match="figure must be a Matplotlib Figure or Axes, got"):
        plots.save(wrong, tmp_path / "a")


def test_what_is_laid_out_is_not_laid_out_again():
    """The style has Matplotlib's constrained layout, which would know nothing of the room at the foot."""
    with plots.style():
        figure, ax = plt.subplots()
        footer(figure, [handle("sgd", "SGD")], ["A note."])
        with laid_out(figure):
            assert figure.get_layout_engine() is None
            bottom = ax.get_position().y0
            figure.savefig(io.BytesIO(), format="svg")
            assert ax.get_position().y0 == bottom
            assert figure.get_layout_engine() is None
