"""`ngdm-lab paper tables` and `all`, at a tiny size: one journal, rules before data, gone on with to the same files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ngdm_lab.cli.main import main
from ngdm_lab.experiments.jobs import Journal
from ngdm_lab.paper import tables
from ngdm_lab.paper.claims import c10, registry

SINUSOID = tables.Size({"name": "sinusoid", "options": {"length": 150, "window": 6, "period": 20.0}}, 2, 1, 1, 40)
TINY = {
    "mlp": tables.Size({"name": "digits", "options": {}, "train": 120, "test": 60}, 2, 1, 1, 40),
    "lenet5": tables.Size({"name": "mnist5k", "options": {}, "train": 60, "test": 40}, 2, 1, 1, 30),
    "cifar_cnn": tables.Size({"name": "cifar10-jpeg", "options": {"train": 20, "test": 20}}, 2, 1, 1, 20),
    "lstm_forecaster": SINUSOID,
    "gru_forecaster": SINUSOID,
}
TABLES = [f"table{number}.{kind}" for number in (1, 2, 3, 4) for kind in ("csv", "md", "txt")]
RACES = [
    f"table{number}-{model}-{protocol}.npz"
    for number in (1, 2, 4) for model in tables.models(number) for protocol in tables.PROTOCOLS
]  # fmt: skip
SERIES = ("figure4_sinusoid", "figure5_lstm", "figure6_gru")


@pytest.fixture(autouse=True)
def tiny(monkeypatch, tmp_path):
    """Tiny tables under one protocol, no CIFAR-10, and C10 alone."""
    pytest.importorskip("mlxtend", reason="mlxtend, of the extra test, is not installed")
    monkeypatch.setitem(tables._SIZES, "quick", TINY)
    monkeypatch.setattr(tables, "PROTOCOLS", {"printed": False, "tuned": False})
    monkeypatch.setattr(registry, "_MODULES", ("c10",))
    monkeypatch.setattr(c10, "SURFACES", ("styblinski-tang:2",))
    monkeypatch.setitem(c10.SIZES, "quick", (20, 8, 20))
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "nothing"))
    monkeypatch.chdir(tmp_path)


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_whole_paper(tmp_path, capsys):
    words = ["paper", "all", "--executor", "inline"]
    assert main(words) == 0
    first = files(tmp_path / "ngdm-paper")
    drawn = [f"figures/{name}.{kind}" for name in SERIES for kind in ("pdf", "png", "txt")]
    every = [*(f"tables/{name}" for name in TABLES), *drawn, "claims/claims.json", "claims/C10.svg", "errata/errata.md"]
    assert set(every) < set(first)
    assert b"not available" in first["tables/table3.txt"]
    lines = Journal(tmp_path / "ngdm-paper" / "journal.jsonl").lines()
    assert lines[0]["kind"] == "session"
    assert set(lines[0]["notes"]["claims"]) == {"C10"}
    assert "before the data" in capsys.readouterr().out
    # killed in the middle: half of the journal is left, and all else
    for name in first:
        if name != "journal.jsonl":
            (tmp_path / "ngdm-paper" / name).unlink()
    kept = first["journal.jsonl"][: len(first["journal.jsonl"]) // 2]
    (tmp_path / "ngdm-paper" / "journal.jsonl").write_bytes(kept)
    assert main([*words, "--resume", "--output", "ngdm-paper"]) == 0
    again = files(tmp_path / "ngdm-paper")
    assert set(again) == set(first)
    assert {f"tables/{name}" for name in RACES} < set(first)
    changed = {name for name in first if again[name] != first[name]} - {"journal.jsonl"}
    timed = {"claims.json", "claims.html", "claims.md", *RACES}  # they hold the time it took
    assert {Path(name).name for name in changed} <= timed


def test_all_tables(tmp_path, capsys):
    assert main(["paper", "tables", "--executor", "inline"]) == 0
    assert sorted(files(tmp_path / "ngdm-paper-tables")) == sorted(["journal.jsonl", *TABLES, *RACES])
    printed = capsys.readouterr().out
    assert all(f"Table {number}. " in printed for number in (1, 2, 3, 4))


def test_a_job_that_fails_is_one_line(monkeypatch, tmp_path, capsys):
    def broken(**given):
        raise RuntimeError("no room\nleft")

    monkeypatch.setattr("ngdm_lab.experiments.net_race.training.train", broken)
    assert main(["paper", "table", "1", "--executor", "inline"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("ngdm-lab paper: job ngdm_lab.experiments.net_race.training:train(")
    assert told.endswith("failed: RuntimeError: no room left\n")
    assert told.count("\n") == 1
