"""Tiny nets: their loss over the vector of all parameters, with back-propagation, in one fused function.

An ensemble on one of these trains thousands of nets at once. Parameters stand in the order of a net's vector: each
layer's weights (inputs, units), row by row, then its biases. Logistic regressions stand in `regression`.
"""

from __future__ import annotations

from math import exp, log, tanh

import numpy as np
from numpy.typing import NDArray

from .define import landscape
from .spirals import two_spirals

__all__ = ["tiny_autoencoder", "tiny_spirals"]

Array = NDArray[np.float64]
UNITS = 8  # hidden units of the net on the spirals


def _spirals() -> Array:
    """Rows (x1, x2, 1 or -1), in one vector."""
    points, labels = two_spirals(32, turns=1.0)
    return np.column_stack([points, 1.0 - 2.0 * labels]).ravel()


_SPIRALS, _PATTERNS = _spirals(), np.eye(8).ravel()


def _table(columns: int, rows: Array) -> Array:
    """`rows` as (m, columns); ValueError where that does not go."""
    given = np.asarray(rows)
    if given.size == 0 or given.size % columns or (given.ndim > 1 and given.shape[-1] != columns):
        raise ValueError(f"rows must hold rows of {columns} numbers, got shape {given.shape}")
    return given.reshape(-1, columns)


def surprise(z):
    """log(1 + exp(-z)), with the rounding error of 1 + e put right."""
    e = exp(-abs(z))
    u = 1.0 + e
    return (0.0 if z > 0.0 else -z) + log(u) - ((u - 1.0) - e) / u


def doubt(z):
    """1 / (1 + exp(z))."""
    e = exp(-abs(z))
    return (e if z > 0.0 else 1.0) / (1.0 + e)


def _spirals_box(n: int, rows: Array) -> tuple[float, float]:
    _table(3, rows)
    return -10.0, 10.0


@landscape(
    bounds=_spirals_box,
    f_min=float("nan"),
    dims=(33, 33),
    tags=("multimodal", "smooth"),
    limits={"penalty": {"least": 0.0}},
    source="data after Lang and Witbrock 1988, Learning to tell two spirals apart, Proceedings of the Connectionist "
    "Models Summer School, with one turn for their three",
)
def tiny_spirals(x, g, n, penalty=1e-4, rows=_SPIRALS):
    """Mean logistic loss of a 2-8-1 tanh net that tells two spirals apart, with an L2 penalty: 33 parameters.

    f(x) = mean_r log(1 + exp(-y_r (v . tanh(W p_r + b) + c))) + penalty / 2 |x|^2 over 32 points p_r on each spiral,
    y = 1 on the first and -1 on the second, on [-10, 10]^33. Weight (input i, unit j) is x[8 i + j], b_j x[16 + j],
    v_j x[24 + j], c x[32].

    `f_min` is not known (NaN); the lowest value found, by descents from 2,048 starts, is 0.03893193. Other minima lie
    at 0.0391, 0.0396 and above; units can be permuted and their signs flipped, so that each has 8! 2^8 copies.
    Without a penalty the loss falls towards 0 as weights grow. `rows` (m, 3): other points, as rows (p_1, p_2, y).
    """
    m = rows.shape[0] // 3
    f = 0.0
    for i in range(n):
        g[i] = penalty * x[i]
        f += 0.5 * penalty * x[i] * x[i]
    for r in range(m):
        p, q, y = rows[3 * r], rows[3 * r + 1], rows[3 * r + 2]
        z = x[32]
        for j in range(UNITS):
            z += x[24 + j] * tanh(p * x[j] + q * x[8 + j] + x[16 + j])
        f += surprise(y * z) / m
        slope = -y * doubt(y * z) / m
        g[32] += slope
        for j in range(UNITS):
            h = tanh(p * x[j] + q * x[8 + j] + x[16 + j])  # again: a run keeps nothing but numbers between loops
            d = slope * x[24 + j] * (1.0 - h * h)
            g[24 + j] += slope * h
            g[16 + j] += d
            g[8 + j] += d * q
            g[j] += d * p
    return f


