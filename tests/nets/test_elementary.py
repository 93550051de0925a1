"""exp, log, tanh and sigmoid of kernels, in both precisions, against NumPy's long double."""

from __future__ import annotations

import numpy as np
import pytest

from ngdm_lab.compiler import build as compile
from ngdm_lab.nets import elementary
from ngdm_lab.nets.kernel import Kernel

exp, log, tanh, sigmoid = elementary.exp, elementary.log, elementary.tanh, elementary.sigmoid


def all_exp(low, high, x, y):
    for i in range(low, high):
        y[i] = exp(x[i])


def all_log(low, high, x, y):
    for i in range(low, high):
        y[i] = log(x[i])


def all_tanh(low, high, x, y):
    for i in range(low, high):
        y[i] = tanh(x[i])


def all_sigmoid(low, high, x, y):
    for i in range(low, high):
        y[i] = sigmoid(x[i])


EXACT = {"exp": np.exp, "log": np.log, "tanh": np.tanh, "sigmoid": lambda x: 1 / (1 + np.exp(-x))}
KERNELS = {
    name: Kernel(function, ("T[::1]", "T[::1]"))
    for name, function in {"exp": all_exp, "log": all_log, "tanh": all_tanh, "sigmoid": all_sigmoid}.items()
}
# in units in the last place of the result
LIMITS = {
    np.float32: {"exp": 1.2, "log": 1.2, "tanh": 1.5, "sigmoid": 2.6},
    np.float64: {"exp": 1.0, "log": 1.0, "tanh": 3.0, "sigmoid": 2.6},
}


def apply(name, x):
    y = np.empty_like(x)
    KERNELS[name](x.size, x, y)
    return y


def points(name, dtype):
    rng = np.random.default_rng(0)
    most = 85.0 if dtype == np.float32 else 700.0
    if name == "log":
        return np.exp(rng.uniform(-most, most, 200_000)).astype(dtype)
    wide = rng.uniform(-most, most, 100_000)
    near = rng.normal(size=100_000)
    tiny = rng.normal(size=1000) * 1e-6
    return np.concatenate((wide, near, tiny)).astype(dtype)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["exp", "log", "tanh", "sigmoid"])
def test_accuracy(name, dtype):
    x = points(name, dtype)
    wanted = EXACT[name](x.astype(np.longdouble))
    ulp = np.spacing(np.abs(wanted.astype(dtype))).astype(np.longdouble)
    assert (np.abs(apply(name, x) - wanted) / ulp).max() < LIMITS[dtype][name]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ["exp", "log", "tanh", "sigmoid"])
def test_ends(name, dtype):
    x = np.array([0.0, np.inf, -np.inf, np.nan, 1e4, -1e4], dtype)
    with np.errstate(all="ignore"):
        wanted = EXACT[name](x)
    np.testing.assert_allclose(apply(name, x), wanted, rtol=1e-6)


def test_literals_are_single_in_single_precision():
    text, _ = KERNELS["tanh"].text(np.float32)
    assert "_numba.float32(0.625)" in text
    assert "float64" not in text
    assert "float32" not in KERNELS["tanh"].text(np.float64)[0].replace("_numba.float32", "float32")


@pytest.mark.parametrize("name", ["exp", "tanh", "sigmoid"])
def test_loops_become_vector_code(name, tmp_path, monkeypatch):
    monkeypatch.setenv("NGDM_LAB_CACHE", str(tmp_path))  # code from the disk has no assembly to show
    monkeypatch.setattr(compile, "_memory", {})
    assembly = "".join(KERNELS[name].compiled(np.float32).inspect_asm().values())
    if "xmm" not in assembly:
        pytest.skip("not an x86 processor")
    packed = [line for line in assembly.splitlines() if "mulps" in line or ("fmadd" in line and "ps\t" in line)]
    assert packed, "no packed float32 products"
