"""The page on derived gradients shows what is derived."""

from __future__ import annotations

import inspect
import linecache
import re
from pathlib import Path

from ngdm_lab.compiler.gradient.derive import derived

PAGE = Path(__file__).resolve().parents[2] / "docs" / "gradients.md"


def test_the_page_shows_what_is_derived() -> None:
    text = PAGE.read_text(encoding="utf-8")
    given, shown = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    linecache.cache["<page>"] = (len(given), None, given.splitlines(keepends=True), "<page>")
    space: dict[str, object] = {"__name__": "page"}
    exec(compile(given, "<page>", "exec"), space)
    assert inspect.getsource(derived(space["valley"])) == shown


def test_the_files_that_it_names_are_there() -> None:
    text = PAGE.read_text(encoding="utf-8")
    root = PAGE.parents[1]
    for name in re.findall(r"`([a-z_/]+\.py)`", text):
        assert (root / name).exists() or (root / "ngdm_lab/compiler/gradient" / name).exists(), name
