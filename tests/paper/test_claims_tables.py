"""The claims on the paper's tables and on section 2.2: each judge on planted data, experiments at a tiny size."""

from __future__ import annotations

import numpy as np
import pytest

from ngdm_lab.claims import Verdict
from ngdm_lab.experiments.net_race.contenders import CONTROL
from ngdm_lab.experiments.net_race.entries import NetEntry
from ngdm_lab.experiments.net_race.result import NetRace
from ngdm_lab.experiments.rounds import Rounds
from ngdm_lab.paper import softmax_fisher, tables
from ngdm_lab.paper.claims import c7, c11, c12, c13
from ngdm_lab.paper.tables import NotAvailable


def noise(seed, count=8, size=0.002):
    return size * np.random.default_rng(seed).normal(size=count)


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
    settings = {
        "model": {"name": "mlp"},
        "data": {"name": "planted"},
        "seeds": list(range(8)),
        "epochs": 1,
        "chance": 0.1 if measure == "accuracy" else 0.5,
    }
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


def test_nothing_is_said_where_nothing_is_learnt():
    asleep = planted_race(dict.fromkeys(CLAIMED, 0.1) | {c11.DIR: 0.15})
    verdict = judged(asleep, asleep)
    assert verdict.kind == "cannot be decided here"
    assert "Table 1, MLP, tuned: no rule has learnt." in verdict.sentence


def test_worse_than_guessing_counts_as_guessing():
    race = planted_race({"SGD-Nesterov": 0.3, "Adam": 0.2, "Apollo": 1e15}, "mse")
    verdict = c13.judge({("gru_forecaster", "tuned"): race}, "quick")
    assert verdict.kind == "holds"


def test_a_rule_not_worse_may_be_a_little_better_or_not():
    lower = {**CLAIMED, c11.DIR: 0.86}
    assert judged(planted_race(lower), planted_race(lower)).kind == "does not hold"


def test_order_of_the_known_methods():
    def ranked(adam, sgd, apollo):
        race = planted_race({"SGD-Nesterov": sgd, "Adam": adam, "Apollo": apollo}, "mse")
        return c13.judge({("gru_forecaster", "printed"): race, ("gru_forecaster", "tuned"): race}, "quick")

    assert ranked(0.30, 0.32, 0.35).kind == "holds"
    assert ranked(0.35, 0.32, 0.30).kind == "does not hold"
    assert "GRU, tuned: Adam 0.3" in ranked(0.30, 0.32, 0.35).sentence


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
        given = job.arguments
        assert (given.get("replicates") or given.get("trials")) + 1 > 1 / c12.STRICT


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
    result = softmax_fisher.steps_to_level(None, 1.0, least)
    assert 1 <= result["steps"] <= 15
    assert softmax_fisher.steps_to_level(None, 1e-9, least) == {"steps": 0}
