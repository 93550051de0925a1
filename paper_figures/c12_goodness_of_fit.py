"""Claim C12: the energy and the triangle test accept the fitted distribution. What can be said of it.

    python paper_figures/c12_goodness_of_fit.py --output figures [--trials 300] [--points 25,50,100]

prints two tables and writes c12_goodness_of_fit.png and .pdf into the folder. The paper tells neither which points
were tested nor a p-value, and its constants are picked by hand. One weight vector is one point of the simplex, and a
single point cannot be tested; so clouds of weight vectors are, mapped as section 2.2 says: those of the claim's verdict
(ngdm_lab/paper/claims/c12.py), which corrects the p-values and asks for the power at one size only.
"""

import sys

import numpy as np
from command import command
from matplotlib.figure import Figure

import ngdm_lab as lab
from ngdm_lab.experiments import power
from ngdm_lab.paper.claims import c12
from ngdm_lab.plots.drawing.style import COLUMN, INK, SMALL

LEVEL, REPLICATES = c12.SIGNIFICANT, 199
SOURCES = {name: source() for name, source in c12.SOURCES.items()}
SOURCES["GenDir(5, 5; 1, 1)"] = lab.GeneralizedDirichlet([5.0, 1.0], [5.0, 1.0])
LOOKS = dict(zip(SOURCES, (("#0072B2", "o"), ("#D55E00", "D"), ("#8A8A8A", "s"), ("#009E73", "^")), strict=True))


def power_table(points, trials):
    """(kind, source, m) -> the power of both tests; printed."""
    print(f"How often the tests reject at the {LEVEL:.0%} level, parameters fitted, {trials} samples each, "
          f"seed {c12.SEED}")  # fmt: skip
    print(f"(95 % interval within {100 * 0.98 / np.sqrt(trials):.0f} points; a source of the kind tested: the level)")
    head = "".join(f"{f'm = {m}':>16}" for m in points)
    made = {}
    for kind_name, kind in c12.KINDS.items():
        print(f"\n  is it {kind_name}?  points from  {head}\n" + " " * 33 + "   energy  triang" * len(points))
        for name, source in SOURCES.items():
            cells = []
            for m in points:
                made[kind_name, name, m] = p = power(source, kind, points=m, trials=trials, level=LEVEL, seed=c12.SEED)
                cells.append(f"{p['energy'].rejected:9.1%} {p['triangle'].rejected:6.1%}")
            print(f"  {name:>30} " + " ".join(cells))
    return made


def cloud_table():
    """(cloud, kind) -> test -> its p-value; printed."""
    print(f"\nClouds of {c12.POINTS} weight vectors mapped to the simplex: p-values, each by itself, {REPLICATES} "
          f"replicates, seed {c12.SEED}")  # fmt: skip
    print(f"  {'':24}" + "".join(f"{kind + ', fitted':>20}" for kind in c12.KINDS))
    print(f"  {'':24}" + "     energy triangle" * len(c12.KINDS))
    made = {}
    for name in c12.CLOUDS:
        made |= {(name, kind): c12.tested(name, kind, REPLICATES) for kind in c12.KINDS}
        cells = (f"{made[name, kind]['energy']:9.3f}{made[name, kind]['triangle']:9.3f}" for kind in c12.KINDS)
        print(f"  {name:24}  {'  '.join(cells)}")
    for kind in c12.KINDS:
        both = sum(min(made[name, kind].values()) > LEVEL for name in c12.CLOUDS)
        print(f"  both tests accept {kind} at the {LEVEL:.0%} level for {both} of {len(c12.CLOUDS)} clouds")
    return made


def draw(powers, clouded, points):
    with lab.plots.style():
        figure = Figure(figsize=(COLUMN, 5.2))
        above, below = figure.subfigures(2, 1, height_ratios=(1.1, 1))
        pair = above.subplots(1, 2, sharey=True)
        for axes, kind, letter in zip(pair, c12.KINDS, "ab", strict=True):
            for name, (colour, marker) in LOOKS.items():
                for test, dash in (("energy", "-"), ("triangle", (0, (2, 1.5)))):
                    made = [powers[kind, name, m][test] for m in points]
                    y = [p.rejected for p in made]
                    bars = [[p.rejected - p.low for p in made], [p.high - p.rejected for p in made]]
                    label = name if test == "energy" else None
                    axes.errorbar(points, y, bars, color=colour, linestyle=dash, marker=marker, markersize=3.5,
                                  linewidth=1, elinewidth=0.6, label=label)  # fmt: skip
            axes.axhline(LEVEL, color=INK, linewidth=0.8, linestyle=":")
            axes.set(ylim=(-0.02, 1.02), xlabel="points in the sample", xticks=points)
            axes.set_title(f"({letter}) Is it {kind}?")
        pair[0].set_ylabel(f"share rejected at {100 * LEVEL:.0f} %")
        above.legend(*pair[0].get_legend_handles_labels(), loc="outside lower center", ncols=2, title_fontsize=SMALL,
                     title="points from (solid: energy test, dashed:\ntriangle test, dotted: the level)")  # fmt: skip
        clouds = below.subplots()
        c12.show_clouds(clouds, clouded, "p-value (left of the line: rejected)")
        clouds.set_title("(c) Weight vectors, mapped")
        below.legend(*clouds.get_legend_handles_labels(), loc="outside lower center", ncols=2)
        return figure


def numbers(text):
    made = sorted({int(part) for part in text.split(",")})
    if made[0] < 10:
        raise ValueError
    return made


def options(parser):
    parser.add_argument("--trials", type=int, default=300, help="samples for each power, at least 100 (default 300)")
    parser.add_argument("--points", default="25,50,100", help="sizes of samples, each at least 10")


def make(given):
    try:
        points = numbers(given.points)
        if given.trials < 100:
            raise ValueError
    except ValueError:
        raise ValueError(
            f"--points must be whole numbers of at least 10 and --trials at least 100, got {given.points!r} and "
            f"{given.trials}"
        ) from None
    return draw(power_table(points, given.trials), cloud_table(), points)


if __name__ == "__main__":
    sys.exit(command(__file__, __doc__, make, options))
