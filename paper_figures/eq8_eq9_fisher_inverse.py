"""Eqs. 8 and 9 of the paper, the inverse Fisher matrices, as printed and as they are (errata E1, E2, E3).

    python paper_figures/eq8_eq9_fisher_inverse.py --output figures

prints the numbers and writes eq8_eq9_fisher_inverse.png and .pdf into the folder. What the paper states is
marked as the paper's; every other number is computed here.
"""

import sys

import numpy as np
from command import command
from matplotlib.figure import Figure

import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.plots.drawing.style import COLUMN, SMALL

PAPER_AT_12, PAPER_AT_HALF = 1.428, 0.203  # Eqs. 8 and 9 as printed
ALPHAS, SIZES = (1.4, 4.0, 8.0, 12.0), (2, 10, 100, 1000, 10_000)
BLACK, BLUE, GREEN, ORANGE, RED = "#000000", "#0072B2", "#009E73", "#E69F00", "#D55E00"  # Okabe and Ito


def gain(alpha):
    """1/psi'(alpha): what the diagonal form multiplies a gradient by."""
    return 1 / lab.geometry.trigamma(alpha)


def factor(alpha, n):
    """How many times longer the exact F^-1 (1, ..., 1) is than the diagonal form's."""
    return lab.Dirichlet(alpha).on(n).fisher_solve(np.ones(n))[0] / gain(alpha)


def block(size):
    """The exact inverse of a block of Eq. 7 at alpha = beta = size: its entries (1, 1) and (1, 2)."""
    return lab.GeneralizedDirichlet(size, size).on(2).fisher_solve([1.0, 0.0])


def report():
    small, large = (lab.Dirichlet(12).on(n).fisher_solve(np.eye(1, n)[0])[0] for n in (10, 1000))
    grid = np.linspace(1, 3, 200_001)
    print(f"""Eq. 8, alpha = 12
  the paper: F^-1 = diag(1/psi'(12), ...) = diag({PAPER_AT_12}, ...)
  computed:  1/psi'(12) = {gain(12.0):.4f} (E1); {PAPER_AT_12} would be \
1/psi'({grid[np.argmin(np.abs(gain(grid) - PAPER_AT_12))]:.4f})
  computed:  the exact F^-1 has the diagonal {small:.1f} for K = 10 and {large:.2f} for K = 1000
Eq. 9, alpha = 0.5
  the paper: F^-1 = diag(1/psi'(0.5), ...) = diag({PAPER_AT_HALF}, ...)
  computed:  1/psi'(0.5) = {gain(0.5):.5f}: the number is right, for the diagonal form

Eqs. 8 and 9 drop the off-diagonal part of F, and it is not small (E2). Along (1, ..., 1) the exact F^-1
exceeds 1/psi'(alpha) by these factors, computed; orthogonally to it the two are equal.""")
    print("  alpha " + "".join(f"{f'n = {n}':>11}" for n in SIZES))
    for alpha in ALPHAS:
        print(f"  {alpha:5.1f} " + "".join(f"{factor(alpha, n):11.2f}" for n in SIZES))
    print("\nGeneralised Dirichlet: the paper takes psi'(alpha + beta) for 0 on [3.5, 9]. It is not (E3).")
    for size in (3.5, 9.0):
        (own, cross), share = block(size), gain(size) / gain(2 * size)
        print(f"  alpha = beta = {size}: psi'(alpha + beta) is {share:.0%} of psi'(alpha)")
        print(f"    the paper's form: diag({gain(size):.2f}, {gain(size):.2f})")
        print(f"    the exact block:  [[{own:.2f}, {cross:.2f}], [{cross:.2f}, {own:.2f}]]")


def note(axes, text, point, shift, colour, align="left"):
    axes.annotate(text, point, shift, textcoords="offset points", ha=align, color=colour, fontsize=SMALL)


def draw():
    figure = Figure(figsize=(COLUMN, 5.2))
    a, b, c = figure.subplots(3, 1, height_ratios=(1, 1.3, 1))

    x = np.geomspace(0.01, 100, 300)
    a.loglog(x, gain(x), color=BLUE)
    a.plot([0.5, 12], gain(np.array([0.5, 12])), "o", color=BLUE, markersize=4.5)
    a.plot([0.5, 12], [PAPER_AT_HALF, PAPER_AT_12], "x", color=RED, markersize=7, markeredgewidth=1.5)
    note(a, f"1/ψ′(12) = {gain(12.0):.4f}", (12, gain(12.0)), (-8, 2), BLUE, "right")
    note(a, f"Eq. 8 prints {PAPER_AT_12}", (12, PAPER_AT_12), (0, -11), RED, "center")
    note(a, f"1/ψ′(0.5) = {gain(0.5):.4f}", (0.5, gain(0.5)), (-8, 4), BLUE, "right")
    note(a, f"Eq. 9 prints {PAPER_AT_HALF}", (0.5, PAPER_AT_HALF), (3, -15), RED)
    a.set(xlabel="α", ylabel="1/ψ′(α)", title="(a) The gain of the diagonal form (E1)")

    n = np.unique(np.geomspace(2, 10_000, 60).astype(int)).tolist()
    for alpha, colour, line in zip(ALPHAS, (BLACK, ORANGE, GREEN, BLUE), (":", "-.", "--", "-"), strict=True):
        factors = [factor(alpha, k) for k in n]
        b.loglog(n, factors, color=colour, linestyle=line)
        beside = (0, 2 if alpha == max(ALPHAS) else -9)  # below the line, but for the uppermost
        note(b, f"α = {alpha:g}: {factors[-1]:.1f}", (n[-1], factors[-1]), beside, colour, "right")
    b.axhline(1, color=RED, linewidth=0.9)
    note(b, "the paper's form: 1", (2, 1), (0, -9), RED)
    b.set(xlabel="number of coordinates n", ylabel="exact / diagonal", ylim=(0.5, 80))
    b.set_title("(b) F⁻¹ along (1, …, 1): the factor stays (E2)")

    x = np.linspace(3.5, 9, 56)
    own, cross = np.array([block(size) for size in x]).T
    c.semilogy(x, own, color=BLUE, label="exact, diagonal")
    c.semilogy(x, cross, color=BLACK, linestyle="--", label="exact, off-diagonal")
    c.semilogy(x, gain(x), color=RED, linestyle="-.", label="paper, diagonal (off it: 0)")
    for end, align in ((0, "left"), (-1, "right")):
        for y, up, colour in ((own, 6, BLUE), (cross, -11, BLACK), (gain(x), 4, RED)):
            note(c, f"{y[end]:.2f}", (x[end], y[end]), (0, up), colour, align)
    c.set(xlabel="α = β", ylabel="entry of the block", ylim=(1.8, 500))
    c.set_title("(c) A block of F⁻¹, generalised Dirichlet (E3)")
    figure.legend(*c.get_legend_handles_labels(), loc="outside lower center", ncols=2, title="entries in (c)",
                  title_fontsize=SMALL)  # fmt: skip
    return figure


def make(_given):
    report()
    with plots.style():
        return draw()


if __name__ == "__main__":
    sys.exit(command(__file__, __doc__, make))
