"""The versions and the machine that a result was made by."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from collections.abc import Mapping
from functools import cache
from typing import Any

__all__ = ["environment", "made_by"]


def environment() -> dict[str, Any]:
    """Versions and machine, for the manifest and for `ngdm-lab doctor`."""
    import numba

    from ngdm_lab.compiler.build import FLAGS

    machine = {
        "system": f"{platform.system()} {platform.machine()}", "processor": _processor(), "cores": os.cpu_count(),
        "threads": numba.get_num_threads(), "compiled_for": numba.config.CPU_NAME or _processor(),
        "index_checks": bool(FLAGS.get("boundscheck")),
    }  # fmt: skip
    return {
        "versions": dict(_versions()), "engine": os.environ.get("NGDM_LAB_ENGINE", "lanes"), "machine": machine,
    }  # fmt: skip


def made_by(described: Mapping[str, Any]) -> dict[str, Any]:
    """The environment of a result: what its file names where it was loaded from one, else this one."""
    named = ("versions", "engine", "gpu", "machine", "note")
    return {**environment(), **{k: described[k] for k in named if k in described}}


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    """Looked up once: every run has them in its manifest, and the look costs milliseconds."""
    versions = [("python", sys.version.split()[0])]
    for package in ("ngdm-lab", "numpy", "scipy", "numba", "llvmlite", "matplotlib"):
        try:
            versions.append((package, importlib.metadata.version(package)))
        except importlib.metadata.PackageNotFoundError:
            versions.append((package, "not installed"))
    return tuple(versions)


@cache
def _processor() -> str:
    import llvmlite.binding

    return str(llvmlite.binding.get_host_cpu_name())
