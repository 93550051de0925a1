"""A good and cheap value for each argument of everything public that has none of its own, or a slow one."""

from __future__ import annotations

import json
import tempfile
from functools import cache
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import landscapes as ls
import ngdm_lab as lab
import ngdm_lab.experiments
import ngdm_lab.optimizers
from fuzz_kinds import KINDS

__all__ = ["argument", "examples"]


@cache
def folder():
    return Path(tempfile.mkdtemp(prefix="ngdm-fuzz-"))


@cache
def a_race():
    return lab.race([lab.SGD(1e-2), lab.Adam(1e-2)], [ls.sphere(2)], 4, 3, tuning=False, progress=False)


@cache
def a_tuned_race():
    return lab.race([lab.SGD(1e-2), lab.Adam(1e-2)], [ls.sphere(2)], 2, 2, tuning_starts=2, progress=False)


def small_model():
    return lab.nets.mlp(sizes=(3,), inputs=2, classes=2)


@cache
def a_model():
    return small_model()


@cache
def spirals():
    return lab.nets.data.load("spirals")


@cache
def a_fit():
    return lab.nets.fit(a_model(), spirals(), lab.Adam(), 1, 256, progress=False)


@cache
def a_trace():
    return lab.trace(lab.Adam(0.1), ls.sphere(2), [1.0, 1.0], 5)


@cache
def runs():
    return lab.ensemble(lab.Adam(0.1), ls.sphere(2), 4, 5)


@cache
def a_map():
    return lab.basins(lab.Adam(0.1), ls.himmelblau(), 3, 5)


@cache
def simplex_points():
    return np.random.default_rng(0).dirichlet([2.0, 3.0, 4.0], 24)


@cache
def a_slice():
    return lab.loss_slice(ls.sphere(3), np.zeros(3), pixels=3)


@cache
def rates():
    return lab.rate_map(lab.NGDM(0.1, lab.Dirichlet(2.0)), ls.sphere(2), [1.0, 2.0], [0.1, 0.2], 4, 3)


@cache
def some_frames():
    return lab.frames([lab.SGD(1e-2)], ls.sphere(2), 2, 2, seeds=(0,), tuning=False, progress=False)


@cache
def saved():
    return runs().save(folder() / "runs.npz")


@cache
def manifest():
    where = folder() / "manifest.json"
    where.write_text(json.dumps(a_race().manifest()))
    return where


def decay(epoch, epochs, lr):
    """A schedule."""
    return lr


def examples(room):
    """{name: object} whose methods are tried in a room, or that is itself called."""
    if room == "landscapes":
        return {"surface": ls.sphere(2), "family": ls.ellipsoid}
    if room == "geometry":
        return {
            "dirichlet": lab.Dirichlet([1.0, 2.0, 3.0]), "gendir": lab.GeneralizedDirichlet([1.0, 2.0], [2.0, 3.0]),
            "ramp": lab.ramp(1.0, 0.5), "sticks": lab.geometry.StickBreaking(2),
            "radial": lab.geometry.RadialMap([0.5, 0.5], 2.0),
        }  # fmt: skip
    if room == "optimizers":
        return {
            "adam": lab.Adam(0.1), "ngdm": lab.NGDM(0.1, lab.Dirichlet(2.0)), "method": lab.scipy_method(lab.Adam(0.1)),
            "fisher": lab.optimizers.InverseFisher(lab.Dirichlet(2.0)),
        }  # fmt: skip
    if room == "nets":
        return {
            "model": a_model(), "decay": lab.nets.StepDecay(), "cosine": lab.nets.Cosine(), "data": spirals(),
            "update": lab.nets.Update(lab.Adam(), a_model()), "fit": a_fit(), "preset": lab.nets.presets.get("mlp"),
        }  # fmt: skip
    if room == "experiments":
        return {
            "runs": runs(), "trace": a_trace(), "race": a_race(), "basins": a_map(), "slice": a_slice(),
            "rates": rates(), "frames": some_frames(), "comparison": lab.compare(a_race(), "sphere-2d"),
            "ecdf": lab.ecdf(a_race()), "profile": lab.performance_profile(a_race()),
        }  # fmt: skip
    return {}


