"""Every landscape on CUDA against the CPU, with one rule, in double and single precision; see `ways`."""

from __future__ import annotations

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from cuda_laws import EXACT, SINGLE, agree
from ways import SLOW_AS_PTX

pytestmark = pytest.mark.usefixtures("way")


@pytest.mark.parametrize("name", ls.names())
def test_every_landscape(name):
    agree(EXACT, ls.get(name))


@pytest.mark.parametrize("s", ["rosenbrock", "styblinski_tang", "ackley", "zakharov:noisy=1", "plateaus", "hartmann_6"])
def test_single_precision(s):
    for opt in (EXACT, lab.Adam(1e-3)):
        runs = agree(opt, ls.parse(s), 4, 20, precision="float32", tolerance=SINGLE)
        assert np.array_equal(runs.x, runs.x.astype(np.float32))


@SLOW_AS_PTX
def test_single_precision_of_all_landscapes_is_single():
    for name in ls.names():
        runs = lab.ensemble(EXACT, ls.get(name), 2, 3, backend="cuda", precision="float32", target=1.0)
        assert np.array_equal(runs.f, runs.f.astype(np.float32), equal_nan=True), name
