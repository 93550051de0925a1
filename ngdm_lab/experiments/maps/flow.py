"""Gradient flow, x' = -grad f(x), from many starts: where a descent of infinitely small steps ends.

Valleys make the equation stiff, so it is integrated by the linearly implicit pair of orders 2 and 3 of ode23s
(Shampine and Reichelt 1997, SIAM J. Sci. Comput. 18, 1-22), which is L-stable. The matrix is that of the second
derivatives, by forward differences of the gradient. Three things are flow's own: the error of a step is held below
a share of the step's length, so that no scale of f or x enters; a step that raises f is refused, for f falls along
the flow; and so is one whose matrix is not positive definite, for it would step over a ridge.
"""

from __future__ import annotations

from functools import cache
from math import inf, isfinite, sqrt
from typing import Any

import numpy as np

from landscapes.evaluation import signature
from landscapes.transforms import evaluate
from ngdm_lab.compiler.build import build

__all__ = ["ELSEWHERE", "OUTSIDE", "REACHED", "UNDECIDED", "follow"]

UNDECIDED, REACHED, ELSEWHERE, OUTSIDE = range(4)
FAR = 10.0  # times the box's width outside it: such a run does not come back


def cholesky(a, h, w):
    """w <- the lower factor of I + h a, or for infinite h of a; False where it is not positive definite.

    On a ring of minima a is singular: a ten-millionth of its largest entry, what differences get wrong, is added.
    """
    n = a.shape[0]
    one, much = 1.0, h
    if h == inf:
        one, much = 0.0, 1.0
        for i in range(n):
            one = max(one, 1e-7 * abs(a[i, i]))
    for i in range(n):
        for j in range(i + 1):
            total = much * a[i, j] + (one if i == j else 0.0)
            for k in range(j):
                total -= w[i, k] * w[j, k]
            if i == j:
                if not (total > 0.0 and isfinite(total)):
                    return False
                w[i, i] = sqrt(total)
            else:
                w[i, j] = total / w[j, j]
    return True


def back(w, b):
    """b <- (w w^T)^-1 b."""
    n = b.shape[0]
    for i in range(n):
        for k in range(i):
            b[i] -= w[i, k] * b[k]
        b[i] /= w[i, i]
    for i in range(n - 1, -1, -1):
        for k in range(i + 1, n):
            b[i] -= w[k, i] * b[k]
        b[i] /= w[i, i]


def curve(base, x, g, a, p, q, y, w, e, u):
    """a <- second derivatives at x, where the gradient is g; e and u are scratch beside y and w."""
    n = x.shape[0]
    for i in range(n):
        u[i] = x[i]
    for j in range(n):
        u[j] = x[j] + 1e-7 * max(1.0, abs(x[j]))
        evaluate(base, u, e, p, q, y, w)
        for i in range(n):
            a[i, j] = (e[i] - g[i]) / (u[j] - x[j])
        u[j] = x[j]
    for i in range(n):
        for j in range(i):
            a[i, j] = 0.5 * (a[i, j] + a[j, i])
            a[j, i] = a[i, j]


def settled(a, g, w, v, gap):
    """Whether Newton's step promises less than a millionth of the gap to f_min: the flow is at a minimum."""
    if not cholesky(a, inf, w):
        return False
    for i in range(g.shape[0]):
        v[i] = g[i]
    back(w, v)
    promise = 0.0
    for i in range(g.shape[0]):
        promise += 0.5 * g[i] * v[i]
    return promise <= 1e-6 * gap


def follow_one(base, x, p, q, bounds, f_min, target, rtol, most):
    """Integrate from x, in place, until the flow ends; returns (f there, code). Refused steps count as steps."""
    n = x.shape[0]
    d, e32 = 1.0 / (2.0 + sqrt(2.0)), 6.0 + sqrt(2.0)
    v, a, low = np.zeros((11, n)), np.empty((n, n)), np.empty((n, n))
    g, y, w, u, e, k1, k2, k3, g1, g2, z = v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10]
    f = evaluate(base, x, g, p, q, y, w)
    h, fresh, idle = 0.0, True, 0
    size = bounds[0, 1] - bounds[0, 0]
    for _ in range(most):
        if fresh:
            inside, near, slope = True, True, 0.0
            for i in range(n):
                wide = bounds[i, 1] - bounds[i, 0]
                inside = inside and bounds[i, 0] <= x[i] <= bounds[i, 1]
                near = near and bounds[i, 0] - FAR * wide <= x[i] <= bounds[i, 1] + FAR * wide
                slope += g[i] * g[i]
            if inside and f - f_min <= target:
                return f, REACHED
            if not (near and isfinite(f) and isfinite(slope)):
                return f, OUTSIDE
            curve(base, x, g, a, p, q, y, w, e, u)
            if slope == 0.0 or settled(a, g, low, u, max(abs(f - f_min), target)):
                return f, ELSEWHERE if inside else OUTSIDE
            if h == 0.0:
                h = 1e-3 * size / sqrt(slope)
        fresh = False
        if not cholesky(a, h * d, low):
            h *= 0.5
            continue
        for i in range(n):
            k1[i] = -g[i]
        back(low, k1)
        for i in range(n):
            z[i] = x[i] + 0.5 * h * k1[i]
        evaluate(base, z, g1, p, q, y, w)
        for i in range(n):
            k2[i] = -g1[i] - k1[i]
        back(low, k2)
        for i in range(n):
            k2[i] += k1[i]
            z[i] = x[i] + h * k2[i]
        ahead = evaluate(base, z, g2, p, q, y, w)
        for i in range(n):
            k3[i] = -g2[i] - e32 * (k2[i] + g1[i]) - 2.0 * (k1[i] + g[i])
        back(low, k3)
        error, length, x_size = 0.0, 0.0, 0.0
        for i in range(n):
            error += (h / 6.0 * (k1[i] - 2.0 * k2[i] + k3[i])) ** 2
            length += (h * k2[i]) ** 2
            x_size += x[i] * x[i]
        ratio = sqrt(error) / (rtol * sqrt(length) + 1e-14 * sqrt(x_size) + 1e-300)
        idle = idle + 1 if sqrt(length) < 1e-7 * size else 0
        if idle > 100:  # to and fro across a kink, along which the flow slides: that is beyond this method
            break
        falls = ahead <= f + 1e-15 * abs(f)
        if ratio <= 1.0 and falls:
            for i in range(n):
                x[i] = z[i]
                g[i] = g2[i]
            f, fresh = ahead, True
        if ratio <= 1.0 and not falls:
            h *= 0.25
        elif isfinite(ratio):
            h *= min(5.0, max(0.2, 0.8 / max(ratio, 1e-9) ** (1.0 / 3.0)))
        else:
            h *= 0.1
    return f, UNDECIDED


def follow_all(base, X, F, code, p, q, bounds, f_min, target, rtol, most):
    """Integrate from each row of X, in place."""
    for r in range(X.shape[0]):
        F[r], code[r] = follow_one(base, X[r], p, q, bounds, f_min, target, rtol, most)


@cache
def follow() -> Any:
    """`follow_all`, compiled once for all landscapes."""
    from numba import float64, int8, int64, types

    from ngdm_lab.compiler.linked import LinkedType

    row, table = float64[::1], float64[:, ::1]
    return build(
        follow_all,
        types.void(
            LinkedType(signature()), table, row, int8[::1], row, row, table, float64, float64, float64, int64
        ),
    )  # fmt: skip
