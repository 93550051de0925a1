"""Compile plain functions for blocks of 64 lanes: landscapes, rules, Fisher solves and transforms, each once.

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
from landscapes.compile import INLINE, PLAIN, build, build_text
from landscapes.packing import arguments
from landscapes.plain import NotPlain
from ngdm_lab.geometry.solver import Solver
from ngdm_lab.optimizers import UpdateRule
from ngdm_lab.optimizers.base import solve_identity

from .lanes import LANES, lane_text
from .memory import VECTOR

__all__ = ["Compiled", "landscape", "rule", "signatures", "solver", "transform"]

LANDSCAPE, TRANSFORM, RULE, SOLVER = range(4)
_made: dict[Any, Compiled] = {}


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
    """Signatures of compiled blocks: landscape, transform, rule, solver. All arguments are int64.

    landscape (x, g, n, p, number of p, values, scratch); transform (y or g, w, n, q, number of q, scratch);
    rule (x, g, state, n, t, h, number of h, scratch); solver (u, n, d, number of d, scratch).
    """
    from numba import int64, void

    return tuple(void(*[int64] * count) for count in (7, 6, 8, 5))


def landscape(s: Surface) -> Compiled:
    """The family's value and gradient."""
    function = s.family.function
    head, _ = evaluation.leading(function)
    values = [v for _, v in s.parameters]
    words = {"x": "vector(x, n * 64)", "g": "vector(g, n * 64)", "n": "n"}
    call = ", ".join([*(words[word] for word in head), *arguments(values, "a"), "vector(F, 64)", "vector(w, SIZE)"])
    block = f"""
def adaptor(x, g, n, p, size, F, w):
    a = vector(p, size)
    {{name}}({call})
"""
    one = evaluation.adaptor(function, values).replace("def adaptor(x, g, p):", "def one(x, g, p):")
    slow = f"""
{PLAIN}
{one.strip()}

def adaptor(x, g, n, p, size, F, w):
    X, G, f, a = vector(x, n * 64), vector(g, n * 64), vector(F, 64), vector(p, size)
    u, v = np.empty(n), np.empty(n)
    for lane in range(64):
        for i in range(n):
            u[i] = X[i * 64 + lane]
        f[lane] = one(u, v, a)
        for i in range(n):
            G[i * 64 + lane] = v[i]
"""
    vectors = ["x", "g"] if "g" in head else []
    return _compile(function, vectors, LANDSCAPE, block, slow, refuse="" if vectors else "its gradient is numeric")


def rule(r: UpdateRule) -> Compiled:
    """An update rule."""
    count = len(r.state)
    rows = [f"vector(S + {k} * n * 512, n * 64)" for k in range(count)]
    hyper = arguments([0.0] * len(r.hyperparameters), "a")
    call = ", ".join(["vector(x, n * 64)", "vector(g, n * 64)", *rows, "n", "t", *hyper, "vector(w, SIZE)"])
    block = f"""
def adaptor(x, g, S, n, t, h, size, w):
    a = vector(h, size)
    {{name}}({call})
"""
    state = [f"s[{k}]" for k in range(count)]
    call = ", ".join(["u", "v", *state, "n", "t", *hyper])
    slow = f"""
def adaptor(x, g, S, n, t, h, size, w):
    X, G, Z, a = vector(x, n * 64), vector(g, n * 64), vector(S, {count} * n * 64), vector(h, size)
    u, v, s = np.empty(n), np.empty(n), np.empty(({count}, n))
    for lane in range(64):
        for i in range(n):
            u[i] = X[i * 64 + lane]
            v[i] = G[i * 64 + lane]
            for k in range({count}):
                s[k, i] = Z[(k * n + i) * 64 + lane]
        {{name}}({call})
        for i in range(n):
            X[i * 64 + lane] = u[i]
            G[i * 64 + lane] = v[i]
            for k in range({count}):
                Z[(k * n + i) * 64 + lane] = s[k, i]
"""
    return _compile(r.function, ["x", "g", *r.state], RULE, block, slow)


def solver(s: Solver | None) -> Compiled:
    """A Fisher solve in place, or the identity."""
    arrays = arguments(s.arrays if s else (), "a")
    call = ", ".join(["vector(u, n * 64)", "n", *arrays, "vector(w, SIZE)"])
    block = f"""
def adaptor(u, n, d, size, w):
    a = vector(d, size)
    {{name}}({call})
"""
    return _compile(s.function if s else solve_identity, ["u"], SOLVER, block, "")


def transform(function: Callable[..., Any]) -> Compiled:
    """`transforms.inward` or `transforms.outward`."""
    block = """
def adaptor(y, v, n, q, size, w):
    {name}(vector(y, n * 64), vector(v, n * 64), n, vector(q, size), vector(w, SIZE))
"""
    return _compile(function, list(inspect.signature(function).parameters)[:2], TRANSFORM, block, "")


def _compile(
    function: Callable[..., Any], vectors: Sequence[str], kind: int, block: str, slow: str, refuse: str = ""
) -> Compiled:
    """The lanes form, or where the language refuses it and `slow` is given, the lane-by-lane form."""
    key = (function, block)
    if key not in _made:
        _made[key] = _fresh(function, vectors, kind, block, slow, refuse)
    return _made[key]


def _fresh(
    function: Callable[..., Any], vectors: Sequence[str], kind: int, block: str, slow: str, refuse: str
) -> Compiled:
    from numba.core.errors import NumbaError

    signature = signatures()[kind]
    try:
        if refuse:
            raise NotPlain(refuse)
        text = lane_text(function, vectors, INLINE)
        if kind == LANDSCAPE and not text.returns:
            raise NotPlain(f"{function.__name__} returns no value")
        whole = f"{VECTOR}\nLANES = np.uint64({LANES})\nSIZE = {text.rows * LANES}\n\n{text.text}"
        return Compiled(build_text(whole, text.name, signature, adaptor=block), text.rows)
    except (NotPlain, NumbaError) as error:
        if not slow:
            raise
        # compiled as the scalar function it is; if that fails too, the error shows the user's own line
        head = "import numba as _numba\n" + VECTOR
        return Compiled(build(function, signature, adaptor=head + slow), 0, str(error))
