"""Plain functions made of texts, whose source can be read again as if it stood in a file."""

from __future__ import annotations

import hashlib
import linecache
from collections.abc import Mapping
from typing import Any

__all__ = ["made"]


def made(text: str, name: str, scope: Mapping[str, Any], what: str) -> Any:
    """What stands under a name after a text was run with the names of `scope`; `what` is for tracebacks."""
    file = f"<{what} {hashlib.sha256(text.encode()).hexdigest()[:16]}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    space = dict(scope)
    exec(compile(text, file, "exec"), space)
    return space[name]
