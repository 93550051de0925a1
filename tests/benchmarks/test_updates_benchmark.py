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
    told = json.loads((tmp_path / "out.json").read_text())
    assert [row["optimizer"] for row in told["table"]] == names() * 2
    assert all(row["share_of_copy_add"] > 0 for row in told["table"])


def test_committed_updates_name_their_machine():
    told = json.loads((FOLDER / "results" / "updates.json").read_text())
    assert told["machine"]["processor"]
    assert told["versions"]["numba"]
    assert [row["optimizer"] for row in told["table"]] == names() * 2


def test_committed_updates_move_their_bytes_as_fast_as_a_copy_does():
    """In the nets' own precision; exact forms have sums and solves between their loads and stores."""
    told = json.loads((FOLDER / "results" / "updates.json").read_text())
    fused = [row for row in told["table"] if row["dtype"] == "float32" and not row["optimizer"].endswith("exact")]
    assert len(fused) == 8
    assert all(row["share_of_copy_add"] >= 0.8 for row in fused)
