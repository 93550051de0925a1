"""Updates (rule and Fisher solve) compiled for blocks of 64 lanes, beside the landscapes of `landscapes.blocks`; and
for one run, with the same arithmetic.

A function outside the language of lanes runs lane by lane inside the same block signature: slower, same result.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache
from typing import Any

import landscapes.blocks
from ngdm_lab.compiler.lanes.compiled import Compiled, compiled
from ngdm_lab.compiler.lanes.layout import ALONE, LANES
from ngdm_lab.compiler.lanes.memory import STACK, VECTOR
from ngdm_lab.compiler.parameters import arguments
from ngdm_lab.compiler.passes.flat import flat
from ngdm_lab.compiler.passes.fuse import Part, fuse
from ngdm_lab.geometry.solver import Solver
from ngdm_lab.optimizers import UpdateRule
from ngdm_lab.optimizers.rule import signature as rule_signature

from .mixing import UNIFORM, Mixed
from .rows import BYTES, ROWS

__all__ = ["alone", "by_rows", "descend", "look", "of_state", "signatures", "step"]

_made: dict[Any, Compiled] = {}  # functions are frozen: none has another meaning later


@cache
def signatures() -> tuple[Any, ...]:
    """Signatures of compiled blocks: landscape, transform, step. All arguments are int64.

    The first two are those of `landscapes.blocks`; step (x, g, state, n, t, h, number of h, d, number of d, bounds,
    rows, scratch).
    """
    from numba import int64, void

    return *landscapes.blocks.signatures(), void(*[int64] * 12)


def descend(x, u, n, lr):
    """x <- x - lr u."""
    for i in range(n):
        x[i] -= lr * u[i]


def look(x, inside, n, bounds):
    """inside <- 0 where x is outside the bounds (lower and upper in turn); the row comes with 1 for live lanes."""
    for i in range(n):
        # `&`, since `and` would be a branch; NaN is outside
        inside[0] = inside[0] if (x[i] >= bounds[2 * i]) & (x[i] <= bounds[2 * i + 1]) else 0.0


def step(r: UpdateRule, s: Solver | None, mixed: Mixed = UNIFORM) -> Compiled:
    """A whole update: the rule, for direction rules the solve and the descent, and the look at the bounds.

    The last hyperparameter is the learning rate. What is `mixed` differs between lanes.
    """
    value, states, hyper, arrays = _names(r, s)
    head = ["x", *value, "g", *states, "inside"]
    parameters = [*head, "n", "t", *hyper, *arrays, "lr", "bounds"]
    vectors = [*head, *(f"d{k}" for k in mixed.arrays)]
    numbers = [[*hyper, "lr"][k] for k in mixed.hyper]
    of_setting = dict(zip([*hyper, "lr"], arguments([0.0] * (len(hyper) + 1), "a"), strict=True))
    of_setting |= dict(zip(arrays, arguments(s.arrays if s else (), "b"), strict=True))
    of_setting |= mixed.rows([*hyper, "lr"], r.size)
    given = ["_vector(x, n * 64)", *(of_row("f") for _ in value), "_vector(g, n * 64)", *of_state(r, "n"),
             of_row("inside"), "n", "t", *(of_setting[name] for name in [*hyper, *arrays, "lr"]),
             "_vector(bounds, 2 * n)"]  # fmt: skip
    block = "def adaptor(x, g, S, n, t, h, many_h, d, many_d, bounds, rows, w):\n"
    block += "    a, b = _vector(h, many_h), _vector(d, many_d)\n"
    block += f"    {{name}}({', '.join([*given, '_vector(w, SIZE)'])})\n"
    key = (r, s.function if s else None, mixed)
    if key not in _made:
        helpers = (s.function,) if s and r.direction else ()

        def whole() -> Callable[..., Any]:
            looking = look, {k: k for k in ("x", "inside", "n", "bounds")}
            return fuse([*_parts(r, s), looking], parameters, vectors)

        _made[key] = compiled(whole, vectors, signatures()[2], block, function=r.function, slow=_slow(r, s, mixed),
                              helpers=helpers, numbers=numbers)  # fmt: skip
    return _made[key]


@cache
def by_rows(r: UpdateRule) -> Callable[..., Any]:
    """The rule's function with one index for each vector, its value among them."""
    several = [name for name, _ in r.stacks]
    return flat(r.function, ["f"], several) if r.takes_f or several else r.function


def of_row(name: str) -> str:
    """Text of one of the rows of `rows.ROWS`, from the address rows on."""
    return f"_vector(rows + {BYTES * ROWS.index(name)}, {LANES})"


def of_state(r: UpdateRule, n: str | int) -> list[str]:
    """Texts of the vectors of lanes that hold what a rule keeps, from the address S on; n coordinates."""
    made, at, several = [], 0, dict(r.stacks)
    for name in r.state:
        count = several.get(name, 1)
        made.append(f"_vector(S + {at} * {n} * {BYTES}, {count} * {n} * {LANES})")
        at += count
    return made + [f"_vector(S + ({at} * {n} + {k}) * {BYTES}, {LANES})" for k in range(len(r.numbers))]


