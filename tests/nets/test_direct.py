"""Convolutions of images side by side against sums written out, over shapes, borders and threads, on any processor."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngdm_lab.nets import direct, winograd
from ngdm_lab.nets.direct import BAND, PARTS, convolve, correlate
from ngdm_lab.nets.tiles import BYTES
from ngdm_lab.nets.workspace import Workspace

REALS = st.sampled_from([np.float32, np.float64])
FILTERS = st.sampled_from([6, 8, 14])  # a smaller tile only, whole ones only, both
small, sides, seeds = st.integers(1, 4), st.integers(1, 7), st.integers(0, 2**32 - 1)


def aligned_not(rng, real, *shape):
    """Random numbers that begin anywhere."""
    return rng.normal(size=(np.prod(shape) + 1,)).astype(real)[1:].reshape(shape)


def padded(x, out, k1, k2, top, left):
    """x with zeros around it, so that every kernel of `out` lies inside, in double precision."""
    wide = np.zeros((len(x), 30, 30, *x.shape[3:]))
    wide[:, 10 : 10 + x.shape[1], 10 : 10 + x.shape[2]] = x
    return wide[:, 10 - top : 9 - top + out[0] + k1, 10 - left : 9 - left + out[1] + k2]


def windows(x, out, k1, k2, top, left):
    """What lies under the kernel at each place: (blocks, height, width, channels, lanes, k1, k2)."""
    return np.lib.stride_tricks.sliding_window_view(padded(x, out, k1, k2, top, left), (k1, k2), axis=(1, 2))


def drawn(data, real, filters, seed):
    rng = np.random.default_rng(seed)
    k1, k2, channels = data.draw(small), data.draw(small), data.draw(st.integers(1, 5))
    top, left = data.draw(st.integers(-1, 4)), data.draw(st.integers(-1, 4))
    lanes = BYTES // np.dtype(real).itemsize
    x = aligned_not(rng, real, data.draw(small), data.draw(sides), data.draw(sides), channels, lanes)
    out = data.draw(sides), data.draw(sides)
    return rng, x, rng.normal(size=(k1, k2, channels, filters)).astype(real), out, (top, left)


@given(st.data(), REALS, FILTERS, st.booleans(), seeds)
def test_convolve(data, real, filters, relu, seed):
    rng, x, weight, out, corner = drawn(data, real, filters, seed)
    bias = rng.normal(size=filters).astype(real)
    room = np.full((len(x) + 2, *out, filters, x.shape[-1]), np.nan, real)
    convolve(x, weight, bias, room[1:-1], corner, 0.0 if relu else -np.inf)
    under = windows(x, out, *weight.shape[:2], *corner)
    wanted = np.einsum("bijclpq,pqcf->bijfl", under, weight.astype(float)) + bias.astype(float)[:, None]
    size = np.einsum("bijclpq,pqcf->bijfl", abs(under), abs(weight.astype(float))) + abs(bias.astype(float))[:, None]
    bound = np.finfo(real).eps * (weight[..., 0].size + 2) * size
    assert (abs(room[1:-1] - (np.maximum(wanted, 0.0) if relu else wanted)) <= bound).all()
    assert np.isnan(room[[0, -1]]).all()  # nothing beside the result is touched


@given(
    st.data(), REALS, st.integers(16, 20), st.sampled_from([16, 24]), st.booleans(), st.sampled_from([0, 2**22]), seeds
)
def test_winograd(data, real, channels, filters, relu, cache, seed):
    """Errors are bounded by what lies under a kernel and its neighbours."""
    rng = np.random.default_rng(seed)
    out, corner = (data.draw(sides), data.draw(sides)), (data.draw(st.integers(-1, 4)), data.draw(st.integers(-1, 4)))
    lanes = BYTES // np.dtype(real).itemsize
    x = rng.normal(size=(2, data.draw(sides), data.draw(sides), channels, lanes)).astype(real)
    weight, bias = rng.normal(size=(3, 3, channels, filters)).astype(real), rng.normal(size=filters).astype(real)
    assert winograd.suits(weight)
    work, room = Workspace(real), np.full((4, *out, filters, x.shape[-1]), np.nan, real)
    work("winograd space", (50_000,))[...] = np.nan  # left by another layer
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(winograd, "CACHE", cache)  # a few pieces together, or all
        winograd.convolve(x, weight, bias, room[1:-1], corner, work, 0.0 if relu else -np.inf)
    exact = np.empty((2, *out, filters, 8))
    doubled = (array.astype(float) for array in (x[..., :8], weight, bias))
    convolve(*doubled, exact, corner, 0.0 if relu else -np.inf)
    bound = 4 * np.finfo(real).eps * (9 * channels) * abs(weight).max() * max(abs(x).max(), 1.0)
    assert (abs(room[1:-1, ..., :8] - exact) <= bound).all()
    assert np.isfinite(room[1:-1]).all()
    assert np.isnan(room[[0, -1]]).all()


@given(st.data(), REALS, FILTERS, seeds)
def test_correlate(data, real, filters, seed):
    rng, x, weight, out, corner = drawn(data, real, filters, seed)
    dy = aligned_not(rng, real, len(x), *out, filters, x.shape[-1])
    parts = np.full((min(PARTS, len(x)), *weight.shape), np.nan, real)
    room = np.full((weight.shape[0] + 2, *weight.shape[1:]), np.nan, real)
    correlate(x, dy, parts, room[1:-1], corner)
    under = windows(x, out, *weight.shape[:2], *corner)
    wanted = np.einsum("bijclpq,bijfl->pqcf", under, dy.astype(float))
    size = np.einsum("bijclpq,bijfl->pqcf", abs(under), abs(dy.astype(float)))
    assert (abs(room[1:-1] - wanted) <= np.finfo(real).eps * (dy[..., 0, :].size + 2) * size + 1e-300).all()
    assert np.isnan(room[[0, -1]]).all()


def test_maps_that_are_wider_than_a_band():
    rng = np.random.default_rng(0)
    x, dy = rng.normal(size=(1, 3, BAND + 8, 2, 8)), rng.normal(size=(1, 2, BAND + 7, 6, 8))
    total = np.empty((2, 2, 2, 6))
    correlate(x, dy, np.empty((1, *total.shape)), total, (0, 0))
    wanted = [[np.einsum("bijcl,bijfl->cf", x[:, p : p + 2, q : q + BAND + 7], dy) for q in (0, 1)] for p in (0, 1)]
    np.testing.assert_allclose(total, wanted, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("floor", [0.0, -np.inf])
def test_nan_goes_where_it_belongs(floor):
    x, weight = np.ones((1, 5, 5, 2, 16), np.float32), np.ones((3, 3, 2, 6), np.float32)
    out = np.empty((1, 3, 3, 6, 16), np.float32)
    x[0, 0, 4, 1, 7] = np.nan
    convolve(x, weight, np.zeros(6, np.float32), out, (0, 0), floor)
    assert np.isnan(out[0, 0, 2, :, 7]).all()
    assert np.isnan(out).sum() == 6


def test_the_same_bits_on_any_number_of_threads(monkeypatch):
    monkeypatch.setattr(direct, "WORTH", 1.0)
    monkeypatch.setattr(winograd, "WORTH", 1.0)
    rng = np.random.default_rng(2)
    x, dy = (rng.normal(size=(11, 6, 7, n, 16)).astype(np.float32) for n in (3, 8))
    weight, bias = rng.normal(size=(3, 3, 3, 8)).astype(np.float32), rng.normal(size=8).astype(np.float32)
    wide, square = (rng.normal(size=shape).astype(np.float32) for shape in ((11, 6, 7, 16, 16), (3, 3, 16, 16)))
    results = set()
    for threads in (1, 2, 3, 5, 16):
        monkeypatch.setattr("ngdm_lab.compiler.threads.thread_count", lambda threads=threads: threads)
        y, total = np.full_like(dy, np.nan), np.full_like(weight, np.nan)
        convolve(x, weight, bias, y, (1, 1))
        correlate(x, dy, np.empty((PARTS, *weight.shape), np.float32), total, (1, 1))
        z = np.full_like(wide, np.nan)
        winograd.convolve(wide, square, square[0, 0, 0], z, (1, 1), Workspace(np.float32))
        results.add((y.tobytes(), total.tobytes(), z.tobytes()))
    assert len(results) == 1
    assert np.isfinite(y).all()
    assert np.isfinite(z).all()
