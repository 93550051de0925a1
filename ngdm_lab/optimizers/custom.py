"""An optimizer made from a rule of your own, and any direction rule preconditioned by a distribution."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ngdm_lab.compiler.checks import check_number

from .base import Optimizer
from .rule import UpdateRule

if TYPE_CHECKING:
    from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet
    from ngdm_lab.geometry.solver import Solver

__all__ = ["Preconditioned", "RuleOptimizer", "preconditioned"]


class RuleOptimizer(Optimizer):
    """The optimizer that an `UpdateRule` makes when it is called with hyperparameters.

    Raises TypeError for a missing or unknown hyperparameter, ValueError for a value that is not finite.
    """

    def __init__(self, rule: UpdateRule, **hyperparameters: float) -> None:
        values = {**rule.defaults(), **hyperparameters}
        if rule.direction:
            values.setdefault("lr", 1e-2)
        wanted = [*rule.hyperparameters, *(["lr"] if rule.direction else [])]
        for name in values:
            if name not in wanted:
                raise TypeError(f"{rule.name} has no hyperparameter {name!r}; it has {', '.join(wanted)}")
        for name in wanted:
            if name not in values:
                raise TypeError(f"{rule.name} needs a value for {name!r}")
        # in the rule's order, so that equal optimizers have equal hashes however they were called
        checked = {k: check_number(k, values[k], least=0 if k == "lr" else None) for k in wanted}
        self.__dict__.update(rule=rule, values=MappingProxyType(checked))

    values: Mapping[str, float]

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{self.name} is immutable: use replace({name}=...)")

    @property
    def lr(self) -> float:  # type: ignore[override]
        """The learning rate; 1 for a rule that has none."""
        return self.values.get("lr", 1.0)

    @property
    def name(self) -> str:
        """The rule's name with hyphens."""
        return self.rule.name.replace("_", "-")

    @property
    def label(self) -> str:
        """The rule's name in words."""
        return self.rule.name.replace("_", " ")

    def settings(self) -> dict[str, float]:
        """The rule's hyperparameters by name."""
        return {name: self.values[name] for name in self.rule.hyperparameters}

    def replace(self, **changes: Any) -> RuleOptimizer:
        """The same rule with other hyperparameters."""
        return RuleOptimizer(self.rule, **{**self.values, **changes})

    def options(self) -> str:
        """All hyperparameters in one line."""
        return ", ".join(f"{k}={v:g}" for k, v in self.values.items())

    def __reduce__(self) -> Any:
        return _again, (self.rule, dict(self.values))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RuleOptimizer) and (self.rule, self.values) == (other.rule, other.values)

    def __hash__(self) -> int:
        return hash((self.rule, tuple(self.values.items())))

    def __repr__(self) -> str:
        return f"{self.rule.name}({self.options()})"


class Preconditioned(Optimizer):
    """Any direction rule with the constant inverse Fisher matrix of a distribution: x <- x - lr F^-1 u."""

    def __init__(
        self, optimizer: Optimizer, distribution: Dirichlet | GeneralizedDirichlet, form: str = "diagonal"
    ) -> None:
        if not isinstance(optimizer, Optimizer) or not optimizer.rule.direction:
            raise TypeError(f"optimizer must follow a direction rule (see update_rule), got {optimizer!r}")
        if type(optimizer).solver is not Optimizer.solver:
            raise ValueError(f"{optimizer.name} has a preconditioner already")
        check_distribution(distribution, form)
        self.__dict__.update(optimizer=optimizer, distribution=distribution, form=form)

    optimizer: Optimizer
    distribution: Dirichlet | GeneralizedDirichlet
    form: str

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"{self.name} is immutable: use replace({name}=...)")

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
        return f"{self.optimizer.name}-{distribution_id(self.distribution, self.form)}"

    @property
    def label(self) -> str:
        """Words for a legend."""
        return f"{self.optimizer.label} preconditioned ({type(self.distribution).__name__}, {self.form})"

    def settings(self) -> dict[str, float]:
        """The inner rule's hyperparameters."""
        return self.optimizer.settings()

    def solver(self, n: int) -> Solver:
        """The distribution's F^-1 in n coordinates."""
        return self.distribution.on(n).solver(self.form)

    def replace(self, **changes: Any) -> Preconditioned:
        """The same with another distribution or form, or other hyperparameters of the inner optimizer."""
        own = {k: changes.pop(k) for k in ("distribution", "form") if k in changes}
        inner = self.optimizer.replace(**changes) if changes else self.optimizer
        return Preconditioned(inner, **{"distribution": self.distribution, "form": self.form, **own})

    def options(self) -> str:
        """All hyperparameters in one line."""
        return f"{self.optimizer.options()}, distribution={self.distribution}, form={self.form}"

    def __reduce__(self) -> Any:
        return Preconditioned, (self.optimizer, self.distribution, self.form)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Preconditioned) and self.__dict__ == other.__dict__

    def __hash__(self) -> int:
        return hash((self.optimizer, self.distribution, self.form))

    def __repr__(self) -> str:
        return f"preconditioned({self.optimizer!r}, {self.distribution!r}, form={self.form!r})"


def preconditioned(
    optimizer: Optimizer, distribution: Dirichlet | GeneralizedDirichlet, form: str = "diagonal"
) -> Preconditioned:
    """Precondition any direction rule by a distribution's inverse Fisher matrix, as Algorithm 4 does Algorithm 1.

    Raises TypeError for a rule that moves x itself, ValueError for an unknown form.
    """
    return Preconditioned(optimizer, distribution, form)


def check_distribution(distribution: Any, form: Any) -> None:
    """TypeError for what is no distribution of `ngdm_lab.geometry`, ValueError for an unknown form."""
    from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet

    if not isinstance(distribution, Dirichlet | GeneralizedDirichlet):
        raise TypeError(f"distribution must be a Dirichlet or GeneralizedDirichlet, got {distribution!r}")
    check_choice("form", form, ("diagonal", "exact"))


def check_choice(name: str, value: Any, choices: tuple[Any, ...]) -> None:
    """ValueError unless the value is one of the choices."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, got {value!r}")


def distribution_id(distribution: Any, form: str) -> str:
    """``dirichlet``, ``gendir``, ``dirichlet-exact``, ``gendir-exact``."""
    kind = "dirichlet" if type(distribution).__name__ == "Dirichlet" else "gendir"
    return kind + ("-exact" if form == "exact" else "")


def _again(rule: UpdateRule, values: dict[str, float]) -> RuleOptimizer:
    return RuleOptimizer(rule, **values)
