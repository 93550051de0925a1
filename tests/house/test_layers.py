"""Imports go one way, with the compiler at the bottom: the contract of setup.cfg."""

from __future__ import annotations

import configparser
import subprocess
import sys
from pathlib import Path

from import_graph import import_graph

ROOT = Path(__file__).resolve().parents[2]


def test_the_contract_is_kept():
    code = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    options = ["--no-cache", "--config", str(ROOT / "setup.cfg")]
    done = subprocess.run([sys.executable, "-c", code, *options], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Contracts: 1 kept, 0 broken." in done.stdout


def test_the_contract_names_every_room():
    """A new folder of `ngdm_lab` has its place among the layers; those in parentheses may be missing."""
    parser = configparser.ConfigParser()
    parser.read(ROOT / "setup.cfg")
    lines = parser["importlinter:contract:layers"]["layers"].split("\n")
    layers = {word.strip(" ()") for line in lines for word in line.split("|")} - {""}
    parts = {path for path in (ROOT / "ngdm_lab").iterdir() if (path / "__init__.py").is_file() or path.suffix == ".py"}
    rooms = {f"ngdm_lab.{path.stem}" for path in parts if not path.stem.startswith("__")}
    assert rooms | {"landscapes"} <= layers
    assert lines[-1] == "ngdm_lab.compiler"


def test_landscapes_import_the_compiler_and_the_compiler_nothing():
    graph = import_graph(ROOT, "landscapes", "ngdm_lab")
    for module, imported in graph.items():
        own = {name for name in imported if name.startswith("ngdm_lab")}
        if module.startswith("landscapes"):
            assert {".".join(name.split(".")[:2]) for name in own} <= {"ngdm_lab.compiler"}, module
        if module.startswith("ngdm_lab.compiler"):
            assert all(name.startswith("ngdm_lab.compiler") for name in imported), module
