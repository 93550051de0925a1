"""Races of nets: equal rules, different rules, resuming, saving, what only this process knows."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

import ngdm_lab as lab
from ngdm_lab.experiments.net_race import rates, training
from ngdm_lab.experiments.net_race.contenders import CONTROL, Contender, mean_gain
from ngdm_lab.experiments.net_race.entries import NetEntry
from ngdm_lab.experiments.net_race.race import race
from ngdm_lab.experiments.net_race.result import NetRace
from ngdm_lab.nets import Dense, Model, data, mlp, presets
from ngdm_lab.optimizers import SGD

SPIRALS = {"name": "spirals", "options": {"points": 40, "noise": 0.1}}


def small(seed):
    return Model([Dense(8, "tanh"), Dense(2)], (2,), seed=seed, dtype="float64")


def run(rules, **options):
    given = {"seeds": 4, "epochs": 3, "batch_size": 20, "tune": False, "executor": "inline", **options}
    return race(rules, small, data.load("spirals", points=40, noise=0.1), **given)


def test_equal_rules_are_not_told_apart_and_differ_by_nothing():
    """E7: NGDM with a constant diagonal F is SGD at lr / psi'(alpha)."""
    gain = 1 / float(lab.Dirichlet(3.0).on(2).fisher_solve(np.array([1.0, 0.0]), form="diagonal")[0])
    found = run([lab.SGD(0.3), lab.NGDM(0.3 * gain, lab.Dirichlet(3.0))])
    first, second, twin = found.entries
    np.testing.assert_allclose(second.loss, first.loss, rtol=1e-9)
    assert twin.label == CONTROL
    assert np.abs(twin.loss - first.loss).max() > 1e-6  # draws of its own
    assert not any(c.apart for c in found.comparisons)


def test_a_rate_a_hundred_times_too_small_is_told_apart():
    found = run([lab.SGD(0.3), lab.SGD(1e-5)], seeds=8, epochs=20)
    worse = found.comparisons[0]
    assert worse.apart
    assert worse.p < 0.05
    assert worse.score.mean < -found.floor


def test_a_rule_that_follows_takes_the_mean_effective_rate():
    ngdm = lab.NGDM(0.1, lab.Dirichlet(lab.ramp(1.4, 0.05)))
    found = run([lab.SGD(0.5), Contender("ngdm", ngdm), Contender("matched", lab.SGD(1.0), follows="ngdm")])
    net = small(0)
    assert found.entry("matched").lr == pytest.approx(0.1 * mean_gain(ngdm, net))
    alpha = [1.4 + 0.05 * i for i in range(1, 9)]
    d = {n: np.mean([lab.Dirichlet([a, a]).fisher_solve([1.0, 0.0], form="diagonal")[0] for a in alpha[:n]])
         for n in (2, 8)}  # fmt: skip
    # weights 2 x 8 (8 vectors of 2), bias 8, weights 8 x 2 (2 vectors of 8), bias 2
    assert mean_gain(ngdm, net) == pytest.approx((18 * d[2] + 24 * d[8]) / 42)


def test_every_rule_is_tuned_with_the_same_budget():
    found = run([lab.SGD(1.0), lab.Adam(1.0)], tune=True, seeds=2, epochs=2)
    for e in found.entries:
        assert e.tuning is not None
        assert len(e.tuning.rates) == rates.BUDGET
        assert e.lr == e.tuning.chosen
        assert len(set(e.tuning.rates)) == rates.BUDGET


