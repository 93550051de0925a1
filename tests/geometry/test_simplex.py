"""The map of section 2.2: RadialMap and StickBreaking against mpmath, and their laws."""

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from scipy import integrate

from ngdm_lab.geometry import RadialMap, StickBreaking
from ngdm_lab.geometry.simplex import check_simplex

EPS = np.finfo(float).eps
CENTRE = (0.7, -1.3, 2.0, 0.1)


def mp_radial(n, centre, radius):
    """z(x) as the docstring has it, with Gram and Schmidt's isometry of the columns e_j - e_(n + 1) rotated to ours."""
    root = mpmath.sqrt(n + 1)

    def z(*x):
        u = [(mpmath.mpf(a) - mpmath.mpf(c)) / radius for a, c in zip(x, centre, strict=True)]
        # reflect (u, 0) in the plane that exchanges e_(n + 1) and (1, ..., 1)/sqrt(n + 1)
        normal = [-1 / root] * n + [1 - 1 / root]
        factor = 2 * mpmath.fsum(a * b for a, b in zip(normal, u, strict=False)) / mpmath.fsum(b * b for b in normal)
        w = [a - factor * b for a, b in zip([*u, mpmath.mpf(0)], normal, strict=True)]
        gauge = -(n + 1) * min(w)
        length = mpmath.sqrt(mpmath.fsum(a * a for a in u))
        return [mpmath.mpf(1) / (n + 1) + a * length / gauge for a in w]

    return z


def mp_sticks(n):
    def z(*x):
        out, left = [], mpmath.mpf(1)
        for k, a in enumerate(x):
            share = 1 / (1 + (n - k) * mpmath.exp(-mpmath.mpf(a)))
            out.append(share * left)
            left *= 1 - share
        return [*out, left]

    return z


def mp_jacobian(z, x):
    def part(i):
        return lambda *p: z(*p)[i]

    n = len(x)
    orders = np.eye(n, dtype=int).tolist()
    return mpmath.matrix([[mpmath.diff(part(i), tuple(x), tuple(orders[j])) for j in range(n)] for i in range(n + 1)])


def radial(n, radius=2.5):
    return RadialMap(np.resize(CENTRE, n), radius)


@st.composite
def in_ball(draw, least=0.0):
    """A radial map and a point of its ball: anywhere, near the centre, near the sphere, or on it."""
    n = draw(st.integers(1, 6))
    ball = radial(n, draw(st.sampled_from([1e-3, 1.0, 40.0])))
    direction = np.array(draw(st.lists(st.floats(-1, 1), min_size=n, max_size=n)))
    size = np.linalg.norm(direction)
    direction = direction / size if size > 1e-3 else np.eye(n)[0]
    t = draw(st.one_of(st.floats(least, 1), st.floats(-12, 0).map(lambda e: 1 - 10**e), st.just(1.0)))
    return ball, ball.centre + ball.radius * t * direction


@st.composite
def on_simplex(draw):
    """A point of the closed simplex: inside, on a face, a vertex, or near the centre."""
    n = draw(st.integers(1, 6))
    part = st.one_of(st.floats(0.01, 1), st.just(0.0), st.floats(-12, 0).map(lambda e: 10**e))
    z = np.array(draw(st.lists(part, min_size=n + 1, max_size=n + 1)))
    z = z / z.sum() if z.sum() > 0 else np.eye(n + 1)[0]
    near = draw(st.sampled_from([1.0, 1.0, 1e-3, 1e-9, 0.0]))
    z = near * z + (1 - near) / (n + 1)
    return z / z.sum()


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


# -- derivatives -------------------------------------------------------------------------------------------

POINTS = {1: [[0.3]], 2: [[0.4, -0.7], [-1.1, 0.2]], 3: [[0.5, 0.4, -1.2]], 4: [[0.3, 0.1, -0.2, 0.9]]}


def cases():
    for n, points in POINTS.items():
        for point in points:
            yield radial(n), np.array(point) + radial(n).centre, mp_radial(n, radial(n).centre, 2.5)
            yield StickBreaking(n), 2 * np.array(point), mp_sticks(n)


@pytest.mark.parametrize(("mapping", "x", "formula"), list(cases()), ids=lambda a: str(a)[:20])
def test_values_and_derivatives_are_those_of_the_formula(mapping, x, formula):
    with mpmath.workdps(40):
        z = np.array([float(a) for a in formula(*x)])
        exact = mp_jacobian(formula, x.tolist())
        det = mpmath.log(abs(mpmath.det(exact[1:, :])))
        jacobian = np.array(exact.tolist(), dtype=float)
    np.testing.assert_allclose(mapping.forward(x), z, rtol=4e-15)
    np.testing.assert_allclose(mapping.jacobian(x), jacobian, rtol=1e-13, atol=1e-15)
    assert mapping.logdet(x) == pytest.approx(float(det), rel=1e-13, abs=1e-13)


def smooth(ball, x):
    """Whether x keeps clear of the kinks and of the centre, where finite differences look across."""
    w = np.sort(ball.forward(x))
    return w[1] - w[0] > 1e-3


