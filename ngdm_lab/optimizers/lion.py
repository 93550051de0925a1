"""Lion: steps of one size, by the sign of a mean gradient."""

from __future__ import annotations

from dataclasses import dataclass

from .base import Optimizer
from .custom import update_rule

__all__ = ["Lion"]


@update_rule(state=("m",), direction=True)
def lion(x, g, m, n, t, b1, b2, weight_decay):  # type: ignore[no-untyped-def]
    """u = sign(b1 m + (1 - b1) g) + lambda theta."""
    for i in range(n):
        mixed = b1 * m[i] + (1.0 - b1) * g[i]
        m[i] = b2 * m[i] + (1.0 - b2) * g[i]
        # a NaN is neither above nor below 0, and stays
        g[i] = (1.0 if mixed > 0.0 else -1.0 if mixed < 0.0 else mixed) + weight_decay * x[i]


@dataclass(frozen=True)
class Lion(Optimizer):
    """Lion (Chen et al. 2023, arXiv:2302.06675), with optax's names and defaults.

    c = b1 m + (1 - b1) g; m = b2 m + (1 - b2) g; theta <- theta - gamma (sign(c) + lambda theta).

    Parameters
    ----------
    lr : learning rate gamma >= 0; optax has no default, 1e-4 is the authors'.
    b1 : in [0, 1), the share of the mean in the sign.
    b2 : in [0, 1), the decay of the mean.
    weight_decay : lambda >= 0, decoupled: it shrinks theta by gamma lambda a step.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.

    Notes
    -----
    Every step moves every coordinate by the whole rate, so that Lion comes no nearer to a minimum than that.
    """

    lr: float = 1e-4
    b1: float = 0.9
    b2: float = 0.99
    weight_decay: float = 1e-3

    rule = lion
    scope = "coordinate"

    def __post_init__(self) -> None:
        self._settle_numbers(lr={}, b1={"below": 1}, b2={"below": 1}, weight_decay={})
