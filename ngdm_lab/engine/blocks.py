"""Compile plain functions for blocks of 64 lanes: landscapes, transforms, and updates (rule and Fisher solve).

A function outside the language of lanes runs lane by lane inside the same block signature: slower, same result.
Blocks take addresses (`memory`): of vectors (n rows of 64 lanes), of the row for values, of scratch, and of
packed parameters with their number.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from landscapes import Surface, evaluation
from ngdm_lab.compiler.build import INLINE, PLAIN, build, build_text
from ngdm_lab.compiler.complaint import failures, reason
from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.lanes.layout import LANES
from ngdm_lab.compiler.lanes.memory import VECTOR
from ngdm_lab.compiler.lanes.transform import lane_text
from ngdm_lab.compiler.parameters import arguments
from ngdm_lab.compiler.passes.fuse import Part, fuse
from ngdm_lab.geometry.solver import Solver
from ngdm_lab.optimizers import UpdateRule

from .mixing import UNIFORM, Mixed

__all__ = ["Compiled", "descend", "landscape", "look", "signatures", "step", "transform"]

LANDSCAPE, TRANSFORM, STEP = range(3)
_made: dict[Any, Compiled] = {}  # functions are frozen: none has another meaning later


@dataclass(frozen=True)
class Compiled:
    """A compiled block function.

    Attributes
    ----------
    function : first-class, in one of the `signatures`.
    rows : rows of scratch it needs.
    slow : why it runs lane by lane; empty where it is vector code.
    """

    function: Any
    rows: int
    slow: str = ""


@cache
def signatures() -> tuple[Any, ...]:
    """Signatures of compiled blocks: landscape, transform, step. All arguments are int64.

    landscape (x, g, n, p, number of p, values, scratch); transform (y or g, w, n, q, number of q, scratch);
    step (x, g, state, n, t, h, number of h, d, number of d, bounds, inside, scratch).
    """
    from numba import int64, void

    return tuple(void(*[int64] * count) for count in (7, 6, 12))


def landscape(s: Surface) -> Compiled:
    """The family's value and gradient."""
    function = s.family.function
    head, _ = evaluation.leading(function)
    values = [v for _, v in s.parameters]
    words = {"x": "_vector(x, n * 64)", "g": "_vector(g, n * 64)", "n": "n"}
    call = ", ".join([*(words[word] for word in head), *arguments(values, "a"), "_vector(F, 64)", "_vector(w, SIZE)"])
    block = f"""
def adaptor(x, g, n, p, size, F, w):
    a = _vector(p, size)
    {{name}}({call})
"""
    one = evaluation.adaptor(function, values).replace("def adaptor(x, g, p):", "def _one(x, g, p):")
    slow = f"""
{PLAIN}
{one.strip()}

def adaptor(x, g, n, p, size, F, w):
    X, G, f, a = _vector(x, n * 64), _vector(g, n * 64), _vector(F, 64), _vector(p, size)
    u, v = _np.empty(n), _np.empty(n)
    for lane in range(64):
        for i in range(n):
            u[i] = X[i * 64 + lane]
            v[i] = _np.nan
        f[lane] = _one(u, v, a)
        for i in range(n):
            G[i * 64 + lane] = v[i]
"""
    vectors = ["x", "g"] if "g" in head else []
    return _compile(function, vectors, LANDSCAPE, block, slow, refuse="" if vectors else "its gradient is numeric")


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
    states = [f"s{k}" for k in range(len(r.state))]
    hyper = [f"h{k}" for k in range(len(r.hyperparameters))]
    arrays = [f"d{k}" for k in range(len(s.arrays) if s else 0)]
    theirs = ("x", "g", *r.state, "n", "t", *r.hyperparameters)
    own = dict(zip(theirs, ("x", "g", *states, "n", "t", *hyper), strict=True))
    parts: list[Part] = [(r.function, own)]
    if r.direction:
        if s:
            names = list(inspect.signature(s.function).parameters)
            parts.append((s.function, dict(zip(names, ("g", "n", *arrays), strict=True))))
        parts.append((descend, {"x": "x", "u": "g", "n": "n", "lr": "lr"}))
    parts.append((look, {k: k for k in ("x", "inside", "n", "bounds")}))
    head = ["x", "g", *states, "inside"]
    parameters = [*head, "n", "t", *hyper, *arrays, "lr", "bounds"]
    vectors = [*head, *(f"d{k}" for k in mixed.arrays)]
    numbers = [[*hyper, "lr"][k] for k in mixed.hyper]
    of_setting = dict(zip([*hyper, "lr"], arguments([0.0] * (len(hyper) + 1), "a"), strict=True))
    of_setting |= dict(zip(arrays, arguments(s.arrays if s else (), "b"), strict=True))
    of_setting |= mixed.rows([*hyper, "lr"], len(states))
    rows = [f"_vector(S + {k} * n * 512, n * 64)" for k in range(len(states))]
    given = ["_vector(x, n * 64)", "_vector(g, n * 64)", *rows, "_vector(inside, 64)", "n", "t",
             *(of_setting[name] for name in [*hyper, *arrays, "lr"]), "_vector(bounds, 2 * n)"]  # fmt: skip
    block = "def adaptor(x, g, S, n, t, h, many_h, d, many_d, bounds, inside, w):\n"
    block += "    a, b = _vector(h, many_h), _vector(d, many_d)\n"
    block += f"    {{name}}({', '.join([*given, '_vector(w, SIZE)'])})\n"
    key = (r, s.function if s else None, mixed)
    if key not in _made:
        helpers = (s.function,) if s and r.direction else ()

        def whole() -> Callable[..., Any]:
            return fuse(parts, parameters, vectors)

        _made[key] = _fresh(whole, vectors, STEP, block, r.function, _slow(r, s, mixed), helpers, numbers)
    return _made[key]


