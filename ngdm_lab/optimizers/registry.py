"""Optimizers by the ids of the command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from landscapes.checks import unknown_name
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, ramp

from .adadelta import Adadelta
from .adagrad import AdaGrad
from .adam import Adam
from .apollo import Apollo
from .base import Optimizer
from .ngdm import NGDM
from .rmsprop import RMSProp
from .sgd import SGD

__all__ = ["get", "names"]


def _dirichlet() -> Dirichlet:
    """The paper's constants for its MLP: alpha_i = 1.4 + 0.005 i."""
    return Dirichlet(ramp(1.4, 0.005))


def _gendir() -> GeneralizedDirichlet:
    """The paper's constants for its MLP: alpha_i = 3.5 + 0.005 i, beta_i = 3.9 + 0.005 i."""
    return GeneralizedDirichlet(ramp(3.5, 0.005), ramp(3.9, 0.005))


_MAKERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": lambda lr=1e-3, **o: SGD(lr, **o),
    "adam": Adam,
    "apollo": Apollo,
    "ngdm-dirichlet": lambda lr=1e-3, **o: NGDM(lr, _dirichlet(), **o),
    "ngdm-dirichlet-exact": lambda lr=1e-3, **o: NGDM(lr, _dirichlet(), form="exact", **o),
    "ngdm-gendir": lambda lr=1e-3, **o: NGDM(lr, _gendir(), **o),
    "ngdm-gendir-exact": lambda lr=1e-3, **o: NGDM(lr, _gendir(), form="exact", **o),
    "adagrad": AdaGrad,
    "adadelta": Adadelta,
    "rmsprop": RMSProp,
}


def names() -> list[str]:
    """The ids, in the order of the paper's tables."""
    return list(_MAKERS)


def get(name: str, **options: Any) -> Optimizer:
    """An optimizer by its id, with the paper's MLP constants for the distributions of NGDM.

    Raises ValueError for an unknown id, with near ones.
    """
    key = str(name).strip().lower().replace("_", "-")
    if key not in _MAKERS:
        raise unknown_name("optimizer", name, _MAKERS)
    return _MAKERS[key](**options)
