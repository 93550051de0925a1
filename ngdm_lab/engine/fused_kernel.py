"""One kernel for a landscape of few coordinates and an update: evaluation, record and step in one pass.

Linked blocks hand every number over through memory: for two coordinates that takes longer than computing it. Here
the plain functions are written out for one n and stand in one loop over the lanes, where x, the gradient and the
state are registers. They are the same functions with the same arithmetic, so a run has the same bits. A fused kernel
takes most of a second to compile and is used where that is won back; whatever cannot be written out stays linked.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from landscapes import Surface, evaluation
from ngdm_lab.compiler.build import INLINE, build_text
from ngdm_lab.compiler.complaint import failures
from ngdm_lab.compiler.contract import Contraction
from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.lanes.block import Block, assigned
from ngdm_lab.compiler.lanes.flow import flow
from ngdm_lab.compiler.lanes.layout import LANES
from ngdm_lab.compiler.lanes.memory import APART, VECTOR
from ngdm_lab.compiler.lanes.numbers import spelt
from ngdm_lab.compiler.lanes.writer import Writer
from ngdm_lab.compiler.parameters import arguments
from ngdm_lab.compiler.passes.unroll import constant_value, straight
from ngdm_lab.compiler.reading import definition
from ngdm_lab.compiler.syntax import parsed
from ngdm_lab.geometry.solver import Solver
from ngdm_lab.optimizers import UpdateRule

from .blocks import by_rows, descend, look
from .mixing import UNIFORM, Mixed
from .records import keep
from .rows import BYTES, ROWS

__all__ = ["MOST_COORDINATES", "compiled", "nothing", "signature"]

MOST_COORDINATES = 4
RECORDED = tuple(inspect.signature(keep).parameters)  # the rows that the record of a value reads and writes
MADE, READ = ("f", "inside", "looks"), ("goal", "ceiling")  # of these, made anew each time; only read
_made: dict[Any, Any] = {}


@cache
def signature() -> Any:
    """Numba's signature of a fused kernel: the number of lanes that need a closer look; all arguments are int64.

    fused (x, next x, state, t, p, number of p, h, number of h, d, number of d, bounds, rows).
    """
    from numba import int64

    return int64(*[int64] * 12)


@cache
def nothing() -> Any:
    """What stands for a fused kernel where there is none."""
    names = ", ".join(f"a{k}" for k in range(12))
    return build_text(f"def nothing({names}):\n    return 0\n", "nothing", signature())


def compiled(s: Surface, r: UpdateRule, solver: Solver | None, mixed: Mixed = UNIFORM) -> Any | None:
    """The fused kernel of the two, first-class; None for a surface or rule that cannot be written out.

    What is `mixed` differs between lanes.
    """
    function = evaluation.with_gradient(s.family.function)
    names = inspect.signature(function).parameters
    solve = solver.function if solver and r.direction else None
    key = function, s.dim, len(s.parameters), r, solve, mixed
    if "g" not in names or s.dim > MOST_COORDINATES or r.stacks or r.numbers:
        return None
    if key not in _made:
        try:
            _made[key] = _compile(s, r, solver, mixed)
        except failures():  # linked blocks say what is wrong, if anything is
            _made[key] = None
    return _made[key]


def _compile(s: Surface, r: UpdateRule, solver: Solver | None, mixed: Mixed) -> Any:
    function = evaluation.with_gradient(s.family.function)
    if writes(function, "x"):  # linked blocks go on from what it wrote
        raise UnsupportedSource(f"{function.__name__} changes x")
    head, own = evaluation.leading(function)
    states = [f"s{k}" for k in range(len(r.state))]
    hyper = [f"h{k}" for k in range(len(r.hyperparameters))]
    given = [f"p{k}" for k in range(len(own))]
    arrays = [f"d{k}" for k in range(len(solver.arrays) if solver else 0)]
    of_lanes = mixed.rows([*hyper, "lr"], r.size)
    lengths = {name: solver.arrays[int(name[1:])].size for name in of_lanes if name in arrays} if solver else {}
    kernel = _Written(s.dim, ["x", "g", *states], [name for name in of_lanes if name not in lengths], lengths)
    kernel.add(function, {**{word: word for word in head}, **dict(zip(own, given, strict=True))})
    kernel.add(look, {word: word for word in ("x", "inside", "n", "bounds")})
    kernel.add(keep, {word: word for word in RECORDED})
    value = ["f"] if r.takes_f else []
    theirs = ("x", *value, "g", *r.state, "n", "t", *r.hyperparameters)
    kernel.add(by_rows(r), dict(zip(theirs, ("x", *value, "g", *states, "n", "t", *hyper), strict=True)))
    if r.direction:
        if solver:
            of_solve = list(inspect.signature(solver.function).parameters)
            kernel.add(solver.function, dict(zip(of_solve, ("g", "n", *arrays), strict=True)))
        kernel.add(descend, {"x": "x", "u": "g", "n": "n", "lr": "lr"})
    of_setting = dict(zip([*hyper, "lr"], arguments([0.0] * (len(hyper) + 1), "a"), strict=True))
    of_setting |= dict(zip(arrays, arguments(solver.arrays if solver else (), "b"), strict=True))
    of_setting |= of_lanes
    rows = ["on", *RECORDED]
    n = s.dim
    passed = [
        f"_vector(x, {n * LANES})", f"_vector(y, {n * LANES})",
        *(f"_vector(S + {k * n * LANES * 8}, {n * LANES})" for k in range(len(states))),
        *(f"_vector(rows + {BYTES * ROWS.index(row)}, {LANES})" for row in rows),
        "t", *arguments([v for _, v in s.parameters], "c"), *of_setting.values(), f"_vector(bounds, {2 * n})",
    ]  # fmt: skip
    adaptor = f"""
