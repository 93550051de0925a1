"""The benchmark of the goodness-of-fit kernels runs, and its committed contestants did the same work."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


def check(report):
    assert report["machine"]["processor"]
    assert report["versions"]["numba"]
    for row in report["table"]:
        difference = row["largest_difference_from_scipy"]
        assert difference is None if row["what"] == "whole energy test" else difference < 1e-9


def test_the_committed_result():
    report = json.loads((FOLDER / "results" / "goodness_of_fit.json").read_text())
    check(report)
    assert {row["what"] for row in report["table"]} == {"energy statistic", "triangle sides", "whole energy test"}
    assert all(row["times_as_slow_as_ours"]["scipy"] > 1 for row in report["table"])


@pytest.mark.slow
def test_it_runs(tmp_path):
    command = [sys.executable, str(FOLDER / "goodness_of_fit.py"), "--quick", "--output", str(tmp_path / "out.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out.json").read_text())
    check(report)
    assert len(report["table"]) == 6
