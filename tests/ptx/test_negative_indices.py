"""On Numba's simulator a kernel's negative index fails, where NumPy would count from the end."""

from __future__ import annotations

import numpy as np
import pytest

from negative_indices import Guarded, check
from ways import on_simulator

KERNEL = """
import numpy as np, pytest
from numba import cuda
import negative_indices

@cuda.jit
def kernel(x, at):
    own = cuda.local.array(3, np.float64)
    own[at[0]] = 1.0
    x[at[1], at[2]:][0] = own[0]

with pytest.MonkeyPatch.context() as patches:
    negative_indices.refuse(patches)
    x = np.zeros((3, 4))
    kernel[1, 1](x, np.array([0, 1, 2]))
    assert x[1, 2] == 1
    for place in range(3):
        at = np.array([0, 1, 2])
        at[place] = -1
        with pytest.raises(IndexError, match="negative index -1"):
            kernel[1, 1](x, at)
kernel[1, 1](x, np.array([-1, -1, -1]))  # as it would be otherwise
"""


def test_a_kernel_on_the_simulator():
    done = on_simulator([], f"import sys; sys.path.insert(0, 'tests/support')\n{KERNEL}")
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize("index", [-1, np.int64(-2), (0, -1), slice(-1, None), (1, slice(0, -1)), (slice(None), -3)])
def test_negative_indices(index):
    for use in (check, np.zeros((4, 4)).view(Guarded).__getitem__):
        with pytest.raises(IndexError, match="which counts from the end"):
            use(index)
    with pytest.raises(IndexError, match="which counts from the end"):
        np.zeros((4, 4)).view(Guarded)[index] = 1.0


@pytest.mark.parametrize("index", [0, (1, 2), slice(None), (slice(1, 3), 0), (slice(None, None, -1),)])
def test_all_others_are_fine(index):
    x = np.arange(16.0).reshape(4, 4)
    assert np.array_equal(x.view(Guarded)[index], x[index])
