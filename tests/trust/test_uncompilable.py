"""Python that the compiler has not: told at first use, in one line with the user's file and line."""

from __future__ import annotations

import re

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.compiler.errors import UnsupportedSource
from user_modules import AT, landscape, made, rule

FREE = "@ls.landscape(bounds=(-5, 5), dim=4)"
REST = "for i in range(n):\n    g[i] = 0.0\n"
# name: (body after REST, line of the fault counted from `def`, words of the message)
BODIES = {
    "a function of NumPy": ("return np.frexp(x[0])[0]", 3, "unsupported NumPy function 'numpy.frexp'"),
    "a keyword": ("return np.sum(x, where=x > 0)", 3, r"there is no sum\("),
    "entries of two kinds by a counter": ("t = (x[0], 2)\nv = 0.0\nfor k in range(2):\n    v += t[k]\nreturn v", 6,
                                          r"there is no getitem\(Tuple"),
    "a set of two kinds": ("return float(len({x[0], 'a'}))", 3, "cannot be determined"),
    "a generator": ("return sum(v for v in x)", 3, "yield"),
    "a format": ("return float(f'{x[0]:.3f}')", None, "format spec"),
    "three arguments of pow": ("return x[0] + pow(3, 5, 7)", 3, r"there is no pow\("),
    "a helper's": ("return halved(x[0])", None, "unsupported NumPy function 'numpy.modf'"),
}  # fmt: skip
USES = {
    "value": lambda s: s.value(np.ones(4)),
    "grad": lambda s: s.grad(np.ones(4)),
    "ensemble": lambda s: lab.ensemble("sgd", s, 3, 2),
    "trace": lambda s: lab.trace("sgd", s, np.ones(4), steps=2),
    "turned": lambda s: lab.ensemble("sgd", s.rotated(1), 3, 2),
}


def in_one_line(line):
    told = rf"^[^\n]*\.py:{AT + line if line is not None else r'[0-9]+'}: f cannot be compiled: [^\n]*$"
    return pytest.raises(UnsupportedSource, match=re.compile(told))


@pytest.mark.parametrize("name", BODIES)
def test_landscapes(name, tmp_path):
    body, line, words = BODIES[name]
    text = landscape(REST + body, FREE)
    if "helper" in name:
        text = "def halved(v):\n    return np.modf(v)[0]\n\n" + text
    s = made(tmp_path, text)
    for use in USES.values():
        with in_one_line(line) as caught:
            use(s)
        assert re.search(words, str(caught.value))
        assert "cache" not in str(caught.value)


def test_rules(tmp_path):
    r = made(tmp_path, rule("g[0] = np.frexp(g[0])[0]"))
    opt = r(lr=0.1)
    x = np.ones(4)
    for use in (
        lambda: opt.step(x, np.ones(4), opt.init(x)),
        lambda: lab.ensemble(opt, ls.sphere(4), 3, 2),
        lambda: lab.trace(opt, ls.sphere(4), x, steps=2),
    ):
        with in_one_line(1):
            use()


@pytest.mark.parametrize(
    ("body", "value"),
    [
        ("return math.frexp(x[0])[0]", 0.625),
        ("t = math.frexp(x[0])\nreturn t[0] * t[1]", 1.25),
        ("t = (x[0], 2)\nreturn t[0] * t[1] + t[-1]", 7.0),
        ("t = (x[0], 2.0)\nv = 0.0\nfor k in range(2):\n    v += t[k]\nreturn v", 4.5),
        ("return TABLE[0] * x[0] + TABLE[1]", 10.0),
    ],
)
def test_tuples_have_their_entries(body, value, tmp_path):
    s = made(tmp_path, "TABLE = (3, 2.5)\n\n" + landscape(REST + body, FREE))
    at = np.full(4, 2.5)
    assert s.value(at) == s.family.function(at, np.empty(4), 4) == value
    assert lab.ensemble("sgd", s, [at], 0).f.tolist() == [value]
