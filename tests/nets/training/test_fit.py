"""`fit`: what a training run does with its data, seeds, schedules and callbacks, and how it ends."""

from __future__ import annotations

import numpy as np
import pytest

import landscapes
import ngdm_lab as lab
from net_runs import STILL, points, same, small
from ngdm_lab.nets import Cosine, Dense, Fit, Model, StepDecay, fit
from ngdm_lab.nets.data import Data
from ngdm_lab.optimizers import get, names


@pytest.mark.parametrize("name", names())
def test_every_optimizer_learns(name):
    rates = {"sgd": 0.05, "adam": 0.02, "adagrad": 0.1, "adadelta": 5.0, "radam": 0.05}
    rate = rates.get(name, 0.01)
    rate = 0.002 if name == "ngdm-gendir-exact" else rate
    run = fit(small(), points(), get(name, lr=rate), epochs=12, batch_size=16, **STILL)
    assert run.status == "done"
    assert run.score >= 0.8, run
    assert run.history["train_loss"][-1] < 0.5 * run.history["train_loss"][0]


def test_result_has_what_it_says():
    run = fit(small(), points(), lab.Adam(0.01), epochs=3, batch_size=16, validation=0.2, norms_every=2, **STILL)
    assert run.epochs == 3
    assert run.steps == 3 * 3  # 40 of 50 samples, in batches of 16, 16 and 8
    assert run.layers == ("dense1", "bn1", "dense2")
    assert list(run.norm_steps) == [2, 4, 6, 8]
    assert run.gradient_norm.shape == run.update_norm.shape == run.parameter_norm.shape == (4, 3)
    for name in ("train_loss", "valid_loss", "valid_score", "test_loss", "test_score"):
        assert np.isfinite(run.history[name]).all(), name
    assert run.measure == "accuracy"
    assert run.optimizer == lab.Adam(0.01)
    assert run.to_csv().count("\n") == 4
    assert "clouds" in str(run.manifest()["data"])


def test_saved_and_read_again(tmp_path):
    run = fit(small(), points(), get("ngdm-gendir"), epochs=2, batch_size=16, **STILL)
    for again in (lab.load(run.save(tmp_path / "fit")), Fit.load(tmp_path / "fit.npz")):
        assert same(run, again)
        assert again.manifest() == run.manifest()
        assert again.optimizer == run.optimizer
        assert set(again.buffers) == set(run.buffers) != set()
    other = lab.ensemble(lab.SGD(0.1), landscapes.sphere(2), 2, 2)
    with pytest.raises(ValueError, match="holds a result of kind 'ensemble', not 'fit'"):
        Fit.load(other.save(tmp_path / "other"))


def test_gradient_and_update_norms_are_those_of_the_step():
    model = small(dtype=np.float64)
    before = model.vector.copy()
    data = points()
    run = fit(model, data, lab.SGD(0.1, momentum=0.0), epochs=1, batch_size=99, **STILL)
    np.testing.assert_allclose(run.update_norm, 0.1 * run.gradient_norm, rtol=1e-12)
    part = slice(0, 4 * 8 + 8)
    np.testing.assert_allclose(run.update_norm[0, 0], np.linalg.norm((model.vector - before)[part]), rtol=1e-9)
    np.testing.assert_allclose(run.parameter_norm[0, 0], np.linalg.norm(before[part]), rtol=1e-12)


# -- seeds, batches -----------------------------------------------------------------------------------------


def test_same_seed_same_bits_other_seed_other_order():
    runs = [fit(small(dropout=0.3), points(), lab.Adam(0.01), 3, 16, seed, **STILL) for seed in (4, 4, 5)]
    assert same(runs[0], runs[1])
    assert not np.array_equal(runs[0].vector, runs[2].vector)


def test_dropout_follows_the_seed_of_the_run():
    """With one batch of all, the order of samples makes no difference but in rounding; the masks do."""
    data = points()
    runs = [fit(small(dropout=0.5, dtype=np.float64), data, lab.SGD(0.1), 2, 99, seed, **STILL) for seed in (0, 1)]
    assert np.abs(runs[0].vector - runs[1].vector).max() > 1e-6
    runs = [fit(small(dtype=np.float64), data, lab.SGD(0.1), 2, 99, seed, **STILL) for seed in (0, 1)]
    np.testing.assert_allclose(runs[0].vector, runs[1].vector, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("batch_size", "steps"), [(1, 7), (3, 3), (7, 1), (8, 1), (10_000, 1)])
