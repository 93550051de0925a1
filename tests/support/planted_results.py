"""Planted results of the experiments on landscapes, for the judges of claims."""

from __future__ import annotations

from itertools import product

import numpy as np

from ngdm_lab.paper.claims import c3, c4, c5, c6, c9, c10, sweep
from ngdm_lab.paper.claims.surfaces import NGDMS, bits

OURS = {"C3": c3, "C4": c4, "C5": c5, "C6": c6}


def planted_sweep(shared, equal, own, share=0.3, noise=0.0):
    """A result of `sweep`: functions of alpha to measures in the three senses, with noise between batches."""
    rng = np.random.default_rng(0)

    def batch(value):
        return (value + noise * rng.normal(size=sweep.BATCHES)).tolist()

    def view(function):
        return [{key: batch(value) for key, value in function(alpha).items()} for alpha in sweep.ALPHAS]

    places = len(sweep.PLACES)
    curve = [0.5 * np.exp(-(((k - places / 2) / 5) ** 2)) for k in range(places)]
    views = {"own": view(own), "effective": view(equal), **{f"rate {a:g}": view(shared) for a in sweep.ANCHORS}}
    return {
        "effective": np.geomspace(1e-7, 10, places).tolist(), "gains": [a + 0.1 for a in sweep.ALPHAS],
        "curves": [curve] * len(sweep.ALPHAS), "own": [0.1] * len(sweep.ALPHAS), "views": views, "share": share,
        "inside": 300, "starts": 1000, "steps": 10,
    }  # fmt: skip


def nothing(alpha):
    return {"arrival": 0.5, "escape": 0.2, "digits": 3.0, "speed": -2.0, "step": 0.0}


def as_said(given):
    """Measures that follow the claim in its range, by half of 0.2."""

    def measure(alpha):
        row = nothing(alpha)
        for part in given.parts if alpha in given.alphas else ():
            row[part.measure] += 0.1 * part.sign
        return row

    return measure


def judged(module, *results):
    """By form: diagonal, exact."""
    pair = list(results) if len(results) == 2 else [results[0]] * 2
    every = [pair[sweep.FORMS.index(form)] for _ in sweep.SURFACES for form in sweep.FORMS for _ in sweep.SLOPES]
    return module.judge(every, "quick")


def planted_times(factor, gain=0.0, noisy_gain=0.0):
    """Results of C9's jobs: NGDM takes `factor` of the others' evaluations, a falling rate brings it digits."""
    rng = np.random.default_rng(1)
    base = {name: rng.integers(100, 200, 200) for name in c9.SURFACES}
    made = []
    for name, label in product(c9.SURFACES, c9.LABELS):
        times = base[name] * (factor if label in NGDMS else 1)
        made.append({"spent": times.astype(int).tolist(), "seen": bits([True] * 200), "rate": 0.1, "edge": False})
    for name, label, fall in c9._decays():
        brought = (noisy_gain if "noisy" in name else gain) if fall and label != "sgd" else 0.0
        made.append({"digits": (3 + brought + 0.01 * rng.normal(size=200)).tolist(), "rate": 0.1, "edge": False})
    made += [{"spent": [3] * 200, "seen": bits([True] * 200)} for _ in c9.RESIDUALS]
    return made


def planted_arrivals(shares, level="quick"):
    """Results of C10's jobs: `shares(name, kind, label)` of 400 starts arrive."""
    made = []
    for name in c10.SURFACES:
        for kind, _ in c10._frames(name, level):
            for label in c10.LABELS:
                count = round(400 * shares(name, kind, label))
                made.append({"arrived": bits(k < count for k in range(400)), "rate": 0.1, "edge": False})
    return made + [{"share": 0.3} for _ in c10.SURFACES]


def only(names, kinds):
    return lambda name, kind, label: 0.6 if label == "dir-exact" and name in names and kind in kinds else 0.3
