"""`kernels` for a GPU: the same rules, Fisher solves and descent, from the same texts, called in the same way.

A rule whose coordinates do not meet gives each of them a thread. One with sums over coordinates (Apollo) is cut behind
them (`passes.split`); any other is done by one thread, slow and right. Of an exact F^-1 a thread solves for one
neuron's vector, in place, or where an odd vector has a partner on a copy of it in w.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ngdm_lab.compiler.cuda.source import Kernel
from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.parameters import arguments
from ngdm_lab.compiler.passes.fuse import Part, fuse
from ngdm_lab.compiler.passes.powers import Powers
from ngdm_lab.compiler.passes.split import stages
from ngdm_lab.compiler.syntax import parsed
from ngdm_lab.compiler.vectors import vector_text
from ngdm_lab.geometry.solver import Solver
from ngdm_lab.nets.device import of
from ngdm_lab.nets.training.kernels import DESCENT, NOTHING, given, parts
from ngdm_lab.optimizers import UpdateRule

from .launch import DEVICE, frame, launch

__all__ = ["Shared", "columns", "descent", "fused", "rows", "scratch", "shared", "solve_source"]

Stretch = Callable[..., None]
THREADS = 4096  # that sum: their sums are added up by CuPy
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
            _made[key] = (_stretch(shared([first, *rest], rule, real, keeps_g)),)
        except UnsupportedSource as error:
            raise TypeError(f"{rule.name} cannot be compiled for CUDA: {error}; device='cpu' runs it") from None
    return tuple(_made[key])


def descent(real: str) -> Stretch:
    """x <- x - lr g, with the parameters of `fused`."""
    if ("descent", real) not in _made:
        _made["descent", real] = _stretch(shared([DESCENT], NOTHING, real, keeps_g=False))
    made: Stretch = _made["descent", real]
    return made


@dataclass(frozen=True)
class Shared:
    """An update as kernels.

    Attributes
    ----------
    kernels : to be launched in turn.
    sums : over coordinates, which the threads of one kernel leave for the next.
    whole : True where one thread must do the whole stretch.
    """

    kernels: tuple[Kernel, ...]
    sums: int = 0
    whole: bool = False


def shared(joined: Sequence[Part], rule: UpdateRule, real: str, keeps_g: bool) -> Shared:
    """The kernels of a stretch of the vectors."""
    parameters, vectors, passed = given(rule, "low", "high")
    whole = fuse(joined, parameters, vectors)
    text, name = vector_text(whole, vectors, real, local="" if keeps_g else "g", inline=DEVICE)
    tree = parsed(text)
    [function] = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    cut = stages(function, vectors)
    functions, sums = ([function], 0) if cut is None else cut
    names = ["x", "g", "S", "t", "h", "d", "lr", "start", "stop"]
    row = f"{real}[::1]"
    kinds = [row, row, f"{real}[:, ::1]", "int64", "float64[::1]", row, "float64", "uint64", "uint64"]
    if sums:
        names, kinds = [*names, "totals", "parts"], [*kinds, "float64[::1]", "float64[:, ::1]"]
        passed = [*passed, "totals", "parts", "thread"]
    # the items are the coordinates start to stop - 1, or all of them together
    first = "low, high = start, stop" if cut is None else "thread = low // share; low += start; high += start"
    call = f"{first}; _plain({', '.join(passed)})"
    made = []
    for part in functions:
        tree.body[tree.body.index(function)] = function = part
        made.append(frame(rule.name, _entry(ast.unparse(tree), name), call, names, kinds, real))
    return Shared(tuple(made), sums, cut is None)


def _stretch(update: Shared) -> Stretch:
    def run(x: Any, g: Any, S: Any, t: int, h: Any, d: Any, lr: float, start: int, stop: int) -> None:
        arguments = [x, g, S, t, h, d, lr, start, stop]
        if not update.sums:
            launch(update.kernels[0], 1 if update.whole else stop - start, arguments)
            return
        device = of(x)
        parts, totals = device.zeros((update.sums, THREADS)), device.zeros(update.sums)
        for k, kernel in enumerate(update.kernels):
            if k:
                totals[...] = parts.sum(axis=1)
            launch(kernel, stop - start, [*arguments, totals, parts], THREADS)

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
        text, name = vector_text(solver.function, [first], "float64", inline=DEVICE)
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
    tree = parsed(text)
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == name:
            node.decorator_list = [ast.Name(DEVICE[1:], ast.Load())]
    return f"{_PLUS}\n{ast.unparse(ast.fix_missing_locations(Powers().visit(tree)))}\n_entry = {name}\n"
