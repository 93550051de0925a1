"""Figures of results. Every function takes results and an optional Axes, and returns the Axes.

>>> import landscapes as ls
>>> import ngdm_lab as lab
>>> path = lab.trace(lab.Adam(lr=0.1), ls.himmelblau(), x0=[0.0, 4.0], steps=200)
>>> ax = lab.plots.trajectories(path)
>>> files = lab.plots.save(ax, "path")  # path.png and path.pdf
"""

from .basins import basins
from .contact_sheet import contact_sheet
from .convergence import convergence
from .fisher import dropped_term, gain, pair_block
from .learning_curves import learning_curves, learning_figure
from .loss_slice import loss_slice
from .race_figures import race_figures
from .save import save
from .simplex import simplex
from .style import colour, look, style
from .success import success
from .trajectories import trajectories

__all__ = [
    "basins",
    "colour",
    "contact_sheet",
    "convergence",
    "dropped_term",
    "gain",
    "learning_curves",
    "learning_figure",
    "look",
    "loss_slice",
    "pair_block",
    "race_figures",
    "save",
    "simplex",
    "style",
    "success",
    "trajectories",
]
