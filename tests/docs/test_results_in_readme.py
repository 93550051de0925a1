"""The numbers in README are those of the committed results, to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest

import ngdm_lab as lab
from ngdm_lab.claims import Ledger
from ngdm_lab.paper.claims.registry import claims
from ngdm_lab.paper.table_text import PaperTable
from ngdm_lab.paper.tables import PROTOCOLS, models

ROOT = Path(__file__).parent.parent.parent
RESULTS = ROOT / "paper_figures" / "results" / "full"
DONE = sorted(int(path.stem[-1]) for path in RESULTS.glob("table*/table?.md"))


def test_there_are_results():
    assert DONE


@pytest.mark.parametrize("number", DONE)
def test_readme_has_the_table_of_the_committed_races(number):
    folder = RESULTS / f"table{number}"
    races = {(model, protocol): lab.load(folder / f"table{number}-{model}-{protocol}.npz")
             for model in models(number) for protocol in PROTOCOLS}  # fmt: skip
    text = PaperTable(number, "full", races).to_markdown()
    assert text.strip() == (folder / f"table{number}.md").read_text(encoding="utf-8").strip()
    assert text.strip() in (ROOT / "README.md").read_text(encoding="utf-8")


def test_readme_has_the_verdicts_of_the_committed_ledger():
    folder = ROOT / "paper_figures" / "results" / "claims"
    ledger = Ledger.load(folder)
    assert (ledger.level, [entry.id for entry in ledger.entries]) == ("full", [claim.id for claim in claims()])
    assert [entry.registration for entry in ledger.entries] == [claim.registration for claim in claims()]
    text = ledger.markdown()
    assert text == (folder / "claims.md").read_text(encoding="utf-8")
    assert ledger.html() == (folder / "claims.html").read_text(encoding="utf-8")
    table = "\n".join(line for line in text.splitlines() if line.startswith("|"))
    assert table in (ROOT / "README.md").read_text(encoding="utf-8")
