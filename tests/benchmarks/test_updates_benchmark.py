"""The benchmark of updates runs, and its committed result is that of such a run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ngdm_lab.optimizers import names

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.mark.slow
def test_updates(tmp_path):
    done = subprocess.run(
        [sys.executable, str(FOLDER / "updates.py"), "--quick", "--output", str(tmp_path / "out.json")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out.json").read_text())
    assert [row["optimizer"] for row in report["table"]] == names() * 4
    assert all(row["share_of_copy_add"] > 0 for row in report["table"])


@pytest.fixture(scope="module")
def committed():
    return json.loads((FOLDER / "results" / "updates.json").read_text())


def test_committed_updates_name_their_machine(committed):
    assert committed["machine"]["processor"]
    assert committed["versions"]["numba"]
    assert committed["caches"]
    measured = [row["optimizer"] for row in committed["table"]]
    assert measured == names()[: len(measured) // 4] * 4  # the newest may not have been measured yet
    assert len(measured) >= 40
    assert sorted({row["parameters"] for row in committed["table"]}) == [537_354, 20_054_026]


def test_committed_updates_move_their_bytes_as_fast_as_a_copy_does(committed):
    """Every optimizer, in both precisions, in the cache and far beyond it."""
    slow = [row for row in committed["table"] if row["share_of_copy_add"] < 0.8]
    assert not slow