@given(in_ball(least=0.05), st.integers(0, 2**32 - 1))
def test_laws_of_the_radial_derivatives(pair, seed):
    ball, x = pair
    laws(ball, x, seed)
    inner = ball.centre + 0.9 * (x - ball.centre)
    if ball.n > 1 and smooth(ball, inner):
        differences(ball, inner, 1e-6 * ball.radius)


@given(st.lists(st.floats(-6, 6), min_size=1, max_size=6).map(np.array), st.integers(0, 2**32 - 1))
def test_laws_of_the_stick_derivatives(x, seed):
    sticks = StickBreaking(len(x))
    laws(sticks, x, seed)
    differences(sticks, x, 1e-6)


def laws(mapping, x, seed):
    rng = np.random.default_rng(seed)
    v, p = rng.normal(size=mapping.n), rng.normal(size=mapping.n + 1)
    jacobian, z = mapping.jacobian(x), mapping.forward(x)
    scale = np.abs(jacobian).max()
    np.testing.assert_allclose(mapping.jvp(x, v), jacobian @ v, rtol=1e-11, atol=1e-13 * scale)
    np.testing.assert_allclose(mapping.vjp(x, p), jacobian.T @ p, rtol=1e-11, atol=1e-13 * scale)
    np.testing.assert_allclose(jacobian.sum(axis=0), 0, atol=1e-13 * scale)
    for left_out in range(mapping.n + 1):
        dense = np.linalg.slogdet(np.delete(jacobian, left_out, axis=0))[1]
        assert mapping.logdet(x) == pytest.approx(dense, rel=1e-10, abs=1e-9)
    # E(x(z)) with the gradient v in x: pulled to z and back along the map it is v again
    back = mapping.inverse_vjp(z, v)
    assert abs(back.sum()) <= 1e-12 * np.abs(back).max()
    if isinstance(mapping, StickBreaking) or smooth(mapping, x):
        np.testing.assert_allclose(jacobian.T @ back, v, rtol=1e-8, atol=1e-8)


def differences(mapping, x, h):
    steps = h * np.eye(mapping.n)
    slopes = ((mapping.forward(x + steps) - mapping.forward(x - steps)) / (2 * h)).T
    scale = np.abs(slopes).max()
    np.testing.assert_allclose(mapping.jacobian(x), slopes, rtol=1e-6, atol=1e-6 * scale)


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_at_the_centre_the_similarity_of_the_same_volume(n):
    ball = radial(n)
    jacobian = ball.jacobian(ball.centre)
    gram = jacobian.T @ jacobian
    np.testing.assert_allclose(gram, gram[0, 0] * np.eye(n), atol=1e-16)
    dense = np.linalg.slogdet(jacobian[1:])[1]
    assert ball.logdet(ball.centre) == pytest.approx(dense, rel=1e-13)
    g = np.arange(1.0, n + 1)
    np.testing.assert_allclose(jacobian.T @ ball.inverse_vjp(np.full(n + 1, 1 / (n + 1)), g), g, rtol=1e-13)
    np.testing.assert_allclose(ball.vjp(ball.centre, jacobian[:, 0]), gram[0], atol=1e-16)


def test_its_determinant_is_the_mean_over_the_ball():
    """In the plane: the mean over directions, one cone after another, is that at the centre."""
    ball = RadialMap(2, 1.7)

    def density(angle):
        return np.exp(ball.logdet([np.cos(angle), np.sin(angle)]))

    edges = np.sort(np.arctan2(*ball.inverse(np.eye(3)).T[::-1]) % (2 * np.pi))
    total = sum(
        integrate.quad(density, a, b)[0]
        for a, b in zip(edges, [*edges[1:], edges[0] + 2 * np.pi], strict=True)
    )  # fmt: skip
    assert total / (2 * np.pi) == pytest.approx(np.exp(ball.logdet(ball.centre)), rel=1e-10)
    assert total / 2 * 1.7**2 == pytest.approx(0.5, rel=1e-10)  # the triangle z_1 + z_2 <= 1


@pytest.mark.parametrize("x", [[800.0, 0.0], [-800.0, 3.0], [0.0, 800.0], [-900.0, -900.0], [40.0, -40.0]])
def test_far_out_the_sticks_stay_finite(x):
    sticks = StickBreaking(2)
    z = sticks.forward(x)
    assert (z >= 0).all()
    assert z.sum() == pytest.approx(1, abs=4 * EPS)
    assert np.isfinite(sticks.jacobian(x)).all()
    with mpmath.workdps(800):
        v = [1 / (1 + (2 - k) * mpmath.exp(-mpmath.mpf(a))) for k, a in enumerate(x)]
        exact = mpmath.log(v[0] * (1 - v[0]) * v[1] * (1 - v[1]) * (1 - v[0]))
    assert sticks.logdet(x) == pytest.approx(float(exact), rel=1e-14)


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
def test_points_off_the_ball_are_told(bad, words):
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
def test_points_off_the_simplex_are_told(bad, words):
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
    with pytest.raises(ValueError, match="one point of shape"):
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