# room.callable.name or name: a good value, or a function that makes one; for arguments without one, and slow ones
GOOD = {
    # small, so that a call is quick
    "starts": 2, "steps": 2, "tuning_starts": 2, "replicates": 19, "references": 1, "trials": 100, "power.points": 10,
    "resolution": 3, "pixels": 3, "samples": 3, "epochs": 1, "batch_size": 256, "per_decade": 8, "progress": False,
    "tuning": False, "tune": False, "tune.steps": 1, "seeds": (0, 1), "most": 10, "fps": 2, "seconds": 0.5,
    "executor": "inline", "quantiles": False, "lenet5.filters": (2, 2), "cifar_cnn.filters": (2, 2, 2),
    "sizes": (2, 2), "cifar_cnn.side": 8, "lenet5.side": 12, "units": 2, "filters": 2, "inputs": 3, "alphas": [2.0],
    "rates": [0.1], "outcomes.models": ["mlp"], "outcomes.indices": ["fan_in"], "outcomes.samples": 3,
    "only": ["convergence"], "surfaces": lambda: [ls.sphere(2)], "frames.seeds": (0,), "frames.kinds": ("flipped",),
    # by kind
    "SGD.lr": 0.1, "NGDM.lr": 0.1, "rate": 0.5, "surface.noisy.sigma": 0.5, "c": 2.0, "slope": 0.5, "ramp.start": 1.0,
    "epoch": 0.5, "__call__.lr": 0.1, "__call__.epochs": 2, "Series.sigma": 0.5, "Series.cut": 4, "Series.window": 2,
    "clean": lambda: np.zeros(8), "noisy": lambda: np.zeros(8), "check_trace.target": 1e-3, "check_trace.seed": 0,
    "n": 3, "on.n": 3, "gendir.on.n": 4, "initialise.seed": 0, "stratified.seed": 0, "stratified.test": 2,
    "labels": lambda: [0, 0, 1, 1], "plan.seed": 0, "dropped_term.alphas": [2.0], "input_shape": (2,), "shape": [2],
    "shapes": [(2, 3), (3,)], "a": "sgd", "b": "adam", "label": "sgd", "frames.hits.kind": "plain",
    "frames.gains.kind": "flipped", "trigamma_drop.a": 0.5, "trigamma_drop.b": 0.5, "trigamma.x": 0.5,
    "inverse_trigamma.y": 0.5, "evaluations": 2, "ratio": 2.0, "tags": ("mine",), "bounds": (-1, 1),
    "method.bounds": None,
    "x": lambda: [0.5, 0.5], "x0": lambda: [0.5, 0.5], "z": lambda: [0.2, 0.3, 0.5], "p": lambda: [0.2, 0.3, 0.5],
    "g": lambda: np.array([0.5, 0.5]), "v": lambda: [0.5, 0.5], "mean": lambda: [0.0, 0.0], "cov": lambda: np.eye(2),
    "step.x": lambda: np.array([0.5, 0.5]), "slice.coordinates.points": lambda: [0.0, 0.0, 0.0],
    "dirichlet.v": lambda: [1.0, 2.0, 3.0], "gendir.v": lambda: [1.0, 2.0, 3.0, 4.0],
    "dirichlet.x": lambda: [0.2, 0.3, 0.5],
    "gendir.x": lambda: [0.2, 0.3, 0.5], "fit.x": simplex_points, "energy_test.x": simplex_points,
    "triangle_test.x": simplex_points, "energy_statistic.x": simplex_points, "energy_statistic.y": simplex_points,
    "triangle_sides.x": simplex_points, "triangle_sides.y": simplex_points, "project_simplex.v": lambda: [0.5, 0.7],
    "loss_slice.centre": lambda: [0.0, 0.0], "model.x": lambda: np.full((3, 2), 0.5), "model.y": lambda: [0, 1, 1],
    "x_train": lambda: np.zeros((4, 2)), "x_test": lambda: np.zeros((2, 2)), "y_train": lambda: [0, 0, 1, 1],
    "y_test": lambda: [0, 1], "alpha": 2.0, "GeneralizedDirichlet.beta": 2.0, "RMSProp.alpha": 0.9,
    "centre": lambda: [0.0, 0.0],
    "distribution": lambda: lab.Dirichlet(2.0), "preset.optimizer.distribution": "gendir",
    "dirichlet.other": lambda: lab.Dirichlet([2.0, 2.0, 3.0]),
    "gendir.other": lambda: lab.GeneralizedDirichlet([1.0, 2.0], [2.0, 3.5]), "law": lambda: lab.Dirichlet(2.0),
    "laws": lambda: [lab.Dirichlet([2.0, 3.0])], "power.kind": lab.Dirichlet,
    "sampler": lambda: lab.Dirichlet([2.0, 3.0]),
    "mapping": lambda: lab.geometry.StickBreaking(2),
    "simplex_descent.opt": lambda: lab.SGD(0.01), "opt": lambda: lab.Adam(0.1), "optimizer": lambda: lab.SGD(0.1),
    "rate_map.opt": lambda: lab.NGDM(0.1, lab.Dirichlet(2.0)),
    "step.state": lambda: lab.Adam().init(np.zeros(2)),
    "ngdm.step.state": lambda: lab.NGDM(0.1, lab.Dirichlet(2.0)).init(np.zeros(2)),
    "rules": lambda: [lab.SGD(0.1)], "s": lambda: ls.sphere(2), "basin_share.surface": lambda: ls.sphere(2),
    "frames.surface": lambda: ls.sphere(2), "loss_slice.target": lambda: ls.sphere(2),
    "spec": lambda: ls.sphere(2).spec(),
    "landscapes.get.name": "sphere", "landscapes.parse.text": "sphere:2", "optimizers.get.name": "adam",
    "optimizers.parse.text": "adam", "nets.load.name": "spirals", "nets.get.model": "mlp", "hyperparameters": lambda: {
        "beta1": 0.9, "beta2": 0.9, "eps": 1e-8, "weight_decay": 0.0, "lr": 0.1},
    "fun": lambda: lambda x: float(x[0]), "jac": lambda: lambda x: 2 * x, "maxiter": 2,
    "compare.race": a_race, "compare.surface": "sphere-2d", "ecdf.race": a_race, "performance_profile.race": a_race,
    "frames.of.race": lambda: some_frames().race, "race.entry.surface": "sphere-2d", "race.on.surface": "sphere-2d",
    "trace": a_trace, "slice.project.trace": lambda: lab.trace(lab.Adam(0.1), ls.sphere(3), [1.0, 1.0, 1.0], 2),
    "path": lambda: folder() / "out", "experiments.load.path": saved, "replan.path": manifest, "rerace.path": manifest,
    "fit.load.path": lambda: a_fit().save(folder() / "fit"), "nets.folder.path": lambda: folder() / "none",
    "claims": (), "loss_slice.progress": False, "nets.race.model": "mlp", "nets.race.data": spirals,
    "nets.race.epochs": 1, "Contender.label": "mine", "Model.layers": lambda: [lab.nets.Dense(2)],
    "Update.model": a_model,
    "fit.model": small_model, "fit.data": spirals, "made": lambda: list(a_model().groups()), "dtype": "float32",
    "device": "cpu", "LevenbergMarquardt.problem": "bard",
    "check_landscape.f": lambda: ls.sphere(2), "check_rule.r": lambda: lab.SGD(0.01),
    "check_rule.hyperparameters": {},
    # plots
    "animate.file": lambda: folder() / "a.gif", "traces": a_trace, "architecture.model": a_model,
    "basin_panels.results": lambda: [a_map()],
    "plots.basins.result": a_map, "convergence.results": lambda: lab.ensemble(lab.Adam(0.1), ls.sphere(2), 2, 2),
    "frames.result": some_frames, "learning_curves.results": a_fit, "learning_figure.results": a_fit,
    "plane": a_slice, "profiles.result": lambda: lab.ecdf(a_race()), "race_figures.race": a_race,
    "race_figures.folder": lambda: folder() / "figures", "rate_map.result": rates,
    "save.figure": lambda: plt.subplots()[1], "caption.figure": lambda: plt.subplots()[1],
    "save.path": lambda: folder() / "out",
    "success.entries": lambda: a_tuned_race().on("sphere-2d"),
    "what": a_trace, "learning_curves.what": "loss", "race_or_tuning": lambda: a_tuned_race().entries[0].tuning,
}  # fmt: skip


def argument(room, place, name):
    """(kind, how to make a good value, or None where it may be left out) of a callable's argument, stars aside."""
    name = name.lstrip("*")
    thing, _, last = place.rpartition(".")
    ways = [f"{room}.{place}.{name}", f"{place}.{name}", f"{last}.{name}", f"{thing}.{name}", f"{room}.{name}", name]
    kind = next((kind for way in ways for kind, words in KINDS.items() if way in words.split()), None)
    assert kind, f"{place} has an argument {name}, and fuzz_kinds.KINDS does not say what it is"
    found = next((GOOD[way] for way in ways if way in GOOD), _NONE)
    if found is _NONE:
        return kind, None
    return kind, found if callable(found) and not isinstance(found, type) else lambda: found


_NONE = object()
