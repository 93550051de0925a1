"""Every landscape under every rule gives the bits of the committed table."""

from __future__ import annotations

import importlib.util
import json

import pytest

from contributing import ROOT
from ngdm_lab.engine import per_run

SCRIPT = ROOT / "tests" / "data" / "make_ensemble_digests.py"


@pytest.fixture(name="maker")
def the_script():
    """The script that makes the table."""
    spec = importlib.util.spec_from_file_location("make_ensemble_digests", SCRIPT)
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    return maker


@pytest.mark.slow
def test_ensembles_have_the_bits_of_the_table(maker):
    expected = json.loads(maker.FILE.read_text(encoding="utf-8"))
    found = maker.table()
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []


@pytest.mark.slow
def test_runs_by_themselves_have_the_bits_of_the_table(maker, monkeypatch):
    """One after another, with the arithmetic of lanes; without the cases of very many runs."""
    monkeypatch.setattr(per_run.Alone, "suits", lambda job: True)
    monkeypatch.setattr(maker, "PAIRED", (1, 1))
    expected = json.loads(maker.FILE.read_text(encoding="utf-8"))
    found = maker.table()
    wanted = [name for name in expected if not name.startswith("paired")]
    assert len(wanted) > 500
    assert [name for name in wanted if found[name] != expected[name]] == []
