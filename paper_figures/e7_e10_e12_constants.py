"""What the paper's constants do: fixed rates (E7), alphas that reach 0 (E10), and F of a single weight (E12).

    python paper_figures/e7_e10_e12_constants.py --output figures

prints three tables and writes e7_e10_e12_constants.png and .pdf into the folder. The constants are
the paper's; it does not say what i counts nor how wide its layers are, so those of E10 are common ones. Every other
number is computed here.
"""

import sys

import numpy as np
from command import command
from matplotlib.figure import Figure

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.plots.drawing.style import COLUMN, FAINT, INK, SMALL

CONSTANTS = {  # experiment: alpha of Dirichlet; alpha and beta of GenDir
    "MLP": (lab.ramp(1.4, 0.005), lab.ramp(3.5, 0.005), lab.ramp(3.9, 0.005)),
    "LeNet-5": (lab.ramp(8.8, -0.005), lab.ramp(6.8, 0.005), lab.ramp(5.5, 0.005)),
    "CNN, CIFAR-10": (lab.ramp(7.4, -0.02), lab.ramp(7.4, -0.05), lab.ramp(7.6, -0.01)),
    "LSTM and GRU": (lab.ramp(4.4, -0.005), lab.ramp(4.4, -0.005), lab.ramp(5.4, -0.005)),
}
COUNTS = {  # what i may count, and how many there are
    "neurons of a layer of 128": 128,
    "inputs of a 3 x 3 convolution of 64 channels": 576,
    "inputs of a neuron behind 28 x 28 pixels": 784,
    "weights of 784 x 128": 100_352,
}
LOOKS = dict(zip(CONSTANTS, (("#E69F00", "-"), ("#0072B2", (0, (5, 1.5))), ("#D55E00", (0, (3, 1, 1, 1))),
                             ("#009E73", (0, (1.5, 1)))), strict=True))  # fmt: skip
SURFACE, START, STEPS, RATE, ALPHA = ls.rosenbrock(2), (-1.2, 1.0), 300, 1e-3, 1.4
SLOPES = (0.0, 0.005, 0.5)
SHADES = ("#000000", "#0072B2", "#D55E00")
NOUGHT = 1e-18  # where no distance at all is drawn: below the least distance, as a logarithm has no place for it


def possible(law, n):
    """The first i (for GenDir, pair) at which a parameter is not positive; None where the law exists."""
    try:
        law.on(n)
    except ValueError as error:
        return int(str(error).split("i = ")[1].split()[0])
    return None


def distances(slope):
    """How far NGDM's path is from that of SGD at the mean of its rates, step by step."""
    law = lab.Dirichlet(lab.ramp(ALPHA, slope))
    gain = float(np.mean(1 / lab.geometry.trigamma(law.on(2).alpha)))
    ours = lab.trace(lab.NGDM(RATE, law), SURFACE, START, STEPS)
    sgd = lab.trace(lab.SGD(RATE * gain), SURFACE, START, STEPS)
    return np.linalg.norm(ours.x - sgd.x, axis=1)


def report():
    print("E10: the first i at which alpha (or beta) is not positive, by what i counts; GenDir counts pairs")
    for name, constants in CONSTANTS.items():
        for law in (lab.Dirichlet(constants[0]), lab.GeneralizedDirichlet(*constants[1:])):
            print(f"  {name}: {law}")
            for what, n in COUNTS.items():
                first = possible(law, n)
                word = "possible" if first is None else f"impossible from i = {first}"
                print(f"    {what + f' ({n})':54} {word}")
    print(f"\nE7: NGDM(Dir, diagonal) and SGD at the mean of its rates, {SURFACE.name}, {STEPS} steps, lr {RATE:g}")
    for slope in SLOPES:
        print(f"  alpha = {ALPHA} + {slope:g} i: paths differ by at most {distances(slope).max():.2g}")
    print("\nE12: F of Eq. 5 where the other alphas add up to b; with one weight there are none")
    alpha = ALPHA
    for b in (10.0, 1.0, 0.1, 1e-3, 1e-6):
        drop = lab.geometry.trigamma_drop(alpha, b)
        print(f"  b = {b:<8g} psi'({alpha}) - psi'({alpha} + b) = {drop:.6g}")
    print(f"  b = 0        F = {lab.Dirichlet([alpha]).fisher().tolist()}")


