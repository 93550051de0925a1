"""Figures of results. Every function takes results and an optional Axes, and returns the Axes; `animate` writes a GIF.

>>> import landscapes as ls
>>> import ngdm_lab as lab
>>> path = lab.trace(lab.Adam(lr=0.1), ls.himmelblau(), x0=[0.0, 4.0], steps=200)
>>> ax = lab.plots.trajectories(path)
>>> files = lab.plots.save(ax, "path")  # path.png and path.pdf
"""

from .animation import animate
from .basin_panels import basin_panels
from .basins import basins
from .contact_sheet import contact_sheet
from .convergence import convergence
from .fisher import dropped_term, gain, pair_block
from .frames import frames
from .learning_curves import learning_curves, learning_figure
from .loss_slice import loss_slice
from .path_plane import path_plane
from .profiles import profiles
from .race_figures import race_figures
from .rate_map import rate_map
from .save import save
from .simplex import simplex
from .step_angles import step_angles
from .style import colour, look, style
from .success import success
from .surface_3d import surface_3d
from .trajectories import trajectories
from .tuning import tuning_curve

__all__ = [
    "animate",
    "basin_panels",
    "basins",
    "colour",
    "contact_sheet",
    "convergence",
    "dropped_term",
    "frames",
    "gain",
    "learning_curves",
    "learning_figure",
    "look",
    "loss_slice",
    "pair_block",
    "path_plane",
    "profiles",
    "race_figures",
    "rate_map",
    "save",
    "simplex",
    "step_angles",
    "style",
    "success",
    "surface_3d",
    "trajectories",
    "tuning_curve",
]
