"""Logistic regression on small real data: convex, with a minimum known to the last place."""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import lru_cache
from math import ceil, exp, log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .define import landscape

__all__ = ["logistic_challenger", "logistic_iris"]

Array = NDArray[np.float64]

# launch temperature in degrees Fahrenheit of the 23 flights before the Challenger's last, in their order; 1 where at
# least one O-ring of a field joint was eroded or let gas pass
_FLIGHTS = """
    66:0 70:1 69:0 68:0 67:0 72:0 73:0 70:0 57:1 63:1 70:1 78:0
    67:0 53:1 67:0 75:0 70:0 81:0 76:0 79:0 75:1 76:0 58:1
"""

# each word a flower: sepal length and width, petal length and width in tenths of a centimetre
_VERSICOLOR = """
    70324714 64324515 69314915 55234013 65284615 57284513 63334716 49243310 66294613 52273914
    50203510 59304215 60224010 61294714 56293613 67314414 56304515 58274110 62224515 56253911
    59324818 61284013 63254915 61284712 64294313 66304414 68284814 67305017 60294515 57263510
    55243811 55243710 58273912 60275116 54304515 60344516 67314715 63234413 56304113 55254013
    55264412 61304614 58264012 50233310 56274213 57304212 57294213 62294313 51253011 57284113
"""
_VIRGINICA = """
    63336025 58275119 71305921 63295618 65305822 76306621 49254517 73296318 67255818 72366125
    65325120 64275319 68305521 57255020 58285124 64325323 65305518 77386722 77266923 60225015
    69325723 56284920 77286720 63274918 67335721 72326018 62284818 61304918 64285621 72305816
    74286119 79386420 64285622 63285115 61265614 77306123 63345624 64315518 60304818 69315421
    67315624 69315123 58275119 68325923 67335725 67305223 63255019 65305220 62345423 59305118
"""


def _signed(features: list[list[float]], labels: list[int]) -> Array:
    """The rows y (1, features), y = 1 or -1: all that the loss depends on, in one vector."""
    y = np.where(np.array(labels) > 0, 1.0, -1.0)
    return np.ravel(y[:, None] * np.column_stack([np.ones(len(y)), np.array(features)]))


def _challenger() -> Array:
    flights = [word.split(":") for word in _FLIGHTS.split()]
    return _signed([[(int(t) - 70) / 10] for t, _ in flights], [int(damaged) for _, damaged in flights])


def _iris() -> Array:
    flowers = _VERSICOLOR.split() + _VIRGINICA.split()
    return _signed([[int(w[k : k + 2]) / 10 for k in range(0, 8, 2)] for w in flowers], [0] * 50 + [1] * 50)


_CHALLENGER, _IRIS = _challenger(), _iris()


def _table(n: int, rows: Array) -> Array:
    """`rows` as (m, n); ValueError where that does not go."""
    rows = np.asarray(rows)
    if rows.size == 0 or rows.size % n or (rows.ndim > 1 and rows.shape[-1] != n):
        raise ValueError(f"rows must hold rows of {n} numbers, one for each coordinate, got shape {rows.shape}")
    return rows.reshape(-1, n)


@lru_cache(maxsize=64)
def _solved(data: bytes, n: int, penalty: float) -> tuple[tuple[float, ...], float]:
    """Minimum and smallest value to the last place: Newton steps, at the end with the gradient in 40 digits."""
    rows = np.frombuffer(data).reshape(-1, n)
    w = np.zeros(n)
    for _ in range(200):
        f, g = _loss(rows, w, penalty)
        p = 1.0 / (1.0 + np.exp(np.clip(rows @ w, -700, 700)))
        hessian = (rows * (p * (1.0 - p))[:, None]).T @ rows / len(rows) + penalty * np.eye(n)
        if not np.linalg.cond(hessian) < 1e14:
            break  # labels that a plane separates, and no penalty: the minimum lies at infinity
        step = np.linalg.solve(hessian, g)
        short = 1.0
        while short > 1e-10 and _loss(rows, w - short * step, penalty)[0] > f + 1e-14 * abs(f):
            short /= 2
        w = w - short * step
        if np.abs(step).max() <= 1e-12 * max(1.0, np.abs(w).max()):
            return _refined(rows, w, penalty, hessian)
    raise ValueError(f"rows and penalty = {penalty:g} have no minimum that can be found: take a larger penalty")


def _loss(rows: Array, w: Array, penalty: float) -> tuple[float, Array]:
    z = rows @ w
    f = float(np.logaddexp(0.0, -z).mean() + 0.5 * penalty * (w @ w))
    return f, penalty * w - rows.T @ (1.0 / (1.0 + np.exp(np.clip(z, -700, 700)))) / len(rows)


