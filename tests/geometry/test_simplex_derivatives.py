"""RadialMap and StickBreaking against their formulas in mpmath, and the laws of their derivatives."""

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, RadialMap, StickBreaking
from simplex_strategies import in_ball, radial

EPS = np.finfo(float).eps


def mp_radial(n, centre, radius):
    """z(x) as the docstring has it, its isometry written as a reflection."""
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


@pytest.mark.parametrize("law", [Dirichlet([2.0, 3.0, 1.5]), GeneralizedDirichlet([2.0, 1.5], [3.0, 4.0])], ids=str)
def test_with_a_density_of_z_it_is_one_of_x(law):
    def density(mapping, x):
        return np.exp(law.logpdf(mapping.forward(x)) + mapping.logdet(x))

    ball, (nodes, weights) = RadialMap(2, 1.7), np.polynomial.legendre.leggauss(60)
    corners = np.sort(np.arctan2(*ball.inverse(np.eye(3)).T[::-1]))
    total = 0.0
    for low, high in zip(corners, [*corners[1:], corners[0] + 2 * np.pi], strict=True):  # the map is smooth between
        angle, radius = (low + high + (high - low) * nodes) / 2, 1.7 * (1 + nodes) / 2
        x = radius[:, None, None] * np.stack((np.cos(angle), np.sin(angle)), axis=1)
        values = density(ball, x.reshape(-1, 2)).reshape(60, 60) * radius[:, None]
        total += weights @ values @ weights * (high - low) / 2 * 1.7 / 2
    assert total == pytest.approx(1, abs=2e-5)  # the density has roots on the edge
    t = np.linspace(-30, 30, 601)
    whole = density(StickBreaking(2), np.stack(np.meshgrid(t, t), axis=-1).reshape(-1, 2)).sum() * 0.01
    assert whole == pytest.approx(1, abs=1e-9)


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
