"""Random programs of the language of lanes, against the same functions run by Python.

All numbers are small whole numbers, so that every sum and product is exact: a difference of one bit is a wrong
program, not rounding. Elementary functions enter at the end only, where nothing depends on their last bits.
"""

import importlib.util
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.engine import blocks

N = 3
PER_FILE = 3  # programs behind one landscape, which share a compilation
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

shared = st.sampled_from(["0.0", "1.0", "-1.0", "2.0", "3.0", "TWO", "n", "c", "d"])
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


values = st.recursive(shared | lane | lane, deeper, max_leaves=4)
conditional = conditions(values)


@st.composite
def statements(draw, depth, loops, within):
    """Lines of a block; `within` is True below a condition of a lane, where calls with vectors are refused."""
    lines = []
    for _ in range(draw(st.integers(1, 3))):
        kinds = ["name", "name", "entry", "pair", "augmented", "shared"]
        kinds += ["if", "if", "uniform", "for"] if depth else []
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
        elif kind == "shared" and not within:
            lines += [f"d {draw(operators)}= {draw(shared)}", "d = wrap(d)"]
        elif kind == "if":
            lines += [f"if {draw(conditional)}:", *draw(statements(depth - 1, loops, True))]
            if draw(st.booleans()):
                lines += ["else:", *draw(statements(depth - 1, loops, True))]
        elif kind == "uniform":
            lines += [f"if {draw(shared)} {draw(st.sampled_from(['<', '>']))} {draw(shared)}:"]
            lines += [*draw(statements(depth - 1, loops, within)), "else:", *draw(statements(depth - 1, loops, within))]
        elif kind == "for":
            span = draw(st.sampled_from(["n", "2", "0", "1, n", "n - 1, -1, -1", "0, n, 2"]))
            lines += [f"for c{loops} in range({span}):", *draw(statements(depth - 1, loops + 1, within))]
            if loops == 1 or draw(st.booleans()):
                lines.append(f"    {name} = wrap({name} + c{loops} * x[c{loops} - 1])")
        elif kind == "call":
            lines.append(f"shift({draw(st.sampled_from(['x', 'g']))}, n, {draw(shared)})")
        elif kind == "result":
            lines.append(f"{name} = total({draw(st.sampled_from(['x', 'g']))}, n)")
        elif kind == "two":
            lines.append(f"{name} = weighed({draw(st.sampled_from(['x, g', 'g, x']))}, n)")
    return [f"    {line}" for line in lines or ["pass"]]


@st.composite
def programs(draw):
    """The text of a function that changes x and g and returns a number."""
    body = draw(statements(2, 1, False))
    start = ["c0 = 1", "c, d = 3.0, 1.0", "p = x[0]", "q = 1.0", "r = x[n - 1] * c"]
    end = ["for i in range(n):", "    g[i] = wrap(g[i] + x[i])", "return wrap(p + 2.0 * q + 3.0 * r)"]
    return [*(f"    {line}" for line in start), *body, *(f"    {line}" for line in end)]


def load(text, folder):
    """A module from a file, since the compiler reads its functions' source."""
    path = folder / f"programs{next(counter)}.py"
    path.write_text(text)
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(name="folder", scope="module")
def own_cache(tmp_path_factory):
    """Random programs do not belong into the user's cache."""
    folder = tmp_path_factory.mktemp("programs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NGDM_LAB_CACHE", str(folder / "cache"))
        yield folder


STARTS = np.random.default_rng(5).integers(-3, 4, (70, N)).astype(float)  # six lanes stand in a second block


def check(module):
    """One gradient step with rate 1 shows g at the start and f one step on."""
    surface = ls.landscape(bounds=(-9.0, 9.0), dim=N)(module.program)
    assert blocks.landscape(surface).slow == ""
    runs = lab.ensemble(lab.SGD(1.0, momentum=0.0), surface, STARTS, 1)
    after, f = np.empty_like(STARTS), np.empty(len(STARTS))
    with np.errstate(all="ignore"):
        for row, start in enumerate(STARTS):
            g = np.full(N, np.nan)
            module.program(start.copy(), g, N)
            after[row] = start - g
            f[row] = module.program(after[row].copy(), g, N)
    assert np.array_equal(runs.x, after)
    assert np.array_equal(runs.f, f)


