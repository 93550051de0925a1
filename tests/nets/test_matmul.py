"""Matrix products: `gemm` against NumPy's in double precision, over shapes and strides, on any processor."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngdm_lab.nets import matmul as module
from ngdm_lab.nets.gemm import DEPTH, LANES, compiled
from ngdm_lab.nets.matmul import matmul


def matrices(m, k, n, seed, turned=False):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(k, m) if turned else (m, k)).astype(np.float32)
    return (a.T if turned else a), rng.normal(size=(k, n)).astype(np.float32)


def close(a, b, out):
    """Within the rounding errors of sums of k products in any order."""
    exact = a.astype(float) @ b.astype(float)
    bound = 2.0**-24 * (a.shape[1] + 2) * (np.abs(a).astype(float) @ np.abs(b).astype(float))
    return (np.abs(out - exact) <= bound).all()


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 5 * LANES), st.booleans(), st.integers(0, 2**32 - 1))
def test_gemm(m, k, n, turned, seed):
    a, b = matrices(m, k, n, seed, turned)
    room = np.full((m + 2, n), np.nan, np.float32)
    compiled()(a, b, room[1:-1])
    assert close(a, b, room[1:-1])
    assert np.isnan(room[[0, -1]]).all()  # nothing beside the result is touched


@pytest.mark.parametrize("k", [DEPTH - 1, DEPTH, DEPTH + 1, 3 * DEPTH + 7])
def test_gemm_over_several_depths(k):
    a, b = matrices(11, k, 48, k)
    out = np.full((11, 48), np.nan, np.float32)
    compiled()(a, b, out)
    assert close(a, b, out)


def test_nan_and_infinity_go_where_they_belong():
    a, b = matrices(9, 20, 32, 0)
    a[3, 5], b[7, 20] = np.nan, np.inf
    out = np.empty((9, 32), np.float32)
    compiled()(a, b, out)
    np.testing.assert_array_equal(np.isfinite(out), np.isfinite(a @ b))
    assert np.isnan(out[3]).all()


@given(
    st.integers(1, 20), st.integers(1, 20), st.integers(1, 40), st.booleans(), st.booleans(),
    st.sampled_from([np.float32, np.float64]), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_matmul_of_any_shape(m, k, n, left, right, dtype, seed):
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(k, m) if left else (m, k)).astype(dtype)
    b = rng.normal(size=(n, k) if right else (k, n)).astype(dtype)
    a, b, out = a.T if left else a, b.T if right else b, np.empty((m, n), dtype)
    matmul(a, b, out)
    np.testing.assert_allclose(out, a.astype(float) @ b.astype(float), rtol=1e-4, atol=1e-5)


def test_the_same_bits_on_any_number_of_threads(monkeypatch):
    monkeypatch.setattr(module, "wide", lambda: True)
    monkeypatch.setattr(module, "WORTH", 1)
    a, b = matrices(67, 300, 96, 1)
    results = []
    for threads in (1, 2, 3, 5):
        monkeypatch.setattr("ngdm_lab.compiler.threads.thread_count", lambda threads=threads: threads)
        out = np.full((67, 96), np.nan, np.float32)
        matmul(a, b, out)
        results.append(out.tobytes())
    assert len(set(results)) == 1
    assert numba.get_num_threads() >= 1


def test_blas_when_asked_for(monkeypatch):
    module.wide.cache_clear()
    monkeypatch.setenv("NGDM_LAB_MATMUL", "blas")
    try:
        assert not module.wide()
    finally:
        module.wide.cache_clear()


@pytest.mark.parametrize(
    ("a", "b", "out"), [((4, 16), (17, 32), (4, 32)), ((4, 16), (16, 32), (4, 48)), ((4, 16), (16, 32), (5, 32))]
)
def test_shapes_that_do_not_fit_never_reach_addresses(a, b, out):
    arrays = [np.zeros(shape, np.float32) for shape in (a, b, out)]
    with pytest.raises(ValueError):
        matmul(*arrays)