def _slow(r: UpdateRule, s: Solver | None, mixed: Mixed = UNIFORM) -> str:
    """A whole update lane by lane, through the scalar functions."""
    count = len(r.state)
    call = ", ".join(["u", "v", *(f"s[{k}]" for k in range(count)), "n", "t",
                      *arguments([0.0] * len(r.hyperparameters), "a")])  # fmt: skip
    solve = f"{s.function.__name__}(v, n, {', '.join(arguments(s.arrays, 'b'))})" if s else "pass"
    descent = "u[i] -= a[many_h - 1] * v[i]" if r.direction else "pass"
    copied = ".copy()" if mixed != UNIFORM else ""
    own = "\n        ".join(mixed.lane(count) or ["pass"])
    return f"""
def adaptor(x, g, S, n, t, h, many_h, d, many_d, bounds, inside, w):
    a, b = _vector(h, many_h){copied}, _vector(d, many_d){copied}
    X, G, Z = _vector(x, n * 64), _vector(g, n * 64), _vector(S, ({mixed.total(count)}) * 64)
    ends, here = _vector(bounds, 2 * n), _vector(inside, 64)
    u, v, s = _np.empty(n), _np.empty(n), _np.empty(({count}, n))
    for lane in range(64):
        for i in range(n):
            u[i] = X[i * 64 + lane]
            v[i] = G[i * 64 + lane]
            for k in range({count}):
                s[k, i] = Z[(k * n + i) * 64 + lane]
        {own}
        {{name}}({call})
        {solve if r.direction else "pass"}
        for i in range(n):
            {descent}
            X[i * 64 + lane] = u[i]
            if not (u[i] >= ends[2 * i] and u[i] <= ends[2 * i + 1]):
                here[lane] = 0.0
            for k in range({count}):
                Z[(k * n + i) * 64 + lane] = s[k, i]
"""


def transform(function: Callable[..., Any]) -> Compiled:
    """`transforms.inward` or `transforms.outward`."""
    block = """
def adaptor(y, v, n, q, size, w):
    {name}(_vector(y, n * 64), _vector(v, n * 64), n, _vector(q, size), _vector(w, SIZE))
"""
    return _compile(function, list(inspect.signature(function).parameters)[:2], TRANSFORM, block, "")


def _compile(
    function: Callable[..., Any], vectors: Sequence[str], kind: int, block: str, slow: str, refuse: str = ""
) -> Compiled:
    """The lanes form, or where the language refuses it and `slow` is given, the lane-by-lane form."""
    key = (function, block)
    if key not in _made:

        def plain() -> Callable[..., Any]:
            if refuse:
                raise UnsupportedSource(refuse)
            return function

        _made[key] = _fresh(plain, vectors, kind, block, function, slow)
    return _made[key]


def _fresh(
    plain: Callable[[], Callable[..., Any]], vectors: Sequence[str], kind: int, block: str,
    function: Callable[..., Any], slow: str, helpers: tuple[Any, ...] = (), numbers: Sequence[str] = (),
) -> Compiled:  # fmt: skip
    signature = signatures()[kind]
    try:
        made = plain()
        text = lane_text(made, vectors, INLINE, numbers=numbers)
        if kind == LANDSCAPE and not text.returns:
            raise UnsupportedSource(f"{function.__name__} returns no value")
        whole = f"{VECTOR}\nLANES = np.uint64({LANES})\nSIZE = {text.rows * LANES}\n\n{text.text}"
        return Compiled(build_text(whole, text.name, signature, adaptor=block), text.rows)
    except failures() as error:
        if not slow:
            raise
        # compiled as the scalar function it is; if that fails too, the error shows the user's own line
        head = "import numba as _numba\n" + VECTOR
        return Compiled(build(function, signature, adaptor=head + slow, helpers=helpers), 0, reason(str(error)))
