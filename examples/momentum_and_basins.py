"""What does momentum do to basins? Maps at four momenta, and each minimum's share beside that of gradient flow."""

import sys
from pathlib import Path

import numpy as np

import landscapes as ls
import ngdm_lab as lab

(folder := Path(*sys.argv[1:2])).mkdir(parents=True, exist_ok=True)
MOMENTA = (0, 0.5, 0.9, 0.99)
surface = ls.six_hump_camel()  # six minima, two of them global
# lr / (1 - momentum), the effective rate, is the same for all: only the inertia differs
maps = [lab.basins(lab.SGD(lr=2e-3 * (1 - mu), momentum=mu), surface, 200, steps=5000) for mu in MOMENTA]
flow = lab.basin_share(surface, starts=10_000)
minima = maps[0].ends


def nearest(x):
    return np.linalg.norm(x[:, None] - minima, axis=2).argmin(axis=1)


of_flow, ended = nearest(flow.x), [nearest(found.runs.x) for found in maps]
print("% of the starts that end at     flow" + "".join(f"{f'mu = {mu:g}':>11}" for mu in MOMENTA))
for k, (x1, x2) in enumerate(minima):
    known = "global" if k < len(surface.minima) else ""
    shares = "".join(f"{100 * (own == k).mean():11.1f}" for own in ended)
    print(f"({x1:6.3f}, {x2:6.3f}) {known:9}{100 * (of_flow == k).mean():9.1f}{shares}")
panels = lab.plots.basin_panels(maps, notes=False)
for ax, mu in zip(panels, MOMENTA, strict=True):
    ax.set_title(f"momentum {mu:g}", loc="left", size=8)
lab.plots.save(panels[0], folder / "momentum_and_basins")
print(f"Gradient flow ends in a global minimum from {flow}.")
for mu, found, own in zip(MOMENTA, maps, ended, strict=True):
    arrived = f"{100 * found.runs.arrived.mean():.1f} % of the starts end in one"
    print(f"Momentum {mu:g}: {arrived}; {100 * (own != ended[0]).mean():.1f} % elsewhere than without momentum")
