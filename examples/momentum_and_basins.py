"""What does momentum do to basins? Maps at four momenta, and each minimum's share beside that of gradient flow."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import landscapes as ls
import ngdm_lab as lab

MOMENTA = (0, 0.5, 0.9, 0.99)
surface = ls.six_hump_camel()  # six minima, two of them global
# lr / (1 - momentum), the effective rate, is the same for all: only the inertia differs
maps = [lab.basins(lab.SGD(lr=2e-3 * (1 - mu), momentum=mu), surface, 200, steps=5000) for mu in MOMENTA]
flow = lab.basin_share(surface, starts=10_000)
apart = np.linalg.norm(flow.x[:, None] - maps[0].ends, axis=2)
of_flow = np.bincount(apart.argmin(axis=1), minlength=len(maps[0].ends)) / len(flow)

print("share of the starts that end at    flow" + "".join(f"{f'mu = {mu:g}':>11}" for mu in MOMENTA))
for point, share in zip(maps[0].ends, of_flow, strict=True):
    shares = [(np.linalg.norm(found.runs.x - point, axis=1) < 0.1).mean() for found in maps]
    global_ = "global" if surface(point) < surface.f_min + 1e-3 else ""
    print(f"({point[0]:6.3f}, {point[1]:6.3f}) {global_:12}{share:7.1%}" + "".join(f"{v:11.1%}" for v in shares))
with lab.plots.style():
    figure, axes = plt.subplots(1, 4, figsize=(lab.plots.PAGE, 2), sharey=True)
    for ax, mu, found in zip(axes, MOMENTA, maps, strict=True):
        lab.plots.basins(found, ax, legend=False, notes=False).set_title(f"momentum {mu:g}", loc="left")
        ax.label_outer()
lab.plots.save(figure, Path(*sys.argv[1:2]) / "momentum_and_basins")
print(f"Gradient flow ends in a global minimum from {flow}.")
for mu, found in zip(MOMENTA, maps, strict=True):
    moved = (found.index != maps[0].index).mean()
    print(f"Momentum {mu:g}: {found.runs.arrived.mean():.1%}; {moved:.1%} of the starts end elsewhere than without")
