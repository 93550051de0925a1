"""The benchmark of derived gradients runs, and its committed result is that of such a run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import landscapes as ls

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.mark.slow
def test_gradients(tmp_path):
    done = subprocess.run(
        [sys.executable, str(FOLDER / "gradients.py"), "--quick", "--output", str(tmp_path / "out.json")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out.json").read_text())
    assert len(report["table"]) == 3
    assert max(row["differs_by"] for row in report["table"]) <= 1e-13


def test_committed_gradients_are_those_of_all_landscapes():
    """At most twice the time of a gradient written by hand over the catalogue's median, three times at worst."""
    report = json.loads((FOLDER / "results" / "gradients.json").read_text())
    assert report["machine"]["processor"]
    assert {row["surface"] for row in report["table"]} >= {ls.get(name).name for name in ls.names()}
    ratios = [row["derived_ns"] / row["by_hand_ns"] for row in report["table"]]
    assert report["worst"] == pytest.approx(max(ratios))
    assert max(ratios) <= 3.0
    assert report["median"] <= 2.0
