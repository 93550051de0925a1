"""More functions of `value_functions`: loops after each other and within, which share what they write to."""

from __future__ import annotations

from collections.abc import Callable
from math import sin
from typing import Any


def sum_then_product(x, n):
    """Only one of two loops can have the gradient's entries for itself."""
    f, p = 0.0, 1.0
    for i in range(n):
        f += x[i] ** 2
    for i in range(n):
        p *= 1.5 + x[i]
    return f + p


def product_then_sum(x, n):
    f, p = 0.0, 1.0
    for i in range(n):
        p *= 1.5 + x[i]
    for i in range(n):
        f += x[i] ** 3
    return sin(p) + f


def two_products(x, n):
    p, q = 1.0, 1.0
    for i in range(n):
        p *= 1.5 + x[i]
    for i in range(n):
        q *= 1.5 - 0.5 * x[i]
    return p * q + x[0]


def ring(x, n):
    f = 0.0
    for i in range(n):
        f += x[i] * x[i - 1] + x[i] ** 3
    return f


def shared_by_two_sides(x, n):
    f = 0.0
    for i in range(n):
        t = sin(x[i])
        if x[i] > 0.0:
            t = 2.0 * t + x[0]
        else:
            t = t * x[1] - x[0]
        f += t * t
    return f


def looks_ahead(x, n):
    """Entries that are read under a condition, and in a loop that may run no time: elsewhere there are none."""
    f, p = 0.0, 1.0
    for i in range(n + 1):
        if i < n:
            p *= 1.0 + 0.1 * x[i]
        f += x[i] ** 2 if i < n else 0.0
        for j in range(i + 1, n):
            f += (x[i + 1] - x[j] * x[i]) ** 2
    return f * p


STEPS = 40


def simulated(x, n):
    """A pendulum, in small steps: two numbers go on, two act on them."""
    angle, speed = x[0], 0.1
    for _ in range(STEPS):
        force = -sin(angle) * x[1] - 0.2 * speed
        if force > 0.4:
            force = 0.4 + 0.1 * (force - 0.4)
        speed += 0.05 * force
        angle += 0.05 * speed
    return (angle - 0.3) ** 2 + speed * x[n - 1]


FUNCTIONS: tuple[Callable[..., Any], ...] = (
    sum_then_product, product_then_sum, two_products, ring, shared_by_two_sides, looks_ahead, simulated,
)  # fmt: skip
