"""Algorithm 2: Adam."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from .custom import update_rule
from .moments import TwoMoments

__all__ = ["Adam"]


@update_rule(state=("m", "v"), direction=True)
def adam(x, g, m, v, n, t, beta1, beta2, eps, weight_decay):  # type: ignore[no-untyped-def]
    """u = m_hat / (sqrt(v_hat) + eps)."""
    c1 = 1.0 / (1.0 - beta1**t)
    c2 = 1.0 / (1.0 - beta2**t)
    for i in range(n):
        h = g[i] + weight_decay * x[i]
        m[i] = beta1 * m[i] + (1.0 - beta1) * h
        v[i] = beta2 * v[i] + (1.0 - beta2) * h * h
        g[i] = c1 * m[i] / (sqrt(c2 * v[i]) + eps)


@dataclass(frozen=True)
class Adam(TwoMoments):
    """Algorithm 2 (Kingma and Ba 2015), with L2 weight decay in the gradient.

    m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; m_hat = m / (1 - beta1^i),
    v_hat = v / (1 - beta2^i); theta <- theta - gamma m_hat / (sqrt(v_hat) + eps).

    Parameters
    ----------
    lr : learning rate gamma >= 0.
    betas : (beta1, beta2), each in [0, 1).
    eps : epsilon >= 0.
    weight_decay : lambda >= 0.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.

    Notes
    -----
    A coordinate whose v_hat overflows, by a gradient above some 1e154, rests: its step is a finite number over
    infinity. Where v itself overflows that is for good, since an infinite v does not fade; so it is in PyTorch 2,
    which takes the roots of v and of 1 - beta2^i apart and therefore still moves where v_hat alone overflows (at the
    defaults up to 4e155 in the first step).
    """

    rule = adam
