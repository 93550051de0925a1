"""What `ptx_cpu` finds in kernels that are compiled as the lab's: accesses out of bounds, races, barriers."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest
from numba import cuda

from ngdm_lab.compiler.cuda import ptx as cuda_ptx
from ptx_cpu import Fault, Program

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="NVIDIA has no CUDA packages for macOS")
X = "float64[::1]"


def program(function, *kinds):
    return Program(cuda_ptx.linked(function, f"void({', '.join(kinds)})"), function.__name__)


def doubled(x, y):
    i = cuda.grid(1)
    y[i] = 2.0 * x[i]


def test_an_access_beyond_an_array_is_named():
    run, x = program(doubled, X, X), np.arange(8.0)
    run[2, 4](x, y := np.zeros(8))
    assert np.array_equal(y, 2 * x)
    words = r"^doubled: out of bounds in thread 3 of block 1: st\.global\.f64 .* \(line \d+\); 8 bytes at byte 56 of " \
            r"argument 1 \(float64, shape \(7,\)\), of 56 bytes$"  # fmt: skip
    with pytest.raises(Fault, match=words):
        run[2, 4](x, np.zeros(7))
    with pytest.raises(Fault, match=r"ld\.global\.f64 .*argument 0"):
        run[2, 4](x[:5], np.zeros(8))
    with pytest.raises(TypeError, match="takes 14 words, got 7"):
        run[2, 4](x)


def test_only_the_blocks_that_are_asked_for_are_run():
    run, x, y = program(doubled, X, X), np.arange(1.0, 9.0), np.zeros(8)
    run.launch(4, 2, (x, y), [1, 3])
    assert y.tolist() == [0, 0, 6, 8, 0, 0, 14, 16]


def test_an_odd_address_is_misaligned():
    run, raw = program(doubled, X, X), np.zeros(100, np.uint8)
    with pytest.raises(Fault, match="misaligned"):
        run[1, 4](raw[4:36].view(np.float64), np.zeros(4))


def shifted(x):
    i = cuda.grid(1)
    if i > 0:
        x[i] = x[i - 1]


def all_the_same(x):
    x[0] = 1.0


def read_by_all(x, y):
    i = cuda.grid(1)
    y[i] = x[0]


def counted(x):
    cuda.atomic.add(x, 0, 1.0)


def counted_and_read(x, y):
    cuda.atomic.add(x, 0, 1.0)
    y[cuda.grid(1)] = x[0]


def test_threads_that_meet_are_a_race():
    run = program(shifted, X)
    for grid, where in (((1, 4), (2, 0)), ((4, 1), (0, 2)), ((2, 2), (0, 1))):
        with pytest.raises(Fault, match="^shifted: a race in thread {} of block {}: ld".format(*where)):
            run[grid](np.zeros(4))


@pytest.mark.parametrize("grid", [(1, 4), (4, 1), (2, 2)])
def test_writes_to_one_element_are_a_race_and_reads_are_none(grid):
    with pytest.raises(Fault, match="all_the_same: a race"):
        program(all_the_same, X)[grid](np.zeros(4))
    program(read_by_all, X, X)[grid](np.ones(4), y := np.zeros(4))
    assert (y == 1).all()


@pytest.mark.parametrize("grid", [(1, 6), (6, 1), (2, 3)])
def test_atomic_operations_do_not_race_among_themselves(grid):
    program(counted, X)[grid](x := np.zeros(1))
    assert x[0] == 6
    with pytest.raises(Fault, match="counted_and_read: a race"):
        program(counted_and_read, X, X)[grid](np.zeros(1), np.zeros(6))


def summed(x, total):
    """A block's sum, by halves, in shared memory."""
    part = cuda.shared.array(8, np.float64)
    t = cuda.threadIdx.x
    part[t] = x[cuda.grid(1)]
    cuda.syncthreads()
    half = 4
    while half:
        if t < half:
            part[t] += part[t + half]
        cuda.syncthreads()
        half //= 2
    if t == 0:
        cuda.atomic.add(total, 0, part[0])


def test_threads_of_a_block_wait_for_each_other():
    x = np.arange(24.0)
    program(summed, X, X)[3, 8](x, total := np.zeros(1))
    assert total[0] == x.sum()


def test_without_a_barrier_they_race():
    parts = re.split(r"bar\.sync\s+0;", cuda_ptx.linked(summed, f"void({X}, {X})"))
    assert len(parts) == 5  # the loop is unrolled; behind its last turn one thread goes on with what is its own
    for which in range(1, 4):
        without = "".join("bar.sync 0;".join(half) for half in (parts[:which], parts[which:]))
        with pytest.raises(Fault, match=r"a race in .* of shared memory"):
            Program(without)[3, 8](np.arange(24.0), np.zeros(1))


def left_waiting(x):
    part = cuda.shared.array(8, np.float64)
    t = cuda.threadIdx.x
    part[t] = x[t]
    if t < 5:
        cuda.syncthreads()
        x[t] = part[0]


def test_a_barrier_to_which_not_all_come():
    words = r"^left_waiting: threads 0, 1, 2\.\.\. of block 0 wait at a barrier to which threads 5, 6, 7 do not come$"
    with pytest.raises(Fault, match=words):
        program(left_waiting, X)[1, 8](np.zeros(8))


def beyond_shared(x):
    part = cuda.shared.array(8, np.float64)
    part[cuda.threadIdx.x] = x[0]
    cuda.syncthreads()
    x[cuda.threadIdx.x + 1] = part[7 - cuda.threadIdx.x]


def test_shared_memory_has_ends():
    program(beyond_shared, X)[1, 8](np.zeros(9))
    with pytest.raises(Fault, match=r"out of bounds in thread 8 .*64 of shared memory, of 64 bytes"):
        program(beyond_shared, X)[1, 9](np.zeros(10))


def kept(x, at):
    """An element of local memory that a number chooses."""
    own = cuda.local.array(4, np.float64)
    for i in range(2):
        own[i] = x[i]
    x[3 + cuda.grid(1)] = own[at[0]]


def test_local_memory_has_ends():
    run = program(kept, X, "int64[::1]")
    run[1, 1](x := np.arange(4.0), np.array([1]))
    assert x[3] == 1
    with pytest.raises(Fault, match="out of bounds"):
        run[1, 1](x, np.array([4]))


def test_a_grid_of_two_axes():
    def where(x):
        x[cuda.blockIdx.y, cuda.threadIdx.y, cuda.blockIdx.x * cuda.blockDim.x + cuda.threadIdx.x] = (
            100 * cuda.blockIdx.y + 10 * cuda.threadIdx.y + cuda.blockIdx.x
        )

    program(where, "int64[:, :, ::1]")[(2, 3), (4, 2)](x := np.zeros((3, 2, 8), np.int64))
    assert np.array_equal(x, np.arange(3)[:, None, None] * 100 + np.arange(2)[:, None] * 10 + np.arange(8) // 4)
