"""Compiled functions that carry their addresses into compiled code."""

import numpy as np
import pytest
from numba import float64, njit, types
from numba.experimental import function_type

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.compiler.linked import LinkedType, link

ROW = float64[::1]
SIGNATURE = float64(ROW)


def total(v):
    s = 0.0
    for i in range(v.shape[0]):
        s += v[i]
    return s


def twice(f, v):
    return 2.0 * f(v)


@pytest.fixture(scope="module")
def caller():
    return njit(float64(LinkedType(SIGNATURE), ROW))(twice)


@pytest.fixture(scope="module")
def linked():
    return link(njit(SIGNATURE)(total))


def test_it_is_called_by_compiled_code_and_by_python(caller, linked):
    assert caller(linked, np.array([1.0, 2.5])) == 7.0
    assert linked(np.array([1.0, 2.5])) == 3.5
    assert link(linked.function) is linked


def test_another_signature_is_refused(caller):
    other = link(njit(float64(ROW, ROW))(lambda v, w: v[0] + w[0]))
    with pytest.raises(TypeError, match="No matching definition"):
        caller(other, np.ones(2))


def test_an_exception_comes_out(caller):
    checked = link(njit(SIGNATURE, boundscheck=True)(lambda v: v[7]))
    with pytest.raises(IndexError):
        caller(checked, np.ones(2))


def test_no_call_looks_an_address_up(monkeypatch):
    """Each costs some 15 us, in which most small calls are done."""
    opt, surface = lab.NGDM(1e-3, lab.Dirichlet(1.4)), ls.rosenbrock(2)

    def calls():
        x = np.array([-1.2, 1.0])
        state = opt.init(x)
        opt.step(x, surface.grad(x), state)
        return x, surface.value(x), lab.ensemble(opt, surface, 3, 5).f, lab.trace(opt, surface, x, 5).f

    before = calls()

    def refuse(function, signature):
        raise AssertionError(f"{function} was looked up")

    for name in ("_get_wrapper_address", "_get_jit_address"):
        monkeypatch.setattr(function_type, name, refuse, raising=False)
    for one, again in zip(before, calls(), strict=True):
        np.testing.assert_array_equal(one, again)


def test_types_compare_by_their_signatures():
    assert LinkedType(SIGNATURE) == LinkedType(float64(ROW))
    assert LinkedType(SIGNATURE) != LinkedType(float64(ROW, ROW))
    assert LinkedType(SIGNATURE) != types.FunctionType(SIGNATURE)
