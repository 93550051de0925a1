"""Is my improvement larger than the noise? Two changes of SGD beside a rule that equals it in all but its name."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy import stats

import landscapes as ls
import ngdm_lab as lab

(folder := Path(*sys.argv[1:2])).mkdir(parents=True, exist_ok=True)
SEEDS = range(12)  # each has starts, tuning starts and so learning rates of its own
surface, sgd = ls.rosenbrock(2), lab.SGD(lr=0.01)
rules = {"sgd": sgd, "heavy ball": sgd.replace(nesterov=False), "momentum 0.95": sgd.replace(momentum=0.95)}
races = [lab.race(rules, surface, starts=1000, steps=500, seed=k) for k in SEEDS]
times = {label: [] for label in races[0].labels}  # the control among them: NGDM that is SGD, by E7
for race in races:
    for row in race.rows():
        times[row["optimizer"]].append(row["ert"])
floor = 1.0
with lab.plots.style():
    _, ax = plt.subplots(figsize=(3.4, 2))
    for k, label in enumerate(("control", "heavy ball", "momentum 0.95")):
        ratios = np.log2(np.array(times[label]) / times["sgd"])
        mean, half = ratios.mean(), stats.sem(ratios) * stats.t.ppf(0.975, len(ratios) - 1)
        low, high = 2 ** (mean - half), 2 ** (mean + half)
        if label == "control":
            floor = max(1 / low, high)  # the most by which equal rules may differ
        verdict = "larger than" if low > floor or high < 1 / floor else "not shown to be larger than"
        comment = f"the noise floor: {floor:.2f}" if label == "control" else f"{verdict} the noise"
        print(f"{label:>13}: {2**mean:.2f} [{low:.2f}, {high:.2f}] times the evaluations of sgd, {comment}")
        ax.plot(2**ratios, np.full(len(ratios), k), "o", color=lab.plots.colour(label), alpha=0.4)
        ax.plot([low, high], [k + 0.25] * 2, "|-", color="black")
    ax.axvspan(1 / floor, floor, color="#E4E4E4", zorder=0)
    ax.set(xlabel="evaluations to the target over SGD's (grey: noise)", ylim=(2.5, -0.5), yticks=range(3))
    ax.set(title=f"{surface.name}, {len(SEEDS)} seeds", yticklabels=["equal rule", "heavy ball", "momentum 0.95"])
lab.plots.save(ax, folder / "larger_than_the_noise")
