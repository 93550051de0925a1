"""Compiled updates of a net's parameters, from the plain functions of rules and Fisher solves.

`fused` is the rule, a diagonal F^-1 and the descent as one loop: every number is loaded and stored once. Exact forms
couple the coordinates of a vector: the rule leaves its direction in g, and `columns` or `rows` solve and descend.
"""

from __future__ import annotations

import inspect
import re
from typing import Any

from ngdm_lab.compiler.build import INLINE, build, build_text
from ngdm_lab.compiler.complaint import failures
from ngdm_lab.compiler.lanes.layout import LANES, Layout
from ngdm_lab.compiler.lanes.memory import APART, VECTOR
from ngdm_lab.compiler.lanes.transform import lane_text
from ngdm_lab.compiler.parameters import arguments
from ngdm_lab.compiler.passes.fuse import Part, fuse
from ngdm_lab.compiler.vectors import HEAD, vector_text
from ngdm_lab.engine.blocks import descend
from ngdm_lab.geometry.solver import Solver, solve_diagonal
from ngdm_lab.optimizers import UpdateRule

__all__ = ["DESCENT", "NOTHING", "columns", "descent", "fused", "given", "parts", "rows", "scratch"]

TILE, SPARE = 512, 4  # neurons solved for side by side; rows of scratch that a solve may keep
# the columns of a matrix lie side by side, its rows STRIDE_ apart, and the last tile of columns is narrow
TILES = Layout("np.uint64(STRIDE_)", "np.uint64(WIDE_)", TILE, ("STRIDE_", "WIDE_"))
NOTHING = UpdateRule(descend, (), True, ())  # a rule without states and hyperparameters
DESCENT: Part = (descend, {"x": "x", "u": "g", "n": "n", "lr": "lr"})
_made: dict[Any, tuple[Any, ...]] = {}


def fused(rule: UpdateRule, real: str, *, diagonal: bool, descends: bool) -> tuple[Any, ...]:
    """The rule, times d, and the descent, as compiled functions to be called in turn (one, unless it is not plain).

    Each takes (x, g, S, t, h, d, lr, start, stop): vectors, rows of states and d of type `real`, the step,
    hyperparameters and learning rate float64, and the stretch of the vectors to work on.

    Parameters
    ----------
    rule : any update rule.
    real : "float32" or "float64".
    diagonal : multiply the direction by d.
    descends : False leaves the direction in g.
    """
    key = (rule, rule.function, real, diagonal, descends)
    if key not in _made:
        first, rest = parts(rule, diagonal, descends)
        try:
            _made[key] = (_stretch([first, *rest], rule, real, keeps_g=rule.direction and not descends),)
        except failures():  # compiled as the function it is, then what follows it
            _made[key] = (_alone(rule, real), *([_stretch(rest, rule, real, keeps_g=not descends)] if rest else []))
    return _made[key]


def descent(real: str) -> Any:
    """x <- x - lr g, with the parameters of `fused`."""
    return _stretch([DESCENT], NOTHING, real, keeps_g=False)


def parts(rule: UpdateRule, diagonal: bool, descends: bool) -> tuple[Part, list[Part]]:
    """The rule, and what follows it where it is a direction rule: times d, the descent."""
    own = {name: name for name in ("x", "g", *rule.state, "n", "t", *rule.hyperparameters)}
    own |= {name: f"s{k}" for k, name in enumerate(rule.state)}
    own |= {name: f"h{k}" for k, name in enumerate(rule.hyperparameters)}
    rest: list[Part] = []
    if diagonal:
        rest.append((solve_diagonal, {"u": "g", "n": "n", "d": "d"}))
    if descends:
        rest.append(DESCENT)
    return (rule.function, own), rest if rule.direction else []


def _signature(real: str) -> Any:
    import numba

    kind = getattr(numba, real)
    row, number, whole = kind[::1], numba.float64, numba.int64
    return numba.void(row, row, kind[:, ::1], whole, number[::1], row, number, whole, whole)


def given(rule: UpdateRule, start: str = "a", stop: str = "b") -> tuple[list[str], list[str], list[str]]:
    """Parameters of the merged function, those that are vectors, and what is passed for the stretch start to stop."""
    states = [f"s{k}" for k in range(len(rule.state))]
    hyper = [f"h{k}" for k in range(len(rule.hyperparameters))]
    vectors = ["x", "g", *states, "d"]
    here = f"[{start}:{stop}]"
    passed = [f"x{here}", f"g{here}", *(f"S[{k}]{here}" for k in range(len(states))), f"d{here}"]
    passed += [f"{stop} - {start}", "t", *arguments([0.0] * len(hyper), "h"), "lr"]
    return [*vectors, "n", "t", *hyper, "lr"], vectors, passed


def _stretch(joined: list[Part], rule: UpdateRule, real: str, keeps_g: bool) -> Any:
    parameters, vectors, passed = given(rule)
    whole = fuse(joined, parameters, vectors)
    text, name = vector_text(whole, vectors, real, local="" if keeps_g else "g")
    text = text.replace(f"def {name}(", f"{APART}\ndef {name}(", 1)
    adaptor = f"def adaptor(x, g, S, t, h, d, lr, a, b):\n    {{name}}({', '.join(passed)})\n"
    return build_text(f"{_head(real)}\n{text}", name, _signature(real), adaptor=adaptor)


