"""The GPU benchmark runs on the simulator; its estimate is what the assembly says, and is marked as one."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


def run(*arguments, **variables):
    return subprocess.run(
        [sys.executable, str(FOLDER / "gpu.py"), *arguments], capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(FOLDER.parent), **variables},
    )  # fmt: skip


def test_measuring(tmp_path):
    done = run("--quick", "--output", str(tmp_path / "out.json"), NUMBA_ENABLE_CUDASIM="1")
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out.json").read_text())
    assert (report["kind"], report["device"]) == ("measured", "Numba's CUDA simulator")
    assert [row["rule"] for row in report["table"]] == ["adam", "diagonal", "exact"]
    for row in report["table"]:
        assert {"cuda, float64", "cuda, float32"} < set(row["run_steps_per_second"])


@pytest.mark.skipif(sys.platform == "darwin", reason="NVIDIA has no CUDA packages for macOS")
def test_the_committed_estimate_is_that_of_the_kernels(tmp_path):
    done = run("--estimate", "--output", str(tmp_path / "out.json"))
    assert done.returncode == 0, done.stderr
    fresh = json.loads((tmp_path / "out.json").read_text())
    committed = json.loads((FOLDER / "results" / "gpu_estimate.json").read_text())
    assert fresh["kind"] == committed["kind"]
    assert "ESTIMATE" in committed["kind"]
    for mine, theirs in zip(fresh["table"], committed["table"], strict=True):
        assert (mine["rule"], mine["runs"], mine["steps"]) == (theirs["rule"], 1_000_000, 2_000)
        for chip, seconds in mine["estimated_seconds"].items():
            assert seconds == pytest.approx(theirs["estimated_seconds"][chip], rel=0.15)


@pytest.fixture
def chips(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))
    spec = importlib.util.spec_from_file_location("gpu_chips", FOLDER / "gpu_chips.py")
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "gpu_chips", module)
    spec.loader.exec_module(module)
    return module


def test_the_peak_is_that_of_the_data_sheets(chips):
    for chip in chips.CHIPS:
        tera = [2 * chip.multiprocessors * chip.lanes(p) * chip.clock / 1e12 for p in ("float64", "float32")]
        assert tera == pytest.approx([34, 67], rel=0.02)


def test_what_binds(chips):
    h100 = chips.CHIPS[0]
    clocks = h100.multiprocessors * h100.clock
    arithmetic, issue = {"step": 64, "step_f64": 64}, {"step": 256, "step_f64": 64}
    assert chips.least_seconds(h100, arithmetic, "float64", clocks) == pytest.approx(1.0)
    assert chips.least_seconds(h100, issue, "float64", clocks) == pytest.approx(2.0)
    assert chips.resident_threads({"registers": 61}, 128) == 1024
    assert chips.resident_threads({"registers": 20}, 128) == 2048
