"""The gain 1/psi'(alpha) of the paper's diagonal form, and what the paper says of ranges of alpha (C1 to C6).

    python paper_figures/c1_c6_gain.py --output figures

prints the gain at the ends of every range and writes c1_c6_gain.png and .pdf into the folder. The ranges are the
paper's; every gain is computed here.
"""

import sys

import numpy as np
from command import command

import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.plots.geometry.fisher import RANGES


def report():
    print("range      alpha          gain 1/psi'(alpha)    the paper's words")
    for name, start, end, words in sorted(RANGES):
        ends = [f"{1 / lab.geometry.trigamma(x):.4g}" if 0 < x < np.inf else f"{x:g}" for x in (start, end)]
        print(f"{name}   {start:5g} to {end:4g}   {ends[0]:>10} to {ends[1]:8}   {words}")


def draw():
    return plots.gain().figure


def make(_given):
    report()
    return draw()


if __name__ == "__main__":
    sys.exit(command(__file__, __doc__, make))
