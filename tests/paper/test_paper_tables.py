"""Tables 1 to 4: the roster, the paper's numbers, both protocols, the text."""

from __future__ import annotations

import csv
import io

import pytest

from ngdm_lab.cli.main import main
from ngdm_lab.experiments.net_race.contenders import CONTROL
from ngdm_lab.experiments.net_race.race import race
from ngdm_lab.nets import presets
from ngdm_lab.paper import tables
from ngdm_lab.paper.numbers import COLUMNS, PAPER
from ngdm_lab.paper.rosters import MATCHED, column_of, roster
from ngdm_lab.paper.table_text import PaperTable

TINY = {
    "mlp": tables.Size({"name": "digits", "options": {}, "train": 120, "test": 60}, 2, 1, 1, 40),
    "lenet5": tables.Size({"name": "mnist5k", "options": {}, "train": 60, "test": 40}, 2, 1, 1, 30),
}


@pytest.fixture
def tiny(monkeypatch):
    monkeypatch.setitem(tables._SIZES, "quick", TINY)


def made(number, **options):
    return PaperTable(number, "quick", tables.table(number, "quick", executor="inline", **options))


@pytest.mark.parametrize("model", presets.names())
def test_nine_columns_for_each_net(model):
    labels = [c.label for c in roster(model)]
    assert len(labels) == 9
    assert labels[0] == "SGD-Nesterov"
    assert labels[-2:] == [MATCHED, CONTROL]
    assert [column_of(label) for label in labels] == [*COLUMNS[:4], COLUMNS[3], COLUMNS[4], COLUMNS[4], "", ""]
    assert {c.index for c in roster(model)} == {"fan_in", presets.get(model).index}
    assert roster(model)[3].optimizer.lr == presets.get(model).lr
    assert len(PAPER[model]) == len(COLUMNS)


def test_table_1_has_the_papers_numbers_beside_ours(tiny):
    table = made(1)
    text = str(table)
    assert "98.15 ± 0.01" in text
    assert "0.0777 ± 0.003" in text
    assert "data set digits, 120 training and 60 test samples, 1 epoch," in text
    rows = list(csv.DictReader(io.StringIO(table.to_csv())))
    assert len(rows) == 18
    assert {row["protocol"] for row in rows} == {"printed", "tuned"}
    assert {row["tuned"] for row in rows if row["protocol"] == "printed"} == {"False"}
    assert table.to_markdown().count("\n| ") == 10
    printed, tuned = (table.races["mlp", p] for p in tables.PROTOCOLS)
    assert printed.entry(MATCHED).lr == pytest.approx(0.1 * printed.entry("NGDM Dir, diagonal").gain)
    assert tuned.entry(MATCHED).lr == pytest.approx(
        tuned.entry("NGDM Dir, diagonal").lr * tuned.entry("NGDM Dir, diagonal").gain
    )


def test_table_2_settles_what_its_losses_are(tiny):
    text = " ".join(str(made(2)).split())
    assert "Loss readings (E9)" in text
    assert "summed over a batch of 30" in text


def test_table_4_has_both_nets_and_no_loss_beside_the_error():
    contenders = [c for c in roster("gru_forecaster") if c.label in ("SGD-Nesterov", "NGDM GenDir, exact")]
    found = race(contenders, "gru_forecaster", {"name": "sinusoid", "options": {"length": 120, "window": 5}}, seeds=2,
                 epochs=1, batch_size=40, tune=False, control=False, executor="inline")  # fmt: skip
    every = {(model, protocol): found for model in tables.models(4) for protocol in tables.PROTOCOLS}
    text = str(PaperTable(4, "quick", every))
    assert "LSTM" in text
    assert "GRU" in text
    assert "paper, MSE" in text
    assert "paper, loss" not in text


def test_a_table_killed_in_the_middle_goes_on_to_the_same_text(tiny, tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "PROTOCOLS", {"printed": False, "tuned": False})
    path = tmp_path / "journal.jsonl"
    whole = made(1, journal=path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[: len(lines) // 2]) + b'{"half a')
    again = made(1, journal=path)
    assert str(again) == str(whole)


def test_bad_numbers_and_levels():
    with pytest.raises(ValueError, match="table must be at most 4, got 5"):
        tables.models(5)
    with pytest.raises(ValueError, match="level must be 'quick' or 'full', got 'slow'"):
        tables.size("mlp", "slow")


def test_paper_table(tiny, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tables, "PROTOCOLS", {"printed": False, "tuned": False})
    monkeypatch.chdir(tmp_path)
    command = ["paper", "table", "1", "--executor", "inline", "--output", "out"]
    assert main(command) == 0
    first = (tmp_path / "out" / "table1.txt").read_text(encoding="utf-8")
    assert first in capsys.readouterr().out
    assert main(command) == 2
    assert "holds files already" in capsys.readouterr().err
    assert main([*command, "--resume"]) == 0
    assert (tmp_path / "out" / "table1.txt").read_text(encoding="utf-8") == first
    assert main(["paper", "table", "1", "--resume", "--output", "nowhere"]) == 2
    assert main(["paper", "table", "5"]) == 2
