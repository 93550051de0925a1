"""Eqs. 4 and 6 of the paper: Dirichlet densities on the triangle, with the Fisher ellipses of Eq. 5 over them.

    python paper_figures/eq4_eq6_simplex.py --output figures

prints means, entropies and log-determinants and writes eq4_eq6_simplex.png and .pdf into the folder. Everything is
computed here; the first law has the paper's constants for the MLP.
"""

import sys

import matplotlib as mpl
from command import command
from matplotlib.figure import Figure

import ngdm_lab as lab
from ngdm_lab import plots

LAWS = (
    lab.Dirichlet(lab.ramp(1.4, 0.005)),  # the paper's MLP
    lab.Dirichlet([2, 5, 3]),
    lab.GeneralizedDirichlet([2, 3], [5, 1.2]),  # no Dirichlet has this one
)


def report():
    for law, n in zip(LAWS, (3, 3, 4), strict=True):
        d = law.on(n)
        mean = ", ".join(f"{m:.4f}" for m in d.mean())
        print(f"{law}: mean ({mean}), entropy {d.entropy():.4f}, log det F {d.fisher_logdet():.4f}")


def draw():
    with plots.style(), mpl.rc_context({"figure.constrained_layout.use": False}):
        figure = Figure(figsize=(7.0, 2.7))
        for k, law in enumerate(LAWS):
            ax = figure.add_axes((0.005 + k / 3, 0.13, 0.325, 0.8))
            plots.simplex(law, ax, notes=False)
        note = "Bands hold 95, 75, 50, 25 and 5 % of the probability, + is the mean. Ellipses: Dirichlet laws of the\n"
        note += "same S = α₁ + α₂ + α₃ at one divergence from their centre, by Eqs. 3 and 5."
        figure.text(0.008, 0.02, note, fontsize=7)
    return figure


def make(_given):
    report()
    return draw()


if __name__ == "__main__":
    sys.exit(command(__file__, __doc__, make))
