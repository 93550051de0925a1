"""The map of section 2.2: RadialMap and StickBreaking there and back, one point and batches, bad input."""

import doctest
import pickle
from importlib import import_module

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ngdm_lab.geometry import RadialMap, StickBreaking
from ngdm_lab.geometry.simplex import check_simplex
from simplex_strategies import in_ball, on_simplex, radial

EPS = np.finfo(float).eps

# -- the map and back --------------------------------------------------------------------------------------


@given(in_ball())
def test_ball_to_simplex_and_back(pair):
    ball, x = pair
    z = ball.forward(x)
    assert (z >= 0).all()
    assert abs(z.sum() - 1) <= 4 * EPS
    size = ball.radius + np.abs(ball.centre).max()
    assert np.abs(ball.inverse(z) - x).max() <= 40 * ball.n * EPS * size


@given(on_simplex())
@example(np.array([1.0, 0.0]))
@example(np.array([0.0, 0.0, 1.0]))
@example(np.full(7, 1 / 7))
def test_simplex_to_ball_and_back(z):
    ball = radial(len(z) - 1)
    x = ball.inverse(z)
    assert np.linalg.norm(x - ball.centre) <= ball.radius * (1 + 8 * EPS)
    assert np.abs(ball.forward(x) - z).max() <= 40 * len(z) * EPS


@given(in_ball())
def test_spheres_become_smaller_copies_of_the_boundary(pair):
    ball, x = pair
    t = np.linalg.norm(x - ball.centre) / ball.radius
    assert 1 - (ball.n + 1) * ball.forward(x).min() == pytest.approx(t, abs=1e-13 / min(ball.radius, 1.0))


@given(st.lists(st.floats(-30, 30), min_size=1, max_size=6).map(np.array))
def test_sticks_and_back(x):
    sticks = StickBreaking(len(x))
    z = sticks.forward(x)
    assert (z > 0).all()
    assert abs(z.sum() - 1) <= 4 * EPS
    # a share next to 1 tells x only through what it leaves, and that z has in full
    assert np.abs(sticks.inverse(z) - x).max() <= 1e-13 * (1 + np.abs(x).max())


@given(on_simplex().filter(lambda z: (z > 0).all()))
def test_simplex_to_sticks_and_back(z):
    sticks = StickBreaking(len(z) - 1)
    np.testing.assert_allclose(sticks.forward(sticks.inverse(z)), z, rtol=1e-13)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_middle_of_one_is_the_middle_of_the_other(n):
    np.testing.assert_allclose(radial(n).forward(radial(n).centre), 1 / (n + 1), rtol=1e-15)
    np.testing.assert_array_equal(radial(n).inverse(np.full(n + 1, 1 / (n + 1))), radial(n).centre)
    np.testing.assert_allclose(StickBreaking(n).forward(np.zeros(n)), 1 / (n + 1), rtol=1e-15)


@pytest.mark.parametrize("size", [5e-324, 1e-300, 1e-160, 1e-20])
def test_next_to_the_centre_nothing_underflows(size):
    ball = RadialMap(3)
    for direction in np.array([[1.0, 0, 0], [1.0, -1.0, 1.0]]):
        x = size * direction
        np.testing.assert_allclose(ball.forward(x), 0.25, rtol=1e-15)
        assert np.isfinite(ball.logdet(x))
        assert np.isfinite(ball.jacobian(x)).all()
        np.testing.assert_allclose(ball.jacobian(x), ball.jacobian(0.5 * direction), rtol=1e-13, atol=1e-15)


def test_vertices_lie_on_the_sphere_as_far_apart_as_they_can():
    ball = RadialMap(4, 3.0)
    x = ball.inverse(np.eye(5))
    np.testing.assert_allclose(np.linalg.norm(x, axis=1), 3.0, rtol=1e-15)
    np.testing.assert_allclose(x @ x.T / 9, np.where(np.eye(5) == 1, 1, -1 / 4), atol=1e-15)


