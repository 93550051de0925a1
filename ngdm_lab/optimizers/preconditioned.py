"""F^-1 of a distribution as a preconditioner, and any direction rule preconditioned by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ngdm_lab.compiler.checks import brief, check_choice, check_instance, settle
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet
from ngdm_lab.geometry.metric import solvers as of_laws
from ngdm_lab.geometry.solver import FORMS, Solver

from .base import Optimizer, immutable
from .rule import UpdateRule

__all__ = ["InverseFisher", "Preconditioned", "preconditioned", "solvers"]


@dataclass(frozen=True)
class InverseFisher:
    """The constant inverse Fisher matrix of a distribution, what `Optimizer.preconditioner` is for NGDM.

    Attributes
    ----------
    distribution : `Dirichlet` or `GeneralizedDirichlet`; numbers and ramps are resolved when n is known.
    form : "diagonal" (Eqs. 8 and 9) or "exact" (Eqs. 5 and 7 inverted).

    Raises TypeError for what is no distribution of `ngdm_lab.geometry`, ValueError for an unknown form.
    """

    distribution: Dirichlet | GeneralizedDirichlet
    form: str = "diagonal"

    def __post_init__(self) -> None:
        check_instance(
            "distribution", self.distribution, (Dirichlet, GeneralizedDirichlet), "a Dirichlet or GeneralizedDirichlet"
        )
        settle(self, form=check_choice("form", self.form, sorted(FORMS)))

    @property
    def name(self) -> str:
        """``dirichlet``, ``gendir``, ``dirichlet-exact``, ``gendir-exact``."""
        kind = "dirichlet" if isinstance(self.distribution, Dirichlet) else "gendir"
        return kind + ("-exact" if self.form == "exact" else "")

    def solver(self, n: int) -> Solver:
        """F^-1 in n coordinates. ValueError where the distribution has none there, such as GenDir for an odd n."""
        return self.distribution.on(n).solver(self.form)


@immutable
@dataclass(frozen=True, repr=False)
class Preconditioned(Optimizer):
    """Any direction rule with the constant inverse Fisher matrix of a distribution: x <- x - lr F^-1 u.

    Parameters and errors as in `preconditioned`.
    """

    optimizer: Optimizer
    distribution: Dirichlet | GeneralizedDirichlet
    form: str = "diagonal"

    def __post_init__(self) -> None:
        if not isinstance(self.optimizer, Optimizer) or not self.optimizer.rule.direction:
            raise TypeError(f"optimizer must follow a direction rule (see update_rule), got {brief(self.optimizer)}")
        if self.optimizer.preconditioner is not None:
            raise ValueError(f"{self.optimizer.name} has a preconditioner already")
        settle(self, form=InverseFisher(self.distribution, self.form).form)  # which checks both

    @property
    def preconditioner(self) -> InverseFisher:
        """F^-1."""
        return InverseFisher(self.distribution, self.form)

    @property
    def scope(self) -> str:
        """The inner rule's."""
        return self.optimizer.scope

    @property
    def rule(self) -> UpdateRule:  # type: ignore[override]
        """The inner optimizer's rule."""
        return self.optimizer.rule

    @property
    def lr(self) -> float:  # type: ignore[override]
        """The inner optimizer's learning rate."""
        return self.optimizer.lr

    @property
    def name(self) -> str:
        """Inner name, distribution and form."""
        return f"{self.optimizer.name}-{self.preconditioner.name}"

    @property
    def label(self) -> str:
        """Words for a legend."""
        return f"{self.optimizer.label} preconditioned ({type(self.distribution).__name__}, {self.form})"

    def settings(self) -> dict[str, float]:
        """The inner rule's hyperparameters."""
        return self.optimizer.settings()

    def replace(self, **changes: Any) -> Preconditioned:
        """The same with another distribution or form, or other hyperparameters of the inner optimizer."""
        own = {k: changes.pop(k) for k in ("distribution", "form") if k in changes}
        inner = self.optimizer.replace(**changes) if changes else self.optimizer
        return Preconditioned(inner, **{"distribution": self.distribution, "form": self.form, **own})

    def options(self) -> str:
        """All hyperparameters in one line."""
        return f"{self.optimizer.options()}, distribution={self.distribution}, form={self.form}"

    def __repr__(self) -> str:
        return f"preconditioned({self.optimizer!r}, {self.distribution!r}, form={self.form!r})"


def solvers(optimizers: Sequence[Optimizer], n: int) -> list[Solver | None]:
    """``[o.solver(n) for o in optimizers]``, bit for bit, the matrices of one kind side by side."""
    found = [o.preconditioner for o in optimizers]
    inverses = [p for p in found if isinstance(p, InverseFisher)]
    if len(inverses) < len(found) or len({(type(p.distribution), p.form) for p in inverses}) > 1:
        return [o.solver(n) for o in optimizers]
    return [*of_laws([p.distribution for p in inverses], n, inverses[0].form)]


def preconditioned(
    optimizer: Optimizer, distribution: Dirichlet | GeneralizedDirichlet, form: str = "diagonal"
) -> Preconditioned:
    """Precondition any direction rule by a distribution's inverse Fisher matrix, as Algorithm 4 does Algorithm 1.

    Raises TypeError for a rule that moves x itself and for what is no distribution, ValueError for an unknown form and
    for an optimizer that has a preconditioner already.
    """
    return Preconditioned(optimizer, distribution, form)
