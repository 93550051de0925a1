"""`kernels` for a GPU: the same rules, Fisher solves and descent, from the same texts, called in the same way.

A rule whose coordinates do not meet (`alone`) gives each of them a thread. A rule with sums over coordinates (Apollo)
is done by one thread: slow and right. Of an exact F^-1 a thread solves for one neuron's vector, in place, or where an
odd vector has a partner on a copy of it in w.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

from landscapes.packing import arguments
from landscapes.plain import NotPlain
from ngdm_lab.engine.chain import Part, chain
from ngdm_lab.engine.cuda_source import Kernel
from ngdm_lab.geometry.solver import Solver
from ngdm_lab.optimizers import UpdateRule

from .arithmetic import rewritten
from .kernels import DESCENT, NOTHING, given, parts
from .launch import DEVICE, frame, launch

__all__ = ["alone", "columns", "descent", "fused", "rows", "scratch", "solve_source", "stretch_source"]

Stretch = Callable[..., None]
_made: dict[Any, Any] = {}
# `sums.plus` in any order; here in the text's
_PLUS = f"{DEVICE}\ndef _plus(s, term):\n    return s + term\n"


def fused(rule: UpdateRule, real: str, *, diagonal: bool, descends: bool) -> tuple[Stretch, ...]:
    """As `kernels.fused`; TypeError for a rule that is no plain text."""
    key = (rule, rule.function, real, diagonal, descends)
    if key not in _made:
        first, rest = parts(rule, diagonal, descends)
        keeps_g = rule.direction and not descends
        try:
            _made[key] = (_stretch(*stretch_source([first, *rest], rule, real, keeps_g)),)
        except NotPlain as error:
            raise TypeError(f"{rule.name} cannot be compiled for CUDA: {error}; device='cpu' runs it") from None
    return tuple(_made[key])


def descent(real: str) -> Stretch:
    """x <- x - lr g, with the parameters of `fused`."""
    if ("descent", real) not in _made:
        _made["descent", real] = _stretch(*stretch_source([DESCENT], NOTHING, real, keeps_g=False))
    made: Stretch = _made["descent", real]
    return made


def stretch_source(chained: Sequence[Part], rule: UpdateRule, real: str, keeps_g: bool) -> tuple[Kernel, bool]:
    """The kernel of a stretch of the vectors, and whether each coordinate of it is an item, or the whole is one."""
    parameters, vectors, passed = given(rule, "low", "high")
    whole = chain(chained, parameters, vectors)
    text, name = rewritten(whole, vectors, real, local="" if keeps_g else "g", inline=DEVICE)
    apart = alone(text, name, vectors)
    if apart:  # the items are coordinates start + low to start + high - 1
        shift = "low += start; high += start; "
    else:
        shift = "low, high = start, stop; "
    call = f"{shift}_plain({', '.join(passed)})"
    names = ["x", "g", "S", "t", "h", "d", "lr", "start", "stop"]
    row = f"{real}[::1]"
    kinds = [row, row, f"{real}[:, ::1]", "int64", "float64[::1]", row, "float64", "uint64", "uint64"]
    return frame(rule.name, _entry(text, name), call, names, kinds, real), apart


def _stretch(kernel: Kernel, apart: bool) -> Stretch:
    def run(x: Any, g: Any, S: Any, t: int, h: Any, d: Any, lr: float, start: int, stop: int) -> None:
        launch(kernel, stop - start if apart else 1, (x, g, S, t, h, d, lr, start, stop))

    return run


def rows(solver: Solver, real: str) -> Callable[..., None]:
    """As `kernels.rows`, w `scratch(n, count)` numbers."""
    return _solving(solver, real, columns=False)


def columns(solver: Solver, real: str) -> Callable[..., None]:
    """As `kernels.columns`, w `scratch(n, count)` numbers."""
    return _solving(solver, real, columns=True)


def scratch(n: int, count: int) -> int:
    """How many numbers of scratch a tensor's vectors need: side by side, so that threads read neighbours."""
    return n * count


