"""Section 2.2 as the paper does it and as it motivates it: descents on the simplex.

    python paper_figures/section_2_2_simplex.py --output figures

prints the numbers and writes section_2_2_simplex.png and .pdf into the folder. Weights x of a disc are mapped to the
triangle z, a Dirichlet distribution is fitted to a cloud of them, and the Styblinski-Tang function E(x(z)) is
minimised over z: by SGD, by NGDM with the Fisher matrix of the fitted distribution (what the text describes), and by
natural gradient descent in the distribution's parameters (what "natural gradient" means). Learning rates are tuned
on other starts than those shown; an evaluation is a value with its gradient for the first three, a value for the
last. The start of panel (a) is the one from which SGD moves farthest.
"""

import sys

import numpy as np
from command import command
from matplotlib.figure import Figure

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.experiments import natural_descent, simplex_descent
from ngdm_lab.geometry import RadialMap, energy_test, triangle_test
from ngdm_lab.plots.drawing.style import COLUMN

SEED, CLOUD, SAMPLES = 2023, 150, 20
SURFACE, DISC = ls.styblinski_tang(2), RadialMap(2, 5.0)
TUNED_ON, SHOWN = 14, 16  # starts
STEPS, EVALUATIONS = 60, 1_000  # of a gradient method; of the natural descent, which uses values only
RATES = np.geomspace(1e-5, 1e-3, 7)  # of SGD; NGDM has the same after the mean gain 1/psi'(alpha) of its F^-1
NATURAL = np.geomspace(0.05, 1.0, 7)
LOOKS = {
    "SGD": ("#000000", "-", 2.4),
    "NGDM diagonal": ("#E8601C", (0, (3.2, 1.8)), 1.4),
    "NGDM exact": ("#0072B2", (0, (1.2, 1.2)), 1.4),
    "natural gradient": ("#009E73", "-", 1.4),
}


def fitted():
    """The distribution fitted to a cloud of weights, and the p-values of both tests."""
    stream = np.random.default_rng(SEED)
    u = stream.normal(size=(CLOUD, 2))
    z = DISC.forward(5.0 * u / np.linalg.norm(u, axis=1, keepdims=True) * np.sqrt(stream.random((CLOUD, 1))))
    tests = [test(z, lab.Dirichlet, seed=SEED) for test in (energy_test, triangle_test)]
    return tests[0].distribution, [test.pvalue for test in tests]


