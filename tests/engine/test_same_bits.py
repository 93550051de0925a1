"""Every landscape under every rule gives the bits of the committed table."""

from __future__ import annotations

import importlib.util
import json

import pytest

from contributing import ROOT

SCRIPT = ROOT / "tests" / "data" / "make_ensemble_digests.py"


@pytest.mark.slow
def test_ensembles_have_the_bits_of_the_table():
    spec = importlib.util.spec_from_file_location("make_ensemble_digests", SCRIPT)
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    expected = json.loads(maker.FILE.read_text(encoding="utf-8"))
    found = maker.table()
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
