"""Is my improvement larger than the noise? Two changes of SGD beside a rule that equals it in all but its name."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy import stats

import landscapes as ls
import ngdm_lab as lab

SEEDS = range(12)  # each has starts, tuning starts and so learning rates of its own
surface, sgd = ls.rosenbrock(2), lab.SGD(lr=0.01)
rules = {"sgd": sgd, "heavy ball": sgd.replace(nesterov=False), "momentum 0.95": sgd.replace(momentum=0.95)}
races = [lab.race(rules, surface, starts=1000, steps=500, seed=k) for k in SEEDS]
floor = 0.0
with lab.plots.style():
    _, ax = plt.subplots(figsize=(3.4, 2))
    for k, label in enumerate(("control", "heavy ball", "momentum 0.95")):  # the control: NGDM that is SGD, by E7
        runs = [(race.entry(label, surface.name).runs, race.entry("sgd", surface.name).runs) for race in races]
        points = np.array([100 * (own.arrived.mean() - other.arrived.mean()) for own, other in runs])
        mean, half = points.mean(), stats.sem(points) * stats.t.ppf(0.975, len(points) - 1)
        if label == "control":
            floor = abs(mean) + half  # the most by which equal rules may differ
        verdict = "larger than" if abs(mean) - half > floor else "not shown to be larger than"
        comment = f"the noise floor: {floor:.1f}" if label == "control" else f"{verdict} the noise"
        print(f"{label:>13} less sgd: {mean:+.1f} +- {half:.1f} points of arrival, {comment}")
        ax.plot(points, np.full(len(points), k), "o", color=lab.plots.colour(label), alpha=0.4)
        ax.errorbar(mean, k + 0.25, xerr=half, fmt="|", color="black")
    ax.axvspan(-floor, floor, color="#E4E4E4", zorder=0)
    ax.set(xlabel="arrivals less SGD's, points (grey: noise)", ylim=(2.5, -0.5))
    ax.set(title=f"{surface.name}, {len(SEEDS)} seeds")
    ax.set_yticks(range(3), ["equal rule", "heavy ball", "momentum 0.95"])
lab.plots.save(ax, Path(*sys.argv[1:2]) / "larger_than_the_noise")
