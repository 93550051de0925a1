"""Bad input: one line on standard error, exit status 2, nothing written; from Python the same text."""

from __future__ import annotations

import importlib
import os
import signal

import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import experiments
from ngdm_lab.cli.main import main

BAD = {
    "NaN start": (["trace", "--start", "nan,1"], "x0 must be one finite point of shape (2,), got [nan, 1.0]"),
    "short start": (["trace", "--start", "1"], "x0 must have a last axis of length 2"),
    "word as start": (["trace", "--start", "here,there"], "--start must be numbers separated by commas"),
    "dimension": (["trace", "--landscape", "booth", "--dim", "3"], "dim of booth must be 2, got 3"),
    "dimension in a list": (["race", "--landscapes", "rosenbrock:1"], "dim of rosenbrock must be 2 or more, got 1"),
    "two dimensions": (["trace", "--landscape", "sphere:3", "--dim", "4"], "the dimension stands twice"),
    "negative rate": (["trace", "--lr", "-0.1"], "lr must be a finite number at least 0, got -0.1"),
    "negative same rate": (["race", "--same-lr", "-1"], "same_lr must be a finite number at least 0, got -1.0"),
    "NaN rate": (["trace", "--lr", "nan"], "lr must be a finite number at least 0, got nan"),
    "odd n for GenDir": (["race", "--optimizers", "ngdm-gendir", "--landscapes", "sphere:3"], "even number"),
    "odd n in a trace": (["trace", "--optimizer", "ngdm-gendir-exact", "--dim", "3"], "even number"),
    "alpha not positive": (
        ["race", "--optimizers", "sgd,ngdm-dirichlet:alpha=0"],
        "optimizer 'ngdm-dirichlet:alpha=0': alpha",
    ),
    "ramp not positive": (
        ["trace", "--optimizer", "ngdm-dirichlet:alpha=0.02-0.005i", "--dim", "6"],
        "i = 4",
    ),
    "unknown option of an optimizer": (["trace", "--optimizer", "adam:beta=3"], "unknown option 'beta=3'"),
    "option is no number": (["trace", "--optimizer", "sgd:momentum=much"], "momentum must be a number, got 'much'"),
    "option out of range": (["race", "--optimizers", "sgd:momentum=1"], "momentum must be a finite number at least 0"),
    "no ramp": (["race", "--optimizers", "ngdm-dirichlet:alpha=1+xi"], "alpha must be a number or a ramp"),
    "twice the same optimizer": (["race", "--optimizers", "sgd,sgd"], "names sgd twice"),
    "unknown landscape": (["race", "--landscapes", "rosenbrok"], "did you mean rosenbrock"),
    "unknown optimizer": (["race", "--optimizers", "sgd,adamm"], "did you mean adam"),
    "unknown transform": (["race", "--landscapes", "sphere:2:fliped"], "did you mean flipped"),
    "unknown parameter": (["race", "--landscapes", "sphere:2:condition=2"], "has no parameter 'condition'"),
    "unknown tag": (["list", "--tag", "multimodl"], "did you mean multimodal"),
    "unknown tag lists the tags": (["list", "--tag", "zzz"], f"unknown tag 'zzz': there are {', '.join(ls.tags())}"),
    "unknown tag in a race": (["race", "--tag", "convx"], "did you mean convex? there are conditioned, convex"),
    "unknown tag of a list": (["race", "--landscapes", "sphere", "--tag", "zzz"], "unknown tag 'zzz'"),
    "tags none has": (["list", "--tag", "convex", "--tag", "multimodal"], "no landscape has the tags convex and multi"),
    "tag that none of them has": (
        ["race", "--landscapes", "sphere,booth", "--tag", "multimodal"],
        "none of --landscapes sphere,booth has the tag multimodal",
    ),
    "empty tag": (["race", "--tag", ","], "--tag must name at least one"),
    "all and some": (["race", "--all", "--landscapes", "sphere"], "--all and --landscapes exclude each other"),
    "manifest and tag": (["race", "--manifest", "m.json", "--tag", "convex"], "leave out --tag and --all"),
    "figure nowhere": (["list", "--tag", "saddle", "--figure", "no/where"], "cannot write no/where.png"),
    "unknown command": (["rase"], "invalid choice: 'rase'"),
    "unknown option": (["race", "--start", "10", "--colour"], ""),
    "no command": ([], "required"),
    "no number": (["race", "--starts", "many"], "must be a whole number, got 'many'"),
    "no starts": (["race", "--starts", "0"], "starts must be at least 1, got 0"),
    "negative seed": (["trace", "--seed", "-1"], "seed must be at least 0, got -1"),
    "negative steps": (["race", "--steps", "-5"], "steps must be at least 1, got -5"),
    "empty list": (["race", "--optimizers", ","], "--optimizers must name at least one"),
    "twice the same": (["race", "--landscapes", "sphere:2,sphere:2"], "sphere-2d stands twice"),
    "no manifest": (["race", "--manifest", "nowhere.json"], "nowhere.json is no manifest of a race"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_one_line_status_two_nothing_written(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("ngdm-lab")
    assert err.count("\n") == 1
    assert err.endswith("\n")
    assert message in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", ["race", "trace"])
def test_unwritable_folder(command, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("")
    assert main([command, "--output", "file/results"]) == 2
    assert capsys.readouterr().err.startswith(f"ngdm-lab {command}: cannot write to output folder file/results")
    assert main([command, "--output", "file"]) == 2
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_folder_with_files_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine")
    assert main(["race", "--output", str(tmp_path)]) == 2
    assert "holds files already" in capsys.readouterr().err
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_missing_gpu_is_status_three(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["race", "--backend", "cuda"]) == 3
    assert capsys.readouterr().err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_failure_in_the_midst_removes_the_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def interrupt(self, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(experiments.Plan, "run", interrupt)
    assert main(["race", "--output", "a/b"]) == 130
    assert capsys.readouterr().err == "ngdm-lab race: interrupted\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_interrupt_that_python_drops_is_heeded(tmp_path, monkeypatch, capsys):
    """An exception raised while an object is finalised is lost; Ctrl-C must end the run all the same."""

    class Unlucky:
        def __del__(self):
            os.kill(os.getpid(), signal.SIGINT)

    def lose(*arguments, **options):
        Unlucky()

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(importlib.import_module("ngdm_lab.experiments.race.plan"), "check_run", lose)
    before = signal.getsignal(signal.SIGINT)
    assert main(["race", "--landscapes", "sphere", "--optimizers", "sgd", "--starts", "2", "--no-figures"]) == 130
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGINT) is before


def test_python_raises_the_same_text(capsys):
    """Messages of the command line are the exceptions' own."""
    pairs = [
        (["trace", "--start", "nan,1"], lambda: lab.trace(lab.SGD(1e-3), ls.rosenbrock(2), [float("nan"), 1.0])),
        (["trace", "--lr", "-1"], lambda: lab.SGD(lr=-1.0)),
        (["trace", "--landscape", "booth:3"], lambda: ls.booth(3)),
        (["race", "--landscapes", "nosuch"], lambda: ls.get("nosuch")),
    ]
    for arguments, call in pairs:
        with pytest.raises(ValueError, match=r".") as caught:
            call()
        assert main(arguments) == 2
        assert str(caught.value) in capsys.readouterr().err


def test_non_positive_alpha_names_its_index():
    with pytest.raises(ValueError, match=r"i = 3|\[3\]|alpha_3"):
        lab.Dirichlet([1.0, 2.0, 0.0, -1.0])
