"""NAdam: Adam with Nesterov's look ahead."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from ngdm_lab.compiler.checks import check_flag, settle

from .custom import update_rule
from .moments import TwoMoments

__all__ = ["NAdam"]


@update_rule(state=("m", "v", "product"), direction=True)
def nadam(x, g, m, v, product, n, t, beta1, beta2, eps, weight_decay, momentum_decay, decoupled_weight_decay):  # type: ignore[no-untyped-def]
    """u = (mu' m / (1 - mu' product) + (1 - mu) g / (1 - product)) / (sqrt(v_hat) + eps), mu' that of the next step."""
    mu = beta1 * (1.0 - 0.5 * 0.96 ** (t * momentum_decay))
    following = beta1 * (1.0 - 0.5 * 0.96 ** ((t + 1) * momentum_decay))
    c2 = 1.0 / (1.0 - beta2**t)
    beside = decoupled_weight_decay * weight_decay
    within = weight_decay - beside
    for i in range(n):
        h = g[i] + within * x[i]
        m[i] = beta1 * m[i] + (1.0 - beta1) * h
        v[i] = beta2 * v[i] + (1.0 - beta2) * h * h
        # the same number in every coordinate: what a rule keeps are vectors
        product[i] = mu if t == 1 else mu * product[i]
        u = (1.0 - mu) / (1.0 - product[i]) * h + following / (1.0 - following * product[i]) * m[i]
        g[i] = u / (sqrt(c2 * v[i]) + eps) + beside * x[i]


@dataclass(frozen=True)
class NAdam(TwoMoments):
    """NAdam (Dozat 2016), with PyTorch's names and defaults.

    mu_i = beta1 (1 - 0.96^(i psi) / 2); m = beta1 m + (1 - beta1) g; v = beta2 v + (1 - beta2) g^2;
    m_hat = mu_{i+1} m / (1 - mu_1 ... mu_{i+1}) + (1 - mu_i) g / (1 - mu_1 ... mu_i);
    theta <- theta - gamma m_hat / (sqrt(v / (1 - beta2^i)) + eps).

    Parameters
    ----------
    lr : learning rate gamma >= 0.
    betas : (beta1, beta2), each in [0, 1).
    eps : epsilon >= 0.
    weight_decay : lambda >= 0.
    momentum_decay : psi >= 0.
    decoupled_weight_decay : False adds lambda theta to the gradient, True to the step, as in AdamW.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.

    Notes
    -----
    PyTorch keeps the product mu_1 ... mu_i in its default type, float32 unless set, also where parameters are float64.
    """

    lr: float = 2e-3
    momentum_decay: float = 4e-3
    decoupled_weight_decay: bool = False

    rule = nadam

    def __post_init__(self) -> None:
        super().__post_init__()
        self._settle_numbers(momentum_decay={})
        settle(self, decoupled_weight_decay=check_flag("decoupled_weight_decay", self.decoupled_weight_decay))