def test_many_coordinates():
    n, rng = 20_000, np.random.default_rng(0)
    x = rng.normal(size=n)
    x *= 0.9 / np.linalg.norm(x)
    ball, sticks = RadialMap(n), StickBreaking(n)
    np.testing.assert_allclose(ball.inverse(ball.forward(x)), x, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(sticks.inverse(sticks.forward(x)), x, rtol=1e-9, atol=1e-9)
    assert ball.vjp(x, np.ones(n + 1)).shape == (n,)


# -- one point, batches, bad input -------------------------------------------------------------------------


@pytest.mark.parametrize("mapping", [radial(3), StickBreaking(3)], ids=str)
def test_a_batch_is_its_points(mapping):
    rng = np.random.default_rng(1)
    x = rng.uniform(-0.5, 0.5, (5, 3)) + (mapping.centre if isinstance(mapping, RadialMap) else 0)
    v, p = rng.normal(size=(5, 3)), rng.normal(size=(5, 4))
    z = mapping.forward(x)
    for i in range(5):
        np.testing.assert_array_equal(z[i], mapping.forward(x[i]))
        np.testing.assert_array_equal(mapping.inverse(z)[i], mapping.inverse(z[i]))
        np.testing.assert_array_equal(mapping.jacobian(x)[i], mapping.jacobian(x[i]))
        np.testing.assert_allclose(mapping.jvp(x, v)[i], mapping.jvp(x[i], v[i]), rtol=1e-14)
        np.testing.assert_allclose(mapping.vjp(x, p)[i], mapping.vjp(x[i], p[i]), rtol=1e-14)
        np.testing.assert_allclose(mapping.inverse_vjp(z, v)[i], mapping.inverse_vjp(z[i], v[i]), rtol=1e-14)
        assert mapping.logdet(x)[i] == mapping.logdet(x[i])
    assert mapping.forward(x.astype(np.float32)).dtype == np.float64
    assert mapping.forward(x[:0]).shape == (0, 4)
    assert mapping.jacobian(x[:0]).shape == (0, 4, 3)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ([3.0, 0.0], "ball of radius 1 around the centre, got the distance 3.0"),
        ([[0.0, 0.0], [0.9, 0.9]], "in row 1"),
        ([np.nan, 0.0], "finite, got nan at component 0"),
        ([[0.0, 0.0], [0.0, np.inf]], "finite, got inf at component 1 of row 1"),
        ([0.1, 0.1, 0.1], "last axis of length 2"),
        ([[[0.1, 0.1]]], "one point or a batch"),
        (0.5, "last axis of length 2"),
    ],
)
def test_points_off_the_ball_are_reported(bad, words):
    with pytest.raises(ValueError, match=words):
        RadialMap(2).forward(bad)
    with pytest.raises(ValueError, match=words):
        RadialMap(2).logdet(bad)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ([0.5, 0.6, 0.1], "components have the sum 1, got 1.2"),
        ([[0.2, 0.3, 0.5], [0.2, 0.2, 0.2]], "in row 1"),
        ([-0.1, 0.5, 0.6], "not negative, got -0.1 at component 0"),
        ([np.nan, 0.5, 0.5], "got nan at component 0"),
        ([0.5, 0.5], "last axis of length 3"),
        ([[[0.5, 0.25, 0.25]]], "one point or a batch"),
    ],
)
def test_points_off_the_simplex_are_reported(bad, words):
    for mapping in (RadialMap(2), StickBreaking(2)):
        with pytest.raises(ValueError, match=words):
            mapping.inverse(bad)


def test_other_bad_input():
    with pytest.raises(ValueError, match=r"inside the simplex.* got 0.0 at component 2 of row 0: stick-breaking"):
        StickBreaking(2).inverse([[0.5, 0.5, 0.0]])
    with pytest.raises(ValueError, match=r"v must have the shape \(2,\)"):
        RadialMap(2).jvp([0.0, 0.1], [[1.0, 2.0]])
    with pytest.raises(ValueError, match="p must have a last axis of length 3"):
        StickBreaking(2).vjp([0.0, 0.1], [1.0, 2.0])
    with pytest.raises(ValueError, match="g must be finite"):
        RadialMap(2).inverse_vjp([0.2, 0.3, 0.5], [np.nan, 0.0])
    for radius in (0, -1, np.inf, np.nan):
        with pytest.raises(ValueError, match="radius must be a finite number greater than 0"):
            RadialMap(2, radius)
    with pytest.raises(ValueError, match="centre must be at least 1"):
        RadialMap(0)
    with pytest.raises(ValueError, match="centre must be finite"):
        RadialMap([0.0, np.nan])
    with pytest.raises(ValueError, match="centre must have 1 axis"):
        RadialMap([[0.0, 1.0]])
    with pytest.raises(TypeError, match="n must be a whole number"):
        StickBreaking(2.5)
    with pytest.raises(TypeError, match="array of real numbers"):
        RadialMap(2).forward("ab")
    with pytest.raises(ValueError, match="at least two components"):
        check_simplex([1.0], "z")


def test_rounding_does_not_push_a_point_off_the_sphere():
    rng = np.random.default_rng(2)
    u = rng.normal(size=(2_000, 3))
    ball = RadialMap([1e6, -3.0, 20.0], 0.5)
    x = ball.centre + 0.5 * u / np.linalg.norm(u, axis=1, keepdims=True)
    z = ball.forward(x)  # some of these lie outside by the rounding of 1e6
    assert z.min() >= 0
    with pytest.raises(ValueError, match="ball"):
        ball.forward(ball.centre + np.array([0.5 + 1e-8, 0, 0]))


@pytest.mark.parametrize("name", ["radial", "stick_breaking"])
def test_the_examples_in_the_docstrings(name):
    result = doctest.testmod(import_module(f"ngdm_lab.geometry.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("mapping", [radial(3), StickBreaking(3)], ids=str)
def test_a_map_keeps_its_centre_and_can_be_pickled(mapping):
    again = pickle.loads(pickle.dumps(mapping))
    x = np.array([0.8, -1.2, 2.1])
    np.testing.assert_array_equal(again.forward(x), mapping.forward(x))
    given = np.zeros(3)
    ball = RadialMap(given, 5.0)
    given += 1.0
    np.testing.assert_array_equal(ball.forward(np.zeros(3)), 0.25)
