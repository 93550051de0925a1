"""Numbers with their gradient: forward mode, in plain Python, as an oracle for derived gradients."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

__all__ = ["WORDS", "Dual", "variables"]


class Dual:
    """A value and its gradient (n,)."""

    def __init__(self, value: float, slope: Any):
        self.value, self.slope = value, slope

    def __add__(self, other):
        o = of(other)
        return Dual(self.value + o.value, self.slope + o.slope)

    def __sub__(self, other):
        o = of(other)
        return Dual(self.value - o.value, self.slope - o.slope)

    def __mul__(self, other):
        o = of(other)
        return Dual(self.value * o.value, self.slope * o.value + o.slope * self.value)

    def __truediv__(self, other):
        o = of(other)
        return Dual(self.value / o.value, (self.slope - o.slope * (self.value / o.value)) / o.value)

    def __pow__(self, k):
        return Dual(self.value**k, k * self.value ** (k - 1) * self.slope)

    def __radd__(self, other):
        return of(other) + self

    def __rsub__(self, other):
        return of(other) - self

    def __rmul__(self, other):
        return of(other) * self

    def __rtruediv__(self, other):
        return of(other) / self

    def __neg__(self):
        return Dual(-self.value, -self.slope)

    def __abs__(self):
        return Dual(abs(self.value), float(np.sign(self.value)) * self.slope)

    def __lt__(self, other):
        return self.value < of(other).value

    def __gt__(self, other):
        return self.value > of(other).value

    def __le__(self, other):
        return self.value <= of(other).value

    def __ge__(self, other):
        return self.value >= of(other).value


def of(value: Any) -> Dual:
    return value if isinstance(value, Dual) else Dual(value, 0.0)


def sin(v):
    v = of(v)
    return Dual(math.sin(v.value), math.cos(v.value) * v.slope)


def tanh(v):
    v = of(v)
    return Dual(math.tanh(v.value), (1.0 - math.tanh(v.value) ** 2) * v.slope)


def exp(v):
    v = of(v)
    return Dual(math.exp(v.value), math.exp(v.value) * v.slope)


WORDS = {"sin": sin, "tanh": tanh, "exp": exp}


def variables(x: np.ndarray) -> list[Dual]:
    """The coordinates of a point."""
    return [Dual(float(v), row) for v, row in zip(x, np.eye(len(x)), strict=True)]
