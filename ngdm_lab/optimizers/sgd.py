"""Algorithm 1: stochastic gradient descent with Nesterov momentum (SGDM)."""

from __future__ import annotations

from dataclasses import dataclass

from ngdm_lab.compiler.checks import check_choice, check_flag, settle

from .base import Optimizer
from .custom import update_rule
from .rule import UpdateRule

__all__ = ["SGD"]


# Algorithm 1, lines 2 to 8, in the three readings of line 8 (the paper prints g_i <- g_{i-1} + mu b_i).
# weight_decay is lambda in the line of b, decay_in_g is lambda in the gradient of line 8, and `first` scales
# the first b: together they spell the readings of weight decay and of the first step.


@update_rule(state=("b",), direction=True)
def nesterov(x, g, b, n, t, momentum, dampening, weight_decay, decay_in_g, first):  # type: ignore[no-untyped-def]
    """u = g + mu b: Eqs. 2 and 10, and PyTorch's Nesterov step."""
    for i in range(n):
        h = g[i] + weight_decay * x[i]
        b[i] = first * h if t == 1 else momentum * b[i] + (1.0 - dampening) * h
        g[i] = g[i] + decay_in_g * x[i] + momentum * b[i]


@update_rule(state=("b", "before"), direction=True)
def nesterov_previous(x, g, b, before, n, t, momentum, dampening, weight_decay, decay_in_g, first):  # type: ignore[no-untyped-def]
    """u = (the gradient of the step before, zero at first) + mu b: line 8 as printed, read with raw gradients."""
    for i in range(n):
        h = g[i] + weight_decay * x[i]
        raw = g[i] + decay_in_g * x[i]
        b[i] = first * h if t == 1 else momentum * b[i] + (1.0 - dampening) * h
        g[i] = before[i] + momentum * b[i]
        before[i] = raw


@update_rule(state=("b", "total"), direction=True)
def nesterov_accumulated(x, g, b, total, n, t, momentum, dampening, weight_decay, decay_in_g, first):  # type: ignore[no-untyped-def]
    """u = (the u of the step before, zero at first) + mu b: line 8 as printed, with g overwritten."""
    for i in range(n):
        h = g[i] + weight_decay * x[i]
        b[i] = first * h if t == 1 else momentum * b[i] + (1.0 - dampening) * h
        total[i] += momentum * b[i]
        g[i] = total[i]


@update_rule(state=("b",), direction=True)
def heavy_ball(x, g, b, n, t, momentum, dampening, weight_decay, decay_in_g, first):  # type: ignore[no-untyped-def]
    """u = b: momentum without Nesterov's term (Polyak 1964), as PyTorch's SGD has it."""
    for i in range(n):
        h = g[i] + weight_decay * x[i]
        b[i] = first * h if t == 1 else momentum * b[i] + (1.0 - dampening) * h
        g[i] = b[i]


LINE8 = {"current": nesterov, "previous": nesterov_previous, "accumulated": nesterov_accumulated}


# what Algorithms 1 and 4 are given: mu in [0, 1), tau in [0, 1], lambda >= 0
LIMITS: dict[str, dict[str, float]] = {"lr": {}, "momentum": {"below": 1}, "dampening": {"most": 1}, "weight_decay": {}}


@dataclass(frozen=True)
class SGD(Optimizer):
    """Algorithm 1, SGDM with Nesterov's modification (Nesterov 1983; Sutskever et al. 2013).

    g_i = grad f(theta_{i-1}) + lambda theta_{i-1}; b_1 = g_1, b_i = mu b_{i-1} + (1 - tau) g_i;
    theta_i = theta_{i-1} - gamma (g_i + mu b_i).

    Parameters
    ----------
    lr : learning rate gamma >= 0.
    momentum : mu in [0, 1).
    dampening : tau in [0, 1]. PyTorch refuses it together with Nesterov; the paper has both.
    weight_decay : lambda >= 0, added to the gradient.
    nesterov : False for the step along b alone.
    line8 : what g_{i-1} in the printed line 8 is (erratum E4): "current" (Eq. 2: g_i), "previous" (the
        gradient of the step before, g_0 = 0), or "accumulated" (g is overwritten and piles up).

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.
    """

    lr: float
    momentum: float = 0.9
    dampening: float = 0.0
    weight_decay: float = 0.0
    nesterov: bool = True
    line8: str = "current"

    scope = "coordinate"

    def __post_init__(self) -> None:
        self._settle_numbers(**LIMITS)
        line8 = check_choice("line8", self.line8, tuple(LINE8))
        settle(self, line8=line8, nesterov=check_flag("nesterov", self.nesterov))
        if not self.nesterov and self.line8 != "current":
            raise ValueError(f"line8={self.line8!r} is a reading of Nesterov's line: it needs nesterov=True")

    @property
    def rule(self) -> UpdateRule:  # type: ignore[override]
        """The plain function for these options."""
        return LINE8[self.line8] if self.nesterov else heavy_ball

    @property
    def label(self) -> str:
        """Words for a legend."""
        if not self.momentum:
            return "gradient descent"
        return "SGD-Nesterov" if self.nesterov else "SGD-momentum"

    def settings(self) -> dict[str, float]:
        """mu, tau, lambda (in b and in g) and the scale of the first b."""
        return {
            "momentum": float(self.momentum),
            "dampening": float(self.dampening),
            "weight_decay": float(self.weight_decay),
            "decay_in_g": float(self.weight_decay),
            "first": 1.0,
        }
