"""The errata as a whole: in order, linked, on the page and from the command."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from ngdm_lab.cli.main import main
from ngdm_lab.paper.errata import report
from ngdm_lab.paper.errata.erratum import MATTERS, Erratum

ROOT = Path(__file__).resolve().parents[2]
MADE = {e.id: e for e in report.errata()}


def test_they_are_in_order_and_complete():
    assert list(MADE) == [f"E{k}" for k in range(1, 17)]
    for e in MADE.values():
        assert e.matters in MATTERS
        assert e.consequence.endswith(".")
        assert e.found.sentence.endswith(".")
        assert all(type(v) in (int, float) and math.isfinite(v) for v in e.found.numbers.values()), e.id
        assert bool(e.quote) == bool(e.translation)


def test_links_lead_somewhere():
    heading = re.sub(r"[^a-z ]", "", "## Where the paper does not hold".lower()).strip().replace(" ", "-")
    assert "## Where the paper does not hold\n" in (ROOT / "README.md").read_text(encoding="utf-8")
    tests = Path(__file__).with_name("test_errata.py").read_text(encoding="utf-8")
    for e in MADE.values():
        *files, anchor, test = e.links
        assert all((ROOT / name).is_file() for name in files), e.id
        assert anchor == f"README.md#{heading}"
        assert test == f"tests/paper/test_errata.py::{e.test}"
        assert f"\ndef {e.test}():" in tests
        assert e.test.startswith(f"test_{e.id.lower()}_")


def test_the_page_is_what_the_command_writes():
    assert (ROOT / "docs" / "errata.md").read_text(encoding="utf-8") == report.markdown(), (
        "docs/errata.md differs: run ngdm-lab paper errata and copy errata.md"
    )


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match="matters must be one of 'number', 'misprint', 'reading', 'claim', got 'typo'"):
        Erratum("E1", "", "", "typo", "", dict, str, "", ())


def test_paper_errata(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["paper", "errata", "--output", "out"]) == 0
    printed = capsys.readouterr().out
    assert (tmp_path / "out" / "errata.txt").read_text(encoding="utf-8") in printed
    assert max(map(len, printed.splitlines())) <= 100
    assert (tmp_path / "out" / "errata.md").read_text(encoding="utf-8") == report.markdown()
    rows = json.loads((tmp_path / "out" / "errata.json").read_text(encoding="utf-8"))
    assert [row["id"] for row in rows] == list(MADE)
    for row in rows:
        assert row["found"] == dict(MADE[row["id"]].found.numbers)
        assert row["sentence"] == MADE[row["id"]].found.sentence
    assert main(["paper", "errata", "--output", "out"]) == 2
    assert "holds files already" in capsys.readouterr().err
    assert main(["paper"]) == 2
    assert main(["paper", "erratum"]) == 2
