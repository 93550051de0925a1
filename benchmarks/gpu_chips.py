"""What a GPU can do at most, and how long a kernel takes there at least, by its assembly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["CHIPS", "Chip", "least_seconds", "resident_threads", "this_device"]

ISSUED = 128  # instructions of threads that a multiprocessor starts in a clock: four schedulers, 32 threads each
REGISTERS, MOST_THREADS = 65536, 2048  # of a multiprocessor with compute capability 9.0

# Multiply-adds in a clock of a multiprocessor, (double, single) precision, by compute capability: the table
# "Throughput of Native Arithmetic Instructions" of NVIDIA's CUDA C++ Programming Guide.
LANES = {(7, 0): (32, 64), (7, 5): (2, 64), (8, 0): (32, 64), (8, 6): (2, 128), (8, 9): (2, 128), (9, 0): (64, 128),
         (10, 0): (64, 128), (12, 0): (2, 128)}  # fmt: skip


@dataclass(frozen=True)
class Chip:
    """A GPU: its multiprocessors, clock (Hz, boost), lanes a multiprocessor, memory bandwidth (bytes a second)."""

    name: str
    multiprocessors: int
    clock: float
    lanes_f64: int
    lanes_f32: int
    bandwidth: float

    def lanes(self, precision: str) -> int:
        """Multiply-adds in a clock of a multiprocessor."""
        return self.lanes_f64 if precision == "float64" else self.lanes_f32


# NVIDIA's data sheets of the two (34 and 67 TFLOPS = 132 x 64 and 128 x 2 x 1.98 GHz; 3.35 and 4.8 TB/s)
CHIPS = (
    Chip("NVIDIA H100 SXM", 132, 1.98e9, 64, 128, 3.35e12),
    Chip("NVIDIA H200 SXM", 132, 1.98e9, 64, 128, 4.8e12),
)


def this_device() -> Chip:
    """The current device, by what its driver says."""
    from numba import cuda

    from ngdm_lab.compiler.cuda import device as cuda_device

    device = cuda.get_current_device()
    cc = tuple(device.compute_capability)
    near = max((known for known in LANES if known <= cc), default=min(LANES))
    bandwidth = 2e3 * device.MEMORY_CLOCK_RATE * device.GLOBAL_MEMORY_BUS_WIDTH / 8
    return Chip(cuda_device.describe(), device.MULTIPROCESSOR_COUNT, 1e3 * device.CLOCK_RATE, *LANES[near], bandwidth)


def least_seconds(chip: Chip, row: Mapping[str, Any], precision: str, work: float) -> float:
    """Seconds for `work` steps of single runs when nothing but the issue of instructions binds, all units full.

    Of a kernel whose runs live in registers: `row` counts the PTX instructions of one step. An arithmetic
    instruction occupies a lane for a clock, any instruction an issue slot.
    """
    arithmetic = row["step_f64" if precision == "float64" else "step_f32"] / chip.lanes(precision)
    return max(arithmetic, row["step"] / ISSUED) * work / (chip.multiprocessors * chip.clock)


def resident_threads(row: Mapping[str, Any], block: int) -> int:
    """How many threads of a multiprocessor the kernel's registers leave room for, in whole blocks."""
    per_thread = -(-row["registers"] // 8) * 8
    return min(REGISTERS // (per_thread * block) * block, MOST_THREADS)


def described(chip: Chip) -> dict[str, Any]:
    """For a report."""
    return asdict(chip)
