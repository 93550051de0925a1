"""Random programs of the language of lanes, as texts.

All numbers are small whole numbers, so that every sum and product is exact: a difference of one bit is a wrong
program, not rounding. Elementary functions enter at the end only, where nothing depends on their last bits.
"""

import importlib.util
import itertools

import numpy as np
from hypothesis import strategies as st

N = 3
HEAD = """from math import cos, exp, sin, sqrt

import numpy as np

TWO = 2.0


def wrap(v):
    return v if abs(v) <= 8.0 else 1.0  # also of NaN


def twice(v, by=2.0):
    if v > 0.0:
        return by * v
    return v - 1.0


def shift(a, n, c):
    for i in range(n):
        a[i] = wrap(a[i] + c * i)


def total(a, n):
    s = 0.0
    for i in range(n):
        s += a[i]
    return wrap(s)


def weighed(a, b, n):
    best = a[0]
    if n > 1:
        for i in range(1, n):
            if a[i] > best:
                best = a[i] - b[i - 1]
            elif a[i] < 0.0:
                best -= 1.0
    return wrap(best)
"""
counter = itertools.count()

uniform = st.sampled_from(["0.0", "1.0", "-1.0", "2.0", "3.0", "TWO", "n", "c", "d"])
index = st.sampled_from(["0", "1", "2", "n - 1", "n - 2", "c0 - 1", "(c0 + 2) % n"])
entry = st.sampled_from(["x[{}]", "g[{}]"]).flatmap(lambda form: index.map(form.format))
lane = entry | st.sampled_from(["p", "q", "r"])
operators = st.sampled_from(["+", "-", "*"])


def deeper(inner):
    pair = st.tuples(inner, operators, inner).map(lambda v: f"({v[0]} {v[1]} {v[2]})")
    chosen = st.tuples(inner, conditions(inner), inner).map(lambda v: f"({v[0]} if {v[1]} else {v[2]})")
    called = inner.map(lambda v: f"abs({v})") | inner.map(lambda v: f"twice({v})") | inner.map(lambda v: f"wrap({v})")
    power = inner.map(lambda v: f"wrap({v}) ** 2")
    return pair | pair | chosen | called | power


def conditions(inner):
    word = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
    one = st.tuples(inner, word, inner).map(lambda v: f"{v[0]} {v[1]} {v[2]}")
    return one | st.tuples(one, st.sampled_from(["and", "or"]), one).map(" ".join) | one.map(lambda v: f"not ({v})")


values = st.recursive(uniform | lane | lane, deeper, max_leaves=4)
conditional = conditions(values)


@st.composite
def statements(draw, depth, loops, within):
    """Lines of a block; `within` is True below a condition of a lane, where calls with vectors are refused."""
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        kinds = ["name", "name", "entry", "pair", "augmented", "uniform"]
        kinds += ["if", "if", "branch", "for"] if depth else []
        kinds += [] if within else ["call", "result", "two"]
        kind = draw(st.sampled_from(kinds))
        v, w = draw(values), draw(values)
        name, other = draw(st.sampled_from([("p", "q"), ("q", "r"), ("r", "p")]))
        where = draw(index)
        if kind == "name":
            lines.append(f"{name} = wrap({v})")
        elif kind == "entry":
            lines.append(f"{draw(st.sampled_from(['x', 'g']))}[{where}] = wrap({v})")
        elif kind == "pair":
            lines.append(f"{name}, {other} = wrap({v}), wrap({w})")
        elif kind == "augmented":
            lines += [f"{name} {draw(operators)}= wrap({v})", f"{name} = wrap({name})"]
        elif kind == "uniform" and not within:
            lines += [f"d {draw(operators)}= {draw(uniform)}", "d = wrap(d)"]
        elif kind == "if":
            lines += [f"if {draw(conditional)}:", *draw(statements(depth - 1, loops, True))]
            if draw(st.booleans()):
                lines += ["else:", *draw(statements(depth - 1, loops, True))]
        elif kind == "branch":
            lines += [f"if {draw(uniform)} {draw(st.sampled_from(['<', '>']))} {draw(uniform)}:"]
            lines += [*draw(statements(depth - 1, loops, within)), "else:", *draw(statements(depth - 1, loops, within))]
        elif kind == "for":
            span = draw(st.sampled_from(["n", "2", "0", "1, n", "n - 1, -1, -1", "0, n, 2"]))
            lines += [f"for c{loops} in range({span}):", *draw(statements(depth - 1, loops + 1, within))]
            if loops == 1 or draw(st.booleans()):
                lines.append(f"    {name} = wrap({name} + c{loops} * x[c{loops} - 1])")
        elif kind == "call":
            lines.append(f"shift({draw(st.sampled_from(['x', 'g']))}, n, {draw(uniform)})")
        elif kind == "result":
            lines.append(f"{name} = total({draw(st.sampled_from(['x', 'g']))}, n)")
        elif kind == "two":
            lines.append(f"{name} = weighed({draw(st.sampled_from(['x, g', 'g, x']))}, n)")
    return [f"    {line}" for line in lines or ["pass"]]


