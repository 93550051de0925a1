"""Claim C12: the energy and the triangle test accept the fitted distribution. What can be said of it.

    python paper_figures/c12_goodness_of_fit.py --output figures [--trials 300] [--points 25,50,100]

prints two tables and writes c12_goodness_of_fit.png and .pdf into the folder. The paper tells neither which points
were tested nor a p-value, and its constants are picked by hand. One weight vector is one point of the simplex, and a
single point cannot be tested; so clouds of weight vectors are, mapped as section 2.2 says.
"""

import sys

import numpy as np
from command import command
from matplotlib.figure import Figure

import ngdm_lab as lab
from ngdm_lab.experiments import logistic_normal, mixture, power
from ngdm_lab.geometry import RadialMap, StickBreaking, energy_test, triangle_test

SEED, LEVEL, CLOUD, REPLICATES = 2023, 0.05, 150, 199
KINDS = {"Dirichlet": lab.Dirichlet, "GenDir": lab.GeneralizedDirichlet}
SOURCES = {
    "Dir(2, 4, 6)": lab.Dirichlet([2.0, 4.0, 6.0]),
    "GenDir(5, 5; 1, 1)": lab.GeneralizedDirichlet([5.0, 1.0], [5.0, 1.0]),
    "logistic normal": logistic_normal([0.0, 0.0], np.eye(2)),
    "mixture of Dirichlets": mixture(lab.Dirichlet([8.0, 4.0, 4.0]), lab.Dirichlet([4.0, 4.0, 8.0])),
}
LOOKS = dict(zip(SOURCES, (("#8A8A8A", "s"), ("#009E73", "^"), ("#0072B2", "o"), ("#D55E00", "D")), strict=True))


def uniform_in_ball(m, n, stream):
    """m points, uniform in the unit ball."""
    u = stream.normal(size=(m, n))
    return u / np.linalg.norm(u, axis=1, keepdims=True) * stream.random((m, 1)) ** (1 / n)


def clouds():
    """Name -> points of the simplex: weight vectors as a program makes them, mapped."""
    stream = np.random.default_rng(SEED)
    made = {}
    for n in (2, 9):
        normal = stream.normal(size=(CLOUD, n)) * np.sqrt(2 / n)  # He et al. (2015)
        far = 1.001 * np.linalg.norm(normal, axis=1).max()
        made[f"uniform in the ball, radial, n = {n}"] = RadialMap(n).forward(uniform_in_ball(CLOUD, n, stream))
        made[f"normal weights, radial, n = {n}"] = RadialMap(n, far).forward(normal)
        made[f"normal weights, sticks, n = {n}"] = StickBreaking(n).forward(normal)
    return made


def power_table(points, trials):
    """(kind, source, m) -> the power of both tests; printed."""
    print(f"How often the tests reject at the {LEVEL:.0%} level, parameters fitted, {trials} samples each, seed {SEED}")
    print(f"(95 % interval within {100 * 0.98 / np.sqrt(trials):.0f} points; a source of the kind tested: the level)")
    head = "".join(f"{f'm = {m}':>16}" for m in points)
    made = {}
    for kind_name, kind in KINDS.items():
        print(f"\n  is it {kind_name}?  points from  {head}\n" + " " * 33 + "   energy  triang" * len(points))
        for name, source in SOURCES.items():
            cells = []
            for m in points:
                made[kind_name, name, m] = p = power(source, kind, points=m, trials=trials, level=LEVEL, seed=SEED)
                cells.append(f"{p['energy'].rejected:9.1%} {p['triangle'].rejected:6.1%}")
            print(f"  {name:>30} " + " ".join(cells))
    return made


def cloud_table():
    """(cloud, kind) -> p-values of both tests; printed."""
    print(f"\nClouds of {CLOUD} weight vectors mapped to the simplex: p-values, {REPLICATES} replicates, seed {SEED}")
    print(f"  {'':42}" + "".join(f"{kind + ', fitted':>20}" for kind in KINDS))
    print(f"  {'':42}" + "     energy triangle" * len(KINDS))
    made = {}
    for name, z in clouds().items():
        line = ""
        for kind_name, kind in KINDS.items():
            results = [t(z, kind, replicates=REPLICATES, seed=SEED) for t in (energy_test, triangle_test)]
            made[name, kind_name] = [r.pvalue for r in results]
            line += "".join(f"{r.pvalue:9.3f}" for r in results) + "  "
        print(f"  {name:42}  {line}")
    for kind in KINDS:
        both = sum(min(p) > LEVEL for (_, k), p in made.items() if k == kind)
        print(f"  both tests accept {kind} at the {LEVEL:.0%} level for {both} of {len(made) // len(KINDS)} clouds")
    return made


def draw(powers, clouded, points):
    with lab.plots.style():
        figure = Figure(figsize=(7.0, 2.9))
        a, b, c = figure.subplots(1, 3, width_ratios=[1, 1, 1.15])
        for axes, kind, letter in ((a, "Dirichlet", "a"), (b, "GenDir", "b")):
            for name, (colour, marker) in LOOKS.items():
                for test, dash in (("energy", "-"), ("triangle", (0, (2, 1.5)))):
                    made = [powers[kind, name, m][test] for m in points]
                    y = [p.rejected for p in made]
                    bars = [[p.rejected - p.low for p in made], [p.high - p.rejected for p in made]]
                    label = name if test == "energy" else None
                    axes.errorbar(points, y, bars, color=colour, linestyle=dash, marker=marker, markersize=3.5,
                                  linewidth=1, elinewidth=0.6, label=label)  # fmt: skip
            axes.axhline(LEVEL, color="#333333", linewidth=0.8, linestyle=":")
            axes.set(ylim=(-0.02, 1.02), xlabel="points in the sample", xticks=points)
            axes.set_title(f"({letter}) Is it {kind}?")
        a.set_ylabel("share rejected at 5 %")
        names = list(dict.fromkeys(name for name, _ in clouded))
        for row, name in enumerate(names):
            for kind, shift, colour in (("Dirichlet", -0.15, "#E8601C"), ("GenDir", 0.15, "#882E72")):
                energy, triangle = clouded[name, kind]
                c.plot(energy, row + shift, "o", color=colour, markersize=4, label=kind if row == 0 else None)
                c.plot(triangle, row + shift, "x", color=colour, markersize=4.5)
        c.axvline(LEVEL, color="#333333", linewidth=0.8, linestyle=":")
        c.set(xscale="log", xlabel="p-value (● energy, × triangle)", xlim=(3.5e-3, 1.4))
        c.set_yticks(range(len(names)), [name.replace(", n", "\nn").replace("uniform in the ball", "uniform")
                                         for name in names])  # fmt: skip
        c.invert_yaxis()
        c.set_title("(c) Mapped weights")
        c.legend(loc="center right", bbox_to_anchor=(1.0, 0.36), frameon=False, handletextpad=0.2)
        handles, labels = a.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False,
                      title="points from (solid: energy test, dashed: triangle test; dotted: the level)")  # fmt: skip
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
