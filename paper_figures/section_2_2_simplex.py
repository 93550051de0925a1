"""Section 2.2 as the paper does it and as it motivates it: descents on the simplex.

    python paper_figures/section_2_2_simplex.py --output figures

prints the numbers and writes section_2_2_simplex.png and .pdf into the folder. Weights x of a disc are mapped to the
triangle z, a Dirichlet distribution is fitted to a cloud of them, and the Styblinski-Tang function E(x(z)) is
minimised over z: by SGD, by NGDM with the Fisher matrix of the fitted distribution (what the text describes), and by
natural gradient descent in the distribution's parameters (what "natural gradient" means). Learning rates are tuned
on other starts than those shown.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.experiments import natural_descent, simplex_descent
from ngdm_lab.geometry import RadialMap, energy_test, triangle_test

SEED, CLOUD, SAMPLES = 2023, 150, 20
SURFACE, DISC = ls.styblinski_tang(2), RadialMap(2, 5.0)
TUNED_ON, SHOWN = 8, 24  # starts
STEPS, EVALUATIONS = 100, 1_000  # of a gradient method; of the natural descent, which uses values only
RATES = np.geomspace(1e-5, 1e-2, 13)  # gradient methods; times the gain where F^-1 is smaller or larger than 1
NATURAL = np.geomspace(0.03, 1.0, 13)
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
        total = float(np.sum(law.alpha))  # as concentrated as the fitted one, with its mean at the start
        start = lab.Dirichlet(total * z0)
        return natural_descent(SURFACE, DISC, start, EVALUATIONS // SAMPLES, lr=lr, samples=SAMPLES, seed=seed)

    made = {"SGD": (RATES, by(lab.SGD(lr=1.0)))}
    for form in ("diagonal", "exact"):
        opt = lab.NGDM(lr=1.0, form=form, distribution=law)
        made[f"NGDM {form}"] = (RATES * np.mean(1 / np.asarray(lab.geometry.trigamma(law.alpha))) ** -1, by(opt))
    made["natural gradient"] = (NATURAL, natural)
    return made


def race(law):
    """Name -> (rate, the runs from the starts shown), each at its best rate on the other starts."""
    starts = lab.Dirichlet(2.0).on(3).rvs(TUNED_ON + SHOWN, random_state=SEED)
    made = {}
    for name, (rates, run) in methods(law).items():
        ends = [np.mean([end(run(z0, lr, seed)) for seed, z0 in enumerate(starts[:TUNED_ON])]) for lr in rates]
        best = int(np.argmin(ends))
        runs = [run(z0, rates[best], TUNED_ON + seed) for seed, z0 in enumerate(starts[TUNED_ON:])]
        made[name] = rates[best], runs, best in (0, len(rates) - 1)
    return made


def end(run):
    """The last value; infinite after a divergence."""
    return float(run.f[-1]) if np.isfinite(run.f[-1]) else np.inf


def report(law, pvalues, made):
    print(f"Fitted to {CLOUD} weight vectors, uniform in a disc, mapped radially (seed {SEED}):")
    print(f"  alpha = {np.round(law.alpha, 3).tolist()}; energy test p = {pvalues[0]:.3f}, triangle p = {pvalues[1]:.3f}")
    print(f"\nStyblinski-Tang over the triangle, minimum {SURFACE.f_min:.2f}; {SHOWN} starts, rates from {TUNED_ON} others")
    print(f"  {'':18}{'rate':>9}{'evaluations':>13}{'median end':>12}{'quartiles':>20}{'at the minimum':>16}")
    for name, (rate, runs, edge) in made.items():
        ends = np.array([end(run) for run in runs])
        low, mid, high = np.quantile(ends, [0.25, 0.5, 0.75])
        arrived = int((ends < SURFACE.f_min + 0.1).sum())
        print(f"  {name:18}{rate:9.2g}{runs[0].evaluations[-1]:13}{mid:12.2f}{f'[{low:.2f}, {high:.2f}]':>20}"
              f"{f'{arrived} of {SHOWN}':>16}{'  (rate at the edge)' if edge else ''}")  # fmt: skip
    sgd = made["SGD"][1]
    print("\nLargest distance between the paths in z and those of SGD, start by start (median):")
    for form in ("diagonal", "exact"):
        apart = [np.abs(a.z - b.z).max() for a, b in zip(made[f"NGDM {form}"][1], sgd, strict=True)]
        print(f"  NGDM {form:9} {np.median(apart):.3f}")
    print("With equal alphas it would be 0 at the rate lr/psi'(alpha), for both forms (E7): the gradients have the\n"
          "sum 0. The natural gradient has no gradients of E, needs more evaluations, and its F moves with it.")  # fmt: skip


def flat(z):
    """Points of the triangle in the plane: corners at the left, the right and the top."""
    return z[..., 1] + 0.5 * z[..., 2], np.sqrt(0.75) * z[..., 2]


def draw(law, made):
    with lab.plots.style():
        figure = Figure(figsize=(7.0, 3.1))
        a, b = figure.subplots(1, 2, width_ratios=[1.15, 1])
        grid = np.array([(i, j, 120 - i - j) for i in range(121) for j in range(121 - i)]) / 120
        values = SURFACE(DISC.inverse(grid))
        levels = SURFACE.f_min + np.geomspace(1, values.max() - SURFACE.f_min, 14)
        a.tricontourf(*flat(grid), values, levels=[SURFACE.f_min, *levels], cmap="Greys", alpha=0.75)
        best = DISC.forward(SURFACE.minima)
        a.plot(*flat(best), "*", color="white", markeredgecolor="black", markersize=9, markeredgewidth=0.7)
        chosen = int(np.argmax([np.abs(run.z[-1] - run.z[0]).max() for run in made["SGD"][1]]))
        for name, (colour, dash, width) in LOOKS.items():
            a.plot(*flat(made[name][1][chosen].z), color=colour, linestyle=dash, linewidth=width)
        a.plot(*flat(made["SGD"][1][chosen].z[0]), "o", color="white", markeredgecolor="black", markersize=4.5)
        for corner, label, align in ((0, "$z_1=1$", "right"), (1, "$z_2=1$", "left"), (2, "$z_3=1$", "left")):
            x, y = flat(np.eye(3)[corner])
            a.annotate(label, (x, y), (4 if align == "left" else -4, -3), textcoords="offset points", ha=align)
        a.set(aspect="equal", xlim=(-0.16, 1.16))
        a.set_axis_off()
        a.set_title("(a) E(x(z)) on the triangle, one start (○), the minimum (★)")
        for name, (colour, dash, width) in LOOKS.items():
            runs = made[name][1]
            gaps = np.array([run.f for run in runs]) - SURFACE.f_min
            low, mid, high = np.nanquantile(gaps, [0.25, 0.5, 0.75], axis=0)
            t = np.maximum(runs[0].evaluations, 1)
            b.plot(t, mid, color=colour, linestyle=dash, linewidth=width, label=name)
            b.fill_between(t, low, high, color=colour, alpha=0.12, linewidth=0)
        b.set(xscale="log", xlabel="evaluations of E (SGD and NGDM: with gradient)", ylabel="E above its minimum")
        b.set_ylim(bottom=0)
        b.set_title(f"(b) Median and quartiles, {SHOWN} starts")
        b.legend(frameon=False, loc="best")
        return figure


def main(argv=None):
    parser = argparse.ArgumentParser(description="Descents on the simplex, section 2.2.")
    parser.add_argument("--output", type=Path, default=Path(), metavar="DIR", help="default: here")
    output = parser.parse_args(argv).output
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        print(f"--output must be a folder that can be written: {error}", file=sys.stderr)
        return 2
    law, pvalues = fitted()
    made = race(law)
    report(law, pvalues, made)
    for path in lab.plots.save(draw(law, made), output / "section_2_2_simplex"):
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
