"""RAdam: Adam that waits with its denominator until that has seen enough."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from ngdm_lab.compiler.checks import check_flag, settle

from .custom import update_rule
from .moments import TwoMoments

__all__ = ["RAdam"]


@update_rule(state=("m", "v"), direction=True)
def radam(x, g, m, v, n, t, beta1, beta2, eps, weight_decay, decoupled_weight_decay):  # type: ignore[no-untyped-def]
    """u = r m_hat / (sqrt(v) + eps) sqrt(1 - beta2^t) where v has more than five degrees of freedom, else m_hat."""
    c1 = 1.0 / (1.0 - beta1**t)
    rest = 1.0 - beta2**t
    most = 2.0 / (1.0 - beta2) - 1.0
    rho = most - 2.0 * t * (1.0 - rest) / rest
    # 5 stands in where r is not used and its root might not be real
    known = rho if rho > 5.0 else 5.0
    last = most if rho > 5.0 else 5.0
    r = sqrt((known - 4.0) * (known - 2.0) * last / ((last - 4.0) * (last - 2.0) * known))
    beside = decoupled_weight_decay * weight_decay
    within = weight_decay - beside
    for i in range(n):
        h = g[i] + within * x[i]
        m[i] = beta1 * m[i] + (1.0 - beta1) * h
        v[i] = beta2 * v[i] + (1.0 - beta2) * h * h
        scale = r * sqrt(rest) / (sqrt(v[i]) + eps) if rho > 5.0 else 1.0
        g[i] = c1 * m[i] * scale + beside * x[i]


@dataclass(frozen=True)
class RAdam(TwoMoments):
    """RAdam (Liu et al. 2020, arXiv:1908.03265), with PyTorch's names and defaults.

    m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2; m_hat = m / (1 - beta1^i);
    rho = 2 / (1 - beta2) - 1, rho_i = rho - 2 i beta2^i / (1 - beta2^i). Where rho_i > 5,
    r^2 = (rho_i - 4)(rho_i - 2) rho / ((rho - 4)(rho - 2) rho_i) and
    theta <- theta - gamma r m_hat sqrt(1 - beta2^i) / (sqrt(v) + eps), else theta <- theta - gamma m_hat.

    Parameters
    ----------
    lr : learning rate gamma >= 0.
    betas : (beta1, beta2), each in [0, 1).
    eps : epsilon >= 0, beside the root of v before its correction.
    weight_decay : lambda >= 0.
    decoupled_weight_decay : False adds lambda theta to the gradient, True to the step, as in AdamW.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.

    Notes
    -----
    The first five steps at the default beta2 are as large as the gradient makes them.
    """

    decoupled_weight_decay: bool = False

    rule = radam

    def __post_init__(self) -> None:
        super().__post_init__()
        settle(self, decoupled_weight_decay=check_flag("decoupled_weight_decay", self.decoupled_weight_decay))
