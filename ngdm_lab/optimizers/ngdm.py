"""Algorithm 4: natural gradient descent with momentum on Dirichlet distributions (NGDM).

It is Algorithm 1 with its last line preconditioned: theta <- theta - gamma F^-1 u, where F is the constant
Fisher matrix of a Dirichlet (Eq. 5) or generalised Dirichlet (Eq. 7) distribution. F knows nothing of f.
"""

from __future__ import annotations

from dataclasses import dataclass

from ngdm_lab.compiler.checks import check_choice, settle
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet

from .base import Optimizer
from .preconditioned import InverseFisher
from .rule import UpdateRule
from .sgd import LIMITS, LINE8

__all__ = ["NGDM"]


@dataclass(frozen=True)
class NGDM(Optimizer):
    """Algorithm 4 (Abdulkadirov and Lyakhov 2023), Eq. 2.

    Parameters
    ----------
    lr : learning rate gamma >= 0.
    distribution : `Dirichlet` or `GeneralizedDirichlet`; numbers and ramps are resolved when n is known.
        GenDir needs an even n.
    momentum, dampening, weight_decay : mu in [0, 1), tau in [0, 1], lambda >= 0.
    form : reading R1. "diagonal": F^-1 = diag(1/psi'(alpha_i)), what Eqs. 8 and 9 use; "exact": Eqs. 5 and 7
        inverted.
    line8 : reading R3, see `SGD`.
    decay : reading R4. "gradient" (Algorithm 4): lambda theta is part of the gradient; "momentum" (Eq. 2):
        it enters b only.
    first_step : reading R5. "gradient" (Algorithm 4): b_1 = g_1; "dampened" (Eq. 2): b_1 = (1 - tau) g_1.

    Notes
    -----
    With a constant diagonal F this is SGD-Nesterov with the learning rate gamma / psi'(alpha) (erratum E7).

    Raises
    ------
    ValueError, TypeError
        For values outside these ranges; for a non-positive alpha_i, which is named.
    """

    lr: float
    distribution: Dirichlet | GeneralizedDirichlet
    momentum: float = 0.9
    dampening: float = 0.0
    weight_decay: float = 0.0
    form: str = "diagonal"
    line8: str = "current"
    decay: str = "gradient"
    first_step: str = "gradient"

    scope = "coordinate"

    def __post_init__(self) -> None:
        self._settle_numbers(**LIMITS)
        settle(
            self,
            form=InverseFisher(self.distribution, self.form).form,  # which checks both
            line8=check_choice("line8", self.line8, tuple(LINE8)),
            decay=check_choice("decay", self.decay, ("gradient", "momentum")),
            first_step=check_choice("first_step", self.first_step, ("gradient", "dampened")),
        )

    @property
    def rule(self) -> UpdateRule:  # type: ignore[override]
        """Algorithm 1's direction for these options."""
        return LINE8[self.line8]

    @property
    def name(self) -> str:
        """Short id, as on the command line."""
        return f"ngdm-{self.preconditioner.name}"

    @property
    def label(self) -> str:
        """Words for a legend."""
        kind = "Dirichlet" if isinstance(self.distribution, Dirichlet) else "GenDir"
        return f"NGDM {kind} {self.form}"

    def settings(self) -> dict[str, float]:
        """mu, tau, lambda (in b and in g) and the scale of the first b."""
        return {
            "momentum": float(self.momentum),
            "dampening": float(self.dampening),
            "weight_decay": float(self.weight_decay),
            "decay_in_g": float(self.weight_decay) if self.decay == "gradient" else 0.0,
            "first": 1.0 if self.first_step == "gradient" else 1.0 - self.dampening,
        }

    @property
    def preconditioner(self) -> InverseFisher:
        """F^-1, in the chosen form."""
        return InverseFisher(self.distribution, self.form)
