"""Every figure script runs as a reader would run it, and prints and draws what it says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).resolve().parents[2] / "paper_figures").glob("*.py"))


def run(script, *arguments):
    return subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, check=False)


def test_there_are_scripts():
    assert SCRIPTS


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_writes_its_figure_as_png_and_pdf(script, tmp_path):
    done = run(script, "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    made = {p.suffix: p.read_bytes() for p in tmp_path.iterdir()}
    assert set(made) == {".png", ".pdf"}
    assert made[".png"].startswith(b"\x89PNG")
    assert made[".pdf"].startswith(b"%PDF")


def test_equations_8_and_9_printed_and_right(tmp_path):
    done = run(next(p for p in SCRIPTS if p.stem.startswith("eq8")), "--output", str(tmp_path))
    for word in ("1.428", "11.507", "0.203", "24.38", "16.38", "8.40", "3.30", "23.00", "19.98"):
        assert word in done.stdout, word


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_unwritable_folder_is_one_line(script, tmp_path):
    (tmp_path / "file").write_text("")
    done = run(script, "--output", str(tmp_path / "file" / "below"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
