"""Nets on CUDA without a GPU: their laws on Numba's simulator, in a process of its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ways import on_simulator

FILES = [str(Path(__file__).with_name(f"test_cuda_{name}.py")) for name in ("nets", "fit")]


@pytest.mark.parametrize(
    ("marked", "least"), [("not slow", 70), pytest.param("slow", 10, marks=pytest.mark.slow)]
)
def test_all_laws_hold_on_the_simulator(marked, least):
    done = on_simulator(["-m", "pytest", *FILES, "-m", marked, "-q", "-n", "0", "-p", "no:cacheprovider"])
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    # none of them left out: that would be a check that did not run
    assert not re.search(r"skipped|xfailed|error", done.stdout), done.stdout[-2000:]
    [passed] = re.findall(r"(\d+) passed", done.stdout)
    assert int(passed) >= least


def test_the_command_line(tmp_path):
    words = ["train", "gru", "--data", "sinusoid", "--optimizer", "adam", "--epochs", "0", "--backend", "cuda",
             "--output", str(tmp_path / "r")]  # fmt: skip
    done = on_simulator([], f"from ngdm_lab.cli.main import main; raise SystemExit(main({words!r}))")
    assert done.returncode == 0, done.stderr
    assert '"device": "cuda"' in (tmp_path / "r" / "manifest.json").read_text()
