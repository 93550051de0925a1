"""Packages whose names are imported on first use.

What such a package exports stands once, in the stub beside its ``__init__.py``: type checkers and editors read
``__init__.pyi``, and `attach` makes the table of names from it. (The idea is scientific-python's ``lazy_loader``.)
"""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from typing import Any

__all__ = ["attach"]

# one name a line, in the form that PEP 484 asks of a stub: from .module import Name as Name
_EXPORT = re.compile(r"^from (\S+) import (\w+) as \2$", re.MULTILINE)


def attach(package: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """The ``__getattr__``, ``__dir__`` and ``__all__`` of a package, from its stub.

    Parameters
    ----------
    package, file : the package's ``__name__`` and ``__file__``.

    A name is set in the package once it has been used, so that the next use costs nothing. A name of the package
    must not be that of a module in it: Python would put the module in its place.
    """
    with open(file.rpartition(".")[0] + ".pyi", encoding="utf-8") as stub:
        homes = {name: module for module, name in _EXPORT.findall(stub.read())}
    exported = sorted(homes)

    def get(name: str) -> Any:
        """Import a public name or a package on first use."""
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = homes[name]
        if module == ".":
            value = importlib.import_module(f"{package}.{name}")
        else:
            value = getattr(importlib.import_module(module, package), name)
        setattr(sys.modules[package], name, value)
        return value

    return get, lambda: exported, exported
