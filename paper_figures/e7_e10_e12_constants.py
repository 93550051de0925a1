"""What the paper's constants do: fixed rates (E7), alphas that reach 0 (E10), and F of a single weight (E12).

    python paper_figures/e7_e10_e12_constants.py --output figures

prints three tables and writes e7_e10_e12_constants.png and .pdf into the folder. The constants are
the paper's; it does not say what i counts nor how wide its layers are, so those of E10 are common ones. Every other
number is computed here.
"""

import sys

import matplotlib as mpl
import numpy as np
from command import command
from matplotlib.figure import Figure

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots

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
    with plots.style(), mpl.rc_context({"figure.constrained_layout.use": True}):
        figure = Figure(figsize=(7.0, 2.9))
        ramps, paths, single = figure.subplots(1, 3, width_ratios=(1.25, 1, 1))
        i = np.arange(1.0, 801.0)
        for name, (start, *pairs) in CONSTANTS.items():
            colour, dash = LOOKS[name]
            ramps.plot(i, start.start + start.slope * i, color=colour, linestyle=dash, label=name)
            for ramp in pairs:  # pair i belongs to the coordinates 2 i - 1 and 2 i
                ramps.plot(2 * i, ramp.start + ramp.slope * i, color=colour, linestyle=dash, linewidth=0.7)
        ramps.axhspan(-5, 0, color="#F3D9D2", linewidth=0, zorder=0)
        ramps.text(790, -0.4, "no distribution", ha="right", va="top", fontsize=7)
        for n in (128, 576, 784):
            ramps.axvline(n, color="#8A8A8A", linewidth=0.6, zorder=0)
            ramps.text(n - 6, 13.6, f"{n}", ha="right", va="top", fontsize=7, color="#333333")
        ramps.set(xlabel="coordinate", ylabel="α (thin: GenDir's α and β)", xlim=(0, 800), ylim=(-4, 14))
        ramps.set_title("(a) The paper's ramps (E10)")
        for slope, colour in zip(SLOPES, ("#000000", "#0072B2", "#D55E00"), strict=True):
            paths.semilogy(np.maximum(distances(slope), 1e-18), color=colour)
        paths.text(5, 5e-15, "slope 0: rounding", fontsize=7)
        paths.text(5, 1e-5, "slope 0.005", fontsize=7, color="#0072B2")
        paths.text(75, 4e-1, "slope 0.5", fontsize=7, color="#D55E00")
        paths.set(
            xlabel="step",
            ylabel="distance from SGD's path",
            ylim=(1e-18, 10),
            xlim=(0, STEPS),
            xticks=(0, 100, 200, 300),
        )
        paths.set_title("(b) α = 1.4 + slope · i (E7)")
        b = np.geomspace(1e-4, 100, 100)
        single.loglog(b, lab.geometry.trigamma_drop(ALPHA, b), color="#882E72")
        single.axhline(lab.geometry.trigamma(ALPHA), color="#8A8A8A", linestyle=(0, (1, 1.5)))
        single.text(1e-4, 1.15 * lab.geometry.trigamma(ALPHA), "ψ′(1.4), the diagonal form", va="bottom", fontsize=7)
        single.set(xlabel="sum b of the other alphas", ylabel="ψ′(1.4) − ψ′(1.4 + b)", ylim=(5e-5, 5))
        single.set_title("(c) F → 0 for one weight (E12)")
        figure.legend(*ramps.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure


def make(_given):
    report()
    return draw()


if __name__ == "__main__":
    sys.exit(command(__file__, __doc__, make))
