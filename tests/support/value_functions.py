"""Plain functions that give a value only: what a user may write, one for each turn of the language.

`in_mpmath` has the same text over mpmath's numbers.
"""

from __future__ import annotations

import math
import sys
import types
from collections.abc import Callable
from math import atan, atan2, cos, cosh, erf, exp, expm1, floor, hypot, log, log1p, pi, sin, sqrt, tanh
from pathlib import Path
from typing import Any

import numpy as np

import value_loops

RATE, TURNS = 0.3, 3
WEIGHTS = np.array([0.5, -1.25, 2.0, 0.75, 1.5, -0.25, 0.4, 1.1, -0.6, 0.9, 0.2, -1.7])


def square(t):
    return t * t


def softened(t, width=0.5):
    """A helper with a default, a branch, and two returns."""
    if abs(t) < width:
        return square(t) / (2.0 * width)
    return abs(t) - 0.5 * width


def length(x, n):
    """A helper that takes the point."""
    total = 0.0
    for i in range(n):
        total += square(x[i])
    return sqrt(total)


def sum_of_waves(x, n):
    f = 0.0
    for i in range(n):
        f += sin(x[i]) * exp(-0.1 * x[i]) + (i + 1) * x[i] ** 3
    return f


def product_of_all(x, n):
    p = 1.0
    for i in range(n):
        p *= 1.2 + cos(x[i])
    return p


def product_with_a_tail(x, n):
    p, s = 1.0, 0.0
    for i in range(n):
        p = p * (x[i] + 0.1)
        s += p
    return log1p(s * s) + p


def running_sums(x, n):
    f = total = 0.0
    for i in range(n):
        total += x[i]
        f += total * total
    return f / n


def two_states(x, n):
    a, b = x[0], x[1]
    for i in range(n):
        a, b = b, sin(a * b) + x[i]
    return a * b


def three_deep(x, n):
    f = 0.0
    for i in range(n):
        row = 0.0
        for j in range(n):
            cell = 1.0
            for k in range(TURNS):
                cell = cell * (x[j] + 0.2 * k) + 0.1 * x[i]
            row += cell / (1.0 + i + j)
        f += tanh(row) * row
    return f


def regression(x, n, rows=WEIGHTS):
    m = len(rows) // n
    f = 0.0
    for r in range(m):
        z = 0.1
        for i in range(n):
            z += rows[r * n + i] * x[i]
        f += (log1p(exp(-z)) if z > 0 else log1p(exp(z)) - z) / m
    return f


def branches(x, n):
    f = 0.0
    for i in range(n):
        if x[i] > 0.5:
            t = x[i] * x[i]
            f += log(t)
        elif x[i] > -0.5:
            f -= 3.0 * x[i]
        else:
            f = f * 0.5 + x[i]
    return f


def helpers(x, n):
    r = length(x, n)
    f = softened(r - 1.0) + softened(x[0] * x[1], 0.2)
    for i in range(n):
        f += softened(x[i] - r, width=0.1)
    return f


def early(x, n):
    if x[0] > 10.0:
        return x[0]
    t = 1.0
    for i in range(0, n, 2):
        if x[i] < -5.0:
            continue
        t *= abs(x[i]) ** 1.5
    return t / x[0] ** 2


def largest(x, n):
    top = x[0]
    for i in range(n):
        top = max(top, x[i] * abs(x[i]))
    return top + min(x[0], x[1], 0.0) * max(x[1], 0.1)


def logistic_map(x, n):
    y = 1.0 / (1.0 + exp(-x[0]))
    for _ in range(6):
        y = (2.0 + RATE * x[1]) * y * (1.0 - y)
    return y


def backwards(x, n):
    c = 0.0
    for i in range(n - 1, -1, -1):
        c = x[i] + 1.0 / (2.5 + c * c)
    return c


