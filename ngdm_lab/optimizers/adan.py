"""Adan: means of the gradient, of its change and of the square of what both foretell."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from .base import Optimizer
from .custom import update_rule

__all__ = ["Adan"]


@update_rule(state=("m", "v", "s", "before"), direction=True)
def adan(x, g, m, v, s, before, n, t, b1, b2, b3, eps, eps_root, weight_decay):  # type: ignore[no-untyped-def]
    """u = (m_hat + (1 - b2) v_hat) / (sqrt(s_hat + eps_root) + eps) + lambda theta."""
    c1 = 1.0 / (1.0 - b1**t)
    c2 = (1.0 - b2) / (1.0 - b2**t)
    c3 = 1.0 / (1.0 - b3**t)
    for i in range(n):
        change = 0.0 if t == 1 else g[i] - before[i]
        ahead = g[i] + (1.0 - b2) * change
        before[i] = g[i]
        m[i] = b1 * m[i] + (1.0 - b1) * g[i]
        v[i] = b2 * v[i] + (1.0 - b2) * change
        s[i] = b3 * s[i] + (1.0 - b3) * ahead * ahead
        g[i] = (c1 * m[i] + c2 * v[i]) / (sqrt(c3 * s[i] + eps_root) + eps) + weight_decay * x[i]


@dataclass(frozen=True)
class Adan(Optimizer):
    """Adan (Xie et al. 2022, arXiv:2208.06677), with optax's names and defaults.

    d = g_i - g_{i-1}, 0 at first; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) d;
    s = b3 s + (1 - b3) (g + (1 - b2) d)^2; each mean is divided by 1 - b^i;
    theta <- theta - gamma ((m_hat + (1 - b2) v_hat) / (sqrt(s_hat + eps_root) + eps) + lambda theta).

    Parameters
    ----------
    lr : learning rate gamma >= 0; optax has no default, 1e-3 is the authors' code's.
    b1, b2, b3 : in [0, 1), the decay of the means of g, of its change and of the square. The publication's betas
        are 1 - b.
    eps, eps_root : >= 0, outside and inside the root.
    weight_decay : lambda >= 0, added to the step; the publication divides theta by 1 + gamma lambda instead.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.
    """

    lr: float = 1e-3
    b1: float = 0.98
    b2: float = 0.92
    b3: float = 0.99
    eps: float = 1e-8
    eps_root: float = 1e-8
    weight_decay: float = 0.0

    rule = adan
    scope = "coordinate"

    def __post_init__(self) -> None:
        below: dict[str, float] = {"below": 1}
        self._settle_numbers(lr={}, b1=below, b2=below, b3=below, eps={}, eps_root={}, weight_decay={})
