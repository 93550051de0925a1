"""The claims on nets: each judge on planted data, each experiment at a tiny size."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ngdm_lab.claims import Verdict
from ngdm_lab.experiments.exact_json import encode
from ngdm_lab.experiments.net_race.contenders import CONTROL
from ngdm_lab.experiments.rounds import Rounds
from ngdm_lab.experiments.statistics.contrasts import contrasts, floor_of
from ngdm_lab.paper.claims import alpha_map, c1, c2, c7, c8, c11, c12, c13
from ngdm_lab.paper.claims.alpha_map import Box, Plan
from ngdm_lab.paper.claims.parts import all_of
from ngdm_lab.paper.rosters import MATCHED

CLAIMS = [m.CLAIM for m in (c1, c2, c7, c8, c11, c12, c13)]


def noise(seed, count=8, size=0.002):
    return size * np.random.default_rng(seed).normal(size=count)


def test_claims_are_named_as_their_files_and_commands():
    assert [c.id for c in CLAIMS] == ["C1", "C2", "C7", "C8", "C11", "C12", "C13"]
    assert [c.command for c in CLAIMS] == [f"ngdm-lab paper claims --only {c.id}" for c in CLAIMS]
    assert len({c.registration for c in CLAIMS}) == 7


@pytest.mark.parametrize(("shift", "decision"), [(0.1, "in favour"), (-0.1, "against"), (0.0, "equal")])
def test_contrasts_tell_planted_differences(shift, decision):
    base = 0.9 + noise(0)
    found = contrasts([("a", base + shift + noise(1), base, 0.01), ("b", base + noise(2), base, 0.01)])
    assert [c.decision for c in found] == [decision, "equal"]
    assert found[0].mean == pytest.approx(shift, abs=0.003)


def test_a_wide_interval_is_undecided_and_p_is_corrected():
    base = np.zeros(8)
    wide = contrasts([("a", noise(0, size=1.0), base, 0.01)])[0]
    assert wide.decision == "undecided"
    both = contrasts([("a", noise(0, size=1.0), base, 0.01), ("b", noise(1, size=1.0), base, 0.01)])
    assert both[0].p >= wide.p
    assert floor_of(base + 0.5, base) == 0.5


def test_parts_make_a_whole():
    yes, no, open_ = ("holds", ""), ("does not hold", ""), ("cannot be decided here", "")
    assert all_of({"a": yes, "b": yes}) == yes
    assert all_of({"a": yes, "b": no}) == ("holds only under", "a")
    assert all_of({"a": no, "b": open_}) == no
    assert all_of({"a": open_}) == open_
    assert all_of({"a": ("holds only under", "x"), "b": no}) == ("holds only under", "a (x)")


# C1, C2


def planted_map(name, inside, best, line, measure="accuracy"):
    """A map of a chosen cell, another best cell and two cells on the chosen one's line, with these fresh scores."""
    values = {0: inside, 1: best, **{2 + k: v for k, v in enumerate(line)}}
    cells = [{"alpha": a, "lr": 0.05, "rate": -1.0, "inside": a == 2.0, "scores": [values[k]] * 2}
             for k, a in enumerate((2.0, 3.0, 0.5, 30.0))]  # fmt: skip
    return {
        "box": {"name": name, "model": "mlp", "kind": "dirichlet", "alpha": [1.0, 4.0], "lr": [0.01, 0.1]},
        "cells": cells, "chosen": 0, "best": 1, "line": [2, 3], "measure": measure, "guessed": 0.1,
        "better": 1 if measure == "accuracy" else -1, "data": "planted", "sizes": "8 samples",
        "fresh": {str(k): (v + noise(k)).tolist() for k, v in values.items()},
        "twin": (inside + noise(9, size=0.006)).tolist(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("best", "line", "kind"),
    [(0.9, (0.8, 0.7), "holds"), (0.9, (0.9, 0.7), "holds only under"), (0.9, (0.9, 0.9), "does not hold"),
     (0.95, (0.8, 0.7), "does not hold")],
)  # fmt: skip
@pytest.mark.parametrize("judge", [c1.judge, c2.judge])
def test_boxes(judge, best, line, kind):
    verdict = judge([planted_map("MLP", 0.9, best, line), planted_map("GRU", 0.9, best, line)], "quick")
    assert verdict.kind == kind
    assert ("the box's best is better than alpha = " in verdict.sentence) == (kind == "holds" or 0.7 in line)
    if kind == "holds only under":
        assert verdict.condition.startswith("MLP (against alpha = 30 at the same effective rate)")


def test_errors_are_better_when_small():
    low = planted_map("GRU", 0.3, 0.3, (0.5, 0.6), "mse")
    assert c2.judge([low], "quick").kind == "holds"
    assert c2.judge([planted_map("GRU", 0.5, 0.5, (0.3, 0.3), "mse")], "quick").kind == "does not hold"


def test_a_tiny_map():
    box = Box("MLP", "mlp", "dirichlet", (1.0, 4.0), (0.01, 0.1))
    data = {"name": "digits", "options": {}, "train": 120, "test": 40}
    plan = Plan(data, 1, 30, 0.25, (0.5, 3.0, 30.0), (-2, -1), 1, 1, 2)
    found = alpha_map.maps([(box, plan)], Rounds(executor="inline"))
    outcome = found[0]
    assert len(outcome["cells"]) == 6
    assert outcome["cells"][outcome["chosen"]]["inside"]
    assert [outcome["cells"][place]["alpha"] for place in outcome["line"]] == [0.5, 30.0]
    assert set(outcome["fresh"]) >= {str(outcome["chosen"]), *map(str, outcome["line"])}
    rates = {cell["rate"] for cell in outcome["cells"]}
    assert rates == {-2.0, -1.0}
    assert encode(found, "found")
    assert isinstance(c1.judge(found, "quick"), Verdict)
    with pytest.raises(ValueError, match="no cell of the map lies in the box"):
        alpha_map.maps([(replace(box, lr=(50.0, 60.0)), plan)], Rounds(executor="inline"))


@pytest.mark.parametrize(("claim", "module"), [(c1.CLAIM, c1), (c2.CLAIM, c2)])
@pytest.mark.parametrize("level", ["quick", "full"])
def test_every_box_has_alphas_inside_and_outside(claim, module, level):
    for box in module.BOXES:
        plan = module.plan(level, box.kind if module is c1 else box)
        low, high = box.alpha
        assert any(low <= a <= high for a in plan.alphas)
        assert min(plan.alphas) < low
        assert max(plan.alphas) > high


# C7


def planted_slope(shift, flat=1e-17, spread=0.002):
    base = 0.9 + noise(0, 10)
    paths = [{"alpha": 1.4, "slope": s, "steps": [1, 2], "moved": 1.0, "differences": [d, d]}
             for s, d in ((0.0, flat), (0.005, 0.1))]  # fmt: skip
    scores = {MATCHED: base.tolist(), c7.OURS: (base + shift + noise(1, 10, spread)).tolist(),
              CONTROL: (base + noise(2, 10)).tolist()}  # fmt: skip
    return {"paths": paths, "scores": scores, "data": "planted", "epochs": 1}


@pytest.mark.parametrize(
    ("given", "kind"),
    [(planted_slope(0.05), "holds"), (planted_slope(-0.05), "holds"),
     (planted_slope(0.0, spread=1e-4), "holds only under"),
     (planted_slope(0.0, spread=0.1), "cannot be decided here"), (planted_slope(0.05, flat=0.01), "does not hold")],
)  # fmt: skip
def test_slope(given, kind):
    assert c7.judge(given, "quick").kind == kind


def test_a_constant_alpha_is_sgd_and_a_slope_is_not():
    flat, sloped = c7.apart(4.0, 0.0, 8), c7.apart(4.0, 0.005, 8)
    assert flat["steps"] == [1, 2, 4, 8]
    assert flat["differences"][-1] < 1e-12 * flat["moved"]
    assert sloped["differences"][-1] > 1e-4 * sloped["moved"]


# C8


def planted_times(ours, exact, apollo, twin=1.0):
    factors = {"SGD": 1.0, c8.TWIN: twin, "Adam": 1.1, "Apollo": apollo, c8.DIAGONAL: ours, c8.EXACT: exact,
               c8.GENDIR: exact}  # fmt: skip
    times = {label: (factor * (1 + noise(k))).tolist() for k, (label, factor) in enumerate(factors.items())}
    return [{"update": times, "step": times, "parameters": 10}]


@pytest.mark.parametrize(
    ("given", "kind"),
    [(planted_times(1.0, 1.02, 1.3), "holds"), (planted_times(1.0, 1.2, 1.3), "holds only under"),
     (planted_times(1.0, 1.0, 1.0), "holds only under"), (planted_times(1.2, 1.3, 1.3), "does not hold"),
     (planted_times(1.0, 1.0, 1.3, twin=1.2), "cannot be decided here"),
     (planted_times(1.0, 1.0, 1.3, twin=0.8), "cannot be decided here")],
)  # fmt: skip
def test_cost(given, kind):
    assert c8.judge(given, "quick").kind == kind


def test_times_are_measured_for_every_rule():
    timing = c8.measured(2, 1)
    assert set(timing["step"]) == set(timing["update"]) == set(c8.LOOKS)
    assert all(0 < t < math.inf for each in timing["step"].values() for t in each)
    assert isinstance(c8.judge([timing], "quick"), Verdict)
