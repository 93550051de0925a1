"""What all threads of a launch share: one row of whole numbers, and tables that rows of numbers are kept in.

Machine code reads and writes the row by place; so do the checks of memory.
"""

from __future__ import annotations

__all__ = ["ANYWHERE", "AXES", "BEGIN", "FIELDS", "PLACE", "RANGE", "SPACES"]

AXES = tuple(f"{name}.{axis}" for name in ("tid", "ntid", "ctaid", "nctaid") for axis in "xyz")
# addresses of the tables; the thread in the grid, threads of a block, barriers it has passed, its local memory;
# then of the first fault what it was, where, and by which thread and instruction
FIELDS = (
    *AXES, "parameters", "ranges", "range_count", "shadow", "shared", "local", "local_end", "thread", "block", "epoch",
    "fault", "fault_address", "fault_size", "fault_thread", "fault_instruction",
)  # fmt: skip
PLACE = {name: place for place, name in enumerate(FIELDS)}
# of memory that a kernel may touch: ends, bytes of an element, where its shadow begins, space, whether it is constant
RANGE = ("low", "high", "element", "shadow", "space", "constant")
ANYWHERE = 0  # a generic address
SPACES = {"": ANYWHERE, "global": 1, "shared": 2, "local": 3, "const": 4}
BEGIN = 2**30  # of a thread that has not begun, in the place of the barrier at which it waits
