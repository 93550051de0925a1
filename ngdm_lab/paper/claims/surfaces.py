"""Landscapes by name, as jobs take them, and the paper's optimizers on them."""

from __future__ import annotations

from typing import Any

import landscapes as ls
from landscapes import Surface
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, ramp
from ngdm_lab.optimizers import NGDM, SGD, Adam, Apollo, Optimizer

__all__ = ["NAMES", "NGDMS", "bits", "bools", "optimizer", "surface"]

# label to name in a table; NGDM with the constants of the paper's MLP, Dirichlet and generalised Dirichlet
NAMES = {
    "sgd": "SGD", "adam": "Adam", "apollo": "Apollo", "dir": "NGDM Dir diagonal", "dir-exact": "NGDM Dir exact",
    "gendir": "NGDM GenDir diagonal", "gendir-exact": "NGDM GenDir exact", "twin": "control = SGD",
    "adam-twin": "control = Adam",
}  # fmt: skip
NGDMS = ("dir", "gendir", "dir-exact", "gendir-exact")


def surface(name: str) -> Surface:
    """A surface by a name such as rosenbrock:2, with frames: styblinski-tang:10:rotated=1."""
    return ls.parse(name)


def optimizer(label: str) -> Optimizer:
    """An optimizer by its label in `NAMES`, at any rate; KeyError for another label."""
    made: dict[str, Any] = {
        "sgd": SGD(0.01),
        "twin": SGD(0.01),
        "adam": Adam(),
        "adam-twin": Adam(),
        "apollo": Apollo(),
    }
    kinds: dict[str, Dirichlet | GeneralizedDirichlet] = {
        "dir": Dirichlet(ramp(1.4, 0.005)),
        "gendir": GeneralizedDirichlet(ramp(3.5, 0.005), ramp(3.9, 0.005)),
    }
    for kind, distribution in kinds.items():
        made[kind] = NGDM(0.01, distribution)
        made[f"{kind}-exact"] = NGDM(0.01, distribution, form="exact")
    found: Optimizer = made[label]
    return found


def bits(flags: Any) -> str:
    """(m,) True or False as a text of 1 and 0: what JSON can hold."""
    return "".join("1" if flag else "0" for flag in flags)


def bools(text: str) -> list[bool]:
    """What `bits` wrote."""
    return [letter == "1" for letter in text]