def test_every_sample_is_met_once_an_epoch(batch_size, steps):
    data = points(7)
    met = []
    model = small(batch_norm=False, dtype=np.float64)
    plain = model.loss_and_gradient
    model.loss_and_gradient = lambda x, y, **options: met.append(x.copy()) or plain(x, y, **options)
    run = fit(model, data, lab.SGD(0.01), epochs=2, batch_size=batch_size, **STILL)
    assert run.steps == 2 * steps
    last = [7 % batch_size] if 7 % batch_size else []
    assert [len(x) for x in met[:steps]] == [batch_size] * (7 // batch_size) + last
    for epoch in (met[:steps], met[steps:]):
        seen = np.concatenate(epoch)
        assert np.array_equal(np.unique(seen, axis=0), np.unique(data.x_train.astype(np.float64), axis=0))
    if steps > 1:
        assert not np.array_equal(np.concatenate(met[:steps]), np.concatenate(met[steps:]))


def test_train_loss_is_the_mean_over_samples():
    losses = []
    model = small(batch_norm=False, dtype=np.float64)
    plain = model.loss_and_gradient
    model.loss_and_gradient = lambda x, y, **o: losses.append((plain(x, y, **o), len(x))) or losses[-1][0]
    run = fit(model, points(50), lab.SGD(0.01), epochs=1, batch_size=32, **STILL)
    assert run.history["train_loss"][0] == pytest.approx(sum(f * m for f, m in losses) / 50, rel=1e-14)


def test_no_epochs_leave_the_model_as_it_is():
    model = small()
    before = model.vector.copy()
    run = fit(model, points(), lab.Adam(), epochs=0, **STILL)
    assert (run.status, run.steps, run.epochs) == ("done", 0, 0)
    assert np.array_equal(model.vector, before)
    assert np.isnan(run.score)


# -- schedules, stops, callbacks ----------------------------------------------------------------------------


def test_schedules():
    assert StepDecay(2, 0.5)(3.9, 10, 1.0) == 0.5
    assert Cosine()(5.0, 10, 2.0) == pytest.approx(1.0)
    assert Cosine(final=0.1)(10.0, 10, 1.0) == pytest.approx(0.1)
    assert Cosine(warmup=2.0)(1.0, 10, 1.0) == 0.5
    run = fit(small(), points(48), lab.SGD(0.1), 3, 16, schedule=StepDecay(1, 0.1), **STILL)
    np.testing.assert_allclose(run.history["lr"], [0.1, 0.01, 0.001])
    rates = []
    fit(small(), points(48), lab.SGD(0.1), 2, 16, schedule=lambda e, n, lr: rates.append((e, n, lr)) or 0.0, **STILL)
    assert [(n, lr) for _, n, lr in rates] == [(2, 0.1)] * 6
    np.testing.assert_allclose([epoch for epoch, *_ in rates], np.arange(6) / 3, rtol=1e-15)


def test_a_rate_of_zero_moves_nothing_and_a_bad_one_is_named():
    model = small(batch_norm=False)
    before = model.vector.copy()
    fit(model, points(), lab.Adam(), 1, schedule=lambda e, n, lr: 0.0, **STILL)
    assert np.array_equal(model.vector, before)
    with pytest.raises(ValueError, match="the schedule's rate must be a finite number at least 0, got nan"):
        fit(model, points(), lab.Adam(), 1, schedule=lambda e, n, lr: float("nan"), **STILL)
    for bad in (lambda: StepDecay(0), lambda: StepDecay(1, 2.0), lambda: Cosine(1.5), lambda: Cosine(warmup=-1)):
        with pytest.raises(ValueError, match="must be a finite number"):
            bad()


def test_early_stop_waits_for_its_patience():
    still = small(batch_norm=False)  # running averages would go on changing
    run = fit(still, points(), lab.SGD(0.0), epochs=20, validation=0.2, patience=3, **STILL)
    assert run.status == "stopped"
    assert run.epochs == 4  # the first is the best; three more are not better
    assert "validation" in run.reason


def test_validation_samples_are_not_trained_on():
    data = points(40)
    met = []
    model = small(batch_norm=False, dtype=np.float64)
    plain = model.loss_and_gradient
    model.loss_and_gradient = lambda x, y, **o: met.extend(map(tuple, x)) or plain(x, y, **o)
    fit(model, data, lab.SGD(0.01), epochs=3, validation=0.25, **STILL)
    assert len(set(met)) == 30
    assert len(met) == 90


def test_callbacks():
    seen = []

    class Both:
        def on_step(self, run):
            seen.append(("step", run.steps))

        def on_epoch(self, run):
            seen.append(("epoch", run.epoch))

    def stopping(run):
        return run.epoch == 2

    run = fit(small(), points(32), lab.SGD(0.01), 9, 16, callbacks=[Both(), stopping], **STILL)
    assert seen == [("step", 1), ("step", 2), ("epoch", 1), ("step", 3), ("step", 4), ("epoch", 2)]
    assert (run.status, run.epochs) == ("stopped", 2)


# -- divergence ---------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("rate", [1e30, 1e8])
def test_divergence_is_a_result(rate):
    model = Model([Dense(4), Dense(1)], (4,), loss="mse", seed=0)
    rng = np.random.default_rng(0)
    data = Data(rng.normal(size=(30, 4)), rng.normal(size=(30, 1)), rng.normal(size=(5, 4)), rng.normal(size=(5, 1)))
    run = fit(model, data, lab.SGD(rate), epochs=40, batch_size=10, **STILL)
    assert run.status == "diverged"
    assert run.epochs < 40
    assert np.isnan(run.history["train_loss"][-1])
    assert np.isnan(run.score)


def test_growth_without_nan_is_divergence_too():
    model = Model([Dense(1)], (1,), loss="mse", seed=0)
    data = Data([[1.0]], [[0.0]], [[1.0]], [[0.0]])
    run = fit(model, data, lab.SGD(3.0, momentum=0.0), epochs=60, batch_size=1, **STILL)
    assert run.status == "diverged"
    assert np.isfinite(run.vector).all()


# -- bad input ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"epochs": -1}, ValueError, "epochs must be at least 0, got -1"),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1, got 0"),
        ({"seed": 2**31}, ValueError, "seed must be at most"),
        ({"seed": 0.5}, TypeError, "seed must be a whole number"),
        ({"validation": 1.0}, ValueError, "validation must be a finite number at least 0 and less than 1"),
        ({"validation": 0.999}, ValueError, "leaves no sample of 50 to train on"),
        ({"validation": 0.001, "patience": 2}, ValueError, "validation=0.001 leaves no sample of 50 to validate on"),
        ({"patience": 2}, ValueError, "patience needs a validation share"),
        ({"schedule": 0.1}, TypeError, "schedule must be a function"),
        ({"index": "rows"}, ValueError, "index must be one of"),
        ({"resume": True}, ValueError, "resume needs a checkpoint"),
        ({"norms_every": 0}, ValueError, "norms_every must be at least 1"),
        ({"callbacks": print}, TypeError, "callbacks must be a list"),
        ({"callbacks": [3]}, TypeError, "callbacks must be functions, or objects with on_epoch or on_step, got 3"),
    ],
)
def test_bad_arguments(options, error, text):
    with pytest.raises(error, match=text):
        fit(small(), points(), lab.Adam(), **{**STILL, **options})


def test_what_does_not_fit_together():
    with pytest.raises(TypeError, match="model must be a Model"):
        fit("mlp", points(), lab.Adam())
    with pytest.raises(TypeError, match="data must be Data"):
        fit(small(), (np.zeros((3, 4)), np.zeros(3, int)), lab.Adam())
    with pytest.raises(TypeError, match="opt must be an optimizer"):
        fit(small(), points(), "adam")
    with pytest.raises(ValueError, match="x must have shape"):
        fit(small(), points(n=5), lab.Adam())
    with pytest.raises(ValueError, match="y must hold labels from 0 to 2, got 3"):
        fit(small(), points(classes=4), lab.Adam())
    with pytest.raises(ValueError, match="x_train must have shape"):
        Data(np.zeros((0, 4)), np.zeros(0, int), np.zeros((1, 4)), np.zeros(1, int))
