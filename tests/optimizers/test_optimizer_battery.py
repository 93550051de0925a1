"""Every optimizer of the registry against the battery, and the battery against broken optimizers."""

from dataclasses import dataclass

import numpy as np
import pytest

import ngdm_lab as lab
from ngdm_lab.optimizers import get, names
from optimizer_battery import (
    CHECKS,
    check_frozen,
    check_non_finite_gradients,
    check_optimizer,
    check_reproducible,
    check_same_path_as_trace,
    check_step_in_place,
)


@lab.update_rule(state=("m",))
def moving(x, g, m, n, t, lr, beta):
    """A rule that moves x itself."""
    for i in range(n):
        m[i] = beta * m[i] + g[i]
        x[i] -= lr * m[i] / (1.0 + abs(m[i]))


VARIANTS = [
    lab.SGD(lr=1e-3, momentum=0.8, dampening=0.3, weight_decay=0.02, line8="previous"),
    lab.SGD(lr=1e-3, line8="accumulated"),
    lab.SGD(lr=1e-3, nesterov=False, dampening=0.5),
    lab.NGDM(1e-3, lab.GeneralizedDirichlet(4.5, 6.0), weight_decay=0.1, decay="momentum", form="exact"),
    lab.NGDM(1e-3, lab.Dirichlet(lab.ramp(8.8, -0.005)), dampening=0.2, first_step="dampened"),
    lab.Apollo.official(1e-3),
    lab.RMSProp(lr=1e-3, momentum=0.9, centered=True),
    lab.preconditioned(lab.Adam(lr=1e-3), lab.Dirichlet(1.4), form="exact"),
    moving(lr=0.01, beta=0.5),
]


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_every_optimizer_of_the_registry(name, check):
    check(get(name))


@pytest.mark.parametrize("opt", VARIANTS, ids=lambda opt: opt.name)
def test_other_settings_and_other_kinds(opt):
    check_optimizer(opt)


# -- a battery that passes everything is worth nothing ----------------------------------------------------


@dataclass(frozen=True)
class Greedy(lab.Adam):
    """Uses the caller's gradient as work space."""

    def step(self, x, g, state):
        super().step(x, g, state)
        if isinstance(g, np.ndarray):
            g *= 0.5


@dataclass(frozen=True)
class Forgetful(lab.Adam):
    """Leaves the state where it was."""

    def step(self, x, g, state):
        before = state.vectors.copy()
        super().step(x, g, state)
        state.vectors[...] = before


class Shared(lab.Adam):
    """All its runs share one state."""

    def init(self, x):
        kept = self.__dict__.setdefault("_kept", super().init(x))
        return kept if kept.shape == np.shape(x) else super().init(x)


class Tidy(lab.Adam):
    """Hides what is not finite."""

    def step(self, x, g, state):
        super().step(x, np.nan_to_num(np.asarray(g), posinf=0.0, neginf=0.0), state)


@dataclass  # not frozen: fields can be set, and there is no hash
class Loose(lab.Optimizer):
    lr: float = 1e-3
    eps: float = 1e-8
    weight_decay: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.999
    rule = lab.Adam.rule


class Doubling(lab.Adam):
    """Steps by hand are not the steps of the engine."""

    def step(self, x, g, state):
        super().step(x, g, state)
        super().step(x, g, state)
        state.t -= 1


class Copying(lab.Adam):
    """Works on lists by dropping the result."""

    def step(self, x, g, state):
        super().step(np.array(x, dtype=float), g, state)


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        (Greedy, check_step_in_place),
        (Copying, check_step_in_place),
        (Shared, check_reproducible),
        (Tidy, check_non_finite_gradients),
        (Forgetful, check_same_path_as_trace),
        (Doubling, check_same_path_as_trace),
        (Loose, check_frozen),
    ],
)
def test_the_battery_finds_what_is_wrong(kind, check):
    check(lab.Adam())
    with pytest.raises((AssertionError, pytest.fail.Exception, TypeError)) as caught:
        check(kind())
    assert not isinstance(caught.value, TypeError) or "unhashable" in str(caught.value)
