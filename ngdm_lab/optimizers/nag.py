"""Nesterov's accelerated gradient with the momentum of its own schedule (Nesterov 1983)."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from .base import Optimizer
from .custom import update_rule

__all__ = ["NAG"]


@update_rule(state=("before",), numbers=("a",))
def nag(x, g, before, a, n, t, lr):  # type: ignore[no-untyped-def]
    """y = x - lr g; x <- y + (a - 1) / a' (y - the y before), a' = (1 + sqrt(1 + 4 a^2)) / 2, from a = 1 on."""
    last = 1.0 if t == 1 else a[0]
    following = 0.5 * (1.0 + sqrt(1.0 + 4.0 * last * last))
    momentum = (last - 1.0) / following
    a[0] = following
    for i in range(n):
        y = x[i] - lr * g[i]
        old = x[i] if t == 1 else before[i]
        x[i] = y + momentum * (y - old)
        before[i] = y


@dataclass(frozen=True)
class NAG(Optimizer):
    """Nesterov's accelerated gradient: momentum that rises towards 1, for convex functions of known smoothness.

    With lr = 1 / L, f(y_k) - f* <= 2 L |x_0 - x*|^2 / (k + 1)^2. The iterates are the points y; a step's x is the point
    between them where the gradient is taken.

    Parameters
    ----------
    lr : >= 0, 1 / L for gradients with Lipschitz constant L.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.
    """

    lr: float = 1e-3

    rule = nag

    def __post_init__(self) -> None:
        self._settle_numbers(lr={})
