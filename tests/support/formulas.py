"""Textbook formulas for mpmath, by family, and points that show what the tags say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np

from family_battery import Formula, mp, mpf


@dataclass(frozen=True)
class Case:
    """A formula with what the checks need beside it.

    Attributes
    ----------
    formula : of a list of mpmath numbers.
    second : start, by dimension, of a search that ends in another minimum; None: `minima` has more than one.
    outside : point, by dimension, where f is lower than in the box; None: there is none.
    terms : size of the numbers that the formula adds up, where that is more than f.
    places : units in the last place, for each dimension, to which minima and `f_min` are right.
    """

    formula: Formula
    second: Callable[[int], Any] = lambda n: None
    outside: Callable[[int], Any] = lambda n: None
    terms: float = 0.0
    places: int = 1


def decimals(table: str) -> list[list[Any]]:
    return [[mpf(word) for word in line.split()] for line in table.strip().splitlines()]


def at(*x: float) -> Callable[[int], Any]:
    return lambda n: np.array(x)


def all_at(value: float, first: float | None = None, last: float | None = None) -> Callable[[int], Any]:
    """Every coordinate at a value, but for the first or the last."""

    def point(n: int) -> Any:
        x = np.full(n, value)
        x[0] = value if first is None else first
        x[-1] = x[-1] if last is None else last
        return x

    return point


def staircase(x: list[Any], steepness: int = 30) -> Any:
    """The integral of the Poisson kernel by its Fourier series' closed form, an argument of a complex number."""
    q = mpf(steepness - 1) / (steepness + 1)
    return sum((v - mp.arg(1 + q * mp.expjpi(2 * v)) / mp.pi) ** 2 for v in x)


def michalewicz(x: list[Any], m: int = 10) -> Any:
    return -sum(mp.sin(v) * mp.sin(i * v * v / mp.pi) ** (2 * m) for i, v in enumerate(x, 1))


def eggholder(x: list[Any]) -> Any:
    a, b = x
    return -(b + 47) * mp.sin(mp.sqrt(abs(a / 2 + b + 47))) - a * mp.sin(mp.sqrt(abs(a - (b + 47))))


def salomon(x: list[Any]) -> Any:
    r = mp.norm(x)
    return 1 - mp.cos(2 * mp.pi * r) + r / 10


def cross_in_tray(x: list[Any]) -> Any:
    e = mp.exp(abs(100 - mp.hypot(*x) / mp.pi))
    return -((abs(mp.sin(x[0]) * mp.sin(x[1]) * e) + 1) ** mpf("0.1")) / 10000


def langermann(x: list[Any]) -> Any:
    f = 0
    for a, b, c in [(3, 5, 1), (5, 2, 2), (2, 1, 5), (1, 4, 2), (7, 9, 3)]:
        d = (x[0] - a) ** 2 + (x[1] - b) ** 2
        f -= c * mp.exp(-d / mp.pi) * mp.cos(mp.pi * d)
    return f


def schaffer(wave: Callable[[Any], Any]) -> Formula:
    half = mpf(1) / 2
    return lambda x: half + (wave(x[0] ** 2 - x[1] ** 2) - half) / (1 + (x[0] ** 2 + x[1] ** 2) / 1000) ** 2


def branin(x: list[Any]) -> Any:
    b, c, t = mpf("5.1") / (4 * mp.pi**2), 5 / mp.pi, 1 / (8 * mp.pi)
    return (x[1] - b * x[0] ** 2 + c * x[0] - 6) ** 2 + 10 * (1 - t) * mp.cos(x[0]) + 10


def goldstein_price(z: list[Any]) -> Any:
    x, y = z
    first = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
    return first * (30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2))


HARTMANN_3 = decimals("""
    3    10  30   0.3689  0.1170  0.2673
    0.1  10  35   0.4699  0.4387  0.7470
    3    10  30   0.1091  0.8732  0.5547
    0.1  10  35   0.03815 0.5743  0.8828
""")
HARTMANN_6 = decimals("""
    10   3   17   3.5 1.7 8    0.1312 0.1696 0.5569 0.0124 0.8283 0.5886
    0.05 10  17   0.1 8   14   0.2329 0.4135 0.8307 0.3736 0.1004 0.9991
    3    3.5 1.7  10  17  8    0.2348 0.1451 0.3522 0.2883 0.3047 0.6650
    17   8   0.05 10  0.1 14   0.4047 0.8828 0.8732 0.5743 0.1091 0.0381
""")


