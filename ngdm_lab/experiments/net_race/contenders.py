"""Who takes part in a race of nets: rules, the twin of one of them, and rules that take another's mean rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ngdm_lab.compiler.checks import brief, check_choice, check_each, check_flags, check_instance, check_str
from ngdm_lab.nets.groups import INDICES, groups
from ngdm_lab.nets.metric import Impossible, Metric, metrics
from ngdm_lab.nets.model import Model
from ngdm_lab.optimizers import Optimizer

__all__ = ["CONTROL", "Contender", "contenders", "mean_gain"]

CONTROL = "control"  # label of the twin: the first rule once more, on draws of its own
TWIN = 1_000_000  # what is added to a seed for the twin's order, validation share and dropout


@dataclass(frozen=True)
class Contender:
    """A rule in a race.

    Attributes
    ----------
    label : its name in the table.
    optimizer : the rule with its hyperparameters; the rate is replaced where it is tuned or follows another.
    index : what i counts in a distribution's parameters (reading R2).
    follows : label of the contender whose mean effective rate it takes; "" for a rate of its own.
    twin : whether it has draws of its own for the order of samples, the validation share and dropout.
    """

    label: str
    optimizer: Optimizer
    index: str = "fan_in"
    follows: str = ""
    twin: bool = False

    def __post_init__(self) -> None:
        check_str("label", self.label)
        check_str("follows", self.follows)
        check_instance("optimizer", self.optimizer, Optimizer, "an optimizer such as lab.Adam(lr=1e-3)")
        check_choice("index", self.index, INDICES)
        check_flags(twin=self.twin)

    def order(self, seed: int) -> int:
        """The seed of the samples' order."""
        return seed + TWIN if self.twin else seed


def contenders(rules: Sequence[Any], index: str = "fan_in", control: bool = True) -> list[Contender]:
    """Rules, or contenders, as contenders with labels of their own, and the first one's twin.

    Raises TypeError for what is neither, ValueError for none, for two of one label and for one that follows nobody.
    """
    made: list[Contender] = []
    listed: list[Any] = check_each("rules", rules, (Optimizer, Contender), "an optimizer such as lab.Adam(lr=1e-3)")
    for rule in listed:
        if isinstance(rule, Contender):
            made.append(rule)
        else:
            same = sum(c.optimizer.label == rule.label for c in made)
            made.append(Contender(f"{rule.label} ({same + 1})" if same else rule.label, rule, index))
    if control and not any(c.twin for c in made):
        first = made[0]
        made.append(Contender(CONTROL, first.optimizer, first.index, twin=True))
    labels = [c.label for c in made]
    for label in labels:
        if labels.count(label) > 1:
            raise ValueError(f"rules must have different labels, got {brief(label)} twice")
    for c in made:
        if c.follows and (c.follows not in labels or c.follows == c.label):
            raise ValueError(f"{c.label!r} follows {c.follows!r}, which is no other rule of this race")
    return made


def mean_gain(optimizer: Optimizer, model: Model, index: str = "fan_in") -> float:
    """How much F^-1 lengthens a step on this net: what to multiply the learning rate by for the effective rate.

    For a diagonal F^-1 the mean of its diagonal over all parameters, for an exact one the largest gain of any of the
    net's vectors, the rule's own gain without F, and 1 where the constants are impossible (E10).
    """
    try:
        parts, _ = metrics(optimizer, groups(model, index))
    except Impossible:
        return 1.0
    if all(part.solver is None for part in parts):
        return float(optimizer.gain(max(part.group.length for part in parts)))  # of rules that scale their first step
    sizes, gains, exact = [], [], False
    for part in parts:
        sizes.append(part.group.size)
        if part.solver is None:
            gains.append(1.0)
        elif len(part.solver.arrays) == 1:
            gains.append(float(part.solver.arrays[0][: part.group.length].mean()))
        else:
            exact = True
            gains.append(_largest(part))
    return max(gains) if exact else float(np.average(gains, weights=sizes))


def _largest(part: Metric) -> float:
    """The largest eigenvalue of one vector's F^-1, by power iteration with the solve itself."""
    assert part.solver is not None
    n = part.group.length + part.padded
    v, gain = np.ones(n) / np.sqrt(n), 1.0
    for _ in range(30):
        w = v[None].copy()
        part.solver.rows(w)
        gain = float(np.linalg.norm(w))
        v = w[0] / gain
    return gain
