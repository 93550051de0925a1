"""AMSGrad: Adam that divides by the largest mean square so far."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from .custom import update_rule
from .moments import TwoMoments

__all__ = ["AMSGrad"]


@update_rule(state=("m", "v", "top"), direction=True)
def amsgrad(x, g, m, v, top, n, t, beta1, beta2, eps, weight_decay):  # type: ignore[no-untyped-def]
    """u = m_hat / (sqrt(top_hat) + eps), top the largest v so far."""
    c1 = 1.0 / (1.0 - beta1**t)
    c2 = 1.0 / (1.0 - beta2**t)
    for i in range(n):
        h = g[i] + weight_decay * x[i]
        m[i] = beta1 * m[i] + (1.0 - beta1) * h
        v[i] = beta2 * v[i] + (1.0 - beta2) * h * h
        top[i] = max(top[i], v[i])
        g[i] = c1 * m[i] / (sqrt(c2 * top[i]) + eps)


@dataclass(frozen=True)
class AMSGrad(TwoMoments):
    """AMSGrad (Reddi, Kale and Kumar 2018) as PyTorch's Adam has it under ``amsgrad=True``, with its defaults.

    m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; top = max(top, v);
    theta <- theta - gamma m / (1 - beta1^i) / (sqrt(top / (1 - beta2^i)) + eps).

    Parameters
    ----------
    lr : learning rate gamma >= 0.
    betas : (beta1, beta2), each in [0, 1).
    eps : epsilon >= 0.
    weight_decay : lambda >= 0, added to the gradient.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.

    Notes
    -----
    The publication corrects neither mean for its start at zero.
    """

    rule = amsgrad
