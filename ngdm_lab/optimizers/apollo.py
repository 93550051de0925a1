"""Algorithm 3: Apollo."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from ngdm_lab.compiler.checks import check_choice, check_integer, settle

from .base import Optimizer
from .custom import update_rule

__all__ = ["Apollo"]


@update_rule(state=("m", "d", "B"), direction=True)
def apollo(x, g, m, d, B, n, t, beta, eps, sigma, warmup):  # type: ignore[no-untyped-def]
    """u = D^-1 m, times the warm-up's factor. With w = d / (norm + eps), a d^2 = (w.dm / (norm + eps) + w.Bw) w^2."""
    c = (1.0 - beta) / (1.0 - beta**t)
    fourth = 0.0
    for i in range(n):
        fourth += d[i] * d[i] * d[i] * d[i]
    norm = sqrt(sqrt(fourth)) + eps
    secant = 0.0
    for i in range(n):
        dm = c * (g[i] - m[i])
        m[i] += dm
        w = d[i] / norm
        secant += w * dm / norm + w * w * B[i]
    # 1.0 * t: a whole number and a single one are compared in double precision
    rate = 0.001 + 0.999 * (t - 1) / warmup if 1.0 * t <= warmup else 1.0
    for i in range(n):
        w = d[i] / norm
        B[i] -= secant * w * w
        d[i] = m[i] / max(abs(B[i]), sigma)
        g[i] = rate * d[i]


@dataclass(frozen=True)
class Apollo(Optimizer):
    """Algorithm 3 (Ma 2020, arXiv:2009.13586), a diagonal quasi-Newton method; B is a diagonal matrix.

    m_{i+1} = m_i + (1 - beta)/(1 - beta^{i+1}) (g_{i+1} - m_i);
    a = (d_i.(m_{i+1} - m_i) + d_i.B_i d_i) / (||d_i||_4 + eps)^4; B_{i+1} = B_i - a diag(d_i^2);
    D_{i+1} = max(|B_{i+1}|, sigma); d_{i+1} = m_{i+1} / D_{i+1}; theta_{i+1} = theta_i - gamma d_{i+1}.
    The loop starts at i = 0 (erratum E11).

    The first step is g / sigma, a hundred times the gradient: without warm-up it needs small rates.

    Parameters
    ----------
    lr : learning rate gamma >= 0.
    beta : in [0, 1).
    eps : > 0, inside the 4-norm. The paper prints 1e-4; the official code has eps / sigma = 1e-2 there.
    sigma : > 0, the least curvature.
    warmup : number of steps over which the rate grows from lr / 1000 to lr; the paper has none.
    scope : "all" takes norm and dot products over all parameters, "tensor" over each tensor of a net. A
        landscape is one tensor, so there the two agree.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.
    """

    lr: float = 1e-2
    beta: float = 0.9
    eps: float = 1e-4
    sigma: float = 0.01
    warmup: int = 0
    scope: str = "all"

    rule = apollo

    def __post_init__(self) -> None:
        self._settle_numbers(lr={}, beta={"below": 1}, eps={"above": 0}, sigma={"above": 0})
        scope = check_choice("scope", self.scope, ("all", "tensor"))
        settle(self, warmup=check_integer("warmup", self.warmup), scope=scope)

    def gain(self, n: int) -> float:
        """The first step is lr g / sigma."""
        return 1.0 / self.sigma

    @classmethod
    def official(cls, lr: float = 1e-2) -> Apollo:
        """With the constants of the author's code: eps / sigma = 1e-2, 500 steps of warm-up, per tensor."""
        return cls(lr, eps=1e-2, warmup=500, scope="tensor")
