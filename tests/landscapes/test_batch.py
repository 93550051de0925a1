"""Many points at once: the bits of single points, in blocks of 64, on threads, after a fork."""

from __future__ import annotations

import multiprocessing

import numba
import numpy as np
import pytest

import landscapes as ls
from landscapes import batch, blocks

COUNTS = (batch.FEW - 1, batch.FEW, 64, 65, 200)
CHAIN = ls.levy(3).rotated(1).shifted(0.5).flipped(3).scaled(2.5).noisy(0.25)


@ls.landscape(bounds=(-2, 2))
def derived(x, n):
    """No gradient: it is derived."""
    f = 0.0
    for i in range(n):
        f += (x[i] - 0.1 * i) ** 4
    return f


@ls.landscape(bounds=(-2, 2))
def by_differences(x, n):
    """No gradient, and none can be derived: it is formed by differences."""
    f, i = 0.0, 0
    while i < n:
        f += (x[i] - 0.1 * i) ** 4
        i += 1
    return f


def points(surface, m):
    """Inside the bounds and beyond, one of them far and one NaN."""
    low, high = surface.bounds.T
    x = np.random.default_rng(5).uniform(1.5 * low - 0.5 * high, 1.5 * high - 0.5 * low, (m, surface.dim))
    x[3], x[7, 0] = 1e200, np.nan
    return x


def same(a, b):
    """Bit for bit, but for the signs of zeros and the payloads of NaN."""
    return np.array_equal(a, b, equal_nan=True)


SURFACES = [*(ls.get(name) for name in ls.names()), ls.rastrigin(10), ls.rosenbrock(17),
            ls.levy(3).rotated(1).scaled(2.5), derived(3), by_differences(3)]  # fmt: skip


@pytest.mark.parametrize("surface", SURFACES, ids=lambda s: s.name)
def test_a_point_has_the_same_bits_by_itself_and_among_others(surface):
    x = points(surface, max(COUNTS))
    before = x.copy()
    single = [surface.value_and_grad(point) for point in x]
    f, g = np.array([one[0] for one in single]), np.array([one[1] for one in single])
    for m in COUNTS:
        values, slopes = surface.value_and_grad(x[:m])
        assert same(values, f[:m]), m
        assert same(slopes, g[:m]), m
        assert same(surface(x[:m]), f[:m]), m
    assert same(np.array([surface(point) for point in x]), f)
    assert np.array_equal(x, before, equal_nan=True)


@pytest.mark.parametrize("surface", [CHAIN, ls.sphere(2).noisy(0.1)], ids=lambda s: s.name)
def test_noise_is_that_of_the_row(surface):
    x = points(surface, 200)
    f, g = surface.value_and_grad(x, key=7)
    for m in COUNTS:
        values, slopes = surface.value_and_grad(x[:m], key=7)
        assert same(values, f[:m])
        assert same(slopes, g[:m])
        assert same(surface.value(x[:m], key=7), f[:m])
    assert not same(surface(x, key=8), f)


@pytest.mark.parametrize("surface", [CHAIN, by_differences(3), ls.rosenbrock(2)], ids=lambda s: s.name)
def test_threads(surface, monkeypatch):
    if numba.config.NUMBA_NUM_THREADS < 2:
        pytest.skip("this machine has one core")
    x = points(surface, 64 * batch.PORTION * 3 + 5)
    f, g = surface.value_and_grad(x)
    monkeypatch.setattr(batch, "ENOUGH", 0)
    values, slopes = surface.value_and_grad(x)
    assert same(values, f)
    assert same(slopes, g)
    assert same(surface(x), f)


def _values(x):
    return ls.rosenbrock(2)(x)


def test_a_forked_process_does_without_threads(monkeypatch):
    x = points(ls.rosenbrock(2), 70)
    ls.rosenbrock(2)(x)
    monkeypatch.setattr(batch, "ENOUGH", 0)
    monkeypatch.setattr(batch, "survives", lambda: False)
    monkeypatch.setattr(batch, "_in_threads", None)
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert same(pool.apply(_values, (x,)), ls.rosenbrock(2)(x))


@pytest.mark.parametrize(
    "like",
    [
        lambda x: x.tolist(),
        lambda x: np.asfortranarray(x),
        lambda x: np.repeat(x, 2, axis=0)[::2],
        lambda x: np.broadcast_to(x, (2, *x.shape)),
        lambda x: x.reshape(4, 25, 2),
    ],
    ids=["list", "columns", "stepped", "read-only", "deep"],
)
def test_any_array_will_do(like):
    surface = ls.booth()
    x = np.random.default_rng(0).uniform(-5, 5, (100, 2))
    given = like(x)
    values, slopes = surface.value_and_grad(given)
    shape = np.shape(given)
    assert values.shape == shape[:-1]
    assert slopes.shape == shape
    f, g = surface.value_and_grad(x)
    assert same(values.reshape(-1), np.resize(f, values.size))
    assert same(slopes.reshape(-1, 2), np.resize(g, (values.size, 2)))


def test_whole_and_short_numbers_will_do():
    x = np.random.default_rng(0).integers(-5, 5, (100, 2))
    assert same(ls.booth()(x), ls.booth()(x.astype(float)))
    assert same(ls.booth()(x.astype(np.float32)), ls.booth()(x.astype(float)))


def test_a_value_alone_needs_no_differences():
    """A gradient by differences costs 2 n values, a value one."""
    surface = by_differences(3)
    alone, both = blocks.landscape(surface, slopes=False), blocks.landscape(surface)
    assert alone.function is not both.function
    for surface in (ls.booth(), derived(3)):
        assert blocks.landscape(surface, slopes=False) is blocks.landscape(surface)


def test_results_of_no_points():
    assert ls.booth()(np.empty((0, 2))).shape == (0,)
    f, g = ls.booth().value_and_grad(np.empty((3, 0, 2)))
    assert (f.shape, g.shape) == ((3, 0), (3, 0, 2))
