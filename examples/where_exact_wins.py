"""Where does NGDM's exact form win, and does the win survive if the landscape is flipped or rotated?"""

import sys
from pathlib import Path

import matplotlib.pyplot as plt

import landscapes as ls
import ngdm_lab as lab

(folder := Path(*sys.argv[1:2])).mkdir(parents=True, exist_ok=True)
rules = {
    "sgd": lab.SGD(lr=0.01),  # each learning rate is tuned, in each frame
    "exact 1.4": lab.NGDM(lr=0.01, distribution=lab.Dirichlet(1.4), form="exact"),
    "exact 12": lab.NGDM(lr=0.01, distribution=lab.Dirichlet(12.0), form="exact"),
}
course = [ls.styblinski_tang(10), ls.diagonal_trough(10), ls.rosenbrock(10)]
wins = {}
with lab.plots.style():
    figure, axes = plt.subplots(1, 3, figsize=(7, 2.6), sharey=True)
for ax, surface in zip(axes, course, strict=True):
    found = lab.frames(rules, surface, starts=2000, steps=400, seeds=[0])
    lab.plots.frames(found, ax, legend=ax is axes[0], notes=False).locator_params(axis="x", nbins=4)
    print(found, end="\n\n")
    for kind in ("flipped", "rotated"):
        for gain in found.gains(kind):
            if gain.measure == "hit" and gain.verdict != "none":
                win = f"{gain.label} on {found.surface}, by {100 * gain.plain:.1f} points"
                wins.setdefault(win, []).append(f"{gain.verdict} when {kind}")
lab.plots.save(figure, folder / "where_exact_wins")
print(f"The exact form reaches the target more often than SGD, beyond noise, {'here:' if wins else 'nowhere.'}")
for win, ends in wins.items():
    print(f"  {win}; {', '.join(ends)}")
