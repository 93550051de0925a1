"""PTX kernels as programs of this processor, launched on arrays of NumPy's as a GPU's are on its own."""

from __future__ import annotations

import ctypes
import itertools
import math
import mmap
from collections.abc import Sequence
from typing import Any, NamedTuple

import llvmlite.binding as llvm
import numpy as np

from . import checks
from .context import BEGIN, FIELDS, PLACE, RANGE, SPACES
from .text import parse
from .translate import translate

__all__ = ["Fault", "Memory", "Program", "reserved"]

_LINE = 64  # bytes to which frames and shared memory are aligned
_SIGNATURE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_void_p)


class Fault(AssertionError):
    """A kernel touched memory that it may not touch, met another thread there, or left threads at a barrier."""


class Memory(NamedTuple):
    """Bytes that a kernel may touch: where they begin and end, bytes of an element, and words for messages."""

    low: int
    high: int
    element: int
    name: str


class Program:
    """A kernel's PTX, ready to be launched.

    Parameters
    ----------
    text : PTX of one kernel.
    name : for messages.

    Raises `Unsupported` for instructions that are not understood.
    """

    def __init__(self, text: str, name: str = "kernel") -> None:
        self.name, self.made = name, translate(parse(text))
        self._module, run = _compiled(self.made.text)
        self._run = _SIGNATURE(run)

    def __getitem__(self, grid: Any) -> Any:
        """``program[blocks, threads]`` and what may follow, as Numba's kernels are launched."""
        blocks, threads = grid[:2]
        return lambda *given: self.launch(blocks, threads, given)

    def launch(self, blocks: Any, threads: Any, given: Sequence[Any], only: Sequence[int] | None = None) -> None:
        """Run every thread, block by block; or of `only` some blocks, numbered with x first.

        Parameters
        ----------
        blocks, threads : numbers, or tuples of up to three.
        given : arrays and NumPy's numbers, in the order of the kernel's signature.

        Raises `Fault` for the first fault of memory; no thread runs after it.
        """
        words = [word for value in given for word in _words(value)]
        memory = [_memory(f"argument {k}", v) for k, v in enumerate(given) if isinstance(v, np.ndarray) and v.size]
        self.run(_three(blocks), _three(threads), words, memory, only)

    def run(
        self, grid: Sequence[int], block: Sequence[int], words: Sequence[int], memory: Sequence[Memory],
        only: Sequence[int] | None = None,
    ) -> None:  # fmt: skip
        """As `launch`, with the kernel's parameters as words and the memory that it may touch."""
        launch = _Launch(self, words, memory)
        shared, size = launch.context, block[0] * block[1] * block[2]
        shared[PLACE["block"]] = size
        for name, numbers in (("ntid", block), ("nctaid", grid)):
            shared[PLACE[f"{name}.x"] :][:3] = numbers
        stride = -(-self.made.frame // _LINE) * _LINE if self.made.waits else 0
        frames = _aligned(max(stride * size, self.made.frame))
        waiting = np.empty(size, np.int32)
        for number in range(grid[0] * grid[1] * grid[2]) if only is None else only:
            rest, x = divmod(number, grid[0])
            shared[PLACE["ctaid.x"] :][:3] = x, rest % grid[1], rest // grid[1]
            shared[PLACE["thread"]], waiting[:] = number * size, BEGIN
            launch.begin_block()
            for epoch in itertools.count():
                shared[PLACE["epoch"]] = epoch
                self._run(shared.ctypes.data, frames.ctypes.data, stride, waiting.ctypes.data)
                launch.check(size)
                if not waiting.any():
                    break
                if (waiting != waiting[0]).any():
                    raise Fault(f"{self.name}: threads {_some(waiting == waiting.max())} of block {number} wait at a "
                                f"barrier to which threads {_some(waiting != waiting.max())} do not come")  # fmt: skip


class _Launch:
    """The context of a launch, and the tables of memory that it points to."""

    def __init__(self, program: Program, words: Sequence[int], memory: Sequence[Memory]) -> None:
        self.program, self.memory = program, memory
        self.context = np.zeros(len(FIELDS), np.int64)
        if len(words) != len(program.made.parameters):
            raise TypeError(f"{program.name} takes {len(program.made.parameters)} words, got {len(words)}")
        self.parameters = np.array(words, np.uint64)
        self.shared = _aligned(program.made.shared)
        rows, at = [], 0
        for low, high, element, _ in memory:
            rows.append([low, high, element, at, SPACES["global"], 0])
            at += checks.WORDS * -(-(high - low) // element)
        self.private = at  # where the shadow of shared memory begins
        if self.shared.size:
            low = self.shared.ctypes.data
            rows.append([low, low + program.made.shared, 1, at, SPACES["shared"], 0])
            at += checks.WORDS * program.made.shared
        for name, variable in program.made.data.items():
            low = program._module.get_global_value_address(name)
            rows.append([low, low + variable.size, 1, -1, SPACES[variable.space], 1])
        self.ranges = np.array(rows or np.zeros((0, len(RANGE))), np.int64)
        self.shadow = reserved(max(at, 1), np.int64)
        for name, value in (("parameters", self.parameters), ("ranges", self.ranges), ("shadow", self.shadow),
                            ("shared", self.shared)):  # fmt: skip
            self.context[PLACE[name]] = value.ctypes.data
        self.context[PLACE["range_count"]] = len(rows)

    def begin_block(self) -> None:
        """Shared memory is the block's own: nobody has touched it, and what it holds is not known."""
        if self.shared.size:
            self.shared[:] = 255
            self.shadow[self.private :] = 0

    def check(self, size: int) -> None:
        """Raise the fault that was noted, in words."""
        at = lambda name: int(self.context[PLACE[name]])  # noqa: E731
        if not at("fault"):
            return
        block, thread = divmod(at("fault_thread"), size)
        instruction = self.program.made.instructions[at("fault_instruction")]
        raise Fault(
            f"{self.program.name}: {checks.FAULTS[at('fault')]} in thread {thread} of block {block}: {instruction}; "
            f"{at('fault_size')} bytes {self._place(at('fault_address'))}"
        )

    def _place(self, address: int) -> str:
        """Where an address lies, by the nearest of the ranges."""
        rows = [(max(row[0] - address, address - row[1] + 1, 0), k) for k, row in enumerate(self.ranges.tolist())]
        if not rows:
            return "where there is no memory"
        _, k = min(rows)
        low, high, space = self.ranges[k, [0, 1, RANGE.index("space")]].tolist()
        own = "shared memory" if space == SPACES["shared"] else "a constant"
        what = self.memory[k].name if k < len(self.memory) else own
        return f"at byte {address - low} of {what}, of {high - low} bytes"


def reserved(shape: Any, dtype: Any) -> np.ndarray:
    """An array of zeros, of which only those that are touched take memory, however many there are."""
    size = max(math.prod(np.atleast_1d(shape).tolist()) * np.dtype(dtype).itemsize, 1)
    private = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0x4000)  # Linux's number
    return np.frombuffer(mmap.mmap(-1, size, flags=private), np.uint8)[:size].view(dtype).reshape(shape)


def _compiled(text: str) -> tuple[Any, int]:
    """The machine code of LLVM's text, and where its function `block` is."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    checks.install()
    machine = llvm.Target.from_default_triple().create_target_machine(
        opt=0, cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten()
    )
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(text), machine)
    engine.finalize_object()
    return engine, engine.get_function_address("block")


def _memory(name: str, array: np.ndarray) -> Memory:
    low, high = np.lib.array_utils.byte_bounds(array)
    return Memory(low, high, array.itemsize, f"{name} ({array.dtype}, shape {array.shape})")


def _words(value: Any) -> list[int]:
    """A value as a kernel's parameters, as Numba passes it: an array is seven words and more, a number one."""
    if isinstance(value, np.ndarray):
        return [0, 0, value.size, value.itemsize, value.ctypes.data, *value.shape, *(s % 2**64 for s in value.strides)]
    if isinstance(value, bool | int | float):
        value = np.array(value)[()]
    sign = b"\xff" if value.dtype.kind == "i" and value < 0 else b"\0"
    return [int.from_bytes(value.tobytes().ljust(8, sign), "little")]


def _three(numbers: Any) -> tuple[int, int, int]:
    given = tuple(numbers) if isinstance(numbers, tuple) else (numbers,)
    x, y, z = (*map(int, given), 1, 1)[:3]
    return x, y, z


def _aligned(size: int) -> np.ndarray:
    """So many bytes from a cache line on."""
    raw = np.empty(size + _LINE, np.uint8)
    return raw[-raw.ctypes.data % _LINE :][:size]


def _some(which: np.ndarray) -> str:
    """The first places where it is so, as text."""
    found = np.flatnonzero(which)
    return ", ".join(map(str, found[:3])) + ("..." if len(found) > 3 else "")
