"""The saved run behind Figures 4 to 6, the figures drawn from it, and the command, at a tiny size."""

from __future__ import annotations

import argparse

import numpy as np
import pytest

from ngdm_lab.cli import paper_figures
from ngdm_lab.nets import data as sets
from ngdm_lab.paper import forecasts as module
from ngdm_lab.paper import tables
from ngdm_lab.paper.figures import make, nets, scheme, series
from ngdm_lab.paper.forecasts import Forecasts, forecasts

OPTIONS = {"length": 150, "window": 6, "period": 20.0}
TINY = tables.Size({"name": "sinusoid", "options": OPTIONS}, 1, 1, 1, 40)
RULES = ("SGD-Nesterov", "NGDM Dir, diagonal", "NGDM GenDir, exact")


@pytest.fixture(scope="module")
def tiny():
    return forecasts(given=TINY, seeds=2, rules=RULES, units=4, executor="inline")


def test_runs_are_all_of_model_rule_and_seed(tiny):
    assert [(r.model, r.label, r.seed) for r in tiny.runs] == [
        (m, rule, seed) for m in ("lstm_forecaster", "gru_forecaster") for rule in RULES for seed in (0, 1)
    ]
    assert {r.status for r in tiny.runs if r.label != RULES[2]} == {"done"}
    assert all(r.values.shape == (24,) for r in tiny.runs)


def test_errors_are_numpys(tiny):
    data = sets.load("sinusoid", **OPTIONS)
    for model in ("lstm_forecaster", "gru_forecaster"):
        for label, (noisy, clean) in tiny.errors(model).items():
            own = [r.values for r in tiny.runs if (r.model, r.label) == (model, label)]
            t = np.arange(120 + 6, 150)
            wanted = [np.square(v - np.sin(2 * np.pi * t / 20)).mean() for v in own]
            np.testing.assert_allclose(clean, wanted, rtol=1e-12)
            # the same number as the training's own score, whose targets are float32
            np.testing.assert_allclose(noisy, [np.square(v - data.y_test[:, 0]).mean() for v in own], rtol=1e-5)


def test_forecasts_are_those_of_the_races_training(tiny):
    from ngdm_lab.experiments.net_race.training import arguments, train

    c = module._chosen("gru_forecaster", RULES)[1]
    token = {"name": "gru_forecaster", "options": {"units": 4}}
    given = arguments(token, dict(TINY.data), module.live.optimizer_token(c.optimizer), epochs=1, batch_size=40, seed=1,
                      index=c.index)  # fmt: skip
    error = tiny.errors("gru_forecaster")[c.label][0][1]
    assert train(**given)["score"] == pytest.approx(error, rel=1e-5)


def test_a_saved_run_comes_back_to_the_bit_and_draws_the_same_figures(tiny, tmp_path):
    again = Forecasts.load(tiny.save(tmp_path / "forecasts.json"))
    for a, b in zip(tiny.runs, again.runs, strict=True):
        assert np.array_equal(a.values, b.values, equal_nan=True)
        assert (a.label, a.lr, a.index, a.status) == (b.label, b.lr, b.index, b.status)
    assert again.save(tmp_path / "again.json").read_bytes() == (tmp_path / "forecasts.json").read_bytes()
    for name, run in (("first", tiny), ("second", again)):
        (tmp_path / name).mkdir()
        make.draw(make.FROM_RUN, tmp_path / name, run)
    first, second = (sorted((tmp_path / name).iterdir()) for name in ("first", "second"))
    assert [p.name for p in first] == [p.name for p in second]
    assert len(first) == 9
    assert all(a.read_bytes() == b.read_bytes() for a, b in zip(first, second, strict=True))


def test_files_that_are_no_run(tmp_path):
    with pytest.raises(ValueError, match="cannot read"):
        Forecasts.load(tmp_path / "none.json")
    for text in ("{", "[1]", '{"format": "other"}'):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(ValueError, match=r"no JSON file|no forecasts of this lab"):
            Forecasts.load(tmp_path / "bad.json")
    with pytest.raises(ValueError, match=r"rules must be among .*, got 'Lion'"):
        forecasts(given=TINY, rules=["Lion"], executor="inline")
    with pytest.raises(ValueError, match="data must be a series"):
        forecasts(given=tables.Size({"name": "spirals", "options": {}}, 1, 1, 1), executor="inline")


def test_figure_4_shows_both_series_and_its_numbers(tiny):
    figure, caption = series.figure4(tiny)
    whole = figure.axes[0].get_lines()
    noisy = np.concatenate([line.get_ydata() for line in whole[:2]])
    assert np.array_equal(noisy, tiny.series.noisy)
    assert np.array_equal(whole[2].get_ydata(), tiny.series.clean)
    for words in ("150 values", "Training targets: 114, test targets: 24", "sigma^2 = 0.25", "(E16)"):
        assert words in caption


