"""All passes of the compiler, in the order in which they run: the list `ORDER`.

A user's function has been guarded by then (`ngdm_lab.compiler.guard`, when a landscape or a rule is made of it), and
one that gives a value only has got its gradient (`ngdm_lab.compiler.gradient`).
On its way to machine code a plain function passes three stages. Where an update is made of several functions they are
joined. Then each function, and each helper that it calls, is rewritten for what it is compiled for. At last its
statements are laid out: over lanes, over threads, or one after another without loops.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ngdm_lab.compiler.contract import Contraction
from ngdm_lab.compiler.cuda.double import Double
from ngdm_lab.compiler.cuda.simulation import Simulated
from ngdm_lab.compiler.cuda.single import Single
from ngdm_lab.compiler.lanes.arithmetic import Arithmetic
from ngdm_lab.compiler.lanes.rows import Rows

from .flat import flat
from .fuse import fuse
from .literals import Literals
from .narrow import keep_in_register, narrow
from .powers import Powers
from .split import stages
from .unroll import straight

__all__ = ["DOUBLE", "KERNEL_SINGLE", "LANES", "ORDER", "PLAIN", "SINGLE", "TARGETS", "VECTORS", "Pass", "passes",
           "rewritten"]  # fmt: skip

Body = list[ast.stmt]

PLAIN, LANES, DOUBLE, SINGLE, VECTORS, KERNEL_SINGLE = TARGETS = (
    "plain",  # one run at a time, uniform statements of lanes, and a net's kernels in double precision
    "lanes",  # 64 runs side by side
    "cuda float64",  # a thread for each run, in double precision
    "cuda float32",  # the same in single precision
    "vectors",  # an update of a net's parameters, on the CPU and on a GPU
    "kernel float32",  # a net's kernels in single precision, on the CPU and on a GPU
)
JOIN, REWRITE, LAY_OUT = STAGES = ("join", "rewrite", "lay out")


@dataclass(frozen=True)
class Pass:
    """A change of a plain function's text.

    Attributes
    ----------
    name : a word or two.
    stage : one of `STAGES`.
    targets : those of `TARGETS` whose texts go through it.
    what : in a line, what is different afterwards.
    run : what does it. In the stage "rewrite" it takes (body, known, writer), the statements of a function, its globals
        by name and the `source.Collector` of the text, and returns the statements; in the others it has parameters of
        its own.
    """

    name: str
    stage: str
    targets: tuple[str, ...]
    what: str
    run: Callable[..., Any]


def _of(transformer: Callable[[dict[str, Any], Any], ast.NodeTransformer]) -> Callable[..., Body]:
    """A rewriting of one statement after the other."""

    def run(body: Body, known: dict[str, Any], writer: Any) -> Body:
        return [transformer(known, writer).visit(statement) for statement in body]

    return run


def _keep(body: Body, known: dict[str, Any], writer: Any) -> Body:
    if writer.local:
        keep_in_register(body, writer.local)
    return body


def _narrow(body: Body, known: dict[str, Any], writer: Any) -> Body:
    return narrow(body, writer.vectors, writer.single)


ORDER = (
    Pass("flat", JOIN, (LANES,), "a rule's value is a row, its stacks are vectors; loops stand around branches", flat),
    Pass("fuse", JOIN, (LANES, VECTORS), "rule, Fisher solve and descent are one function and share loops", fuse),
    Pass("keep", REWRITE, (VECTORS,), "a gradient that nobody needs afterwards stays in a register", _keep),
    Pass("narrow", REWRITE, (VECTORS,), "sums have any order; in float32 loops have no float64 left", _narrow),
    Pass("contract", REWRITE, TARGETS, "a * b + c has one rounding", _of(lambda known, writer: Contraction())),
    Pass("spell out", REWRITE, (LANES,), "powers and elementary functions are the lab's own",
         _of(lambda known, writer: Arithmetic(writer, known))),
    Pass("double", REWRITE, (DOUBLE,), "the same under names of their own; whole powers are products",
         _of(lambda known, writer: Double(writer, known))),
    Pass("single", REWRITE, (SINGLE,), "numbers beside single precision are single precision too",
         _of(lambda known, writer: Single(known))),
    Pass("literals", REWRITE, (KERNEL_SINGLE,), "float literals are single precision",
         _of(lambda known, writer: Literals())),
    Pass("unroll", LAY_OUT, (LANES,), "few coordinates: loops are written out, indices are literals", straight),
    Pass("rows", LAY_OUT, (LANES,), "entries of vectors are entries of rows with a place for each lane", Rows),
    Pass("split", LAY_OUT, (VECTORS,), "on a GPU: an update is cut where threads need each other's sums", stages),
    Pass("powers", LAY_OUT, (VECTORS,), "on a GPU: powers by whole numbers are products", Powers),
    Pass("simulate", LAY_OUT, (DOUBLE, SINGLE, VECTORS, KERNEL_SINGLE), "on the simulator: math has a GPU's values",
         Simulated),
)  # fmt: skip


def passes(target: str, stage: str = REWRITE) -> tuple[Pass, ...]:
    """The passes of one target and stage, in order."""
    return tuple(p for p in ORDER if target in p.targets and p.stage == stage)


def rewritten(target: str, body: Body, known: dict[str, Any], writer: Any) -> Body:
    """A function's statements after the rewriting passes of a target; arguments as in `Pass`."""
    for step in passes(target):
        body = [ast.fix_missing_locations(s) for s in step.run(body, known, writer)]
    return body
