"""A kernel that is broken on purpose is refused by the laws that the plain tests hold kernels to, in each of six ways.

Each fault is planted in the text of the engine's kernel, which is compiled, linked and run as any other.
"""

from __future__ import annotations

import dataclasses

import pytest

import landscapes as ls
import ngdm_lab as lab
from cuda_laws import agree
from launch_laws import at_the_end, chunks_change_nothing, with_threads_to_spare
from ngdm_lab.engine import cuda_run

pytestmark = pytest.mark.parametrize("way", ["ptx"], indirect=True)
ADAM, FEW, MORE = lab.Adam(0.01), ls.rosenbrock(2), ls.sphere(8)


def by_the_cpu(patches):
    agree(ADAM, FEW, 4, 20)


def in_chunks(patches):
    chunks_change_nothing(ADAM, FEW, patches)


def with_spare_threads(patches):
    with_threads_to_spare(lambda: agree(ADAM, FEW, 4, 20), patches)


def in_large_arrays(patches):
    at_the_end(lambda: agree(ADAM, MORE, 4, 20), patches)


ROW = "        row = run + k * limit.shape[0]\n"
BACK = "                    V[1 + j, i, row] = s[j, i]\n"
# what stands in the kernel's text and what in its place; the law that refuses it, and its words
FAULTS = {
    "off by one row": (ROW, ROW.replace("\n", " + 1\n"), by_the_cpu, "out of bounds .* argument"),
    "a missing bound": ("if run < limit.shape[0]:", "if True:", with_spare_threads, "out of bounds .* argument"),
    "a swapped state": (BACK, BACK.replace("1 + j", "2 - j"), in_chunks, "x"),
    "a wrong stride": (BACK, BACK.replace("i, row", "0, 2 * row + i"), in_chunks, "a race|x"),
    "a wrong stride of bytes": ("V[0, i, row] = x[i]", "V[0, i, row * 2] = x[i]", by_the_cpu, "a race|out of bounds"),
    # whoever comes first, the numbers are the same: nobody would see it in them
    "a race between neighbours": (
        ROW, f"{ROW}        V[0, 0, row] = V[0, 0, row] + _real(0.0) * V[0, 0, (row + 1) % limit.shape[0]]\n",
        by_the_cpu, "a race in thread 1 of block 0: .*argument 0",
    ),
    "an overflow beyond 2^31 elements": (
        BACK, BACK.replace("1 + j, i, row", "0, 0, np.int32(((1 + j) * V.shape[1] + i) * V.shape[2] + row)"),
        in_large_arrays, "out of bounds",
    ),
}  # fmt: skip


@pytest.mark.parametrize("law", [by_the_cpu, in_chunks, with_spare_threads, in_large_arrays])
def test_a_sound_kernel_keeps_the_law(law, way, monkeypatch):
    law(monkeypatch)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_kernel_is_refused(fault, way, monkeypatch):
    sound, broken, law, words = FAULTS[fault]
    made = cuda_run.kernel

    def planted(*given):
        k = made(*given)
        assert k.frame.count(sound) == 1
        return dataclasses.replace(k, frame=k.frame.replace(sound, broken))

    monkeypatch.setattr(cuda_run, "kernel", planted)
    with pytest.raises(AssertionError, match=words):
        law(monkeypatch)
