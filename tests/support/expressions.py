"""Expressions of whole and real numbers, each of which must mean what Python means: one function has them all."""

from __future__ import annotations

import importlib.util
import math
import sys
import textwrap

import numpy as np

# of x[i], i, n, two numbers w[k], and c = 1 * 4 * 7 * ... (3 i + 1)
SAME = [
    "2 ** (-i)", "(i + 1) ** -1 * x[i]", "x[i] * 10 ** (5 * i)", "(i + 1) ** (i + 15) * x[i]", "x[i] / (2 ** i)",
    "(i - n) // 2 * x[i]", "x[i] * 1.5 ** (-i)", "x[i] ** (-i)", "0 ** i * x[i]", "(x[i] - x[i]) ** 0",
    "int(x[i] * 3) * x[i]", "x[i] * (i > 1)", "x[i] if i % 2 else -x[i]", "x[i] * (1 << i)", "x[i] * (i ^ 3)",
    "x[i] * 9223372036854775808", "-x[i] ** 2", "x[i] * (i and 3 or 5)", "x[i] * math.gcd(i, 6)",
    # and as many more
    "c * x[i]", "x[i] / c", "(i + 1) ** 10 // 7 * x[i]", "(-2) ** i * x[i]", "(-2) ** (-i) * x[i]",
    "3 ** (i - 2) * x[i]", "(i - n) % 3 * x[i]", "(i - n) // 3 * x[i]", "-i // 2 * x[i]", "-7 % (i + 1) * x[i]",
    "7 % -(i + 1) * x[i]", "7 // -(i + 1) * x[i]", "x[i] % 0.3", "-x[i] % 0.3", "-x[i] // 0.3", "i / (i + 1) * x[i]",
    "(i + 1) / 3", "abs(i - 2) * x[i]", "min(i, 2) * max(i, 2) * x[i]", "x[i] * (i & 5)", "x[i] * (i | 5)",
    "x[i] * ~i", "x[i] * (1 << 3 * i)", "x[i] * ((i - 3) >> 1)", "x[i] * (1000 >> 40 * i)", "x[i] * (i < 2) * True",
    "-2 ** 2 * x[i]", "2 ** 3 ** 2 * x[i]", "x[i] * 1e3 ** i", "x[i] ** 2 ** (i % 3)", "(x[i] > 0) + (i > 1)",
    "-(x[i] > 0) * x[i]", "x[i] * (i * 3037000500) * (i * 3037000500)", "i * 3037000500 * (i * 3037000500) * x[i]",
    "x[i] ** -2", "(i + 1) ** -2", "math.floor(x[i] * 10) * x[i]", "math.ceil(-x[i] * 10) / 3",
    "int(-x[i] * 3) // 2 * x[i]", "int(x[i] * 30) % 7 * x[i]", "round(x[i] * 10) * x[i]", "float(i) ** 2.5",
    "i ** 0.5 * x[i]", "i ** 2 * x[i]", "x[i] * (not i)", "(i * i + i) // 2 * x[i]", "x[i] * w[i % 2]",
    "x[i] * w[-1 - i % 2]", "x[i] * w[i // n]", "2.0 * x[(i + 1) % n] - x[i - 1]",
    "x[i] * (x[i + 1] if i + 1 < n else 2.0)", "x[i] * x[n - 1 - i]", "x[min(i + 1, n - 1)] * x[max(i - 1, 0)]",
    "x[i] * (i == 0 or x[i - 1] > 0.0)", "x[i] * (w[0] if x[i] > 0.5 else w[1])",
    "(x[i] < 0.5) * w[0] + (x[i] >= 0.5) * w[1]",
]  # fmt: skip
REFUSED = {
    "7 // (i - 1)": "by zero", "7 % (i - 1)": "by zero", "7 / (i - 1)": "by zero",
    "min(i, 2) ** -1.0 * x[i]": "power", "math.sqrt(i - 1)": "domain", "math.factorial(i) * x[i]": "math.factorial",
    "(-8.0) ** (1 / 3) * x[i]": "complex", "round(x[i], 1)": "number of digits", "x[i] // 0.0": "zero",
    "math.exp(710 * i) * x[i]": "range", "math.comb(n, i) * x[i]": "math.comb", "math.perm(n, i)": "math.perm",
    "math.isqrt(i)": "math.isqrt", "math.fmod(x[i], 0.3)": "write np.fmod", "divmod(i, 3)[0] * x[i]": "divmod",
    "x[i] ** (-0.5 - i) * (x[i] - 5.5) ** 0.5": "complex", "x[i + 0.0]": "whole number",
    "1 << (i - 1)": "negative shift", "x[i] * 10 ** 400": "large", "x[n]": "has 4 entries",
    "x[-n - 1]": "has 4 entries", "x[i] * w[i]": "has 2 entries", "sum(x[k + i] for k in range(2))": "write a loop",
    "i[0]": "not subscriptable", "x[i] * 'a'": "sequence", "math.log(-x[i])": "domain", "0 ** -i * x[i]": "power",
    "x[i / 1]": "whole number", "x[1 / 2 * i]": "whole number", "0.0 ** -i": "power", "i % 0": "by zero",
    "i // (n - 4)": "by zero", "2.0 ** (2000 + i)": "range", "1e200 ** (i + 2)": "range",
    "math.acos(2 + i)": "domain", "[x[i]][1]": "out of range", "x[i].imag_part": "imag_part",
}  # fmt: skip
W = np.array([1.5, -0.75])
TEXT = """
import math

def every(x, g, n, w, which=0.0):
    c = 1
    f = 0.0
    for i in range(n):
        c = c * (3 * i + 1)
        g[i] = 0.5 * x[i]
{cases}
    return f

def early(x, g, n, w, which=0.0):
    if n < 0:
        return 0.0
    c = 1
    f = 0.0
    for i in range(n):
        c = c * (3 * i + 1)
        g[i] = 0.5 * x[i]
{cases}
    return f

def rule(x, g, n, t, which=0.0):
    c = 1
    f = 0.0
    for i in range(n):
        c = c * (3 * i + 1)
{of_rule}
    g[0] = f
"""


def module(path, which=None):
    """The functions of a new module: a landscape, one outside the language of lanes, a rule; `which` for one alone."""
    texts = {"cases": list(SAME if which is None else [which])}
    texts["of_rule"] = [e.replace("w[0]", "1.5").replace("w[1]", "(-0.75)") for e in texts["cases"]]
    made = {name: "\n".join(f"if which == {k}.0:\n    f = f + ({e})" for k, e in enumerate(es) if "w[" not in e or
            name == "cases") for name, es in texts.items()}  # fmt: skip
    path.write_text(TEXT.format(**{name: textwrap.indent(text, " " * 8) for name, text in made.items()}))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    found = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = found
    spec.loader.exec_module(found)
    return found


def point(n):
    """Where they are computed."""
    return np.linspace(0.11, 0.93, n)


def value_in_python(function, n, which):
    """What plain Python gives, with lists."""
    return float(function(point(n).tolist(), [math.nan] * n, n, W.tolist(), float(which)))


def step_in_python(function, n, which):
    """The first coordinate after a step of the rule with learning rate 1/4, at gradient 2 x."""
    x = point(n).tolist()
    g = [2.0 * v for v in x]
    function(x, g, n, 1, float(which))
    return x[0] - 0.25 * g[0]


def alike(a, b):
    """Whether two numbers are one, to rounding."""
    return abs(a - b) <= 1e-12 * abs(b)
