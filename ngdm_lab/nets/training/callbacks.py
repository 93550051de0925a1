"""What `fit` calls while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ngdm_lab.compiler.checks import brief, check_instance

__all__ = ["checked"]


def checked(callbacks: Any) -> tuple[Any, ...]:
    """The callbacks as a tuple; TypeError for what is no sequence of them, before a step is taken.

    A callback is a function of the running `Training`, or an object with `on_epoch` or `on_step`.
    """
    if isinstance(callbacks, str):
        raise TypeError(f"callbacks must be a list of functions or objects, got {brief(callbacks)}")
    check_instance("callbacks", callbacks, Sequence, "a list of functions or objects")
    for one in callbacks:
        if not (callable(one) or callable(getattr(one, "on_step", None)) or callable(getattr(one, "on_epoch", None))):
            raise TypeError(f"callbacks must be functions, or objects with on_epoch or on_step, got {brief(one)}")
    return tuple(callbacks)
