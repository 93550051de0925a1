"""Optimizers by all names that are printed of them, and names wherever an optimizer is taken."""

from __future__ import annotations

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.cli.options import parse_optimizers
from ngdm_lab.nets import presets, registry
from ngdm_lab.optimizers.registry import get, names, row

RACE = {"starts": 4, "steps": 5, "tuning": False, "progress": False}


@pytest.mark.parametrize("name", names())
def test_ids_and_labels_are_read_back(name):
    opt = get(name)
    for text in (opt.name, opt.label, row(name).label, name.replace("-", "_"), name.upper()):
        assert get(text) == opt
        assert parse_optimizers(text) == {text: opt}


def test_a_race_of_names():
    race = lab.race(["sgd", "adam:lr=0.5", lab.SGD(0.1)], ["rosenbrock:2", "ackley-3d-flipped", ls.booth()], **RACE)
    assert race.labels == ["sgd", "adam:lr=0.5", "sgd (2)", "control"]
    assert race.surfaces == ["rosenbrock-2d", "ackley-3d-flipped", "booth-2d"]
    assert race.entry("adam:lr=0.5", "booth-2d").runs.optimizer == lab.Adam(0.5)
    assert lab.race("sgd,adam:lr=0.5", "sphere", **RACE).labels == ["sgd", "adam:lr=0.5", "control"]
    assert lab.race({"mine": "sgd:momentum=0"}, "sphere", **RACE).entries[0].runs.optimizer == get("sgd", momentum=0)


def test_single_runs_of_names():
    opt, s = lab.Adam(0.01), ls.ackley(3).flipped()
    runs, same = lab.ensemble("adam:lr=0.01", "ackley:3:flipped", 3, 4), lab.ensemble(opt, s, 3, 4)
    assert np.array_equal(runs.x, same.x)
    assert np.array_equal(lab.trace("Adam:lr=0.01", s.name, [1, 2, 3], 4).x, lab.trace(opt, s, [1, 2, 3], 4).x)
    tuned = lab.tune("adam", "sphere:2", starts=2, steps=3)
    assert np.array_equal(tuned.times, lab.tune(lab.Adam(), ls.sphere(2), starts=2, steps=3).times)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: lab.race(["sgdd"], "sphere", **RACE), "rules: unknown optimizer 'sgdd': did you mean sgd"),
        (lambda: lab.race("sgd", "spere", **RACE), "surfaces: unknown landscape 'spere': did you mean sphere"),
        (lambda: lab.race("sgd", "", **RACE), "surfaces must name at least one, got ''"),
        (lambda: lab.race({"mine": "sgdd"}, "sphere", **RACE), "each of rules: unknown optimizer 'sgdd'"),
        (lambda: lab.ensemble("adam,sgd", "sphere", 2, 2), "opt must name one optimizer, got 'adam,sgd'"),
        (lambda: lab.ensemble("adam", "sphere,booth", 2, 2), "s must name one landscape, got 'sphere,booth'"),
        (lambda: lab.trace("adam", "sphere:x", [1, 2]), "s: landscape 'sphere:x': unknown transform 'x'"),
        (lambda: lab.tune("adam:lr=x", "sphere"), "optimizer: optimizer 'adam:lr=x': lr must be a number"),
    ],
)
def test_bad_names(call, says):
    with pytest.raises(ValueError, match=says):
        call()


@pytest.mark.parametrize("name", [*presets.names(), "cifar-cnn", "CIFAR_CNN", "lstm", "gru-forecaster"])
def test_nets_in_both_spellings(name):
    assert presets.get(name).model == registry.full_name(name)
