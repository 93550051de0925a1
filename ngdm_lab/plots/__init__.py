"""Figures of results. Every function takes results and an optional Axes, and returns the Axes; `animate` writes a GIF.

Those that show what a race holds take the race itself too, and draw a panel for each of its landscapes. Yours are the
settings of Matplotlib that you changed (fonts, sizes, a dark background); the rest is the package's `style`.

>>> import landscapes as ls
>>> import ngdm_lab as lab
>>> path = lab.trace(lab.Adam(lr=0.1), ls.himmelblau(), x0=[0.0, 4.0], steps=200)
>>> ax = lab.plots.trajectories(path)
>>> files = lab.plots.save(ax, "path")  # path.png, path.pdf and its caption, path.txt
"""

from ngdm_lab.plots.drawing.caption import caption
from ngdm_lab.plots.drawing.save import save
from ngdm_lab.plots.drawing.style import colour, look, style
from ngdm_lab.plots.geometry.fisher import dropped_term, gain, pair_block
from ngdm_lab.plots.geometry.simplex import simplex
from ngdm_lab.plots.maps.basin_panels import basin_panels
from ngdm_lab.plots.maps.basins import basins
from ngdm_lab.plots.maps.contact_sheet import contact_sheet
from ngdm_lab.plots.maps.loss_slice import loss_slice
from ngdm_lab.plots.maps.rate_map import rate_map
from ngdm_lab.plots.nets.architecture import architecture
from ngdm_lab.plots.nets.learning_curves import learning_curves, learning_figure
from ngdm_lab.plots.paths.animation import animate
from ngdm_lab.plots.paths.path_plane import path_plane
from ngdm_lab.plots.paths.step_angles import step_angles
from ngdm_lab.plots.paths.surface_3d import surface_3d
from ngdm_lab.plots.paths.trajectories import trajectories
from ngdm_lab.plots.race.convergence import convergence
from ngdm_lab.plots.race.figures import race_figures
from ngdm_lab.plots.race.frames import frames
from ngdm_lab.plots.race.profiles import profiles
from ngdm_lab.plots.race.success import success
from ngdm_lab.plots.race.tuning import tuning_curve

__all__ = [
    "animate",
    "architecture",
    "basin_panels",
    "basins",
    "caption",
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
