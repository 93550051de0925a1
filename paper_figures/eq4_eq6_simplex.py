"""Eqs. 4 and 6 of the paper: Dirichlet densities on the triangle, with the Fisher ellipses of Eq. 5 over them.

    python paper_figures/eq4_eq6_simplex.py --output figures

prints means, entropies and log-determinants and writes eq4_eq6_simplex.png and .pdf into the folder. Everything is
computed here; the first law has the paper's constants for the MLP.
"""

import sys

from command import command
from matplotlib.figure import Figure

import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.plots.drawing import words
from ngdm_lab.plots.drawing.style import COLUMN, SMALL

LAWS = (
    lab.Dirichlet(lab.ramp(1.4, 0.005)),  # the paper's MLP
    lab.Dirichlet([2, 5, 3]),
    lab.GeneralizedDirichlet([2, 3], [5, 1.2]),  # no Dirichlet has this one
)

NOTE = """Bands hold 95, 75, 50, 25 and
5 % of the probability, + is the
mean. Ellipses: Dirichlet laws
of the same S = α₁ + α₂ + α₃
at one divergence from their
centre, by Eqs. 3 and 5."""


def report():
    for law, n in zip(LAWS, (3, 3, 4), strict=True):
        d = law.on(n)
        mean = ", ".join(f"{m:.4f}" for m in d.mean())
        print(f"{law}: mean ({mean}), entropy {d.entropy():.4f}, log det F {d.fisher_logdet():.4f}")


def draw():
    with plots.style():
        figure = Figure(figsize=(COLUMN, 3.7))
        *panels, spare = figure.subplots(2, 2).flat
        for ax, law, letter in zip(panels, LAWS, "abc", strict=True):
            plots.simplex(law, ax, notes=False)
            kind, parameters = words.parameters(law).removesuffix(")").split("(")
            ax.set_title(f"({letter}) {kind}\n{parameters}")
        spare.set_axis_off()
        spare.text(0, 0.5, NOTE, va="center", fontsize=SMALL, linespacing=1.4, transform=spare.transAxes)
    return figure


def make(_given):
    report()
    return draw()


if __name__ == "__main__":
    sys.exit(command(__file__, __doc__, make))
