"""No module imports another that leads back to it, not even in a function or for a type checker."""

from __future__ import annotations

from pathlib import Path

import pytest

from import_graph import circles, import_graph

ROOT = Path(__file__).resolve().parents[2]


def test_there_is_no_circle():
    found = circles(import_graph(ROOT, "landscapes", "ngdm_lab"))
    assert not found, "modules that import each other:\n" + "\n".join(", ".join(group) for group in found)


def test_the_graph_is_that_of_the_packages():
    graph = import_graph(ROOT, "landscapes", "ngdm_lab")
    assert "ngdm_lab.compiler.checks" in graph["landscapes.define"]
    assert "ngdm_lab.engine.ensemble" in graph["ngdm_lab"]
    assert "ngdm_lab.nets.training.fit" in graph["ngdm_lab.nets"]


PLANTED = {
    "none": ("", "", []),
    "plain": ("from pack import b", "from pack import a", [["pack.a", "pack.b"]]),
    "in a function": ("from . import b", "def f():\n    from .a import x", [["pack.a", "pack.b"]]),
    "for types": ("import pack.b", "if TYPE_CHECKING:\n    from pack.a import x", [["pack.a", "pack.b"]]),
    "by way of the package": ("from .b import y", "from pack import x", [["pack.a", "pack.b"]]),
    "of the whole package": ("", "import pack", [["pack", "pack.b"]]),
    "names of a package are those of their modules": ("from pack import y", "", []),
}


@pytest.mark.parametrize("case", PLANTED)
@pytest.mark.parametrize("stub", [False, True])
def test_planted_circles_are_found(case, stub, tmp_path):
    a, b, expected = PLANTED[case]
    folder = tmp_path / "pack"
    folder.mkdir()
    exports = "from .a import x as x\nfrom .b import y as y\n"
    (folder / "__init__.py").write_text("" if stub else exports)
    if stub:
        (folder / "__init__.pyi").write_text(exports)
    (folder / "a.py").write_text(f"{a}\nx = 1\n")
    (folder / "b.py").write_text(f"{b}\ny = 1\n")
    assert circles(import_graph(tmp_path, "pack")) == expected
