"""Laws of shifted, flipped, rotated, scaled and noisy, alone and in any order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import landscapes as ls
from landscapes import transforms
from surface_battery import check_surface

EPS = np.finfo(float).eps
CASES = [("rosenbrock", 3), ("styblinski_tang", 4), ("himmelblau", 2), ("levy", 1), ("monkey_saddle", 2)]

steps = st.one_of(
    st.tuples(st.just("shifted"), st.floats(-3, 3)),
    st.tuples(st.just("flipped"), st.integers(0, 50)),
    st.tuples(st.just("rotated"), st.integers(0, 50)),
    st.tuples(st.just("scaled"), st.sampled_from([0.25, 2.0, 3.0])),
)
chains = st.lists(steps, max_size=5)


def apply(surface: ls.Surface, chain: list[tuple[str, Any]]) -> ls.Surface:
    for kind, argument in chain:
        surface = getattr(surface, kind)(argument)
    return surface


def naive(base: ls.Surface, chain: list[tuple[str, Any]], x: np.ndarray) -> tuple[float, np.ndarray]:
    """Value and gradient of the transformed surface, with matrices: undo the steps from the last to the first."""
    n = base.dim
    turn, factor = np.eye(n), 1.0
    for kind, argument in reversed(chain):
        if kind == "shifted":
            x = x - argument
        elif kind == "scaled":
            factor *= argument
        else:
            a = np.diag(transforms.signs(n, argument)) if kind == "flipped" else transforms.rotation(n, argument)
            x, turn = a.T @ x, turn @ a  # f(A^T x) has the gradient A h
    f, g = base.value_and_grad(x)
    return factor * f, factor * turn @ g


@pytest.mark.parametrize(("name", "n"), CASES)
@given(chain=chains, seed=st.integers(0, 1000))
def test_value_and_gradient_of_any_chain(name: str, n: int, chain: list[tuple[str, Any]], seed: int) -> None:
    base = ls.get(name, n)
    surface = apply(base, chain)
    low, high = surface.bounds.T
    x = low + (high - low) * np.random.default_rng(seed).uniform(size=n)
    f, g = surface.value_and_grad(x)
    want_f, want_g = naive(base, chain, x)
    reach = np.abs(x).max() + 3 * len(chain)
    room = 1e-13 * (abs(want_f) + np.abs(want_g).max() * reach + np.abs(surface.hessian(x)).max() * reach + 1)
    assert abs(f - want_f) <= room * reach
    assert np.abs(g - want_g).max() <= room


@pytest.mark.parametrize(("name", "n"), CASES)
@given(chain=chains)
def test_what_is_known_moves_along(name: str, n: int, chain: list[tuple[str, Any]]) -> None:
    base = ls.get(name, n)
    surface = apply(base, chain)
    kinds = [kind for kind, _ in chain]
    factor = np.prod([argument for kind, argument in chain if kind == "scaled"])
    lost = name == "monkey_saddle" and "rotated" in kinds
    if lost:
        assert np.isnan(surface.f_min)
    else:
        assert surface.f_min == pytest.approx(factor * base.f_min, rel=1e-15)
        assert surface.minima.shape == base.minima.shape
    low, high = surface.bounds.T
    assert (low < high).all()
    assert (surface.minima >= low).all()
    assert (surface.minima <= high).all()
    if len(surface.minima):
        reach = np.abs(surface.minima).max() + 10
        assert surface.value(surface.minima) == pytest.approx(surface.f_min, rel=1e-12, abs=1e-22 * reach**4 * factor)
    assert ("rotated" in surface.tags) == ("rotated" in kinds)
    assert "separable" not in surface.tags or "rotated" not in kinds
    assert surface.tags - {"rotated"} == base.tags - ({"separable"} if "rotated" in kinds else set())
    assert [t.kind for t in surface.transforms] == kinds


def test_battery_over_chains() -> None:
    check_surface(ls.griewank(4).shifted(100.0).rotated(1).flipped(2).scaled(0.1))
    check_surface(ls.himmelblau().rotated(0).rotated(1).shifted([1.0, -2.0]).noisy(2.0).scaled(2.0))
    check_surface(ls.monkey_saddle().rotated(0).noisy(0.1))
    check_surface(ls.beale().flipped(0).scaled(1e-6).shifted([5.0, 5.0]))


@given(st.integers(1, 40), st.integers(0, 2**32))
def test_rotations(n: int, seed: int) -> None:
    r = transforms.rotation(n, seed)
    assert np.abs(r.T @ r - np.eye(n)).max() < 1e-14 * n
    assert np.linalg.det(r) == pytest.approx(1.0, rel=1e-12)
    assert np.array_equal(r, transforms.rotation(n, seed))
    assert r.flags.c_contiguous
    if n > 1:
        assert not np.allclose(r, transforms.rotation(n, seed + 1))


def test_rotations_are_uniform() -> None:
    """The first column of a uniform rotation in 3-D has uniform components (Archimedes); QR alone would not."""
    columns = np.array([transforms.rotation(3, seed) for seed in range(2000)])
    for i in range(3):
        for j in range(3):
            assert stats.kstest(columns[:, i, j], stats.uniform(-1, 2).cdf).pvalue > 1e-4


@given(st.integers(1, 40), st.integers(0, 2**32))
def test_signs(n: int, seed: int) -> None:
    s = transforms.signs(n, seed)
    assert set(s) == ({-1.0} if n == 1 else {-1.0, 1.0})
    assert np.array_equal(s, transforms.signs(n, seed))


def test_flips_differ_by_seed() -> None:
    assert len({tuple(transforms.signs(4, seed)) for seed in range(300)}) == 2**4 - 2


def test_bounds() -> None:
    box = ls.landscape(bounds=[(-1, 2), (0, 5)], minima=[[1.5, 4.0]])(paraboloid)
    assert box.shifted([10, 20]).bounds.tolist() == [[9.0, 12.0], [20.0, 25.0]]
    flipped = box.flipped(0)
    s = flipped.transforms[0].data
    assert flipped.bounds.tolist() == [sorted([s[0] * -1, s[0] * 2]), sorted([0.0, s[1] * 5])]
    assert flipped.minima.tolist() == [[s[0] * 1.5, s[1] * 4.0]]
    assert box.scaled(2.0).bounds.tolist() == box.bounds.tolist()
    assert ls.rosenbrock(2).rotated(3).bounds.tolist() == ls.rosenbrock(2).bounds.tolist()
    widened = [box.rotated(seed) for seed in range(20)]
    assert any(w.bounds.tolist() != box.bounds.tolist() for w in widened)
    for w in widened:
        assert (w.bounds[:, 0] <= box.bounds[:, 0]).all()
        assert (w.bounds[:, 1] >= box.bounds[:, 1]).all()


def paraboloid(x, g):
    g[0] = 2.0 * (x[0] - 1.5)
    g[1] = 2.0 * (x[1] - 4.0)
    return (x[0] - 1.5) ** 2 + (x[1] - 4.0) ** 2


def test_monkey_saddle_turned() -> None:
    assert ls.monkey_saddle().shifted(1.0).scaled(2.0).f_min == -32.0
    assert ls.monkey_saddle().flipped(1).value([[-2.0, 2.0], [2.0, -2.0]]).min() in (-16.0, 16.0)
    turned = ls.monkey_saddle().rotated(2)
    assert np.isnan(turned.f_min)
    assert np.isnan(turned.shifted(1.0).scaled(3.0).f_min)
    corners = turned.value([[2.0, 2.0], [2.0, -2.0], [-2.0, 2.0], [-2.0, -2.0]])
    assert corners.min() < -16.0


def test_scaled_keeps_the_picture() -> None:
    base, scaled = ls.himmelblau().noisy(0.5), ls.himmelblau().noisy(0.5).scaled(4.0)
    assert scaled.noise == 2.0
    x = np.random.default_rng(0).uniform(-5, 5, (50, 2))
    assert np.array_equal(scaled.value(x, key=3), 4.0 * base.value(x, key=3))  # a power of two: the same bits
    assert np.array_equal(scaled.grad(x, key=3), 4.0 * base.grad(x, key=3))


def test_noise_is_normal_and_independent() -> None:
    sigma, m, n = 0.3, 20_000, 2
    base, noisy = ls.himmelblau(), ls.himmelblau().noisy(sigma)
    x = np.tile([1.0, -2.0], (m, 1))
    f, g = noisy.value_and_grad(x, key=11)
    draws = np.column_stack([f - base([1.0, -2.0]), g - base.grad([1.0, -2.0])]) / sigma
    keys = [noisy.value_and_grad([1.0, -2.0], key=k) for k in range(5000)]
    over_keys = np.array([[f - base([1.0, -2.0]), *(g - base.grad([1.0, -2.0]))] for f, g in keys]) / sigma
    for sample in (draws, over_keys):
        for column in sample.T:
            assert stats.kstest(column, "norm").pvalue > 1e-4
        assert np.abs(sample.mean(axis=0)).max() < 4.5 / np.sqrt(len(sample))
        assert np.abs(sample.std(axis=0) - 1).max() < 4.5 / np.sqrt(2 * len(sample))
        mixed = np.corrcoef(sample.T) - np.eye(n + 1)
        assert np.abs(mixed).max() < 4.5 / np.sqrt(len(sample))
        assert abs(np.corrcoef(sample[:-1, 0], sample[1:, 0])[0, 1]) < 4.5 / np.sqrt(len(sample))


def test_noise_semantics() -> None:
    base = ls.sphere(2)
    noisy = base.noisy(1.0)
    assert noisy.f_min == base.f_min
    assert np.array_equal(noisy.minima, base.minima)
    assert noisy.tags == base.tags | {"noisy"}
    assert noisy.noisy(2.0).noise == 2.0
    assert noisy.noisy(0).tags == base.tags
    assert noisy.noisy(0).value([1.0, 2.0]) == base.value([1.0, 2.0])
    assert base.noisy(1e-9)([0.0, 0.0]) == pytest.approx(1e-9 * noisy([0.0, 0.0]), rel=1e-12)
    assert noisy.value([0.0, 0.0], key=1) == noisy.value([0.0, 0.0], key=1)
    # noise is added outside: it does not depend on the point or on the transforms
    at = [noisy.shifted(0.5).value([0.5, 0.5], key=9), noisy.value([0.0, 0.0], key=9), noisy.flipped(1)([0, 0], key=9)]
    assert len(set(at)) == 1
