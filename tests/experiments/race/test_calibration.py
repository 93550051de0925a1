"""Equal rules are called different at most one time in twenty; what a disguise is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.experiments.race.calibration import DISGUISES, FAR, FEW, LANDSCAPES, calibration, disguised
from ngdm_lab.experiments.statistics.compare import wilson

COMMITTED = Path(__file__).parents[3] / "benchmarks" / "results" / "calibration.json"


def test_disguises_are_sgd():
    s, start = ls.rosenbrock(2), [-1.2, 1.0]
    path = lab.trace(lab.SGD(1e-3), s, start, 200).x
    assert np.allclose(lab.trace(disguised(lr=1e-3 / 1.37), s, start, 200).x, path, rtol=1e-9)
    ngdm = DISGUISES["ngdm"]
    assert np.allclose(lab.trace(ngdm.replace(lr=1e-3 / ngdm.gain(2)), s, start, 200).x, path, rtol=1e-9)


def test_rows_count_what_was_compared():
    rows = calibration([3, 4], [ls.sphere(2)], 30, 50, tuning_starts=16)
    assert [(row["surface"], row["rule"]) for row in rows] == [("sphere-2d", "ngdm"), ("sphere-2d", "scaled")]
    for row in rows:
        assert row["comparisons"] == 2
        assert row["share"] == row["different"] / 2
        assert row["low"] <= row["share"] <= row["high"]
        assert row["by_last"] == 0
        assert set(row["beyond"]) == {"time", "arrival", "hits"}
    [far] = calibration([3], [ls.rosenbrock(10)], 30, 20, tuning_starts=16)[:1]
    assert (far["by_last"], far["beyond"]["time"]) == (1, 0)


def check(rows):
    """At most 5 % of all, and of no landscape surely more."""
    assert sum(row["different"] for row in rows) <= 0.05 * sum(row["comparisons"] for row in rows)
    assert all(row["low"] <= 0.05 for row in rows)
    # and the noise of tuning is what does it
    assert sum(row["plain"] for row in rows) > 3 * 0.05 * sum(row["comparisons"] for row in rows)
    # so do equal rules stay within the floor's reach
    for measure in ("time", "arrival", "hits"):
        beyond = [row["beyond"][measure] for row in rows]
        assert sum(beyond) <= 0.05 * sum(row["comparisons"] for row in rows)
        assert all(wilson(k, row["comparisons"])[0] <= 0.05 for k, row in zip(beyond, rows, strict=True))


def test_the_committed_figure_is_of_calibrated_tests():
    made = json.loads(COMMITTED.read_text(encoding="utf-8"))
    assert made["seeds"] == 200
    near = [row for row in made["rows"] if "steps" not in row["surface"]]
    far = [row for row in made["rows"] if "steps" in row["surface"]]
    assert {row["surface"] for row in near} == {ls.parse(text).name for text in LANDSCAPES}
    assert {row["surface"] for row in far} == {f"{ls.parse(text).name}, {FEW} steps" for text in FAR}
    check(near)
    check(far)
    assert all(row["by_last"] > 0.6 * row["comparisons"] for row in far)
    assert sum(row["by_last"] for row in far) > 0.9 * sum(row["comparisons"] for row in far)
    assert all(row["share"] <= 0.05 for row in made["rows"])
    assert COMMITTED.with_suffix(".png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_equal_rules_are_rarely_called_different():
    check(calibration(range(1000, 1025)))
    check(calibration(range(1000, 1025), [ls.parse(text) for text in FAR], steps=FEW))
