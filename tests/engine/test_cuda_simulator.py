"""The CUDA engine without a GPU: its laws on Numba's simulator, in a process of its own."""

from __future__ import annotations

import re
from pathlib import Path

import landscapes as ls
from ways import on_simulator

FILES = [str(Path(__file__).with_name(f"test_cuda_{name}.py")) for name in ("device", "kernels", "landscapes")]


def test_all_laws_hold_on_the_simulator():
    done = on_simulator(["-m", "pytest", *FILES, "-m", "not slow", "-q", "-n", "0", "-p", "no:cacheprovider"])
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    # none of them left out: that would be a check that did not run
    assert not re.search(r"skipped|xfailed|deselected|error", done.stdout), done.stdout[-2000:]
    [passed] = re.findall(r"(\d+) passed", done.stdout)
    assert int(passed) >= len(ls.names()) + 40


def test_the_command_line(tmp_path):
    words = ["race", "--landscapes", "sphere:2", "--optimizers", "sgd,adam", "--same-lr", "0.1", "--starts", "3",
             "--steps", "5", "--no-figures", "--backend", "cuda", "--output", str(tmp_path / "r")]  # fmt: skip
    done = on_simulator([], f"from ngdm_lab.cli.main import main; raise SystemExit(main({words!r}))")
    assert done.returncode == 0, done.stderr
    assert '"backend": "cuda"' in (tmp_path / "r" / "manifest.json").read_text()
