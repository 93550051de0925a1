"""Say in JSON what was run, so that it can be run again: optimizers, surfaces, distributions.

What a user defined is described by its name and the text of its function, for people to read: nothing in a file is ever
run. It is made again of the user's own rule or landscape, where that is handed in (`knowing`) and has the same text.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from numbers import Real
from typing import Any

import numpy as np

import landscapes
from landscapes import Family, Surface
from landscapes.registry import every_family
from ngdm_lab import geometry
from ngdm_lab.compiler.checks import brief, check_each
from ngdm_lab.compiler.written import written
from ngdm_lab.environment import environment
from ngdm_lab.optimizers import Optimizer, Preconditioned, RuleOptimizer, UpdateRule
from ngdm_lab.optimizers.registry import kinds

__all__ = ["Differs", "Own", "decode", "encode", "environment", "knowing", "source"]

_known: ContextVar[Mapping[tuple[str, str], Any]] = ContextVar("known", default={})  # noqa: B039  never changed
_OWN = "rules, landscapes or classes of optimizers of your own"


def encode(value: Any) -> Any:
    """An optimizer, surface, distribution, array or number as JSON types."""
    if isinstance(value, Surface):
        ours = every_family().get(value.family.name) is value.family
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


def source(value: Optimizer | Surface) -> dict[str, str]:
    """The text of a user's rule or landscape under "source"; nothing for the lab's own."""
    text = written(value.family.function if isinstance(value, Surface) else value.rule.function)
    return {"source": text} if text else {}


class Own(ValueError):
    """A user defined it, and has not handed it in."""


class Differs(ValueError):
    """What the user handed in is not what the file's run was made with."""


@contextmanager
def knowing(own: Any) -> Iterator[None]:
    """Inside this `decode` knows what a user defined: rules, landscapes, classes of optimizers, or a list of them.

    Raises TypeError for what is none of these.
    """
    kinds: tuple[type, ...] = (UpdateRule, RuleOptimizer, Family, Surface, type)
    before = _known.set(dict(map(_named, check_each("own", own, kinds, _OWN, 0))))
    try:
        yield
    finally:
        _known.reset(before)


def _named(one: Any) -> tuple[tuple[str, str], Any]:
    """(what it is, its name), and the thing that is called by a description."""
    if isinstance(one, Surface | Family):
        family = one.family if isinstance(one, Surface) else one
        return ("landscape", family.name), family
    if isinstance(one, type):
        if not (issubclass(one, Optimizer) and dataclasses.is_dataclass(one)):
            raise TypeError(f"own must be {_OWN}, got {brief(one)}")
        return ("type", one.__name__), one
    rule = one.rule if isinstance(one, RuleOptimizer) else one
    return ("rule", rule.name), rule


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
    if "surface" in value:
        family = value["surface"]["family"]
        if not isinstance(family, str):
            raise ValueError(f"surface.family must be a text, got {family!r}")
        if "defined" in value or family not in every_family():
            words = repr(value["name"]) if "defined" in value else f"the landscape {family!r}"
            return _same(landscapes.from_spec(value["surface"], _handed("landscape", family, words)), value)
        return landscapes.from_spec(value["surface"])
    if "rule" in value:
        rule = _handed("rule", value["rule"], f"the rule {value['rule']!r}")
        return _same(RuleOptimizer(rule, tuple(value["values"].items())), value)
    if "defined" in value:
        kind = _handed("type", value["type"], repr(value.get("name", value["type"])))
        return _same(kind(**{k: _decoded(v) for k, v in value["fields"].items()}), value)
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


def _handed(kind: str, name: str, words: str) -> Any:
    """What the user handed in under a name."""
    if (kind, name) not in _known.get():
        raise Own(f"{words} was defined by a user: pass it in again from its own source")
    return _known.get()[kind, name]


def _same(made: Any, described: Mapping[str, Any]) -> Any:
    """What was made of the user's own, if its text is the file's; files of earlier versions have none."""
    if described.get("source", now := source(made).get("source", "")) != now:
        raise Differs(f"own must hold {made.name!r} as the file has it: its text is another now")
    return made
