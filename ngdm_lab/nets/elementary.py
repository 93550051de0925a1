"""exp, log, tanh and the logistic function for kernels, in double precision; `compiler.math.float32` has their forms
in single precision."""

from __future__ import annotations

from ngdm_lab.compiler.math.float64 import exp, expm1, log

__all__ = ["exp", "log", "sigmoid", "tanh"]


def tanh(x):
    """(e^2x - 1) / (e^2x + 1), from expm1 so that small x keep their digits; odd, NaN at NaN."""
    e = expm1(-2.0 * abs(x))
    t = -e / (e + 2.0)
    return t if x > 0.0 else -t


def sigmoid(x):
    """1 / (1 + e^-x)."""
    return 1.0 / (1.0 + exp(-x))
