"""Compile plain functions for blocks of 64 lanes: landscapes, rules, Fisher solves and transforms, each once.

A function outside the language of lanes runs lane by lane inside the same block signature: slower, same result.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from landscapes import Surface, evaluation
from landscapes.compile import INLINE, build, build_text
from landscapes.packing import arguments
from landscapes.plain import NotPlain
from ngdm_lab.geometry.solver import Solver
from ngdm_lab.optimizers import UpdateRule
from ngdm_lab.optimizers.base import solve_identity

from . import lane_driver
from .lanes import LANES, lane_text

__all__ = ["Compiled", "landscape", "rule", "solver", "transform"]

_HEAD = "import numba as _numba\nimport numpy as np\n"


@dataclass(frozen=True)
class Compiled:
    """A compiled block function.

    Attributes
    ----------
    function : first-class, in one of the signatures of `lane_driver.signatures`.
    rows : rows of scratch it needs.
    slow : why it runs lane by lane; empty where it is vector code.
    """

    function: Any
    rows: int
    slow: str = ""


def landscape(s: Surface) -> Compiled:
    """The family's value and gradient, (x, g, p, values, scratch)."""
    function = s.family.function
    head, _ = evaluation.leading(function)
    values = [v for _, v in s.parameters]
    own = arguments(values)
    words = {"x": "x", "g": "g", "n": "x.shape[0] // 64"}
    call = ", ".join([*(words[word] for word in head), *own, "F", "w"])
    block = f"def adaptor(x, g, p, F, w):\n    {{name}}({call})\n"
    lane = evaluation.adaptor(function, values).replace("def adaptor(x, g, p):", "def one(x, g, p):")
    slow = f"""{_HEAD}
{INLINE}
{lane.strip()}

def adaptor(x, g, p, F, w):
    n = x.shape[0] // 64
    a, b = np.empty(n), np.empty(n)
    for lane in range(64):
        for i in range(n):
            a[i] = x[i * 64 + lane]
        F[lane] = one(a, b, p)
        for i in range(n):
            g[i * 64 + lane] = b[i]
"""
    vectors = ["x", "g"] if "g" in head else []
    return _compile(function, vectors, 0, block, slow, refuse="" if vectors else "its gradient is numeric")


def rule(r: UpdateRule) -> Compiled:
    """An update rule, (x, g, state, t, hyperparameters, scratch)."""
    count = len(r.state)
    rows = [f"S[{k} * x.shape[0]:{k + 1} * x.shape[0]]" for k in range(count)]
    hyper = arguments([0.0] * len(r.hyperparameters), "h")
    call = ", ".join(["x", "g", *rows, "x.shape[0] // 64", "t", *hyper, "w"])
    block = f"def adaptor(x, g, S, t, h, w):\n    {{name}}({call})\n"
    state = [f"s[{k}]" for k in range(count)]
    call = ", ".join(["a", "b", *state, "n", "t", *hyper])
    slow = f"""{_HEAD}
def adaptor(x, g, S, t, h, w):
    n = x.shape[0] // 64
    a, b, s = np.empty(n), np.empty(n), np.empty(({count}, n))
    for lane in range(64):
        for i in range(n):
            a[i] = x[i * 64 + lane]
            b[i] = g[i * 64 + lane]
            for k in range({count}):
                s[k, i] = S[(k * n + i) * 64 + lane]
        {{name}}({call})
        for i in range(n):
            x[i * 64 + lane] = a[i]
            g[i * 64 + lane] = b[i]
            for k in range({count}):
                S[(k * n + i) * 64 + lane] = s[k, i]
"""
    return _compile(r.function, ["x", "g", *r.state], 2, block, slow)


def solver(s: Solver | None) -> Compiled:
    """A Fisher solve in place, (u, arrays, scratch)."""
    arrays = arguments(s.arrays if s else (), "d")
    call = ", ".join(["u", "u.shape[0] // 64", *arrays, "w"])
    block = f"def adaptor(u, d, w):\n    {{name}}({call})\n"
    return _compile(s.function if s else solve_identity, ["u"], 3, block, "")


def transform(function: Callable[..., Any]) -> Compiled:
    """`transforms.inward` or `transforms.outward`, (y or g, w, program, scratch)."""
    block = "def adaptor(y, v, q, w):\n    {name}(y, v, y.shape[0] // 64, q, w)\n"
    return _compile(function, list(inspect.signature(function).parameters)[:2], 1, block, "")


def _compile(
    function: Callable[..., Any], vectors: Sequence[str], kind: int, block: str, slow: str, refuse: str = ""
) -> Compiled:
    """The lanes form, or where the language refuses it and `slow` is given, the lane-by-lane form."""
    from numba.core.errors import NumbaError

    signature = lane_driver.signatures()[kind].signature
    try:
        if refuse:
            raise NotPlain(refuse)
        text = lane_text(function, vectors, INLINE)
        whole = f"import numpy as np\n\nLANES = np.uint64({LANES})\n\n{text.text}"
        if kind == 0 and not text.returns:
            raise NotPlain(f"{function.__name__} returns no value")
        return Compiled(build_text(whole, text.name, signature, adaptor=block), text.rows)
    except (NotPlain, NumbaError) as error:
        if not slow:
            raise
        # compiled as the scalar function it is; if that fails too, the error shows the user's own line
        return Compiled(build(function, signature, adaptor=slow), 0, str(error))


