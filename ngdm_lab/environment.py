"""The versions and the machine that a result was made by."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from collections.abc import Mapping
from typing import Any

__all__ = ["environment", "made_by"]


def environment() -> dict[str, Any]:
    """Versions and machine, for the manifest and for `ngdm-lab doctor`."""
    packages = ("ngdm-lab", "numpy", "scipy", "numba", "llvmlite", "matplotlib")
    versions = {}
    for package in packages:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "not installed"
    system = f"{platform.system()} {platform.machine()}"
    return {
        "versions": {"python": sys.version.split()[0], **versions},
        "engine": os.environ.get("NGDM_LAB_ENGINE", "lanes"),
        "machine": {"system": system, "processor": _processor(), "cores": os.cpu_count()},
    }


def made_by(described: Mapping[str, Any]) -> dict[str, Any]:
    """The environment of a result: what its file names where it was loaded from one, else this one."""
    kept = {k: described[k] for k in ("versions", "engine", "machine") if k in described}
    return kept or environment()


def _processor() -> str:
    import llvmlite.binding

    return str(llvmlite.binding.get_host_cpu_name())
