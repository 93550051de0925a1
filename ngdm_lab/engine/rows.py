"""The rows of a block: one number for each of its 64 lanes. Which there are follows from the fields of `Records`.

A block carries the first of them, `CARRIED`, from chunk to chunk. The driver and the fused kernels find a row by its
place in `ROWS`. What goes from the rows to the records and back is written out here, field by field.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ngdm_lab.compiler.lanes.layout import LANES
from ngdm_lab.compiler.made import made
from ngdm_lab.compiler.source import definition

from .records import keep
from .state import Records, fields

__all__ = ["BYTES", "CARRIED", "KEPT", "ROWS", "finish", "record", "starts"]

OTHERWISE = ("f", "code", "stopped")  # fields of a run that no lane carries: of the last evaluation alone
KEPT = tuple(name for name, field in fields(Records).items() if field.axes == "row" and name not in OTHERWISE)
CARRIED = (*KEPT, "on", "limit")  # on: 1 for a live lane; limit: size of a coordinate beyond which it has diverged
ROWS = (*CARRIED, "f", "inside", "unsound", "goal", "ceiling", "looks")
BYTES = 8 * LANES  # of a row


def starts(limit: Any) -> Any:
    """The carried rows (runs, len(CARRIED)) before the first evaluation; `limit` (runs,)."""
    known = fields(Records)
    return np.column_stack([*(np.full(len(limit), known[name].start) for name in KEPT), np.ones(len(limit)), limit])


class _Lane(ast.NodeTransformer):
    """Entry 0 of a row as the entry of a lane; what is kept in no row as a number."""

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        assert isinstance(node.value, ast.Name)
        if node.value.id == "looks":
            return ast.Name("looks", node.ctx)
        return ast.Subscript(node.value, ast.Name("lane", ast.Load()), node.ctx)


def _record() -> Callable[..., Any]:
    """`records.keep` for all lanes: record(rows) gives the number of lanes that need a closer look."""
    names = [name for name in inspect.signature(keep).parameters if name != "looks"]
    body = "\n".join(f"        {ast.unparse(_Lane().visit(statement))}" for statement in definition(keep).body)
    text = f"def record_rows({', '.join(names)}):\n    lanes, many = np.uint64({LANES}), 0\n"
    text += f"    for lane in range(lanes):\n{body}\n        many += 1 if looks > 0.0 else 0\n    return many\n"
    by_row = made(text, "record_rows", {**keep.__globals__, "np": np}, "rows")
    rows = ", ".join(f"rows[{ROWS.index(name)}]" for name in names)
    text = f"def record(rows):\n    return record_rows({rows})\n"
    whole: Callable[..., Any] = made(text, "record", {"record_rows": by_row}, "rows")
    return whole


def _finish() -> Callable[..., Any]:
    """finish(records, rows, row, lane): a lane's rows as the records of its run."""
    lines = []
    for name in (*KEPT, "f"):
        value = f"rows[{ROWS.index(name)}, lane]"
        dtype = fields(Records)[name].dtype
        lines.append(f"    records.{name}[row] = {value if dtype == 'float64' else f'np.{dtype}({value})'}")
    text = "def finish(records, rows, row, lane):\n" + "\n".join(lines) + "\n"
    whole: Callable[..., Any] = made(text, "finish", {"np": np}, "rows")
    return whole


record, finish = _record(), _finish()
