"""Step lengths and angles: plain descent follows the gradient, gaps where there is no angle."""

from __future__ import annotations

from dataclasses import replace

import matplotlib.pyplot as plt
import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.plots.paths.step_angles import lengths_and_angles


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def paths():
    return [lab.trace(rule, ls.rosenbrock(2), [-1.2, 1.0], 100) for rule in (lab.SGD(1e-3), lab.Adam(0.1))]


@pytest.mark.parametrize("rule", [lab.SGD(1e-3, momentum=0), lab.NGDM(1e-3, lab.Dirichlet(2.0), momentum=0)])
def test_plain_descent_follows_the_gradient(rule):
    """Also diagonal NGDM with one alpha (E7)."""
    s = ls.rosenbrock(4)
    path = lab.trace(rule, s, [-1.2, 1.0, -1.2, 1.0], 50)
    lengths, angles = lengths_and_angles(path, s)
    gain = 1 / float(lab.geometry.trigamma(2.0)) if isinstance(rule, lab.NGDM) else 1.0
    assert np.allclose(lengths, 1e-3 * gain * np.linalg.norm(s.grad(path.x[:-1]), axis=1), rtol=1e-9)
    assert (angles < 1e-5).all()


def test_the_exact_form_turns_its_first_step():
    s, law = ls.rosenbrock(4), lab.Dirichlet(2.0).on(4)
    path = lab.trace(lab.NGDM(1e-3, lab.Dirichlet(2.0), momentum=0, form="exact"), s, [-1.2, 1.0, -1.2, 1.0], 1)
    g = s.grad(path.x[0])
    step = law.fisher_solve(g)
    wanted = np.degrees(np.arccos(step @ g / np.linalg.norm(step) / np.linalg.norm(g)))
    assert wanted > 10
    assert lengths_and_angles(path, s)[1][0] == pytest.approx(wanted, rel=1e-9)


numbers = st.floats(-1e3, 1e3).filter(lambda v: abs(v) > 1e-3)


@given(st.lists(numbers, min_size=3, max_size=3), st.lists(numbers, min_size=3, max_size=3))
def test_angles_are_those_of_mpmath(start, step):
    s = ls.sphere(3)  # its gradient is twice the point
    path = lab.trace(lab.SGD(0.0), s, start, 1)
    path = replace(path, x=np.array([start, np.add(start, step)]))
    moved = [mpmath.mpf(b) - mpmath.mpf(a) for a, b in path.x.T]
    fall = [-mpmath.mpf(a) for a in start]
    with mpmath.workdps(60):
        cosine = mpmath.fdot(moved, fall) / mpmath.norm(moved) / mpmath.norm(fall)
        wanted = float(mpmath.degrees(mpmath.acos(max(-1, min(1, cosine)))))
    lengths, angles = lengths_and_angles(path, s)
    assert angles[0] == pytest.approx(wanted, abs=1e-6)
    assert lengths[0] == pytest.approx(float(mpmath.norm(moved)), rel=1e-12)


def test_gaps_where_there_is_no_angle():
    s = ls.sphere(2)
    path = lab.trace(lab.SGD(0.5, momentum=0), s, [3.0, 4.0], 3)  # at the minimum after one step
    lengths, angles = lengths_and_angles(path, s)
    assert lengths.tolist() == [5.0, 0.0, 0.0]
    assert angles[0] == 0
    assert np.isnan(angles[1:]).all()
    gone = lab.trace(lab.SGD(1e3), ls.rosenbrock(2), [2.0, 2.0], 20)
    lengths, angles = lengths_and_angles(gone, ls.rosenbrock(2))
    assert gone.status == "diverged"
    assert np.isnan(lengths[-1])
    assert np.isnan(angles[-1])


@pytest.mark.parametrize("scale", [1e-170, 1e150])
def test_no_over_or_underflow(scale):
    s = ls.sphere(2)
    path = replace(lab.trace(lab.SGD(0.0), s, [3.0, 4.0], 1), x=scale * np.array([[3.0, 4.0], [3.0, 3.0]]))
    lengths, angles = lengths_and_angles(path, s)
    assert lengths[0] == pytest.approx(scale)
    assert angles[0] == pytest.approx(np.degrees(np.arccos(0.8)))


def test_axes_hold_lengths_and_angles(paths):
    above, below = plots.step_angles(paths)
    for path in paths:
        values = lengths_and_angles(path, path.surface)
        for ax, wanted in zip((above, below), values, strict=True):
            [line] = [line for line in ax.lines if line.get_label() == path.optimizer.name]
            assert np.array_equal(line.get_xdata(), np.arange(1, 101))
            assert np.array_equal(line.get_ydata(), wanted, equal_nan=True)
    assert above.get_ylabel() == "length of the step"
    assert below.get_ylabel() == "angle to −∇f"
    assert below.get_xlabel() == "step"
    assert [text.get_text() for text in below.figure.legends[0].get_texts()] == [
        "SGD-Nesterov, lr 0.001: not converged",
        "Adam, lr 0.1: not converged",
    ]


def test_a_value_between_gaps_is_a_dot():
    s = ls.sphere(2)
    above, below = plots.step_angles(lab.trace(lab.SGD(0.5, momentum=0), s, [3.0, 4.0], 3))
    for ax in (above, below):
        assert [line.get_xdata().tolist() for line in ax.lines if line.get_marker() == "."] == [[1]]


def test_given_axes_are_used(paths):
    figure, pair = plt.subplots(2, 1, layout="constrained")
    assert plots.step_angles(paths, pair, notes=False) == tuple(pair)
    assert plt.get_fignums() == [figure.number]


def test_texts_do_not_overlap(paths, tmp_path):
    above, below = plots.step_angles(paths, notes=True)
    figure = above.figure
    figure.canvas.draw()
    legend, note = figure.legends[0].get_window_extent(), figure.texts[0].get_window_extent()
    assert above.get_tightbbox().y0 >= below.get_tightbbox().y1 - 1
    assert below.get_tightbbox().y0 >= legend.y1 > legend.y0 >= note.y1
    assert note.x1 <= figure.bbox.x1
    assert len(plots.save(above, tmp_path / "a")) == 3


def test_what_cannot_be_drawn(paths):
    with pytest.raises(ValueError, match="traces must have at least one step, got runs of 0 steps"):
        plots.step_angles(lab.trace(lab.Adam(), ls.sphere(2), [1.0, 1.0], 0))
    with pytest.raises(ValueError, match="axes must be 2 Axes, got 1"):
        plots.step_angles(paths, plt.figure().add_subplot())
    with pytest.raises(TypeError, match=r"each of axes must be a Matplotlib Axes"):
        plots.step_angles(paths, [plt.figure().add_subplot(), 3])
    with pytest.raises(TypeError, match="traces must be a Trace"):
        plots.step_angles("path")
