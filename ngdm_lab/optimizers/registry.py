"""Optimizers by the ids and the short texts of the command line."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any

from ngdm_lab.compiler.checks import unknown_name
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, ramp

from .adadelta import Adadelta
from .adagrad import AdaGrad
from .adam import Adam
from .apollo import Apollo
from .base import Optimizer
from .ngdm import NGDM
from .rmsprop import RMSProp
from .sgd import SGD

__all__ = ["get", "names", "parse"]


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


_OWN_ALPHA = {"ngdm-dirichlet": ("alpha",), "ngdm-gendir": ("alpha", "beta")}
_RAMP = re.compile(r"(?P<start>.+[\d.])(?P<slope>[+-][^+-]+)i")


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


def parse(text: str) -> Optimizer:
    """An optimizer from text: ``id[:option=value]...``.

    Options are the optimizer's fields, and ``alpha`` and ``beta`` of NGDM's distributions, each a number or a
    ramp such as ``8.8-0.005i``. Examples: ``adam``, ``sgd:momentum=0``, ``ngdm-dirichlet:alpha=4:line8=previous``,
    ``ngdm-gendir-exact:alpha=3.5+0.005i:beta=3.9+0.005i``.

    Raises ValueError for a text that says something else, and for values that the optimizer refuses.
    """
    name, *words = [word.strip() for word in str(text).split(":")]
    plain = get(name)
    known = {f.name: getattr(plain, f.name) for f in dataclasses.fields(plain)}  # type: ignore[arg-type]
    own = _OWN_ALPHA.get(plain.name.removesuffix("-exact"), ())
    options: dict[str, Any] = {}
    alphas: dict[str, Any] = {}
    try:
        for word in words:
            key, _, value = word.partition("=")
            if not value or (key not in own and (key not in known or key in ("distribution", "form", "betas"))):
                settable = [*own, *(k for k in known if k not in ("distribution", "form", "betas"))]
                raise ValueError(f"unknown option {word!r}; as option=value there are {', '.join(settable)}")
            if key in own:
                alphas[key] = _number_or_ramp(key, value)
            else:
                options[key] = _like(key, value, known[key])
        if alphas:
            given = known["distribution"]
            options["distribution"] = type(given)(**{k: alphas.get(k, getattr(given, k)) for k in own})
        return plain.replace(**options)
    except (ValueError, TypeError) as error:
        raise ValueError(f"optimizer {text!r}: {error}") from None


def _number_or_ramp(key: str, value: str) -> Any:
    match = _RAMP.fullmatch(value)
    try:
        numbers = [float(match["start"]), float(match["slope"])] if match else [float(value)]
    except ValueError:
        raise ValueError(f"{key} must be a number or a ramp such as 1.4+0.005i, got {value!r}") from None
    return ramp(*numbers) if match else numbers[0]


def _like(key: str, value: str, default: Any) -> Any:
    """The text as a value of the default's kind."""
    if isinstance(default, bool):
        if value.lower() not in ("true", "false"):
            raise ValueError(f"{key} must be true or false, got {value!r}")
        return value.lower() == "true"
    if isinstance(default, str):
        return value
    try:
        return type(default)(value)
    except ValueError:
        raise ValueError(f"{key} must be a number, got {value!r}") from None