def hartmann(table: list[list[Any]]) -> Formula:
    def formula(x: list[Any]) -> Any:
        n, f = len(x), 0
        for c, row in zip(("1", "1.2", "3", "3.2"), table, strict=True):
            f -= mpf(c) * mp.exp(-sum(a * (v - p) ** 2 for a, v, p in zip(row[:n], x, row[n:], strict=True)))
        return f

    return formula


SHEKEL = decimals("""
    4 4 4 4     0.1
    1 1 1 1     0.2
    8 8 8 8     0.2
    6 6 6 6     0.4
    3 7 3 7     0.4
    2 9 2 9     0.6
    5 5 3 3     0.3
    8 1 8 1     0.7
    6 2 6 2     0.5
    7 3.6 7 3.6 0.5
""")


def shekel(m: int = 10) -> Formula:
    return lambda x: -sum(1 / (b + sum((v - c) ** 2 for v, c in zip(x, a, strict=True))) for *a, b in SHEKEL[:m])


CASES = {
    "alpine_1": Case(lambda x: sum(abs(v * mp.sin(v) + v / 10) for v in x)),
    "alpine_2": Case(lambda x: -mp.fprod(mp.sqrt(abs(v)) * mp.sin(v) for v in x), all_at(7.9, first=1.8), all_at(14.2)),
    "branin": Case(branin, terms=250.0),
    "bukin_6": Case(lambda x: 100 * mp.sqrt(abs(x[1] - x[0] ** 2 / 100)) + abs(x[0] + 10) / 100),
    "cross_in_tray": Case(cross_in_tray, outside=at(472.8, 472.8)),
    "drop_wave": Case(
        lambda x: -(1 + mp.cos(12 * mp.norm(x))) / ((x[0] ** 2 + x[1] ** 2) / 2 + 2), at(0.52, 0.0), terms=1.0
    ),
    "easom": Case(
        lambda x: -mp.cos(x[0]) * mp.cos(x[1]) * mp.exp(-((x[0] - mp.pi) ** 2) - (x[1] - mp.pi) ** 2), at(4.98, 4.98)
    ),
    "eggholder": Case(eggholder, at(-466.0, 385.7), at(515.0, 405.0), terms=1000.0),
    "goldstein_price": Case(goldstein_price, at(-0.58, -0.41)),
    "hartmann_3": Case(hartmann(HARTMANN_3), at(0.37, 0.12, 0.27)),
    "hartmann_6": Case(hartmann(HARTMANN_6), at(0.40, 0.88, 0.87, 0.57, 0.11, 0.04)),
    "holder_table": Case(
        lambda x: -abs(mp.sin(x[0]) * mp.cos(x[1]) * mp.exp(abs(1 - mp.hypot(*x) / mp.pi))), outside=at(14.3, 15.9)
    ),
    "langermann": Case(langermann, at(5.0, 2.0), terms=5.0),
    "mccormick": Case(
        lambda x: mp.sin(x[0] + x[1]) + (x[0] - x[1]) ** 2 - mpf("1.5") * x[0] + mpf("2.5") * x[1] + 1,
        at(2.6, 1.6),
        at(-3.69, -4.69),
        terms=10.0,
    ),
    "michalewicz": Case(
        michalewicz, lambda n: np.r_[rounded(n)[:-1], 2.72], lambda n: np.r_[8.01, rounded(n)[1:]], places=2
    ),
    "plateaus": Case(staircase),
    "salomon": Case(salomon, all_at(0.0, first=1.0), terms=1.0),
    "schaffer_2": Case(schaffer(lambda u: mp.sin(u) ** 2), at(1.77, 0.0), terms=1.0),
    "schaffer_4": Case(schaffer(lambda u: mp.cos(mp.sin(abs(u))) ** 2), terms=1.0),
    "schwefel": Case(
        lambda x: sum(mpf(418.9828872724337) - v * mp.sin(mp.sqrt(abs(v))) for v in x),
        all_at(421.0, first=-302.5),
        all_at(716.0),
        terms=419.0,
    ),
    "schwefel_1_2": Case(lambda x: sum(s * s for s in accumulate(x)), terms=1.0),
    "schwefel_2_22": Case(lambda x: sum(map(abs, x)) + mp.fprod(map(abs, x))),
    "shekel": Case(shekel(), at(8.0, 8.0, 8.0, 8.0)),
}


def rounded(n: int) -> Any:
    """Michalewicz's minimum to four digits, for n up to 7."""
    return np.array([2.2029, 1.5708, 1.2850, 1.9231, 1.7205, 1.5708, 1.4544][:n])
