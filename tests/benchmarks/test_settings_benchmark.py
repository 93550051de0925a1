"""The benchmark of many settings runs, and its committed result is that of such a run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
PAIRS = 12  # three surfaces, four searches


@pytest.mark.slow
def test_settings(tmp_path):
    done = subprocess.run(
        [sys.executable, str(FOLDER / "settings.py"), "--quick", "--output", str(tmp_path / "out.json")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out.json").read_text())
    assert len(report["table"]) == PAIRS
    # blocks of one setting each would take 63 times as many lanes through the same steps
    assert max(row["steps_alone"] for row in report["table"] if row["surface"] != "rosenbrock-2d") < 5


def test_committed_settings_name_their_machine():
    committed = json.loads((FOLDER / "results" / "settings.json").read_text())
    assert committed["machine"]["processor"]
    assert committed["versions"]["numba"]
    assert len({(row["surface"], row["what"]) for row in committed["table"]}) == PAIRS
    assert all(row["many"] > 0 and row["one"] > 0 for row in committed["table"])
