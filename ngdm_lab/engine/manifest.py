"""Say in JSON what was run, so that it can be run again: optimizers, surfaces, distributions."""

from __future__ import annotations

import dataclasses
from numbers import Real
from typing import Any

import numpy as np

import landscapes
from landscapes import Surface
from ngdm_lab import geometry
from ngdm_lab.environment import environment
from ngdm_lab.optimizers import Preconditioned, RuleOptimizer
from ngdm_lab.optimizers.registry import kinds

__all__ = ["Own", "decode", "encode", "environment"]


def encode(value: Any) -> Any:
    """An optimizer, surface, distribution, array or number as JSON types."""
    if isinstance(value, Surface):
        ours = landscapes.families().get(value.family.name) is value.family
        return _marked({"surface": value.spec(), "name": value.name}, ours)
    if isinstance(value, RuleOptimizer):
        return {"rule": value.rule.name, "values": dict(value.values)}
    if isinstance(value, Preconditioned):
        parts = {"optimizer": value.optimizer, "distribution": value.distribution, "form": value.form}
        return {"preconditioned": {k: encode(v) for k, v in parts.items()}}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {f.name: encode(getattr(value, f.name)) for f in dataclasses.fields(value) if f.init}
        name = type(value).__name__
        ours = type(value) in (kinds().get(name), getattr(geometry, name, None))
        return _marked({"type": name, "fields": fields}, ours)
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        return [encode(v) for v in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return float(value) if isinstance(value, Real) else repr(value)


def _marked(described: dict[str, Any], ours: bool) -> dict[str, Any]:
    """Mark what a user defined, since it may bear the name of something of ours."""
    return described if ours else {**described, "defined": "by a user"}


class Own(ValueError):
    """A user defined it: its source is in no file."""


def decode(value: Any) -> Any:
    """What `encode` described. Raises Own, a ValueError, for an optimizer or landscape that was defined by a user, and
    ValueError for what is damaged."""
    try:
        return _decoded(value)
    except (AttributeError, KeyError, TypeError, IndexError, OverflowError, RecursionError) as error:
        reason = f"it lacks {error}" if isinstance(error, KeyError) else error
        raise ValueError(f"nothing can be made of {' '.join(repr(value).split())[:80]}: {reason}") from None


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [_decoded(v) for v in value]
    if not isinstance(value, dict):
        return value
    if "defined" in value:
        name = value.get("name", value.get("type"))
        raise Own(f"{name!r} was defined by a user: pass it in again from its own source")
    if "surface" in value:
        family = value["surface"]["family"]
        if not isinstance(family, str):
            raise ValueError(f"surface.family must be a text, got {family!r}")
        if family not in landscapes.names():
            raise Own(f"the landscape {family!r} was defined by a user: pass it in again from its own source")
        return landscapes.from_spec(value["surface"])
    if "rule" in value:
        raise Own(f"the rule {value['rule']!r} was defined by a user: pass it in again from its own source")
    if "preconditioned" in value:
        return Preconditioned(**{k: _decoded(v) for k, v in value["preconditioned"].items()})
    name, fields = value["type"], {k: _decoded(v) for k, v in value["fields"].items()}
    if name in kinds():
        if "betas" in fields:
            fields["betas"] = tuple(fields["betas"])
        return kinds()[name](**fields)
    kind = getattr(geometry, name, None)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return kind(**fields)
    raise ValueError(f"unknown type {name!r} in a manifest of this lab")
