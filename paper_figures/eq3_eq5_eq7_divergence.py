"""Eqs. 3, 5 and 7: the Fisher matrix as mean of score times score, and the divergence it approximates (E6).

    python paper_figures/eq3_eq5_eq7_divergence.py --output figures

prints F of Eqs. 5 and 7 beside the mean of score score^T over random points, the divergence of Eq. 3 beside
delta^T F delta / 2 for ever smaller steps, and what is left over, and writes eq3_eq5_eq7_divergence.png and .pdf into
the folder. The constants are the paper's for the MLP; every other number is computed here.
"""

import sys

import numpy as np
from command import command
from matplotlib.figure import Figure
from scipy.special import polygamma

import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.plots.drawing.style import COLUMN

SEED, POINTS = 2023, 100_000
LAWS = {
    "Dirichlet (Eq. 5)": lab.Dirichlet(lab.ramp(1.4, 0.005)).on(4),
    "GenDir (Eq. 7)": lab.GeneralizedDirichlet(lab.ramp(3.5, 0.005), lab.ramp(3.9, 0.005)).on(4),
}
DIRECTION = np.array([0.8, -0.2, 0.5, 0.3])  # of the step in (alpha_1, alpha_2, ...) or (alpha_1, beta_1, ...)
LOOKS = {"Dirichlet (Eq. 5)": ("#0072B2", "-"), "GenDir (Eq. 7)": ("#D55E00", (0, (4, 1.5)))}


def moved(law, step):
    """The law whose parameters are those of `law` plus `step`."""
    if isinstance(law, lab.Dirichlet):
        return lab.Dirichlet(law.alpha + step)
    return lab.GeneralizedDirichlet(law.alpha + step[0::2], law.beta + step[1::2])


def orders(law):
    """delta^T F delta / 2 and the third-order term of Eq. 3 for delta = DIRECTION."""
    if isinstance(law, lab.Dirichlet):
        parameters, steps = law.alpha[None], DIRECTION[None]
    else:
        parameters, steps = np.stack((law.alpha, law.beta), axis=-1), DIRECTION.reshape(-1, 2)
    third = np.sum(polygamma(2, parameters) * steps**3)
    third -= np.sum(polygamma(2, parameters.sum(axis=1)) * steps.sum(axis=1) ** 3)
    return 0.5 * DIRECTION @ law.fisher_mul(DIRECTION), third / 6


def report():
    for name, law in LAWS.items():
        score = law.score(law.rvs(POINTS, random_state=SEED))
        products = score[:, :, None] * score[:, None, :]
        mean, error = products.mean(axis=0), products.std(axis=0) / np.sqrt(POINTS)
        fisher = law.fisher()
        print(f"{name}: F, and +E[score score^T] over {POINTS} points with its standard error (seed {SEED})")
        for row, estimated, missed in zip(fisher, mean, error, strict=True):
            print("  " + " ".join(f"{v:8.4f}" for v in row), end="    ")
            print("  ".join(f"{v:8.4f} ± {e:.4f}" for v, e in zip(estimated, missed, strict=True)))
        # entries outside the block of a pair have the mean 0
        print(f"  farthest entry: {np.max(np.abs(mean - fisher) / error):.1f} standard errors")
        half, third = orders(law)
        print(f"  Eq. 3 along delta = t {DIRECTION.tolist()}: t^2 {half:.6f} and then t^3 ({third:.6f})")
        print("        t          KL     with +F    with the printed -F    (KL - t^2 ..)/t^3")
        for t in 2.0 ** -np.arange(0, 13, 3):
            kl = law.kl(moved(law, t * DIRECTION))
            print(f"  {t:7.5f} {kl:11.4e} {t**2 * half:11.4e} {-(t**2) * half:18.4e} {(kl - t**2 * half) / t**3:18.6f}")
        print()


def draw():
    with plots.style():
        figure = Figure(figsize=(COLUMN, 4.6))
        above, below = figure.subplots(2, 1)
        steps, both = np.geomspace(1e-4, 1, 41), np.linspace(-1, 1, 81)
        for name, law in LAWS.items():
            colour, dash = LOOKS[name]
            half, third = orders(law)
            kl = np.array([law.kl(moved(law, t * DIRECTION)) for t in steps])
            above.loglog(steps, kl, color=colour, linestyle=dash, label=f"KL, {name}")
            above.loglog(steps, np.abs(kl - half * steps**2), color=colour, linestyle=dash, linewidth=0.8)
            above.loglog(steps, np.abs(third) * steps**3, color="#8A8A8A", linestyle=(0, (1, 1.5)), zorder=3)
            ratio = [law.kl(moved(law, t * DIRECTION)) / (half * t**2) if t else 1.0 for t in both]
            below.plot(both, ratio, color=colour, linestyle=dash, label=name)
            below.plot(both, 1 + third / half * both, color="#8A8A8A", linestyle=(0, (1, 1.5)), zorder=1)
        above.text(2e-3, 4e-6, "KL(ξ ‖ ξ + δ)", ha="right", va="bottom", fontsize=7)
        above.text(4e-3, 6e-11, "KL − ½ δᵀFδ", ha="left", va="top", fontsize=7)
        above.set(xlabel="t, for δ = t (0.8, −0.2, 0.5, 0.3)", ylabel="nats")
        above.set_title("(a) Second order, and a rest of third")
        below.axhline(1, color="#8A8A8A", linewidth=0.6, zorder=0)
        below.axhline(-1, color="#882E72", linewidth=1.2)
        below.text(0, -0.93, "−1: the sign printed beside Eq. 3 (E6)", ha="center", va="bottom", fontsize=7)
        below.set(xlabel="t, in both directions", ylabel="KL / ½ δᵀFδ", ylim=(-1.3, 2))
        below.set_title("(b) The quotient at δ → 0 is +1")
        lines = below.get_legend_handles_labels()[0]
        figure.legend([*lines, above.lines[2]], [*LAWS, "third-order term"], loc="outside lower center", ncols=3)
    return figure


def make(_given):
    report()
    return draw()


if __name__ == "__main__":
    sys.exit(command(__file__, __doc__, make))
