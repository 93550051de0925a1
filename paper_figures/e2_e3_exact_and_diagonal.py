"""The exact F^-1 against the paper's diagonal form: along the ones as n grows (E2), and for a pair (E3).

    python paper_figures/e2_e3_exact_and_diagonal.py --output figures

prints the relative error of the diagonal form and writes e2_e3_exact_and_diagonal.png and .pdf into the folder.
Every number is computed here.
"""

import sys

import numpy as np
from command import command
from matplotlib.figure import Figure

import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.plots.drawing.style import COLUMN

ALPHAS, SIZES = (1.4, 4.0, 8.0, 12.0), (10, 1000, 100_000)


def report():
    print("E2: relative error of the diagonal F^-1 v along v = (1, ..., 1), and along a random v (seed 0)")
    print("  alpha " + "".join(f"{f'n = {n}':>22}" for n in SIZES))
    for alpha in ALPHAS:
        errors = ""
        for n in SIZES:
            d, v = lab.Dirichlet(alpha).on(n), np.random.default_rng(0).normal(size=n)
            errors += f"{d.diagonal_error(np.ones(n)):12.4f} {d.diagonal_error(v):9.4f}"
        print(f"  {alpha:5.1f} {errors}")
    print("E3: the same for a pair along (1, 1), where psi'(alpha + beta) is taken for 0")
    for size in (3.5, 9.0):
        d = lab.GeneralizedDirichlet(size, size).on(2)
        share = lab.geometry.trigamma(2 * size) / lab.geometry.trigamma(size)
        error = d.diagonal_error([1.0, 1.0])
        print(f"  alpha = beta = {size}: error {error:.4f}; psi'(alpha + beta) is {share:.0%} of psi'(alpha)")


def draw():
    with plots.style():
        figure = Figure(figsize=(COLUMN, 4.4))
        above, below = figure.subfigures(2, 1, height_ratios=(1.25, 1))
        first = above.subplots()
        plots.dropped_term(ALPHAS, first, notes=False)
        pairs = below.subplots(1, 2)
        for ax, size in zip(pairs, (3.5, 9.0), strict=True):
            plots.pair_block(size, ax=ax, notes=False)
            handles = ax.get_legend_handles_labels()[0]
            for hung in (ax.get_legend(), *ax.texts):  # one legend serves both
                hung.remove()
        below.legend(handles=handles, loc="outside lower center", ncols=2)
        for ax, letter in zip((first, *pairs), "abc", strict=True):
            ax.set_title(f"({letter}) {ax.get_title(loc='left')}")
    return figure


def make(_given):
    report()
    return draw()


if __name__ == "__main__":
    sys.exit(command(__file__, __doc__, make))
