"""Objects of this process in jobs: what a user made himself has no name that another process knows.

A token stands for such an object in a job's arguments: a digest of what it is. Jobs with tokens run in this process.
"""

from __future__ import annotations

import hashlib
import inspect
import types
from collections.abc import Mapping
from typing import Any

import numpy as np

from landscapes import Surface
from ngdm_lab.compiler.checks import brief, check_instance
from ngdm_lab.compiler.content import content
from ngdm_lab.compiler.freeze import is_own
from ngdm_lab.engine.manifest import decode, encode
from ngdm_lab.nets import registry
from ngdm_lab.nets.data import Data
from ngdm_lab.nets.model import Model
from ngdm_lab.optimizers import Optimizer

__all__ = [
    "data", "data_token", "is_live", "model", "model_token", "optimizer", "optimizer_token", "surface", "surface_token",
]  # fmt: skip

_objects: dict[str, Any] = {}


def data_token(given: Any) -> dict[str, Any]:
    """Of a data set's name, a job's own description of one, or `Data`.

    Raises TypeError for anything else.
    """
    if isinstance(given, str):
        return {"name": given, "options": {}}
    if isinstance(given, Mapping) and "name" in given:
        return dict(given)
    check_instance("data", given, Data, "a name such as 'mnist5k', or Data")
    return {"name": given.name, **_kept(given.digest[:32], given)}


def data(token: Mapping[str, Any]) -> Data:
    """The data set behind a token."""
    made: Data = _objects[token["live"]]
    return made


def model_token(given: Any) -> dict[str, Any]:
    """Of a model's name, a job's own description of one, or a function of a seed that makes a model.

    Raises TypeError for anything else, a Model among it: every seed needs one of its own.
    """
    if isinstance(given, str):
        return {"name": registry.full_name(given), "options": {}}
    if isinstance(given, Mapping) and "name" in given:
        return dict(given)
    if isinstance(given, Model) or not callable(given):
        raise TypeError("model must be a name such as 'mlp', or a function of a seed that makes a model, "
                        f"got {brief(given)}")  # fmt: skip
    made = given(0)
    if not isinstance(made, Model):
        raise TypeError(f"model(seed) must give a Model, got {brief(made)}")
    words = f"{_source(given)}\n{made.name} {made.vector.size}\n".encode() + np.ascontiguousarray(made.vector).tobytes()
    return {"name": made.name, **_kept(hashlib.sha256(words).hexdigest()[:32], given)}


def model(token: Mapping[str, Any], samples: Data, seed: int) -> Model:
    """A new model from a token, made for these samples with this seed."""
    if "live" in token:
        made: Model = _objects[token["live"]](seed)
        return made
    return registry.build(token["name"], samples, seed=seed, **dict(token.get("options", {})))


def optimizer_token(given: Optimizer) -> dict[str, Any]:
    """Of an optimizer: what a manifest says of it, or a token where only this process knows its rule."""
    described: dict[str, Any] = encode(given)
    try:
        decode(described)
    except ValueError:
        kinds = [_source(type(o)) for o in (given, getattr(given, "optimizer", given)) if not is_own(type(o))]
        rule = given.rule  # the frozen function with its helpers, and how it is called
        how = rule.state, rule.direction, rule.hyperparameters
        words = f"{described!r}\n{kinds!r}\n{how!r}\n{content(rule.function)}".encode()
        return {"name": given.name, "settings": repr(described), **_kept(hashlib.sha256(words).hexdigest()[:32], given)}
    return described


def optimizer(token: Mapping[str, Any]) -> Optimizer:
    """The optimizer behind a token."""
    made: Optimizer = _objects[token["live"]] if "live" in token else decode(dict(token))
    return made


def surface_token(given: Surface) -> dict[str, Any]:
    """Of a surface: what a manifest says of it, or a token where only this process knows its function."""
    described: dict[str, Any] = encode(given)
    try:
        decode(described)
    except ValueError:
        text = content(given.family.function)
        values = [v.tolist() if isinstance(v, np.ndarray) else v for _, v in given.parameters]
        words = f"{described!r}\n{values!r}\n{given.bounds.tolist()}\n{given.f_min!r}\n{text}".encode()
        return {"name": given.name, **_kept(hashlib.sha256(words).hexdigest()[:32], given)}
    return described


def surface(token: Mapping[str, Any]) -> Surface:
    """The surface behind a token."""
    made: Surface = _objects[token["live"]] if "live" in token else decode(dict(token))
    return made


def is_live(*tokens: Mapping[str, Any]) -> bool:
    """Whether one of them can run in this process only."""
    return any("live" in token for token in tokens)


def _kept(digest: str, thing: Any) -> dict[str, str]:
    _objects[digest] = thing
    return {"live": digest}


def _source(made: Any) -> str:
    """What a function or class of the user's is: a function with what it calls, a class by its text."""
    if isinstance(made, types.FunctionType):
        return content(made)
    try:
        return inspect.getsource(made)
    except (OSError, TypeError):
        return repr(made)
