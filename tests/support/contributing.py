"""CONTRIBUTING.md as a newcomer follows it: its blocks applied to a copy of the lab, what it says to try run there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"^\*\*`([^`]+)`\*\*", re.MULTILINE)


def section(title: str) -> str:
    """The text under a heading of the page."""
    [found] = [part for part in re.split(r"^## ", PAGE, flags=re.MULTILINE) if part.startswith(f"{title}\n")]
    return found


def blocks(text: str) -> list[tuple[str, str, str]]:
    """(file or "try", language, body) of each code block: what stands before a block says where it goes."""
    found, at = [], 0
    for match in _BLOCK.finditer(text):
        before = text[at : match.start()]
        files = _FILE.findall(before)
        if "*Try it:*" in before:
            assert not files, files
            found.append(("try", match[1], match[2]))
        elif files:
            found.append((files[-1], match[1], match[2]))
        at = match.end()
    return found


def copy(target: Path) -> None:
    """The packages and tests in another folder."""
    for folder in ("landscapes", "ngdm_lab", "tests"):
        shutil.copytree(ROOT / folder, target / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "setup.cfg"):
        shutil.copy(ROOT / name, target / name)


def apply(text: str, target: Path) -> tuple[set[str], int]:
    """Apply a section's blocks to a copy: (the files touched, how many lines were added)."""
    touched, added = set(), 0
    for name, language, body in blocks(text):
        if name == "try":
            continue
        path = target / name
        before = path.read_text() if path.exists() else ""
        if language == "diff":
            after = _patched(before, body, name)
        else:
            after = f"{before.rstrip()}\n\n\n{body}" if before else body
        path.write_text(after)
        touched.add(name)
        added += len(after.splitlines()) - len(before.splitlines())
    return touched, added


def _patched(text: str, diff: str, name: str) -> str:
    """The text with a diff's lines; those that are not new must stand in the text, once."""
    lines = diff.splitlines()
    assert all(line[:1] in ("+", "-", " ", "") for line in lines), f"{name}: a diff's lines begin with +, - or a space"
    known = "".join(f"{line[1:]}\n" for line in lines if line[:1] != "+")
    assert text.count(f"\n{known}") == 1, f"{name} has {text.count(known)} times:\n{known}"
    return text.replace(f"\n{known}", "\n" + "".join(f"{line[1:]}\n" for line in lines if line[:1] != "-"))


def run(target: Path, *command: str) -> str:
    """What a Python command prints, with the copy first on the path; AssertionError where it fails."""
    path = os.pathsep.join([str(target), str(target / "tests" / "support")])
    done = subprocess.run(
        [sys.executable, *command], cwd=target, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def follow(title: str, target: Path) -> tuple[set[str], int]:
    """Do what a section says, look at it as `ruff` does, and run what it says to try; `apply`'s result."""
    copy(target)
    applied = apply(section(title), target)
    run(target, "-m", "ruff", "check", "--no-cache", *sorted(applied[0]))
    trials = [body for name, _, body in blocks(section(title)) if name == "try"]
    assert trials
    for body in trials:
        run(target, "-c", f"import ngdm_lab; assert ngdm_lab.__file__.startswith({str(target)!r})\n{body}")
    return applied


def pytest_in(target: Path, *arguments: str) -> str:
    """Tests of the copy, in one process."""
    return run(target, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *arguments)
