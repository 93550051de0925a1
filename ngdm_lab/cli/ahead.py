"""Compilation of a race's parts in a second process, ahead of the race, which finds them in the cache on the disk."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from . import second

__all__ = ["compile_theirs", "compiling_ahead"]

ENOUGH = 2  # compilations from which on a second process is worth its start


@contextlib.contextmanager
def compiling_ahead(plan: Any) -> Iterator[None]:
    """Within this a second process compiles too, once the cache has been found to lack something.

    Both may compile the same thing at once: then one of them did so in vain. Where the second process fails, or a
    user defined the landscape, the race compiles for itself.
    """
    from ngdm_lab.compiler.build import AT_MISSES

    others: list[second.Process] = []
    misses = 0

    def missed() -> None:
        nonlocal misses
        misses += 1
        if misses == ENOUGH:
            others.extend(_start(plan))

    AT_MISSES.append(missed)
    try:
        yield
    finally:
        AT_MISSES.remove(missed)
        for other in others:
            second.end(other)


def compile_theirs() -> None:
    """What the second process does: compile for the pairs that standard input describes."""
    second.begin()
    from ngdm_lab.engine import manifest
    from ngdm_lab.experiments.race.ahead import compile_ahead

    pairs = []
    for optimizer, surface in json.load(sys.stdin):
        with contextlib.suppress(manifest.Own):
            pairs.append((manifest.decode(optimizer), manifest.decode(surface)))
    compile_ahead(pairs)


def _start(plan: Any) -> list[second.Process]:
    """The second process, or none."""
    told = json.dumps([(e["optimizer"], e["surface"]) for e in plan.described()["entries"]])
    try:  # a file, since a full pipe would hold up the race until the other process reads
        with tempfile.TemporaryFile("w+") as file:
            file.write(told)
            file.seek(0)
            other = second.start("from ngdm_lab.cli.ahead import compile_theirs; compile_theirs()", stdin=file)
    except OSError:
        return []
    return [] if other is None else [other]