def alone(r: UpdateRule, s: Solver | None) -> Compiled:
    """The update of one run without the look at the bounds, as a rule that moves x: (x, f, g, S, t, h).

    h has the hyperparameters, the learning rate and the packed preconditioner, one after another.
    """
    value, states, hyper, arrays = _names(r, s)
    vectors, many, several = ["x", *value, "g", *states], len(hyper) + 1, dict(r.stacks)
    head = f"def adaptor(x, f, g, S, t, h):\n    a, b, n = h[:{many}], h[{many}:], x.shape[0]\n"
    rest, of_solve = ["n", "t", *arguments([0.0] * many, "a")[:-1]], arguments(s.arrays if s else (), "b")
    rows = [f"{view}.reshape({several[name]} * n)" if name in several else view
            for name, view in zip(r.kept, r.views(), strict=True)]  # fmt: skip
    given = ["x", *("w[:1]" for _ in value), "g", *rows, *rest, *of_solve, f"a[{many - 1}]", "w[1:]"]
    block = f"{STACK}\n{head}    w = _carray(_stack(), (SIZE + 1,))\n    w[0] = f\n    {{name}}({', '.join(given)})\n"
    slow = f"{head}    {{name}}({', '.join(['x', *value, 'g', *r.views(), *rest])})\n"
    if r.direction:
        slow += f"    {s.function.__name__}({', '.join(['g', 'n', *of_solve])})\n" if s else ""
        slow += f"    for i in range(n):\n        x[i] -= a[{many - 1}] * g[i]\n"
    key = (r, s.function if s else None, ALONE)
    if key not in _made:

        def whole() -> Callable[..., Any]:
            return fuse(_parts(r, s), [*vectors, "n", "t", *hyper, *arrays, "lr"], vectors)

        _made[key] = compiled(whole, vectors, rule_signature(), block, function=r.function, slow=slow,
                              helpers=(s.function,) if s and r.direction else (), layout=ALONE)  # fmt: skip
    return _made[key]


def _names(r: UpdateRule, s: Solver | None) -> tuple[list[str], list[str], list[str], list[str]]:
    """Of an update's parameters: the value, what the rule keeps, its hyperparameters, the preconditioner's arrays."""
    counts = (("s", len(r.kept)), ("h", len(r.hyperparameters)), ("d", len(s.arrays) if s else 0))
    kept, hyper, arrays = ([f"{letter}{k}" for k in range(count)] for letter, count in counts)
    return ["f"] if r.takes_f else [], kept, hyper, arrays


def _parts(r: UpdateRule, s: Solver | None) -> list[Part]:
    """The plain functions of an update, in turn. Raises UnsupportedSource for a rule outside the language of lanes."""
    value, states, hyper, arrays = _names(r, s)
    theirs = ("x", *value, "g", *r.kept, "n", "t", *r.hyperparameters)
    parts: list[Part] = [
        (by_rows(r), dict(zip(theirs, ("x", *value, "g", *states, "n", "t", *hyper), strict=True)))
    ]
    if r.direction:
        if s:
            names = list(inspect.signature(s.function).parameters)
            parts.append((s.function, dict(zip(names, ("g", "n", *arrays), strict=True))))
        parts.append((descend, {"x": "x", "u": "g", "n": "n", "lr": "lr"}))
    return parts


def _slow(r: UpdateRule, s: Solver | None, mixed: Mixed = UNIFORM) -> str:
    """A whole update lane by lane, through the scalar functions."""
    call = ", ".join(["u", *(["V[lane]"] if r.takes_f else []), "v", *r.views("s"), "n", "t",
                      *arguments([0.0] * len(r.hyperparameters), "a")])  # fmt: skip
    solve = f"{s.function.__name__}(v, n, {', '.join(arguments(s.arrays, 'b'))})" if s else "pass"
    descent = "u[i] -= a[many_h - 1] * v[i]" if r.direction else "pass"
    copied = ".copy()" if mixed != UNIFORM else ""
    own, many = "\n        ".join(mixed.lane(r.size) or ["pass"]), f"({r.size}) // n"
    return f"""import numba as _numba
{VECTOR}

def adaptor(x, g, S, n, t, h, many_h, d, many_d, bounds, rows, w):
    a, b, V = _vector(h, many_h){copied}, _vector(d, many_d){copied}, {of_row("f")}
    X, G, Z = _vector(x, n * 64), _vector(g, n * 64), _vector(S, ({mixed.total(r.size)}) * 64)
    ends, here = _vector(bounds, 2 * n), {of_row("inside")}
    u, v, s = _np.empty(n), _np.empty(n), _np.empty(({many}, n))
    for lane in range(64):
        for i in range(n):
            u[i] = X[i * 64 + lane]
            v[i] = G[i * 64 + lane]
            for k in range({many}):
                s[k, i] = Z[(k * n + i) * 64 + lane]
        {own}
        {{name}}({call})
        {solve if r.direction else "pass"}
        for i in range(n):
            {descent}
            X[i * 64 + lane] = u[i]
            if not (u[i] >= ends[2 * i] and u[i] <= ends[2 * i + 1]):
                here[lane] = 0.0
            for k in range({many}):
                Z[(k * n + i) * 64 + lane] = s[k, i]
"""
