"""The checks of memory: an access lies in an array that was given, is aligned, and meets no other thread's.

They are compiled by Numba and called from every load, store and atomic operation. Each element of memory has three
words of shadow: who wrote it, who read it, and who did so atomically. A word is 0, or the thread (from 1 on) and the
barriers that it had passed; negative where several threads of one block did; `BLOCKS` where threads of several did.
Two threads of a block do not meet where a barrier lies between them.
"""

from __future__ import annotations

import llvmlite.binding as llvm
from numba import carray, cfunc, int64, njit, types

from .context import ANYWHERE, FIELDS, PLACE, RANGE, SPACES

__all__ = ["ATOMIC", "CHECK", "FAULTS", "LOAD", "STORE", "WORDS", "install"]

CHECK = "ptx_cpu_check"  # its name for machine code
LOAD, STORE, ATOMIC = range(3)
WORDS = 3  # of shadow for an element
FAULTS = ("", "out of bounds", "misaligned", "a race", "a write to constants")
_OUTSIDE, _MISALIGNED, _RACE, _CONSTANT = range(1, 5)
_LEVELS = 2**16  # barriers that are told apart
BLOCKS = -1
_WRITTEN, _READ, _ATOMIC = range(WORDS)
_COLUMNS, _FIELDS, _LOCAL, _SHARED = len(RANGE), len(FIELDS), SPACES["local"], SPACES["shared"]
_LOW, _HIGH, _ELEMENT, _SHADOW, _SPACE, _FIXED = range(_COLUMNS)
_HUGE = 2**62 // 8  # of tables whose size is not known here
_COUNT, _LOCAL_LOW, _LOCAL_HIGH, _THREAD, _BLOCK, _EPOCH, _FAULT, _ADDRESS, _SIZE, _WHO, _WHICH = (
    PLACE[name] for name in (
        "range_count", "local", "local_end", "thread", "block", "epoch", "fault", "fault_address", "fault_size",
        "fault_thread", "fault_instruction",
    )
)  # fmt: skip


@njit(inline="always")
def _meets(word, me, level, block):  # type: ignore[no-untyped-def]
    """Whether what a word of shadow tells was another thread's doing, with no barrier in between."""
    if word == 0 or word == BLOCKS:
        return word != 0
    several = word < 0
    word = -word if several else word
    other = word // _LEVELS
    if other == me and not several:
        return False
    return (other - 1) // block != (me - 1) // block or word % _LEVELS == level


@njit(inline="always")
def _joined(word, me, level, block):  # type: ignore[no-untyped-def]
    """The word after this thread has done the same."""
    mine = me * _LEVELS + level
    if word == 0 or word == BLOCKS:
        return mine if word == 0 else word
    before = -word if word < 0 else word
    other = before // _LEVELS
    if (other - 1) // block != (me - 1) // block:
        return BLOCKS
    if before % _LEVELS != level:  # who came before the barrier met none of those who come after it
        return mine
    return word if word < 0 or other == me else -mine


@njit(inline="always")
def _raced(shadow, at, access, me, level, block):  # type: ignore[no-untyped-def]
    """Note an access in an element's shadow; whether it meets another thread's."""
    met = False
    for kind in range(WORDS):
        # reads do not meet reads, nor atomic operations each other
        if not ((kind == _READ and access == LOAD) or (kind == _ATOMIC and access == ATOMIC)):
            met = met or _meets(shadow[at + kind], me, level, block)
    mine = _READ if access == LOAD else _WRITTEN if access == STORE else _ATOMIC
    shadow[at + mine] = _joined(shadow[at + mine], me, level, block)
    return met


_POINTER = types.CPointer(int64)


@cfunc(int64(_POINTER, _POINTER, _POINTER, *[int64] * 5))
def _check(context, ranges, shadow, address, size, access, space, instruction):  # type: ignore[no-untyped-def]
    """The address, or 0 where a thread may not touch it; the first fault of a launch is noted in the context."""
    shared = carray(context, _FIELDS)
    fault = 0
    if address % size != 0:
        fault = _MISALIGNED
    elif space in (ANYWHERE, _LOCAL) and shared[_LOCAL_LOW] <= address and address + size <= shared[_LOCAL_HIGH]:
        return address
    if fault == 0:
        fault = _OUTSIDE
        table = carray(ranges, _HUGE)
        for k in range(shared[_COUNT]):
            row = k * _COLUMNS
            held = space == ANYWHERE or (space != _LOCAL and (space == _SHARED) == (table[row + _SPACE] == _SHARED))
            if held and table[row + _LOW] <= address and address + size <= table[row + _HIGH]:
                fault = _CONSTANT if access != LOAD and table[row + _FIXED] else 0
                if table[row + _SHADOW] >= 0 and fault == 0:
                    element = table[row + _ELEMENT]
                    words, begin = carray(shadow, _HUGE), address - table[row + _LOW]
                    for part in range(begin // element, (begin + size - 1) // element + 1):
                        at = table[row + _SHADOW] + WORDS * part
                        if _raced(words, at, access, shared[_THREAD] + 1, shared[_EPOCH], shared[_BLOCK]):
                            fault = _RACE
                break
    if fault == 0:
        return address
    if shared[_FAULT] == 0:
        shared[_FAULT], shared[_ADDRESS], shared[_SIZE] = fault, address, size
        shared[_WHO], shared[_WHICH] = shared[_THREAD], instruction
    return 0


def install() -> None:
    """Let machine code call the check by its name."""
    llvm.add_symbol(CHECK, _check.address)