def test_figures_5_and_6_show_each_rules_forecast_and_its_errors(tiny):
    for model, draw in (("lstm_forecaster", series.figure5), ("gru_forecaster", series.figure6)):
        figure, caption = draw(tiny)
        near = series.zoom(tiny)
        for forecast in tiny.of(model, 0):
            ax = next(ax for ax in figure.axes if ax.get_title("left") == forecast.label)
            if forecast.status == "done":
                wanted = forecast.values[near.start - tiny.series.test.start :]
                assert np.array_equal(ax.get_lines()[-1].get_ydata(), wanted)
            else:
                assert forecast.status in [t.get_text() for t in ax.texts]
        below = figure.axes[-1]
        drawn = [line.get_xdata() for line in below.get_lines()]
        for k, (noisy, clean) in enumerate(tiny.errors(model).values()):
            np.testing.assert_array_equal(drawn[2 * k], noisy)
            np.testing.assert_array_equal(drawn[2 * k + 1], clean)
        assert drawn[-1] == [tiny.series.floor] * 2
        noisy, clean = tiny.errors(model)["SGD-Nesterov"]
        assert f"SGD-Nesterov {noisy.mean():.4f} and {clean.mean():.4f} (paper " in caption


def test_figure_1_descends_with_the_corrected_sign_and_climbs_with_the_printed_one():
    right, printed = scheme.errors(1), scheme.errors(-1)
    assert right[0] == printed[0]
    assert right[-1] < 0.1 * right[0]
    assert np.all(np.diff(printed) > 0)
    caption = scheme.figure1()[1]
    assert f"from {right[0]:.3g} to {right[-1]:.3g} with the corrected sign" in caption
    assert "dense1: 4 vectors w_k of 3 numbers" in caption


def test_figures_2_and_3_mark_what_the_paper_leaves_open():
    models = {"mlp": nets.mlp(), "lenet5": nets.lenet5(), "cifar_cnn": nets.cifar_cnn()}
    kinds = {name: [type(layer).__name__ for layer in m.layers] for name, m in models.items()}
    assert [kinds["mlp"][k] for k in nets.unlisted(models["mlp"])] == ["Activation", "Activation"]
    assert nets.unlisted(models["lenet5"]) == []
    assert [kinds["lenet5"][k] for k in nets.open_sizes(models["lenet5"])] == [
        "Conv2D", "MaxPool2D", "Conv2D", "MaxPool2D", "Dense", "Dense",
    ]  # fmt: skip
    both, three = nets.figure2()[1], nets.figure3()[1]
    assert f"MLP, {models['mlp'].size:,} parameters in 10 layers" in both
    assert f"LeNet-5, {models['lenet5'].size:,} parameters in 8 layers" in both
    assert f"CNN, {models['cifar_cnn'].size:,} parameters in 24 layers" in three


@pytest.fixture
def command(monkeypatch):
    """The command line's figures, tiny."""
    monkeypatch.setitem(tables._SIZES, "quick", dict.fromkeys(tables.TABLES[4], TINY))
    monkeypatch.setattr(module, "SEEDS", {"quick": 1})

    def short(level, **options):
        return forecasts(level, units=4, **{**options, "executor": "inline"})

    monkeypatch.setattr(module, "forecasts", short)

    def call(*words):
        parser = argparse.ArgumentParser()
        paper_figures.add(parser.add_subparsers())
        return paper_figures.run(parser.parse_args(["figures", *words]))

    return call


def test_the_command_draws_all_six_and_resumes(command, tmp_path, capsys):
    folder = tmp_path / "out"
    assert command("--quick", "--output", str(folder)) == 0
    stems = [name for name, _ in make.FIGURES.values()]
    wanted = {f"{s}.{kind}" for s in stems for kind in ("png", "pdf", "txt")} | {"forecasts.json", "journal.jsonl"}
    assert {p.name for p in folder.iterdir()} == wanted
    assert str(folder / "figure6_gru.txt") in capsys.readouterr().out
    before = {p.name: p.read_bytes() for p in folder.iterdir()}
    with pytest.raises(ValueError, match="holds files already"):
        command("--output", str(folder))
    lines = before["journal.jsonl"].splitlines(keepends=True)
    (folder / "journal.jsonl").write_bytes(b"".join(lines[:5]))  # as a run that was killed leaves it
    assert command("--resume", "--output", str(folder)) == 0
    assert all((folder / name).read_bytes() == old for name, old in before.items() if name != "journal.jsonl")


def test_the_commands_options(command, tmp_path):
    assert command("--only", "3,1", "--output", str(tmp_path / "two")) == 0
    assert {p.stem for p in (tmp_path / "two").iterdir()} == {"figure1_backpropagation", "figure3_cifar_cnn"}
    for bad in ("0", "1,7", "a", ""):
        with pytest.raises(ValueError, match="--only must be numbers from 1 to 6"):
            command("--only", bad, "--output", str(tmp_path / "three"))
    with pytest.raises(ValueError, match="--resume needs the folder"):
        command("--resume", "--output", str(tmp_path / "none"))
    with pytest.raises(ValueError, match="run must be given for Figure 4"):
        make.draw([4], tmp_path)
    with pytest.raises(ValueError, match="numbers must be 1 to 6, got 7"):
        make.draw([7], tmp_path)
