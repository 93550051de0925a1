"""How many evaluations to 1e-8 does a curved valley take as its condition number grows?"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import landscapes as ls
import ngdm_lab as lab

(folder := Path(*sys.argv[1:2])).mkdir(parents=True, exist_ok=True)
KAPPAS, RATES = 10 ** np.arange(1, 3.6, 0.5), 10 ** np.arange(-5.5, 1, 0.125)
RUN = {"steps": 20_000, "target": 1e-8, "quantiles": False}
RULES = {
    "momentum 0": lambda c, lr: lab.SGD(lr, momentum=0),
    "momentum 0.9": lambda c, lr: lab.SGD(lr, momentum=0.9),
    "momentum by condition": lambda c, lr: lab.SGD(lr, momentum=(c**0.5 - 1) / (c**0.5 + 1)),  # Nesterov's, for bowls
    "adam": lambda c, lr: lab.Adam(lr),
}


def cost(runs):  # evaluations that a success takes if one restarts after failures
    return np.where(won, runs.hit + 1, runs.evaluations).sum() / won.sum() if (won := runs.hit >= 0).any() else np.inf


with lab.plots.style():
    _, ax = plt.subplots(subplot_kw={"xlabel": "condition number of the valley", "ylabel": "evaluations to 1e-8"})
    for name, rule in RULES.items():
        needed, seen = [], lab.plots.look(name)
        for c in KAPPAS:
            best = min(lab.ensemble([rule(c, lr) for lr in RATES], ls.banana(2, condition=c), 50, **RUN), key=cost)
            needed.append(cost(lab.ensemble(best.optimizer, best.surface, 500, seed=1, **RUN)))  # other starts
        (slope, _), cov = np.polyfit(np.log(KAPPAS[2:]), np.log(needed[2:]), 1, cov=True)  # from 100 on
        growth = f"condition^({slope:.2f} +- {2 * cov[0, 0] ** 0.5:.2f}); {needed[-1]:.0f} at {KAPPAS[-1]:.0f}"
        print(f"{name:>21}: evaluations grow as {growth}")
        ax.loglog(KAPPAS, needed, seen.marker, color=seen.colour, ls=seen.dash, label=f"{name}: {slope:.2f}")
    ax.legend(title="slope from 100 on")
lab.plots.save(ax, folder / "valley_condition")
