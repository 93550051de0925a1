"""The numbers in README are those of the committed results, to the letter."""

from __future__ import annotations

from pathlib import Path

import pytest

import ngdm_lab as lab
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