def draw():
    with plots.style():
        figure = Figure(figsize=(COLUMN, 4.7))
        panels = figure.subplot_mosaic([["a", "a"], ["b", "c"]], height_ratios=(1.2, 1))
        draw_ramps(panels["a"])
        draw_distances(panels["b"])
        draw_single(panels["c"])
        figure.legend(*panels["a"].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure


def draw_ramps(ax):
    i = np.arange(1.0, 801.0)
    for name, (start, *pairs) in CONSTANTS.items():
        colour, dash = LOOKS[name]
        ax.plot(i, start.start + start.slope * i, color=colour, linestyle=dash, label=name)
        for ramp in pairs:  # pair i belongs to the coordinates 2 i - 1 and 2 i
            ax.plot(2 * i, ramp.start + ramp.slope * i, color=colour, linestyle=dash, linewidth=0.7)
    ax.axhspan(-5, 0, color="#F3D9D2", linewidth=0, zorder=0)
    ax.text(136, -1.6, "no distribution", va="top", fontsize=SMALL)
    for n in (128, 576, 784):
        ax.axvline(n, color=FAINT, linewidth=0.6, zorder=0)
        ax.text(n - 6, 12.8, f"{n}", ha="right", va="top", fontsize=SMALL, color=INK)
    ax.set(xlabel="coordinate", ylabel="α (thin: GenDir's α and β)", xlim=(0, 800), ylim=(-4, 13))
    ax.set_title("(a) The paper's ramps (E10)")


def draw_distances(ax):
    for slope, colour in zip(SLOPES, SHADES, strict=True):
        far = distances(slope)
        equal = np.flatnonzero(far == 0)
        ax.semilogy(np.where(far > 0, far, np.nan), color=colour)
        ax.semilogy(equal, np.full(equal.size, NOUGHT), ".", color=colour, markersize=2.5, markeredgewidth=0)
    places = {"slope 0: rounding": (8, 5e-15), "slope 0.005": (8, 1e-5), "slope 0.5": (70, 0.6)}
    for (text, place), colour in zip(places.items(), SHADES, strict=True):
        ax.text(*place, text, fontsize=SMALL, color=colour)
    ticks = 10.0 ** np.arange(-15, 1, 5)
    ax.set_yticks([NOUGHT, *ticks], ["none", *(f"$10^{{{round(np.log10(v))}}}$" for v in ticks)])
    ax.minorticks_off()
    ax.set(xlabel="step", ylabel="distance from SGD", ylim=(NOUGHT / 5, 50), xlim=(0, STEPS), xticks=(0, 100, 200, 300))
    ax.set_title("(b) α = 1.4 + slope·i (E7)")


def draw_single(ax):
    b = np.geomspace(1e-4, 100, 100)
    ax.loglog(b, lab.geometry.trigamma_drop(ALPHA, b), color="#882E72")
    ax.axhline(lab.geometry.trigamma(ALPHA), color=FAINT, linestyle=(0, (1, 1.5)))
    ax.text(1e-4, 1.15 * lab.geometry.trigamma(ALPHA), "ψ′(1.4): diagonal", va="bottom", fontsize=SMALL)
    ax.set(xlabel="sum b of the other α", ylabel="ψ′(1.4) − ψ′(1.4 + b)", ylim=(5e-5, 6))
    ax.set_title("(c) One weight (E12)")


def make(_given):
    report()
    return draw()


if __name__ == "__main__":
    sys.exit(command(__file__, __doc__, make))
