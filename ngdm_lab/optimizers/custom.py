"""`@update_rule`: rules of your own, which give an optimizer when they are called with hyperparameters."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ngdm_lab.compiler.checks import brief, check_flags, check_integer, check_names, check_number
from ngdm_lab.compiler.faults import check_text
from ngdm_lab.compiler.freeze import frozen, is_own

from .base import Optimizer, immutable
from .rule import UpdateRule
from .trial import try_out

__all__ = ["CallableRule", "RuleOptimizer", "update_rule"]


@immutable
@dataclass(frozen=True, repr=False)
class RuleOptimizer(Optimizer):
    """The optimizer that a rule makes when it is called with hyperparameters.

    Attributes
    ----------
    rule : what it follows.
    chosen : (name, value) of every hyperparameter and, for a direction rule, of lr; in the rule's order, so that equal
        optimizers have equal hashes however they were called.

    Raises TypeError for a missing or unknown hyperparameter, ValueError for a value that is not finite.
    """

    rule: UpdateRule
    chosen: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        rule = self.rule
        values = {**rule.defaults(), **dict(self.chosen)}
        if rule.direction:
            values.setdefault("lr", 1e-2)
        wanted = [*rule.hyperparameters, *(["lr"] if rule.direction else [])]
        for name in values:
            if name not in wanted:
                raise TypeError(f"{rule.name} has no hyperparameter {name!r}; it has {', '.join(wanted)}")
        for name in wanted:
            if name not in values:
                raise TypeError(f"{rule.name} needs a value for {name!r}")
        checked = tuple((k, check_number(k, values[k], least=0 if k == "lr" else None)) for k in wanted)
        object.__setattr__(self, "chosen", checked)

    @property
    def values(self) -> Mapping[str, float]:
        """The values by name; for a direction rule with lr."""
        return MappingProxyType(dict(self.chosen))

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
        return RuleOptimizer(self.rule, tuple({**self.values, **changes}.items()))

    def options(self) -> str:
        """All hyperparameters in one line."""
        return ", ".join(f"{k}={v:g}" for k, v in self.chosen)

    def __repr__(self) -> str:
        return f"{self.rule.name}({self.options()})"


class CallableRule(UpdateRule):
    """An `UpdateRule` that gives an optimizer when it is called: ``opt = my_rule(lr=0.1)``."""

    def __call__(self, **hyperparameters: float) -> RuleOptimizer:
        """The optimizer that follows this rule; errors as `RuleOptimizer` has them."""
        return RuleOptimizer(self, tuple(hyperparameters.items()))


def update_rule(
    *, state: Iterable[str | tuple[str, int]] = (), direction: bool = False, numbers: Iterable[str] = ()
) -> Callable[[Callable[..., Any]], CallableRule]:
    """Decorator: make a rule of a plain function (convention in `ngdm_lab.optimizers.rule`).

    Parameters
    ----------
    state : names of the state vectors, in the order in which the function takes them; (name, count) for a stack of
        vectors.
    numbers : names of the numbers that it keeps as well, which it takes after the vectors: entry 0 of each.
    direction : True for a rule that leaves its direction in g instead of moving x.

    Raises
    ------
    TypeError
        For what is no function written with def, and for parameters in another order.
    """
    check_flags(direction=direction)
    names, stacks = _state(state)
    own = tuple(_names("numbers", numbers))

    def make(function: Callable[..., Any]) -> CallableRule:
        plain = getattr(function, "py_func", function)
        if not isinstance(plain, types.FunctionType) or plain.__name__ == "<lambda>":
            raise TypeError(f"@update_rule wants a function written with def, got {brief(function)}")
        takes = inspect.signature(plain)
        given = tuple(takes.parameters)
        value = ("f",) if given[1:2] == ("f",) else ()
        if any(p.kind is not p.POSITIONAL_OR_KEYWORD for p in takes.parameters.values()):
            raise TypeError(f"{plain.__name__} must name each of its parameters, without * and /, got {takes}")
        wanted = ("x", *value, "g", *names, *own, "n", "t")
        if given[: len(wanted)] != wanted:
            raise TypeError(f"{plain.__name__} must begin with ({', '.join(wanted)}), got ({', '.join(given)})")
        hyper = given[len(wanted) :]
        if direction and "lr" in hyper:
            raise TypeError(f"{plain.__name__} is a direction rule: the engine applies lr, so it must not take it")
        kept = frozen(plain)
        if not is_own(plain):
            moved = () if direction else ("x",)
            why = "a direction rule leaves x alone" if direction else "a rule writes x, g and its state alone"
            check_text(kept, ("x", "g", *names, *own), (*moved, "g", *names, *own), returns=False, why=why)
        made = CallableRule(kept, names, direction, hyper, tuple(stacks.items()), own)
        if not is_own(plain):
            try_out(kept, made.shapes, hyper)
        return made

    return make


def _state(state: Any) -> tuple[tuple[str, ...], dict[str, int]]:
    """The names of a rule's vectors and, for stacks, how many there are."""
    pairs = list(state) if isinstance(state, list | tuple) else []
    stacks = {}
    for at, given in enumerate(pairs):
        if isinstance(given, tuple) and len(given) == 2:
            [pairs[at]] = check_names("state", given[0])
            stacks[pairs[at]] = check_integer(f"the count of {pairs[at]} in state", given[1], 1)
    return tuple(_names("state", pairs or state)), stacks


def _names(argument: str, given: Any) -> list[str]:
    names = check_names(argument, given)
    for name in names:
        if not name.isidentifier():
            raise ValueError(f"{argument} must hold names of the function's parameters, got {brief(name)}")
    return names
