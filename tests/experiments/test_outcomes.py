"""The table of outcomes: every reading once; what is impossible names its layer and i."""

from __future__ import annotations

import csv
import io
import sys

import pytest

from ngdm_lab.experiments import outcomes


@pytest.fixture(scope="module")
def table():
    return outcomes(["mlp"], samples=128, epochs=1, batch_norm=False, progress=False)


def test_every_combination_is_there_once(table):
    keys = [(r.distribution, r.form, r.index) for r in table.rows]
    assert len(keys) == len(set(keys)) == 1 + 2 * 2 * 4
    assert {r.batch_norm for r in table.rows} == {False}
    assert {r.outcome for r in table.rows} <= {"trains", "fails", "diverges", "impossible"}


def test_it_prints_and_writes_every_run(table):
    text = str(table)
    assert "mlp without batch norm" in text
    assert "mnist5k, 128 samples, 1 epoch, batches of 64, seed 0" in text
    for row in table.rows:
        assert row.cell() in text
    assert all(line == line.rstrip() for line in text.splitlines())
    rows = list(csv.DictReader(io.StringIO(table.to_csv())))
    assert [r["outcome"] for r in rows] == [r.outcome for r in table.rows]


def test_without_batch_norm_flat_explodes_and_fan_in_does_not(table):
    """What batch normalisation hides: under "flat" alpha reaches 2000, so that the rate is two thousandfold."""
    made = {(r.distribution, r.form, r.index): r.outcome for r in table.rows}
    assert made["dirichlet", "diagonal", "flat"] in ("diverges", "fails")
    assert made["dirichlet", "diagonal", "fan_in"] != "diverges"


def test_impossible_names_layer_and_i():
    made = outcomes(["gru"], indices=["flat"], samples=64, epochs=1, progress=False)
    wanted = [r for r in made.rows if r.index == "flat" and r.distribution == "dirichlet"]
    assert [(r.outcome, r.layer, r.i, r.steps) for r in wanted] == [("impossible", "gru1", 880, 0)] * 2
    assert "impossible: gru1, i = 880" in str(made)
    assert "must be positive" in wanted[0].why


def test_a_stand_in_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setitem(sys.modules, "pooch", None)  # no download
    made = outcomes(["cifar-cnn"], indices=["flat"], samples=32, epochs=1, batch_norm=True, progress=False)
    assert "cifar_cnn: mnist5k in place of cifar10, which is not at hand, 32 samples" in str(made)
    assert [r.outcome for r in made.rows[1:]] == ["impossible"] * 4


def test_bad_names():
    with pytest.raises(ValueError, match="unknown model 'vgg'"):
        outcomes(["vgg"])
    with pytest.raises(ValueError, match="each of indices must be one of"):
        outcomes(["mlp"], indices=["row"])
    with pytest.raises(ValueError, match="samples must be at least 1"):
        outcomes(["mlp"], samples=0)


@pytest.mark.slow
def test_the_mlps_readings_as_first_experiments_saw_them():
    made = {(r.batch_norm, r.distribution, r.form, r.index): r.outcome for r in outcomes(["mlp"], progress=False).rows}
    for index in ("fan_in", "fan_out", "layer", "flat"):
        assert made[True, "dirichlet", "diagonal", index] == "trains"
        assert made[True, "gendir", "exact", index] == "fails"
    assert made[True, "dirichlet", "exact", "flat"] == "fails"
    assert made[False, "dirichlet", "diagonal", "flat"] == "diverges"
