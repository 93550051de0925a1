"""Claims about landscapes: the natural gradient that sees f, labels, figures and the command."""

from __future__ import annotations

import argparse

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscapes as ls
from ngdm_lab.claims import judge_all
from ngdm_lab.cli import paper_claims
from ngdm_lab.experiments.jobs import Journal
from ngdm_lab.optimizers import NGDM
from ngdm_lab.paper.claims import c3, c9, c10, hitting
from ngdm_lab.paper.claims.surfaces import NAMES, NGDMS, bools, optimizer
from ngdm_lab.paper.natural_gradient import gauss_newton, rosenbrock_residuals
from planted_results import nothing, only, planted_arrivals, planted_sweep, planted_times

# -- the natural gradient that sees f


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=6))
def test_the_residuals_are_rosenbrocks(point):
    x = np.array(point)
    r, jacobian = rosenbrock_residuals(x)
    s = ls.rosenbrock(len(x))
    assert r @ r == pytest.approx(s.value(x), rel=1e-12, abs=1e-12)
    assert 2 * jacobian.T @ r == pytest.approx(s.grad(x), rel=1e-9, abs=1e-9)


def test_gauss_newton_arrives_in_a_few_evaluations():
    assert gauss_newton([1.0, 1.0]) == 1
    assert 1 < gauss_newton([-1.2, 1.0]) < 40
    assert gauss_newton([-1.2, 1.0], steps=0) == -1
    result = hitting.residual_hits("rosenbrock:2", 20, 100)
    assert all(bools(result["seen"]))
    with pytest.raises(ValueError, match="x0 must be two or more finite coordinates"):
        gauss_newton([1.0])


# -- labels, figures and the command


def test_labels():
    assert all(isinstance(optimizer(label), NGDM) for label in NGDMS)
    assert optimizer("twin") == optimizer("sgd")
    assert all(optimizer(label) for label in NAMES)


@pytest.mark.parametrize("module", [c3, c9, c10])
def test_figures_are_drawn_the_same_twice(module, tmp_path):
    results = {
        c3: [planted_sweep(nothing, nothing, nothing)] * len(c3.CLAIM.jobs("quick")),
        c9: planted_times(0.5), c10: planted_arrivals(only(c10.SURFACES, c10.KINDS)),
    }[module]  # fmt: skip
    for name in ("a.svg", "b.svg"):
        module.figure(results, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.svg").read_text().count("<path") > 50


@pytest.fixture
def small(monkeypatch):
    """C10 in a small size."""
    monkeypatch.setattr(c10, "SURFACES", ("styblinski-tang:2",))
    monkeypatch.setitem(c10.SIZES, "quick", (20, 8, 20))


def command(*words):
    parser = argparse.ArgumentParser()
    paper_claims.add(parser.add_subparsers())
    given = parser.parse_args(["claims", *map(str, words)])
    return given.run(given)


def test_the_command(small, tmp_path, capsys):
    out = tmp_path / "out"
    words = ("--only", "c10", "--output", out, "--executor", "inline")
    assert command(*words) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Claims at level quick:")
    names = ["C10.svg", "claims.html", "claims.json", "claims.md", "journal.jsonl"]
    assert sorted(path.name for path in out.iterdir()) == names
    assert printed.splitlines()[-1] == str(out / "journal.jsonl")
    assert "before the data" in printed
    with pytest.raises(ValueError, match=r"out holds files already: choose a new one"):
        command(*words)
    count = len(Journal(out / "journal.jsonl").lines())
    (out / "claims.json").unlink()
    assert command(*words, "--resume") == 0
    assert capsys.readouterr().out == printed
    assert len(Journal(out / "journal.jsonl").lines()) == count


@pytest.mark.parametrize(
    ("words", "message"),
    [(("--only", "C99"), "--only must name claims out of .*C3.*, got 'c99'"), (("--only", ","), "at least one claim")],
)
def test_bad_words(words, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        command(*words, "--output", tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_rules_are_registered_before_the_data(small, tmp_path):
    ledger = judge_all([c10.CLAIM], "quick", tmp_path / "journal", executor="inline")
    assert ledger["C10"].registered == "before the data"
    assert Journal(tmp_path / "journal").lines()[0]["notes"]["claims"]["C10"]["rule"] == c10.CLAIM.rule