def methods(law):
    """Name -> (learning rates, the run from a start at a rate)."""

    def by(opt):
        return lambda z0, lr, seed: simplex_descent(opt.replace(lr=lr), SURFACE, DISC, z0, STEPS)

    def natural(z0, lr, seed):
        start = lab.Dirichlet(float(np.sum(law.alpha)) * z0)  # as concentrated as the fitted one, with its mean at z0
        return natural_descent(SURFACE, DISC, start, EVALUATIONS // SAMPLES, lr=lr, samples=SAMPLES, seed=seed)

    made = {"SGD": (RATES, by(lab.SGD(lr=1.0)))}
    for form in ("diagonal", "exact"):
        opt = lab.NGDM(lr=1.0, form=form, distribution=law)
        made[f"NGDM {form}"] = (RATES / np.mean(1 / lab.geometry.trigamma(law.alpha)), by(opt))
    made["natural gradient"] = (NATURAL, natural)
    return made


def race(law):
    """Name -> rates, the index of the one that is best on the first starts, and the runs, [rate][start shown]."""
    starts = lab.Dirichlet(2.0).on(3).rvs(TUNED_ON + SHOWN, random_state=SEED)
    made = {}
    for name, (rates, run) in methods(law).items():
        runs = [[run(z0, lr, seed) for seed, z0 in enumerate(starts)] for lr in rates]
        tuned = [np.mean([end(r) for r in row[:TUNED_ON]]) for row in runs]
        made[name] = rates, int(np.argmin(tuned)), [row[TUNED_ON:] for row in runs]
    return made


def end(run):
    """The last value; infinite after a divergence."""
    return float(run.f[-1]) if np.isfinite(run.f[-1]) else np.inf


def report(law, pvalues, made):
    print(f"""Fitted to {CLOUD} weight vectors, uniform in a disc, mapped radially (seed {SEED}):
  alpha = {np.round(law.alpha, 3).tolist()}; energy test p = {pvalues[0]:.3f}, triangle test p = {pvalues[1]:.3f}

Styblinski-Tang over the triangle, minimum {SURFACE.f_min:.2f}, momentum 0.9; {SHOWN} starts, rates from {TUNED_ON} more
  {"":18}{"rate":>9}{"evaluations":>13}{"median end":>12}{"quartiles":>20}{"at the minimum":>16}""")
    for name, (rates, best, table) in made.items():
        ends = np.array([end(run) for run in table[best]])
        low, mid, high = np.quantile(ends, [0.25, 0.5, 0.75])
        arrived = int((ends < SURFACE.f_min + 0.1).sum())
        edge = "  (rate at the edge)" if best in (0, len(rates) - 1) else ""
        print(f"  {name:18}{rates[best]:9.2g}{table[best][0].evaluations[-1]:13}{mid:12.2f}"
              f"{f'[{low:.2f}, {high:.2f}]':>20}{f'{arrived} of {SHOWN}':>16}{edge}")  # fmt: skip
    k = RATES.size // 2
    print(f"\nFarthest from SGD's path in z, median over starts, at the effective rate {RATES[k]:.2g}:")
    for form in ("diagonal", "exact"):
        apart = [np.abs(a.z - b.z).max() for a, b in zip(made[f"NGDM {form}"][2][k], made["SGD"][2][k], strict=True)]
        print(f"  NGDM {form:9} {np.median(apart):.4f}")
    print("""With equal alphas it would be 0 for both forms (E7): gradients along the simplex have the sum 0, and there
Eq. 5 is psi'(alpha) times the identity. The natural gradient uses values of E only, and its F moves with it.""")


def flat(z):
    """Points of the triangle in the plane: corners at the left, the right and the top."""
    return z[..., 1] + 0.5 * z[..., 2], np.sqrt(0.75) * z[..., 2]


def draw(law, made):
    with lab.plots.style():
        figure = Figure(figsize=(COLUMN, 4.4))
        panels = figure.subplot_mosaic([["a", "a"], ["c", "b"]], height_ratios=[1.25, 1])
        a, b, c = (panels[letter] for letter in "abc")
        grid = np.array([(i, j, 120 - i - j) for i in range(121) for j in range(121 - i)]) / 120
        values = SURFACE(DISC.inverse(grid))
        levels = SURFACE.f_min + np.geomspace(1, values.max() - SURFACE.f_min, 14)
        a.tricontourf(*flat(grid), values, levels=[SURFACE.f_min, *levels], cmap="Greys", alpha=0.75)
        best = DISC.forward(SURFACE.minima)
        a.plot(*flat(best), "*", color="white", markeredgecolor="black", markersize=9, markeredgewidth=0.7, zorder=4)
        tuned = {name: table[best] for name, (_, best, table) in made.items()}
        k = RATES.size // 2  # where the tuned ones bounce off the edges
        paths = {name: table[best if name == "natural gradient" else k] for name, (_, best, table) in made.items()}
        chosen = int(np.argmax([np.abs(run.z[-1] - run.z[0]).max() for run in paths["SGD"]]))
        for name, (colour, dash, width) in LOOKS.items():
            a.plot(*flat(paths[name][chosen].z), color=colour, linestyle=dash, linewidth=width)
        a.plot(*flat(paths["SGD"][chosen].z[0]), "o", color="white", markeredgecolor="black", markersize=4.5)
        for corner, label, align in ((0, "$z_1=1$", "right"), (1, "$z_2=1$", "left"), (2, "$z_3=1$", "left")):
            x, y = flat(np.eye(3)[corner])
            a.annotate(label, (x, y), (4 if align == "left" else -4, -3), textcoords="offset points", ha=align)
        a.set(aspect="equal", xlim=(-0.3, 1.3))
        a.set_axis_off()
        a.set_title(f"(a) One start ○ at {RATES[k]:.0e}, minimum ☆".replace("e-0", "e−"), pad=12)
        for name, (colour, dash, width) in list(LOOKS.items())[:3]:
            ends = np.array([[end(run) for run in row] for row in made[name][2]]) - SURFACE.f_min
            c.plot(RATES, np.mean(ends, axis=1), color=colour, linestyle=dash, linewidth=width)
        c.set(xscale="log", xlabel="effective rate, lr / ψ′(α)", ylabel="E above its minimum", ylim=(0, None))
        c.set_title(f"(b) Mean end, {SHOWN} starts")
        for name, (colour, dash, width) in LOOKS.items():
            gaps = np.array([run.f for run in tuned[name]]) - SURFACE.f_min
            t = np.maximum(tuned[name][0].evaluations, 1)
            b.plot(t, np.mean(gaps, axis=0), color=colour, linestyle=dash, linewidth=width, label=name)
        b.set(xscale="log", xlabel="evaluations of E", ylim=(0, None))
        b.set_title("(c) Mean, tuned rates")
        figure.legend(*b.get_legend_handles_labels(), loc="outside lower center", ncols=2)
        return figure


def make(_given):
    law, pvalues = fitted()
    made = race(law)
    report(law, pvalues, made)
    return draw(law, made)


if __name__ == "__main__":
    sys.exit(command(__file__, __doc__, make))