def solve_source(solver: Solver, real: str) -> Kernel:
    """The kernel of g <- F^-1 g, an item for each vector: see `kernels.rows`; `apart` and `step` as in a `Group`."""
    key = ("solve", solver.function, len(solver.arrays), real)
    if key not in _made:
        first = solver.function.__code__.co_varnames[0]
        text, name = rewritten(solver.function, [first], "float64", inline=DEVICE)
        own = ", ".join(arguments(solver.arrays, "d"))
        text = f"""{_entry(text, name)}

{DEVICE}
def _vectors(low, high, g, d, w, start, count, length, n, apart, step):
    for r in range(low, high):
        at = start + np.int64(r) * apart
        u = g[at : at + (length - 1) * step + 1 : step]
        if n > length:
            v = w[r : n * count : count]
            for j in range(length):
                v[j] = u[j]
            v[length] = 0.0
            _entry(v, n, {own})
            for j in range(length):
                u[j] = v[j]
        else:
            _entry(u, n, {own})
"""
        text = text.replace("_entry(", "_solve(").replace("_entry =", "_solve =") + "\n_entry = _vectors\n"
        names = ["g", "d", "w", "start", "count", "length", "n", "apart", "step"]
        kinds = [f"{real}[::1]", "float64[::1]", "float64[::1]", *["int64"] * 6]
        call = f"_plain(low, high, {', '.join(names)})"
        _made[key] = frame(solver.function.__name__, text, call, names, kinds, real)
    made: Kernel = _made[key]
    return made


def _solving(solver: Solver, real: str, columns: bool) -> Callable[..., None]:
    kernel, descends = solve_source(solver, real), descent(real)

    def run(x: Any, g: Any, d: Any, w: Any, lr: float, start: int, count: int, length: int, n: int) -> None:
        apart, step = (1, count) if columns else (length, 1)
        launch(kernel, count, (g, d, w, start, count, length, n, apart, step))
        # d and w stand where states and hyperparameters would, of which the descent has none
        descends(x, g, g.reshape(1, -1), 0, w, g, lr, start, start + count * length)

    return run


def _entry(text: str, name: str) -> str:
    """The text for a GPU, with the function as `_entry` and powers as chains of products where they are whole."""
    tree = ast.parse(text)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            node.decorator_list = [ast.Name(DEVICE[1:], ast.Load())]
    return f"{_PLUS}\n{ast.unparse(ast.fix_missing_locations(_Powers().visit(tree)))}\n_entry = {name}\n"


class _Powers(ast.NodeTransformer):
    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Pow) or isinstance(node.right, ast.Constant):
            return node
        return ast.Call(ast.Name("_pow", ast.Load()), [ast.Name("_powf", ast.Load()), node.left, node.right], [])


def alone(text: str, name: str, vectors: Sequence[str]) -> bool:
    """Whether a function of vectors does to every coordinate what the others have no part in.

    So it is where its loops are ``for i in range(n)`` over vectors at i alone, n occurs nowhere else, and no loop reads
    a name that it, or another, has left there.
    """
    [tree] = [node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == name]
    loops = [node for node in ast.walk(tree) if isinstance(node, ast.For)]
    inside = {id(node) for loop in loops for node in ast.walk(loop)}
    outside = [node for node in ast.walk(tree) if id(node) not in inside and isinstance(node, ast.Name)]
    if any(node.id in (*vectors, "n") for node in outside) or any(isinstance(n, ast.While) for n in ast.walk(tree)):
        return False
    left: set[str] = set()
    for loop in loops:
        if not isinstance(loop.target, ast.Name) or ast.unparse(loop.iter) != "range(n)" or not _apart(loop, vectors):
            return False
        left |= _names(loop, ast.Store)
    read = {node.id for node in outside if isinstance(node.ctx, ast.Load)}
    return not left & read and all(_own(loop, left) for loop in loops)


def _apart(loop: ast.For, vectors: Sequence[str]) -> bool:
    """Whether a loop looks at vectors at its counter only, and at its counter in vectors only."""
    entries = [n for n in ast.walk(loop) if isinstance(n, ast.Subscript)]
    counter = ast.unparse(loop.target)
    if any(not isinstance(e.value, ast.Name) or ast.unparse(e.slice) != counter for e in entries):
        return False
    words = [n.id for statement in loop.body for n in ast.walk(statement) if isinstance(n, ast.Name)]
    within = [e for e in entries if isinstance(e.value, ast.Name) and e.value.id in vectors]
    return len(within) == len(entries) == words.count(counter) == sum(word in vectors for word in words) and (
        "n" not in words
    )


def _own(loop: ast.For, left: set[str]) -> bool:
    """Whether every name of those that loops leave is set in this one, in a statement of its own, before it is read."""
    known = {ast.unparse(loop.target)}
    for statement in loop.body:
        if _names(statement, ast.Load) & left - known:
            return False
        if isinstance(statement, ast.Assign):
            known |= _names(statement, ast.Store)
    return True


def _names(tree: ast.AST, kind: type) -> set[str]:
    return {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, kind)}