def adaptor(x, y, S, t, p, many_p, h, many_h, d, many_d, bounds, rows):
    a, b, c, n = _vector(h, many_h), _vector(d, many_d), _vector(p, many_p), {n}
    {{name}}({", ".join(passed)})
    v, many = _vector(rows + {BYTES * ROWS.index("looks")}, {LANES}), 0
    for lane in range(np.uint64({LANES})):
        many += 1 if v[lane] > 0.0 else 0
    return many
"""
    text = kernel.text("fused", ["x", "y", *states, *rows, "t", *given, *of_setting, "bounds"], states)
    head_text = f"{VECTOR}\nLANES = np.uint64({LANES})\n\n"
    return build_text(head_text + text, "fused", signature(), adaptor=adaptor)


def writes(function: Callable[..., Any], vector: str) -> bool:
    """Whether a function changes one of its vectors."""
    stored = (n for n in ast.walk(definition(getattr(function, "py_func", function))) if isinstance(n, ast.Subscript))
    return any(isinstance(n.ctx, ast.Store) and ast.unparse(n.value) == vector for n in stored)


@dataclass
class _Written:
    """Collects written-out functions of n coordinates: uniform statements, and one loop body."""

    n: int
    vectors: list[str]
    numbers: list[str]  # with one value for each lane
    lengths: dict[str, int]  # of the preconditioner's arrays with a row for each entry
    uniform: list[ast.stmt] = field(default_factory=list)
    lanes: list[ast.stmt] = field(default_factory=list)
    writer: Writer = field(default_factory=lambda: Writer(INLINE))
    parts: int = 0

    def add(self, function: Callable[..., Any], names: Mapping[str, str]) -> None:
        """One more function; `names` gives its parameters their names in the whole."""
        function = getattr(function, "py_func", function)
        rows = {*self.vectors, *RECORDED, *self.lengths}
        mine = tuple(p for p, name in names.items() if name in rows)
        numbers = {p: f"{name}_0_" for p, name in names.items() if name in self.numbers}
        block = Block(self.writer, function, mine, tuple(numbers))
        body, result = block.read()
        if any(block.vector_call(n) for s in body for n in ast.walk(s)):
            raise UnsupportedSource(f"{function.__name__} passes a vector on")
        if result is not None:
            body = [*body, assigned(result)]
        block.collect(body, None)
        spelt = [self.spell(block, s) for s in body]
        written = straight(spelt, {"n": self.n} if "n" in names else {}, block.varying | {"OUT_"})
        loop = [s for s in written if self.is_lane(block, s)]
        if flow(loop, block.varying - set(numbers))[0]:
            raise UnsupportedSource(f"{function.__name__} reads a name that a lane may not have set")
        stored = {n.id for s in body for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        if stored & set(names):
            raise UnsupportedSource(f"{function.__name__} gives a parameter another value")
        new = {**{name: f"{name}__{self.parts}_" for name in stored}, **names, **numbers, "OUT_": "f_0_"}
        for s in written:
            lane = s in loop
            renamed = _Scalars(self, mine, new, dict(names), s)
            made = renamed.visit(parsed(ast.unparse(ast.fix_missing_locations(s))).body[0])
            if lane:
                self.lanes.append(made)
            else:
                for name in (n.id for n in ast.walk(s) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)):
                    new[name] = f"{name}__{self.parts}_{len(self.uniform)}_"  # earlier reads keep the earlier value
                self.uniform.append(_retarget(made, s, new))
        self.parts += 1

    def spell(self, block: Block, s: ast.stmt) -> ast.stmt:
        """Arithmetic as linked blocks have it: of lanes, or of uniform values."""
        if self.is_lane(block, s):
            return spelt(block, parsed(ast.unparse(s)).body[0])
        if isinstance(s, ast.For | ast.If) and block.has_varying(s):
            s.body = [self.spell(block, child) for child in s.body]
            s.orelse = [self.spell(block, child) for child in s.orelse]
            return s
        made = Contraction().visit(s)
        assert isinstance(made, ast.stmt)
        return made

    def is_lane(self, block: Block, s: ast.stmt) -> bool:
        """Whether a statement belongs into the loop over the lanes; a condition does with all that it holds."""
        if not isinstance(s, ast.If):
            return block.is_varying(s)
        return block.is_varying(s) or (not any(isinstance(n, ast.For) for n in ast.walk(s)) and block.has_varying(s))

    def text(self, name: str, parameters: list[str], states: list[str]) -> str:
        """The module text."""
        load = [f"{row}_0_ = {row}[L_]" for row in RECORDED if row not in MADE] + ["inside_0_ = on[L_]"]
        store = [f"{row}[L_] = {row}_0_" for row in RECORDED if row not in READ]
        for vector in ("x", *states):
            for i in range(self.n):
                place = f"[np.uint64({i * LANES}) + L_]"
                load.append(f"{vector}_{i}_ = {vector}{place}")
                store.append(f"{'y' if vector == 'x' else vector}{place} = {vector}_{i}_")
        load += [f"{name}_0_ = {name}[L_]" for name in self.numbers]
        entries = [(name, i) for name, length in self.lengths.items() for i in range(length)]
        load += [f"{name}_{i}_ = {name}[np.uint64({i * LANES}) + L_]" for name, i in entries]
        load += [f"g_{i}_ = np.nan" for i in range(self.n)]
        lines = [line for s in self.lanes for line in ast.unparse(ast.fix_missing_locations(s)).splitlines()]
        before = [line for s in self.uniform for line in ast.unparse(ast.fix_missing_locations(s)).splitlines()]
        inner = "\n".join(f"        {line}" for line in [*load, *lines, *store])
        outer = "\n".join(f"    {line}" for line in [*before, "for L_ in range(LANES):"])
        return f"{self.writer.text()}\n{APART}\ndef {name}({', '.join(parameters)}):\n{outer}\n{inner}\n"


class _Scalars(ast.NodeTransformer):
    """Entries of vectors as names, names as those of the whole."""

    def __init__(self, kernel: _Written, vectors: tuple[str, ...], new: dict[str, str], names: dict[str, str],
                 s: ast.stmt) -> None:  # fmt: skip
        self.kernel, self.vectors, self.new, self.names, self.s = kernel, vectors, new, names, s

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        entry = isinstance(node.targets[0], ast.Subscript)
        self.generic_visit(node)
        if entry:  # memory would have made it a real number
            node.value = ast.Call(ast.Name("float", ast.Load()), [node.value], [])
        return node

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in self.vectors:
            name, index = self.names[node.value.id], constant_value(node.slice)
            most = self.kernel.n if name in self.kernel.vectors else self.kernel.lengths.get(name, 1)
            if index is None or not 0 <= index < most:
                words = "has an index that only a run knows, or one outside the vector"
                raise UnsupportedSource(f"`{ast.unparse(node)}` {words}")
            return ast.Name(f"{name}_{index}_", node.ctx)
        self.generic_visit(node)
        return node

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self.new.get(node.id, node.id), node.ctx)


def _retarget(made: ast.stmt, s: ast.stmt, new: dict[str, str]) -> ast.stmt:
    """A uniform assignment under its newest name."""
    if not (isinstance(made, ast.Assign) and isinstance(s, ast.Assign)):
        raise UnsupportedSource(f"`{ast.unparse(s)}` decides a uniform value")
    if len(s.targets) > 1 or not isinstance(s.targets[0], ast.Name):
        raise UnsupportedSource(f"`{ast.unparse(s)}` sets several uniform names")
    made.targets = [ast.Name(new[s.targets[0].id], ast.Store())]
    return made