def _refined(rows: Array, w: Array, penalty: float, hessian: Array) -> tuple[tuple[float, ...], float]:
    with localcontext() as context:
        context.prec = 40
        table = [[Decimal(float(v)) for v in row] for row in rows]
        weight, at = Decimal(penalty), [Decimal(float(v)) for v in w]
        for _ in range(4):
            g = [weight * v * len(table) for v in at]
            for row in table:
                p = 1 / (1 + sum((a * b for a, b in zip(row, at, strict=True)), Decimal(0)).exp())
                g = [s - p * a for s, a in zip(g, row, strict=True)]
            step = np.linalg.solve(hessian, [float(s / len(table)) for s in g])
            at = [v - Decimal(float(s)) for v, s in zip(at, step, strict=True)]
        total = Decimal(0)
        for row in table:
            total += (1 + (-sum((a * b for a, b in zip(row, at, strict=True)), Decimal(0))).exp()).ln()
        total = total / len(table) + weight / 2 * sum((v * v for v in at), Decimal(0))
        return tuple(float(v) for v in at), float(total)


def _minimum(n: int, penalty: float, rows: Array) -> tuple[tuple[float, ...], float]:
    return _solved(np.ascontiguousarray(_table(n, np.asarray(rows))).tobytes(), n, penalty)


def _box(n: int, penalty: float, rows: Array) -> tuple[float, float]:
    """[-10, 10], wider where the minimum would lie outside or near the edge."""
    far = max(10, ceil(1.5 * max(map(abs, _minimum(n, penalty, rows)[0]))))
    return -float(far), float(far)


def _family(n: int, source: str, tags: tuple[str, ...] = ()) -> Any:
    """What the two have in common."""
    return landscape(
        bounds=_box,
        minima=lambda n, penalty, rows: [_minimum(n, penalty, rows)[0]],
        f_min=lambda n, penalty, rows: _minimum(n, penalty, rows)[1],
        dims=(n, n),
        tags=("unimodal", "convex", "smooth", *tags),
        limits={"penalty": {"least": 0.0}},
        source=source,
    )


def logistic_loss(x, g, n, rows, penalty):
    """mean_r log(1 + exp(-z_r . x)) + penalty / 2 |x|^2 over the rows z_r, one after another in `rows`."""
    m = rows.shape[0] // n
    f = 0.0
    for i in range(n):
        g[i] = penalty * x[i]
        f += 0.5 * penalty * x[i] * x[i]
    for r in range(m):
        z = 0.0
        for i in range(n):
            z += rows[r * n + i] * x[i]
        e = exp(-abs(z))
        u = 1.0 + e
        # log(1 + e) with the rounding error of u put right
        f += ((0.0 if z > 0.0 else -z) + log(u) - ((u - 1.0) - e) / u) / m
        p = (e if z > 0.0 else 1.0) / (u * m)
        for i in range(n):
            g[i] -= p * rows[r * n + i]
    return f


@_family(
    2,
    "data: Report of the Presidential Commission on the Space Shuttle Challenger Accident 1986, as analysed by Dalal, "
    "Fowlkes and Hoadley 1989, Journal of the American Statistical Association 84, 945-957",
)
def logistic_challenger(x, g, n, penalty=0.01, rows=_CHALLENGER):
    """Mean logistic loss of O-ring damage in 23 shuttle flights over their launch temperature, with an L2 penalty.

    f(x) = mean_r log(1 + exp(-y_r (x_1 + x_2 (T_r - 70) / 10))) + penalty / 2 (x_1^2 + x_2^2), y = 1 with damage and
    -1 without, T in degrees Fahrenheit, on [-10, 10]^2. Convex; round near the minimum (-1.048, -1.856), f = 0.4692.
    The penalty (default 0.01, 0 allowed) falls on the intercept as well. `rows` (m, 2): other data, as the rows
    y_r (1, feature).
    """
    f = logistic_loss(x, g, n, rows, penalty)
    return f  # noqa: RET504  (in the language of lanes a call that passes vectors stands alone)


@_family(
    5,
    "data: Anderson's measurements in Fisher 1936, Annals of Eugenics 7, 179-188",
    ("conditioned",),
)
def logistic_iris(x, g, n, penalty=0.01, rows=_IRIS):
    """Mean logistic loss of Iris virginica against versicolor, four lengths in centimetres, with an L2 penalty.

    f(x) = mean_r log(1 + exp(-y_r (x_1 + x_2 a_r + x_3 b_r + x_4 c_r + x_5 d_r))) + penalty / 2 |x|^2 over 50 flowers
    of each kind, y = 1 for virginica; a, b sepal length and width, c, d petal length and width, on [-10, 10]^5.

    No plane separates the two, so there is a minimum for penalty 0 as well, far out. Lengths are neither centred
    nor scaled: convex and badly conditioned, as real regressions are. The penalty (default 0.01) falls on the
    intercept x_1 as well. `rows` (m, 5): other data, as the rows y_r (1, features).
    """
    f = logistic_loss(x, g, n, rows, penalty)
    return f  # noqa: RET504