def load(text, folder):
    """A module from a file, since the compiler reads its functions' source."""
    path = folder / f"programs{next(counter)}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


STARTS = np.random.default_rng(5).integers(-3, 4, (70, N)).astype(float)  # six lanes stand in a second block


WRITTEN = {
    "assigned in one arm only": "if x[0] > 0.0:\n    z = x[1]\nelse:\n    z = 2.0\ng[0] = z\np = z",
    "kept from a turn before": "for i in range(n):\n    if x[i] > 0.0:\n        p = x[i]\n    g[i] = p",
    "a loop that runs no time": "for i in range(0):\n    p = 7.0 * x[i]\ng[0] = p",
    "read in a later loop": "for i in range(n):\n    p = x[i]\nfor i in range(n):\n    g[i] = p * i",
    "the loop before": "for i in range(n):\n    g[i] = q\n    q = x[i]",
    "a swap": "x[0], x[1] = x[1], x[0]\np, q = q, p\ng[0] = x[0]",
    "uniform between loops": "for i in range(n):\n    d = d + 1.0\n    g[i] = d * x[i]\n    c = d - c\np = c",
    "uniform made varying by a condition": "k = 1.0\nif x[0] > 0.0:\n    k = 3.0\nfor i in range(n):\n    g[i] = k",
    "nested loops": "for i in range(n):\n    for j in range(i):\n        p = wrap(p + x[j] * i)\n    g[i] = p",
    "a loop under a condition": "if x[0] > 0.0:\n    for j in range(n):\n        p = wrap(p + j * x[j])\ng[0] = p",
    "one counter, twice": "if x[0] > 0.0:\n    for i in range(2):\n        p += 1.0\n"
    "for i in range(n):\n    g[i] = i * p",
    "conditions in conditions": "if x[0] > 0.0:\n    if x[1] > 0.0:\n        p = 1.0\n"
    "    q = p\nelif x[1] > 0.0:\n    q = -p",
    "a truth kept for later": "b = x[0] > 0.0\nfor i in range(n):\n    if b:\n"
    "        p += 1.0\n    g[i] = p if not b else q",
    "two targets": "p = q = x[0] * 2.0\nfor i in range(n):\n    g[i] = p - q",
    "a call that changes a vector": "shift(x, n, 1.0)\nshift(g, n, c)\np = total(x, n)\nq = weighed(x, g, n)",
    "a call in a loop": "for i in range(2):\n    shift(g, n, i)\n    p = total(g, n)\n    q = wrap(q + p)",
    "a call under a uniform condition": "if d > 0.0:\n    p = total(x, n)\nelse:\n    p = 0.0\ng[0] = p",
    "entries counted from the end": "for i in range(n):\n    g[i] = x[i - 1] - x[i - 2] * (i - 1)",
    "counted down": "for i in range(n - 1, -1, -1):\n    g[i] = p\n    p = wrap(p - x[i])",
    "powers": "p = x[0] ** 2\nq **= 2\nr = wrap(TWO ** 2 * x[1])\ng[0] = wrap(x[0] ** 3)",
    "whole numbers": "k = 0\nfor i in range(n):\n    if x[i] > 0.0:\n        k += 1\np = k // 2 + k % 2",
    "uniform around lanes": "if n > 2:\n    for i in range(n):\n        if x[i] > 0.0:\n"
    "            p = x[i]\n    q = p\ng[0] = q",
    "infinite and not a number": "z = x[0] / 0.0\ng[0] = wrap(z)\ng[1] = 1.0 if z > 0.0 else 2.0\n"
    "if z != z:\n    p = 5.0",
}