def every_third(x, n):
    p = 1.0
    for k in range(7, 0, -3):
        p *= 1.0 + x[k % n] / k
    for k in range(1, 8, 3):
        p = sin(p) + x[k % n]
    return p


def last_of_all(x, n):
    for i in range(n):
        last = x[i] * x[0]
    return last * last


def counted(x, n):
    k, w, f = 0, 1.0, 0.0
    for i in range(n):
        w *= 0.5
        f += w * x[k % n] * x[i]
        k += 2
    return f * w


def powers(x, n):
    a, b = 1.5 + square(x[0]), x[1]
    return a**b + b**4 - a**-2 + a**0.3 + 2.0**b - (b + 4.0) ** (n - 1)


def angles(x, n):
    return atan2(x[0], 2.0 + square(x[1])) * hypot(x[0], x[1]) + atan(x[0]) + cosh(0.1 * x[1]) * erf(x[0])


def modules(x, n):
    g = 9.81  # the words of the convention as names of one's own
    out = math.sin(x[0]) + np.sqrt(2.0 + x[1]) * g
    return out + math.pi * x[0] + floor(10.0 * x[0]) * x[1]


def newton(x, n):
    """The square root of a number, by a loop within a branch."""
    a, r = 2.0 + x[0] * x[0], 1.0
    if a > 1.0:
        for _ in range(5):
            r = 0.5 * (r + a / r)
    return r * x[1] if n > 2 else r - x[1]


def chain(x, n, weight=100.0):
    f = 0.0
    for i in range(n - 1):
        f += weight * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return f


def layers(x, n, rows=WEIGHTS):
    """A net with one hidden layer, two units, its numbers among the coordinates in a circle."""
    f = 0.0
    for r in range(3):
        out = 0.0
        for j in range(2):
            v = x[(3 * j) % n]
            for i in range(2):
                v += rows[2 * r + i] * x[(3 * j + i + 1) % n]
            out += tanh(v) * x[(5 + j) % n]
        f += square(out - rows[6 + r])
    return f


def conditional_product(x, n):
    p = q = 1.0
    for i in range(n):
        if x[i] > 0.0:
            p *= x[i] + q
        else:
            q *= 1.0 - x[i] * p
    return expm1(0.1 * p * q) if p > q else p - q


def zeros(x, n):
    """A product with a factor that is 0."""
    p = 1.0
    for i in range(n):
        p *= x[i] - (0.25 if i == 1 else 0.0)
    return p


def turned(x, n):
    """Rosenbrock's valley, turned in every plane of neighbours."""
    f, y = 0.0, x[0]
    for i in range(1, n):
        u, v = 0.8 * y - 0.6 * x[i], 0.6 * y + 0.8 * x[i]
        f += 10.0 * square(v - u * u) + square(1.0 - u)
        y = v
    return f + cos(pi * y)


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    sum_of_waves, product_of_all, product_with_a_tail, running_sums, two_states, three_deep, regression, branches,
    helpers, early, largest, logistic_map, backwards, every_third, last_of_all, counted, powers, angles, modules,
    newton, chain, layers, conditional_product, zeros, turned,
    *value_loops.FUNCTIONS,
)  # fmt: skip


def in_mpmath() -> dict[str, Any]:
    """The functions over mpmath's numbers, by name."""
    found: dict[str, Any] = {}
    for file in dict.fromkeys(f.__code__.co_filename for f in FUNCTIONS):
        module = types.ModuleType(f"{Path(file).stem}_in_mpmath")
        sys.modules[module.__name__] = module
        text = Path(file).read_text(encoding="utf-8").replace("from math import", "from mpmath import")
        text = text.replace("import math\n", "import mpmath as math\n").replace("np.sqrt", "math.sqrt")
        exec(compile(text, file, "exec"), module.__dict__)
        assert module.__dict__["sin"].__module__.startswith("mpmath")
        found.update({f.__name__: module.__dict__[f.__name__] for f in FUNCTIONS if f.__code__.co_filename == file})
    return found