def _alone(rule: UpdateRule, real: str) -> Any:
    _, _, passed = given(rule)
    passed = [p for p in passed if p not in ("d[a:b]", "lr")]
    adaptor = f"def adaptor(x, g, S, t, h, d, lr, a, b):\n    {{name}}({', '.join(passed)})\n"
    return build(rule.function, _signature(real), adaptor=adaptor)


def _head(real: str) -> str:
    return f"{VECTOR}\n{HEAD}\n_real = _numba.{real}\n"


# -- exact forms: x <- x - lr F^-1 g for all vectors of a tensor ------------------------------------------

# Vectors that lie one after another.
_ROWS = """
APART
def NAME_rows(x, g, d, w, lr, start, count, length, n):
    for r in range(count):
        at = start + r * length
        u, y = g[at : at + length], x[at : at + length]
        if n > length:
            v = w[:n]
            for j in range(length):
                v[j] = u[j]
            v[length] = 0.0
            NAME(v, n, ARRAYS)
            for j in range(length):
                u[j] = v[j]
        else:
            NAME(u, n, ARRAYS)
        for j in range(length):
            y[j] -= lr * u[j]
"""

# The columns of a matrix, TILE at a time: coordinate j of vector k lies at start + j * count + k. Wide tiles are read
# in long rows, which the processor fetches ahead; vectors with a partner are copied, 64 at a time. What is solved on
# its own, STEP coordinates (a pair, or the whole vector), descends at once. STEP is a literal for pairs: with two rows
# in a loop LLVM tests whether they overlap, of all pairs at once, finds that they do, and goes on number by number.
_COLUMNS = """
APART
def NAME_descend(x, g, lr, at, count, length, wide):
    for j in range(length):
        u, y = g[at + j * count : at + j * count + wide], x[at + j * count : at + j * count + wide]
        for l in range(wide):
            y[l] -= lr * u[l]


APART
def NAME_columns(x, g, d, w, lr, start, count, length, n):
    scratch = w[n * 64 :]
    tile = 64 if n > length else TILE
    for k in range(0, count, tile):
        wide = min(tile, count - k)
        at, end = start + k, start + (length - 1) * count + k + wide
        if n > length:
            v = w[: n * 64]
            for j in range(length):
                u = g[at + j * count : at + j * count + wide]
                row = v[j * 64 : j * 64 + wide]
                for l in range(wide):
                    row[l] = u[l]
            for l in range(length * 64, n * 64):
                v[l] = 0.0
            NAME(v, n, ARRAYS, scratch, 64, wide)
            for j in range(length):
                u = g[at + j * count : at + j * count + wide]
                row = v[j * 64 : j * 64 + wide]
                for l in range(wide):
                    u[l] = row[l]
            NAME_descend(x, g, lr, at, count, length, wide)
        else:
            for j in range(0, n, STEP):
                here = at + j * count
                NAME(g[here:end], STEP, FROM_J, scratch, count, wide)
                NAME_descend(x, g, lr, here, count, STEP, wide)
"""


def rows(solver: Solver, real: str) -> Any:
    """x <- x - lr F^-1 g for vectors that lie one after another.

    The compiled function takes (x, g, d, w, lr, start, count, length, n): d the packed arrays of the solver, w
    `scratch(n)` numbers, n the length with the partner of an odd vector. g becomes F^-1 g; sums are kept in float64.
    """
    text, name = vector_text(solver.function, [_first(solver)], "float64")
    text = text.replace(f"def {name}(", f"{INLINE}\ndef {name}(", 1)
    return _solving(f"{_head(real)}\n{text}", name, "rows", solver, real)


def columns(solver: Solver, real: str) -> Any:
    """The same for the columns of a matrix, in lanes form: every column is a lane."""
    lanes = lane_text(solver.function, [_first(solver)], INLINE, TILES)
    assert lanes.rows <= SPARE
    return _solving(f"{_head(real)}\n{lanes.text}", lanes.name, "columns", solver, real)


def scratch(n: int, count: int) -> int:
    """How many numbers of scratch `rows` and `columns` need for vectors of n coordinates, however many they are."""
    return LANES * n + SPARE * TILE


def _first(solver: Solver) -> str:
    return next(iter(inspect.signature(solver.function).parameters))


def _solving(text: str, name: str, form: str, solver: Solver, real: str) -> Any:
    import numba

    frame = {"rows": _ROWS, "columns": _COLUMNS}[form]
    pairs = solver.kind == "gendir"
    arrays = arguments(solver.arrays, "d")
    words = {"NAME": name, "TILE": str(TILE), "APART": APART, "STEP": "2" if pairs else "n"}
    words["ARRAYS"] = ", ".join(arrays)
    words["FROM_J"] = ", ".join(f"{array}[j // 2 :]" for array in arrays) if pairs else words["ARRAYS"]
    loops = re.sub("|".join(words), lambda word: words[word[0]], frame)
    kind, whole, wide = getattr(numba, real)[::1], numba.int64, numba.float64[::1]
    signature = numba.void(kind, kind, wide, wide, numba.float64, whole, whole, whole, whole)
    given = "x, g, d, w, lr, start, count, length, n"
    adaptor = f"def adaptor({given}):\n    {{name}}({given})\n"
    return build_text(f"{text}\n{loops}", f"{name}_{form}", signature, adaptor=adaptor)
