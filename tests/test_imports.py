"""What an import costs and what it pulls in."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("package", ["landscapes", "ngdm_lab"])
def test_import_loads_nothing_heavy(package):
    heavy = "('numba', 'scipy', 'matplotlib', 'tqdm')"
    assert run(f"import sys, {package}; print([m for m in {heavy} if m in sys.modules])") == "[]"


def test_landscapes_need_nothing_of_ngdm_lab_but_the_compiler():
    code = """
import sys
import landscapes as ls
turned = ls.rosenbrock(2).rotated(1)
print(turned(turned.minima)[0] < 1e-20, ls.get("ackley", 3)([0, 0, 0]), len(ls.names()) >= 12)
print([m for m in sys.modules if m.startswith("ngdm_lab.") and m.split(".")[1] not in ("compiler", "lazy")])
"""
    assert run(code).splitlines() == ["True 0.0 True", "[]"]


@pytest.mark.parametrize("package", ["landscapes", "ngdm_lab"])
def test_every_public_name_is_there(package):
    code = f"import {package} as p; print([n for n in p.__all__ if not hasattr(p, n)], set(p.__all__) - set(dir(p)))"
    assert run(code) == "[] set()"
