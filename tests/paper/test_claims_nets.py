"""The claims on nets: each judge on planted data, each experiment at a tiny size."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from ngdm_lab.claims import Verdict
from ngdm_lab.experiments.exact_json import encode
from ngdm_lab.experiments.net_race.contenders import CONTROL
from ngdm_lab.experiments.net_race.entries import NetEntry
from ngdm_lab.experiments.net_race.result import NetRace
from ngdm_lab.experiments.rounds import Rounds
from ngdm_lab.experiments.statistics.contrasts import contrasts, floor_of
from ngdm_lab.paper import softmax_fisher, tables
from ngdm_lab.paper.claims import alpha_map, c1, c2, c7, c8, c11, c12, c13
from ngdm_lab.paper.claims.alpha_map import Box, Plan
from ngdm_lab.paper.claims.parts import all_of
from ngdm_lab.paper.rosters import MATCHED
from ngdm_lab.paper.tables import NotAvailable

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
    told = found[0]
    assert len(told["cells"]) == 6
    assert told["cells"][told["chosen"]]["inside"]
    assert [told["cells"][place]["alpha"] for place in told["line"]] == [0.5, 30.0]
    assert set(told["fresh"]) >= {str(told["chosen"]), *map(str, told["line"])}
    rates = {cell["rate"] for cell in told["cells"]}
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
    told = c8.measured(2, 1)
    assert set(told["step"]) == set(told["update"]) == set(c8.LOOKS)
    assert all(0 < t < math.inf for each in told["step"].values() for t in each)
    assert isinstance(c8.judge([told], "quick"), Verdict)


# C11, C13


def entry(label, scores, measure="accuracy", twin=False, status="done"):
    m = len(scores)
    return NetEntry(label, "sgd", {}, 0.1, "fan_in", 1.0, None, measure, np.array(scores), np.zeros(m), (status,) * m,
                    "alpha is 0" if status == "impossible" else "", np.zeros(m), ((),) * m, twin)  # fmt: skip


def planted_race(means, measure="accuracy", impossible=()):
    order = ["SGD-Nesterov", *(label for label in means if label != "SGD-Nesterov")]
    made = [
        entry(label, means[label] + noise(k), measure, status="impossible" if label in impossible else "done")
        for k, label in enumerate(order)
    ]
    made.append(entry(CONTROL, means["SGD-Nesterov"] + noise(99), measure, twin=True))
    settings = {"model": {"name": "mlp"}, "data": {"name": "planted"}, "seeds": list(range(8)), "epochs": 1}
    return NetRace.made(made, settings)


CLAIMED = {"SGD-Nesterov": 0.80, "Adam": 0.82, "Apollo": 0.84, c11.DIR: 0.92, c11.GENDIR: 0.90}
REVERSED = {**CLAIMED, "Adam": 0.97}
ALIKE = dict.fromkeys(CLAIMED, 0.9)
REFERENCE = {label: {"steps": 5, "lr": 1.0} for label in ("SGD-Nesterov", softmax_fisher.LABEL)}


def judged(printed, tuned):
    return c11.judge({"races": {("mlp", "printed"): printed, ("mlp", "tuned"): tuned}, "reference": REFERENCE}, "quick")


def test_order_of_the_tables(tmp_path):
    yes, no, same = (planted_race(means) for means in (CLAIMED, REVERSED, ALIKE))
    assert judged(yes, yes).kind == "holds"
    some = judged(yes, no)
    assert (some.kind, some.condition) == ("holds only under", "Table 1, MLP, as printed")
    assert judged(no, no).kind == "does not hold"
    assert judged(same, same).kind in ("does not hold", "cannot be decided here")
    impossible = judged(planted_race(CLAIMED, impossible=[c11.DIR]), no)
    assert impossible.kind == "does not hold"
    missing = judged(NotAvailable("cifar10-jpeg", "no folder"), yes)
    assert missing.kind == "holds only under"
    assert "Table 1, MLP, as printed: not available: no folder." in missing.sentence
    assert "takes 5 steps" in missing.sentence
    c11.figure({"races": {("mlp", "printed"): yes, ("mlp", "tuned"): NotAvailable("x", "y")}}, tmp_path / "a.svg")
    assert "<svg" in (tmp_path / "a.svg").read_text()


def test_a_rule_not_worse_may_be_a_little_better_or_not():
    lower = {**CLAIMED, c11.DIR: 0.86}
    assert judged(planted_race(lower), planted_race(lower)).kind == "does not hold"


def test_order_of_the_known_methods():
    def told(adam, sgd, apollo):
        race = planted_race({"SGD-Nesterov": sgd, "Adam": adam, "Apollo": apollo}, "mse")
        return c13.judge({("gru_forecaster", "printed"): race, ("gru_forecaster", "tuned"): race}, "quick")

    assert told(0.30, 0.32, 0.35).kind == "holds"
    assert told(0.35, 0.32, 0.30).kind == "does not hold"
    assert "GRU, tuned: Adam 0.3" in told(0.30, 0.32, 0.35).sentence


TINY = {
    "mlp": tables.Size({"name": "digits", "options": {}, "train": 90, "test": 60}, 2, 1, 1, 45),
    "lenet5": tables.Size({"name": "absent", "options": {}}, 2, 1, 1),
}


def test_c11_and_c7_share_the_tables_trainings(monkeypatch, tmp_path):
    monkeypatch.setitem(tables._SIZES, "quick", TINY)
    monkeypatch.setattr(c11, "TABLES", {1: ("mlp",)})
    monkeypatch.setattr(c11, "reference", lambda go: REFERENCE)
    asked = []

    def go(jobs):
        asked.append([job.key for job in jobs])
        return rounds(jobs)

    rounds = Rounds(tmp_path / "journal", executor="inline")
    found = c11.rounds("quick", go)
    assert isinstance(c11.judge(found, "quick"), Verdict)
    before = {key for keys in asked for key in keys}
    asked.clear()
    monkeypatch.setattr(c7, "ALPHAS", (4.0,))
    sloped = c7.rounds("quick", go)
    assert isinstance(c7.judge(sloped, "quick"), Verdict)
    new = [key for key in asked[-1] if key not in before]
    assert len(new) == 2  # the twin's two seeds
    c7.figure(sloped, tmp_path / "c7.svg")


def test_a_table_without_its_data_says_so(monkeypatch, tmp_path):
    from ngdm_lab.paper.table_text import PaperTable

    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    races = tables.table(3, "quick", executor="inline")
    shown = PaperTable(3, "quick", races)
    assert "not available: cifar10-jpeg needs the folder" in " ".join(str(shown).split())
    assert "| Adam | 77.9 ± 0.2 | not available |" in shown.to_markdown()
    assert shown.to_csv().startswith("table,model,protocol,data,not_available\n3,cifar_cnn,printed,cifar10-jpeg,")
    with pytest.raises(Exception, match="cifar10-jpeg needs the folder"):
        tables.table(3, "full", executor="inline")


# C12


def planted_tests(p, rejected, own=2):
    tests, powers = c12._plan()
    made = [{"energy": p(cloud, kind), "triangle": 0.5} for cloud, kind in tests]
    return made + [{"trials": 600, "energy": own if source == c12.OWN else rejected, "triangle": 0}
                   for source, _ in powers]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "kind"),
    [(planted_tests(lambda c, k: 0.5, 590), "holds"), (planted_tests(lambda c, k: 0.001, 590), "does not hold"),
     (planted_tests(lambda c, k: 0.001 if k == "GenDir" else 0.5, 590), "holds only under"),
     (planted_tests(lambda c, k: 0.001 if "uniform" in c else 0.5, 590), "holds only under"),
     (planted_tests(lambda c, k: 0.5, 200), "cannot be decided here"),
     (planted_tests(lambda c, k: 0.5, 590, own=60), "cannot be decided here")],
)  # fmt: skip
def test_goodness_of_fit(given, kind):
    assert c12.judge(given, "quick").kind == kind


@pytest.mark.parametrize("level", ["quick", "full"])
def test_enough_replicates_to_reject_after_correction(level):
    for job in c12.jobs(level):
        told = job.arguments
        assert (told.get("replicates") or told.get("trials")) + 1 > 1 / c12.STRICT


@pytest.mark.parametrize("name", [c12.CLOUDS[0], c12.CLOUDS[2], c12.CLOUDS[-1]])
def test_clouds_lie_in_the_simplex(name):
    z = c12.cloud(name)
    assert z.shape == (150, int(name[-1]) + 1)
    assert (z > 0).all()
    np.testing.assert_allclose(z.sum(axis=1), 1)
    assert set(c12.tested(name, "Dirichlet", 19)) == {"energy", "triangle"}


# the natural gradient that sees f


def test_fisher_of_softmax_is_the_hessian_of_its_loss():
    """By differences of the gradient: the Hessian of the mean cross-entropy does not depend on the labels."""
    stream = np.random.default_rng(0)
    x, y, w = stream.normal(size=(20, 3)), stream.integers(0, 4, 20), stream.normal(size=12)

    def p(w):
        scores = x @ w.reshape(3, 4)
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def gradient(w):
        return (x.T @ (p(w) - np.eye(4)[y]) / len(x)).ravel()

    h = 1e-6
    hessian = np.array([(gradient(w + h * e) - gradient(w - h * e)) / (2 * h) for e in np.eye(12)])
    np.testing.assert_allclose(softmax_fisher.fisher(x, p(w)), hessian, atol=1e-8)


def test_a_natural_gradient_that_sees_f_needs_few_steps(monkeypatch):
    monkeypatch.setattr(softmax_fisher, "SAMPLES", 100)
    monkeypatch.setitem(softmax_fisher._MOST, softmax_fisher.LABEL, 15)
    least = softmax_fisher.least_loss()["loss"]
    told = softmax_fisher.steps_to_level(None, 1.0, least)
    assert 1 <= told["steps"] <= 15
    assert softmax_fisher.steps_to_level(None, 1e-9, least) == {"steps": 0}
