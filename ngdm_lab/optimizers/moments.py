"""What Adam and its kin are given, checked in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ngdm_lab.compiler.checks import brief, check_number, settle

from .base import Optimizer

__all__ = ["TwoMoments"]


@dataclass(frozen=True)
class TwoMoments(Optimizer):
    """Base of rules with decaying means of g and of g^2; PyTorch's names and defaults.

    Parameters
    ----------
    lr : learning rate >= 0.
    betas : (beta1, beta2), each in [0, 1): the decay of the mean of g and of that of g^2.
    eps, weight_decay : >= 0.

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges.
    """

    lr: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0

    scope = "coordinate"

    def __post_init__(self) -> None:
        self._settle_numbers(lr={}, eps={}, weight_decay={})
        pair: Any = self.betas if isinstance(self.betas, Sequence) else ()
        if len(pair) != 2:
            raise ValueError(f"betas must be a pair of numbers in [0, 1), got {brief(self.betas)}")
        settle(self, betas=tuple(check_number(f"betas[{k}]", pair[k], least=0, below=1) for k in range(2)))

    def settings(self) -> dict[str, float]:
        """beta1, beta2 and the fields of the rule's other names."""
        named = {"beta1": self.betas[0], "beta2": self.betas[1]}
        return {k: float(named[k] if k in named else getattr(self, k)) for k in self.rule.hyperparameters}