def _encodes(penalty: float, rows: Array) -> bool:
    """Whether it is the encoder problem itself, whose minimum is known."""
    return penalty == 0.0 and np.array_equal(_table(8, rows), np.eye(8))


def _encoders(n: int, penalty: float, rows: Array) -> list[Array]:
    """Two of the minima: codes along three Hadamard vectors, and with units turned over and permuted."""
    if not _encodes(penalty, rows):
        return []
    bits = np.array([[1.0 - 2.0 * (k >> j & 1) for j in range(3)] for k in range(8)])
    found = []
    for code in (bits, -bits[:, [2, 0, 1]]):
        decoder = code.T / (8.0 * tanh(1.0))
        found.append(np.concatenate([code.ravel(), np.zeros(3), decoder.ravel(), np.full(8, 0.125)]))
    return found


@landscape(
    bounds=(-5.0, 5.0),
    minima=_encoders,
    f_min=lambda n, penalty, rows: 0.0625 if _encodes(penalty, rows) else float("nan"),
    dims=(59, 59),
    tags=("smooth",),
    limits={"penalty": {"least": 0.0}},
    source="the encoder problem of Ackley, Hinton and Sejnowski 1985, Cognitive Science 9, 147-169, with a linear "
    "output; its minimum by Eckart and Young 1936, Psychometrika 1, 211-218",
)
def tiny_autoencoder(x, g, n, penalty=0.0, rows=_PATTERNS):
    """Mean squared error of an 8-3-8 autoencoder, tanh codes and a linear output: 59 parameters.

    f(x) = mean_rk (V tanh(W p_r + b) + c - p_r)_k^2 + penalty / 2 |x|^2 over the eight unit vectors p_r, on
    [-5, 5]^59. Weight (input i, code j) is x[3 i + j], b_j x[24 + j], weight (code j, output k) x[27 + 8 j + k],
    c_k x[51 + k].

    Minimum 1/16: outputs lie in a flat of three dimensions, and none is nearer to the eight unit vectors than four
    of their seven principal directions away, 4 of 64. It is reached on a continuum, of which `minima` lists two
    points; with a penalty or data of your own, `f_min` is not known (NaN). `rows` (m, 8): other patterns.
    """
    m = rows.shape[0] // 8
    part = 1.0 / (8 * m)
    f = 0.0
    for i in range(n):
        g[i] = penalty * x[i]
        f += 0.5 * penalty * x[i] * x[i]
    for r in range(m):
        h0, h1, h2 = x[24], x[25], x[26]
        for i in range(8):
            p = rows[8 * r + i]
            h0 += p * x[3 * i]
            h1 += p * x[3 * i + 1]
            h2 += p * x[3 * i + 2]
        h0, h1, h2 = tanh(h0), tanh(h1), tanh(h2)
        d0, d1, d2 = 0.0, 0.0, 0.0
        for k in range(8):
            e = x[51 + k] + h0 * x[27 + k] + h1 * x[35 + k] + h2 * x[43 + k] - rows[8 * r + k]
            f += part * e * e
            s = 2.0 * part * e
            g[51 + k] += s
            g[27 + k] += s * h0
            g[35 + k] += s * h1
            g[43 + k] += s * h2
            d0 += s * x[27 + k]
            d1 += s * x[35 + k]
            d2 += s * x[43 + k]
        d0, d1, d2 = d0 * (1.0 - h0 * h0), d1 * (1.0 - h1 * h1), d2 * (1.0 - h2 * h2)
        g[24] += d0
        g[25] += d1
        g[26] += d2
        for i in range(8):
            p = rows[8 * r + i]
            g[3 * i] += d0 * p
            g[3 * i + 1] += d1 * p
            g[3 * i + 2] += d2 * p
    return f
