"""Is my rule better than Adam? Nesterov's momentum on clipped gradients (Pascanu et al. 2013), paired tests."""

import math
import sys
from pathlib import Path

import matplotlib.pyplot as plt

import landscapes as ls
import ngdm_lab as lab


@lab.update_rule(state=("b",), direction=True)
def clipped(x, g, b, n, t, momentum=0.9, most=1.0):
    squares = 0.0
    for i in range(n):
        squares += g[i] * g[i]
    scale = most / max(most, math.sqrt(squares))
    for i in range(n):
        b[i] = momentum * b[i] + scale * g[i]
        g[i] = scale * g[i] + momentum * b[i]  # the direction; the engine takes x <- x - lr * direction


(folder := Path(*sys.argv[1:2])).mkdir(parents=True, exist_ok=True)
rules = {"clipped": clipped(), "adam": lab.Adam(), "sgd": lab.SGD(lr=0.01)}  # each learning rate is tuned
race = lab.race(rules, [ls.rosenbrock(2), ls.goldstein_price(), ls.levy(4)], starts=1000, steps=1000)
outcome = {}
with lab.plots.style():
    figure, axes = plt.subplots(1, 3, figsize=(7, 2.5))
for ax, surface in zip(axes, race.surfaces, strict=True):
    lab.plots.convergence(race.on(surface), ax, legend=ax is axes[0], notes=False)
    found = lab.compare(race, surface)
    print(found, end="\n\n")
    pair = found.pair("clipped", "adam")
    ratio, low, high = pair.ratio_of("clipped")
    outcome[surface] = f"{pair.verdict}, {ratio:.2f} [{low:.2f}, {high:.2f}] times Adam's evaluations"
lab.plots.save(figure, folder / "compare_my_rule_with_adam")
print("Is the clipped rule faster than Adam?")
print("\n".join(f"  {surface}: {words}" for surface, words in outcome.items()))
