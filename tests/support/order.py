"""With ``NGDM_LAB_TEST_ORDER=SEED`` files, and the tests in each, run in another order: none may lean on another.

Files stay together, since their tests share what they compile.
"""

from __future__ import annotations

import os
import random
from typing import Any

__all__ = ["pytest_collection_modifyitems", "pytest_report_header"]


def pytest_report_header() -> str:
    """The seed, for whoever has to run a failure again."""
    seed = os.environ.get("NGDM_LAB_TEST_ORDER")
    return f"order: NGDM_LAB_TEST_ORDER={seed}" if seed else ""


def pytest_collection_modifyitems(items: list[Any]) -> None:
    """Shuffle; the same on every worker."""
    seed = os.environ.get("NGDM_LAB_TEST_ORDER")
    if not seed:
        return
    stream = random.Random(seed)
    files: dict[str, list[Any]] = {}
    for item in items:
        files.setdefault(str(item.path), []).append(item)
    names = list(files)
    stream.shuffle(names)
    for name in names:
        stream.shuffle(files[name])
    items[:] = [item for name in names for item in files[name]]
