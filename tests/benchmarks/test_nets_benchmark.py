"""The benchmark of training steps runs; its committed result says where it was measured, and holds the targets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ngdm_lab.optimizers import names

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
MODELS = ["mlp", "lenet5", "cifar_cnn", "lstm_forecaster", "gru_forecaster"]


def test_the_committed_result():
    report = json.loads((FOLDER / "results" / "nets.json").read_text())
    assert report["machine"]["processor"]
    assert report["date"]
    rows = [row for row in report["table"] if row["setting"] == "one thread"]
    assert [row["model"] for row in rows] == MODELS
    for row in rows:
        assert row["ours_over"]["torch, best"] <= row["target_over_torch_best"]
        ours, theirs = row["parameters"]["ours"], row["parameters"]["torch"]
        assert 0 <= theirs - ours <= 512  # PyTorch's LSTM has a second bias
        measured = list(row["updates"])
        assert measured == names()[: len(measured)]  # the newest may not have been measured yet
        assert len(measured) >= 10


@pytest.mark.slow
def test_it_runs(tmp_path):
    out = tmp_path / "out.json"
    command = [sys.executable, str(FOLDER / "nets.py"), "--quick", "--models", "mlp", "--output", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    table = json.loads(out.read_text())["table"]
    for row in table:
        assert row["ms"]["ours"] > 0
    assert list(table[0]["updates"]) == names()
    assert all(0 < update["share_of_step"] < 1 for update in table[0]["updates"].values())
    assert list(table[0]["layers_ms"])[:3] == ["1 flatten", "2 dense", "3 bn"]
