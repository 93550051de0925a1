"""Derived gradients of random programs, with loops and branches within each other, against forward mode."""

from __future__ import annotations

import linecache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dual_numbers import WORDS, of, variables
from ngdm_lab.compiler.gradient.derive import derived

N = 4
HEAD = """from math import exp, sin, tanh


def bent(v, by=2.0):
    if v > 0.25:
        return tanh(by * v)
    w = v * v
    return w - v


def whole(x, n, c):
    s = c
    for k in range(n):
        s = sin(s + x[k])
    return s
"""

names = st.sampled_from(["p", "q", "r", "s"])


def leaves(loops):
    """Entries and names, in a block within so many loops less 1; each loop counts inside the point."""
    index = ["0", "1", "n - 1", "c0", "(2 * c0 + k) % n", *([f"c{k}" for k in range(1, loops)] * 3)]
    entry = st.sampled_from(index).map("x[{}]".format)
    return entry | st.sampled_from(["p", "q", "r", "s", "w", "0.5", "1.5", "-2.0", "c0"])


def deeper(inner):
    pair = st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map("({0[0]} {0[1]} {0[2]})".format)
    called = st.tuples(st.sampled_from(["sin", "tanh", "abs", "bent"]), inner).map("{0[0]}({0[1]})".format)
    quotient = st.tuples(inner, inner).map("{0[0]} / (2.0 + {0[1]} ** 2)".format).map("({})".format)
    chosen = st.tuples(inner, conditions(inner), inner).map("({0[0]} if {0[1]} else {0[2]})".format)
    power = st.tuples(inner, st.sampled_from([2, 3])).map("sin({0[0]}) ** {0[1]}".format)
    return pair | pair | called | quotient | chosen | power


def conditions(inner):
    return st.tuples(inner, st.sampled_from("<>"), st.sampled_from(["0.3", "-0.7", "w"])).map(" ".join)


VALUES = {loops: st.recursive(leaves(loops), deeper, max_leaves=5) for loops in range(1, 6)}


@st.composite
def statements(draw, depth=3, loops=1):
    """Lines of a block. Values stay small: names of numbers that go round take sines."""
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(["set", "sum", "sum", "product", "swap", "step", "call", *["if", "for"] * depth]))
        values = VALUES[loops]
        name, other, value = draw(names), draw(names), draw(values)
        if kind == "set":
            lines.append(f"{name} = sin({value})")
        elif kind == "sum":
            lines.append(f"{name} {draw(st.sampled_from('+-'))}= {value}")
        elif kind == "product":
            lines.append(f"{name} *= 0.7 + 0.3 * sin({value})")
        elif kind == "swap":
            lines.append(f"{name}, {other} = {other}, tanh({name} * {draw(leaves(loops))})")
        elif kind == "step":
            lines += ["k += 1", "w = 0.5 * w + 0.1"]
        elif kind == "call":
            lines.append(f"{name} = whole(x, n, {draw(names)})")
        elif kind == "if":
            lines += [f"if {draw(conditions(values))}:", *draw(statements(depth - 1, loops))]
            if draw(st.booleans()):
                lines += ["else:", *draw(statements(depth - 1, loops))]
        else:
            span = draw(st.sampled_from(["n", "2", "0", "n", "1, n", "n - 1, -1, -1", "0, n, 2", "c0", "3, 0, -2"]))
            lines += [f"for c{loops} in range({span}):", *draw(statements(depth - 1, loops + 1))]
            lines += [f"    {name} = sin({name} + c{loops} * x[c{loops}])"] if draw(st.booleans()) else []
            lines += [f"    if {draw(conditions(values))}:", "        continue",
                      f"    {name} += 0.1 * {other}"] if draw(st.integers(0, 4)) == 0 else []  # fmt: skip
    return [f"    {line}" for line in lines]


@st.composite
def programs(draw):
    start = ["c0, k = 1, 0", "p, q, r, s, w = x[0], 1.0, x[n - 1] * 0.5, 0.0, 0.25"]
    ending = draw(st.sampled_from(["sin(p) + 2.0 * sin(q) + 3.0 * sin(r) + s", "s", "p * q - tanh(r * s)"]))
    early = ["if q > 0.9:", "    return p * q"] if draw(st.booleans()) else []
    lines = [*(f"    {line}" for line in start), *draw(statements()), *(f"    {line}" for line in early),
             *draw(statements()), f"    return {ending}"]  # fmt: skip
    return HEAD + "\n\ndef program(x, n):\n" + "\n".join(lines) + "\n"


def load(text, words=()):
    file = f"<program {hash(text):x}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    space = {"__name__": "program"}
    exec(compile(text, file, "exec"), space)
    space.update(words)
    return space["program"]


@settings(max_examples=settings.default.max_examples)
@given(programs(), st.integers(0, 2**32 - 1))
def test_random_programs(text, seed):
    function, exact = load(text), load(text, WORDS)
    made = derived(function)
    for x in np.random.default_rng(seed).uniform(-1.5, 1.5, (3, N)):
        g = np.full(N, np.nan)
        assert made(x, g, N) == function(x, N)
        want = of(exact(variables(x), N)).slope * np.ones(N)
        assert np.abs(g - want).max() <= 1e-9 * (1.0 + np.abs(want).max())
