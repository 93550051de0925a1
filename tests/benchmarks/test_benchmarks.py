"""The benchmarks run; their numbers are no business of a test. The committed results are those of such runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import landscapes as ls

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"


def run(name, *arguments):
    return subprocess.run([sys.executable, str(FOLDER / name), *arguments], capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_compile_time(tmp_path):
    done = run("compile_time.py", "--output", str(tmp_path / "out.json"))
    assert done.returncode == 0, done.stderr
    assert "race, whole process" in done.stdout


@pytest.mark.slow
def test_geometry(tmp_path):
    done = run("geometry.py", "--quick", "--output", str(tmp_path / "out.json"))
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out.json").read_text())
    assert [row["n"] for row in report["solves"]] == [10, 100, 1000]
    assert all(row["share_of_copy_add"] > 0 for row in report["bandwidth"])


@pytest.mark.slow
def test_tiny_nets(tmp_path):
    done = run("tiny_nets.py", "--quick", "--output", str(tmp_path / "out.json"))
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "out.json").read_text())
    assert [row["surface"] for row in report["table"]] == ["tiny_spirals-33d", "tiny_autoencoder-59d"]


@pytest.mark.slow
def test_tuning_halving(tmp_path):
    words = ["--landscapes", "sphere:2,rastrigin:2", "--starts", "16", "--steps", "200"]
    done = run("tuning_halving.py", *words, "--output", str(tmp_path / "out.json"))
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out.json").read_text())["summary"]["exact"]["pairs"] >= 14


def test_committed_halvings_choose_other_rates_so_no_tuning_halves():
    report = json.loads((FOLDER / "results" / "tuning_halving.json").read_text())
    listed = {row["landscape"] for row in report["rows"]}
    assert len(listed) >= 56
    assert listed <= {ls.get(name).name for name in ls.names()}
    assert report["summary"]["halves"]["another_rate"] > report["summary"]["halves"]["pairs"] / 2
    assert report["summary"]["exact"]["share_of_evaluations"] > 0.7
    for row in report["rows"]:
        assert row["share"]["exact, up to hits"] <= row["share"]["exact"] <= 1.0


def test_committed_fisher_solves_move_their_bytes_as_fast_as_a_copy_does():
    report = json.loads((FOLDER / "results" / "geometry.json").read_text())
    assert [row["n"] for row in report["bandwidth"]] == [1_000_000] * 3
    assert all(row["share_of_copy_add"] >= 0.8 for row in report["bandwidth"])


def test_committed_solves_and_fits_have_every_contestant():
    report = json.loads((FOLDER / "results" / "geometry.json").read_text())
    assert [row["n"] for row in report["solves"]] == [10, 100, 1000]
    for row in report["solves"]:
        others = {"scipy dense, from alpha", "scipy dense, repeated", "geomstats, from alpha"}
        assert set(row["times_as_slow_as_ours"]) == others
        assert min(row["times_as_slow_as_ours"].values()) > 1
    assert len(report["fits"]) >= 4
    assert all(row["fixed_point_over_ours"] > 1 for row in report["fits"])  # Minka's


@pytest.mark.parametrize("name", ["ensemble", "compile_time", "geometry", "tiny_nets"])
def test_committed_results_name_their_machine(name):
    report = json.loads((FOLDER / "results" / f"{name}.json").read_text())
    assert report["machine"]["processor"]
    assert report["versions"]["numba"]


def test_committed_contestants_did_the_same_work():
    report = json.loads((FOLDER / "results" / "ensemble.json").read_text())
    assert all(row["largest_difference_from_c"] < 1e-9 for row in report["table"])
    report = json.loads((FOLDER / "results" / "tiny_nets.json").read_text())
    assert all(max(row["largest_difference_after_20_steps"].values()) < 1e-12 for row in report["table"])
    assert all("torch.func.vmap" in row["times_as_slow_as_ours"] for row in report["table"])