def test_resumed_from_any_line_it_gives_the_same_bits(tmp_path):
    path = tmp_path / "journal.jsonl"
    given = {"seeds": 3, "epochs": 1, "batch_size": 20, "tune": False, "executor": "inline"}
    rules = [lab.SGD(0.3), lab.Adam(0.01)]
    whole = race(rules, "mlp", SPIRALS, journal=path, **given)
    lines = path.read_bytes().splitlines(keepends=True)
    for kept in (1, 4, len(lines) - 1):
        path.write_bytes(b"".join(lines[:kept]) + lines[kept][: len(lines[kept]) // 2])
        again = race(rules, "mlp", SPIRALS, journal=path, **given)
        for a, b in zip(whole.entries, again.entries, strict=True):
            np.testing.assert_array_equal(a.score, b.score)
            np.testing.assert_array_equal(a.loss, b.loss)
    with pytest.raises(ValueError, match="resume"):
        race(rules, "mlp", SPIRALS, journal=path, resume=False, **given)


def test_saved_and_loaded_it_prints_the_same(tmp_path):
    found = run([lab.SGD(0.3), lab.Adam(0.01)], tune=True, seeds=2, epochs=1)
    loaded = lab.load(found.save(tmp_path / "race"))
    assert isinstance(loaded, NetRace)
    assert str(loaded) == str(found)
    assert loaded.to_csv() == found.to_csv()


def test_a_rule_of_ones_own_and_an_impossible_one():
    @lab.update_rule(direction=True)
    def signs(x, g, n, t):
        for i in range(n):
            g[i] = 1.0 if g[i] > 0.0 else -1.0

    none = lab.NGDM(0.1, lab.Dirichlet(lab.ramp(0.01, -0.005)))
    found = run([lab.SGD(0.3), signs(lr=0.01), none])
    assert found.entry("signs").status == ("done",) * 4
    assert found.entries[2].impossible
    assert "impossible" in str(found)
    assert "at i = 2" in str(found)


def test_a_training_that_diverges_counts_as_guessing():
    found = run([lab.SGD(0.3), lab.SGD(1e200)], seeds=2)
    lost = found.entries[1]
    assert lost.status == ("diverged", "diverged")
    assert lost.score.tolist() == [found.settings["chance"]] * 2
    assert "2 diverged" in str(found)


def test_a_job_is_json_and_says_what_it_was_trained_on():
    digits = {"name": "digits", "options": {}, "train": 200, "test": 50}
    made = training.arguments({"name": "mlp", "options": {}}, digits, {"type": "SGD", "fields": {"lr": 0.1}},
                              epochs=1, batch_size=50, seed=3, validation=0.1)  # fmt: skip
    given = json.loads(json.dumps(made))
    one, two = training.train(**given), training.train(**given)
    assert {k: v for k, v in one.items() if k != "seconds"} == {k: v for k, v in two.items() if k != "seconds"}
    assert (one["data"]["train"], one["data"]["test"]) == (200, 50)
    assert one["status"] == "done"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"seeds": 0}, "seeds must be at least 1"),
        ({"seeds": [1, 1]}, "different whole numbers"),
        ({"epochs": 0}, "epochs must be at least 1"),
        ({"tune": True, "validation": 1.0}, "validation must be a finite number"),
    ],
)
def test_bad_arguments(options, words):
    with pytest.raises(ValueError, match=words):
        run([lab.SGD(0.1)], **options)


def test_bad_rules_and_models():
    with pytest.raises(TypeError, match="each of rules must be an optimizer such as"):
        run(["sgd"])
    with pytest.raises(ValueError, match="follows 'nobody'"):
        run([lab.SGD(0.1), Contender("x", lab.SGD(0.1), follows="nobody")])
    with pytest.raises(TypeError, match="model must be a name"):
        race([lab.SGD(0.1)], mlp(), "spirals")


def test_rates_are_tried_around_the_best_and_beyond_an_edge():
    places = rates.first_round(1.0)
    assert [rates.rate(p) for p in places] == pytest.approx([10 ** (k / 2) for k in range(-8, 1)])
    middle = rates.second_round(places, places[4])
    assert sorted([*middle, places[4]]) == list(range(places[4] - 3, places[4] + 4))
    assert max(rates.second_round(places, places[0])) < places[0]
    assert min(rates.second_round(places, places[-1])) > places[-1]
    assert len(middle) + len(places) == rates.BUDGET


def test_the_gain_of_an_exact_form_is_that_of_its_longest_direction():
    preset = presets.get("mlp")
    net = mlp()
    exact = mean_gain(preset.optimizer("dirichlet", "exact"), net)
    law = preset.dirichlet.on(784)
    assert exact == pytest.approx(1 / np.linalg.eigvalsh(law.fisher())[0], rel=1e-6)


@pytest.mark.parametrize(("score", "status"), [(0.4, "done"), (4.9, "done"), (5.1, "diverged"), (1e9, "diverged"),
                                               (math.inf, "diverged"), (math.nan, "diverged")])  # fmt: skip
def test_an_error_of_another_order_counts_as_guessing(score, status):
    result = {"score": score, "loss": 1.0, "measure": "mse", "status": "done", "why": "", "seconds": 1.0, "curves": {}}
    made = NetEntry.of("SGD", SGD(0.1), "fan_in", 1.0, None, [result], 0.5)
    assert made.status == (status,)
    assert made.score.tolist() == [score if status == "done" else 0.5]


def test_the_summary_marks_the_best_and_what_is_not_worse():
    found = run([lab.SGD(0.3), lab.SGD(0.29), lab.SGD(1e-5)], seeds=8, epochs=20)
    summary = found.summary()
    slow = found.labels[2]
    means = {e.label: e.score.mean() for e in found.entries[:3]}
    assert summary.best == max(means, key=means.get)
    assert slow not in summary.alike
    assert set(found.labels[:2]) == set(summary.alike)
    assert f"<b>{100 * means[summary.best]:.2f}" in found._repr_html_()
    assert rf"\textbf{{{100 * means[summary.best]:.2f}" in found.to_latex()
    assert f"**{100 * means[summary.best]:.2f}" in found.to_markdown()
    assert "spirals" in str(summary).split("\n")[0]
    assert " ".join(summary.answer()) in " ".join(str(found).split("\n\n")[0].split())
