"""AdamW: Adam whose weight decay stays out of the means."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from .custom import update_rule
from .moments import TwoMoments

__all__ = ["AdamW"]


@update_rule(state=("m", "v"), direction=True)
def adamw(x, g, m, v, n, t, beta1, beta2, eps, weight_decay):  # type: ignore[no-untyped-def]
    """u = m_hat / (sqrt(v_hat) + eps) + lambda theta."""
    c1 = 1.0 / (1.0 - beta1**t)
    c2 = 1.0 / (1.0 - beta2**t)
    for i in range(n):
        m[i] = beta1 * m[i] + (1.0 - beta1) * g[i]
        v[i] = beta2 * v[i] + (1.0 - beta2) * g[i] * g[i]
        g[i] = c1 * m[i] / (sqrt(c2 * v[i]) + eps) + weight_decay * x[i]


@dataclass(frozen=True)
class AdamW(TwoMoments):
    """AdamW (Loshchilov and Hutter 2019, arXiv:1711.05101), with PyTorch's names and defaults.

    m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; m_hat = m / (1 - beta1^i),
    v_hat = v / (1 - beta2^i); theta <- theta - gamma (m_hat / (sqrt(v_hat) + eps) + lambda theta).

    Parameters
    ----------
    lr : learning rate gamma >= 0.
    betas : (beta1, beta2), each in [0, 1).
    eps : epsilon >= 0.
    weight_decay : lambda >= 0, decoupled: it shrinks theta by gamma lambda a step and is in neither mean. Behind a
        preconditioner it is preconditioned with the rest of the step.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.
    """

    weight_decay: float = 1e-2

    rule = adamw