def file_of(bodies):
    """A landscape that chooses the programs' results one after the other, each from fresh vectors' entries."""
    parts = [HEAD]
    for k, body in enumerate(bodies):
        parts.append("\n".join([f"def part{k}(x, g, n):", *body]))
    lines = ["def program(x, g, n):", "    f = 0.0", "    for i in range(n):", "        g[i] = 0.0"]
    for name in "uvw"[:N]:
        lines.append(f"    {name} = x[{'uvw'.index(name)}]")
    for k in range(len(bodies)):
        lines += [f"    f{k} = part{k}(x, g, n)", f"    f = wrap(f + {k + 1}.0 * f{k})"]
        lines += [f"    x[{i}] = {name}" for i, name in enumerate("uvw"[:N])]
    return "\n\n".join([*parts, "\n".join([*lines, "    return f"])]) + "\n"


@settings(max_examples=max(1, settings.default.max_examples // 8))
@given(st.lists(programs(), min_size=PER_FILE, max_size=PER_FILE))
def test_random_programs(folder, bodies):
    check(load(file_of(bodies), folder))


WRITTEN = {
    "assigned in one arm only": "if x[0] > 0.0:\n    z = x[1]\nelse:\n    z = 2.0\ng[0] = z\np = z",
    "kept from a turn before": "for i in range(n):\n    if x[i] > 0.0:\n        p = x[i]\n    g[i] = p",
    "a loop that runs no time": "for i in range(0):\n    p = 7.0 * x[i]\ng[0] = p",
    "read in a later loop": "for i in range(n):\n    p = x[i]\nfor i in range(n):\n    g[i] = p * i",
    "the loop before": "for i in range(n):\n    g[i] = q\n    q = x[i]",
    "a swap": "x[0], x[1] = x[1], x[0]\np, q = q, p\ng[0] = x[0]",
    "shared between loops": "for i in range(n):\n    d = d + 1.0\n    g[i] = d * x[i]\n    c = d - c\np = c",
    "shared turned into lanes by a condition": "k = 1.0\nif x[0] > 0.0:\n    k = 3.0\nfor i in range(n):\n    g[i] = k",
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
    "a call under a shared condition": "if d > 0.0:\n    p = total(x, n)\nelse:\n    p = 0.0\ng[0] = p",
    "entries counted from the end": "for i in range(n):\n    g[i] = x[i - 1] - x[i - 2] * (i - 1)",
    "counted down": "for i in range(n - 1, -1, -1):\n    g[i] = p\n    p = wrap(p - x[i])",
    "powers": "p = x[0] ** 2\nq **= 2\nr = wrap(TWO ** 2 * x[1])\ng[0] = wrap(x[0] ** 3)",
    "whole numbers": "k = 0\nfor i in range(n):\n    if x[i] > 0.0:\n        k += 1\np = k // 2 + k % 2",
    "uniform around lanes": "if n > 2:\n    for i in range(n):\n        if x[i] > 0.0:\n"
    "            p = x[i]\n    q = p\ng[0] = q",
    "infinite and not a number": "z = x[0] / 0.0\ng[0] = wrap(z)\ng[1] = 1.0 if z > 0.0 else 2.0\n"
    "if z != z:\n    p = 5.0",
}


@pytest.mark.parametrize("first", range(0, len(WRITTEN), 6))
def test_written_programs(folder, first):
    """Six behind one landscape, which share a compilation."""
    start = "c, d = 3.0, 1.0\np = x[0]\nq = 1.0\nr = x[n - 1] * c\n"
    end = "\nfor i in range(n):\n    g[i] = wrap(g[i] + x[i])\nreturn wrap(p + 2.0 * q + 3.0 * r)"
    texts = [start + body + end for body in list(WRITTEN.values())[first : first + 6]]
    check(load(file_of([[f"    {line}" for line in text.splitlines()] for text in texts]), folder))


FUNCTIONS = (
    HEAD
    + """

def program(x, g, n):
    f = 0.0
    for i in range(n):
        g[i] = sin(x[i]) + np.cos(2.0 * x[i]) * exp(-abs(x[i]))
        f += sqrt(abs(x[i])) ** 1.5 + cos(x[i])
    if x[0] > 0.0:
        f += (1.0 + x[0]) ** -0.5
    return f
"""
)


def test_elementary_functions(folder):
    module = load(FUNCTIONS, folder)
    surface = ls.landscape(bounds=(-9.0, 9.0), dim=N)(module.program)
    assert blocks.landscape(surface).slow == ""
    runs = lab.ensemble(lab.SGD(1.0, momentum=0.0), surface, STARTS, 1)
    for start, x, f in zip(STARTS, runs.x, runs.f, strict=True):
        g = np.full(N, np.nan)
        module.program(start.copy(), g, N)
        assert np.abs(x - (start - g)).max() <= 8 * np.spacing(4.0)
        assert abs(module.program(x.copy(), g, N) - f) <= 16 * np.spacing(abs(f))
