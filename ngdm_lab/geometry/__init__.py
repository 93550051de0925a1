"""Distributions and their Fisher metrics.

Importing this package loads NumPy and Numba and compiles nothing. The imports are not lazy, because three of
the names are also those of their files: Python puts a module in place of such a name whenever it first loads
the file, and only an import made here, after that, puts the name back.
"""

from ngdm_lab.geometry.dirichlet import Dirichlet
from ngdm_lab.geometry.generalized_dirichlet import GeneralizedDirichlet
from ngdm_lab.geometry.goodness_of_fit import (
    GoodnessOfFit,
    energy_statistic,
    energy_test,
    triangle_sides,
    triangle_test,
)
from ngdm_lab.geometry.inverse_trigamma import inverse_trigamma
from ngdm_lab.geometry.radial import RadialMap
from ngdm_lab.geometry.ramp import ramp
from ngdm_lab.geometry.simplex import SimplexMap
from ngdm_lab.geometry.stick_breaking import StickBreaking
from ngdm_lab.geometry.trigamma import trigamma, trigamma_drop

__all__ = [
    "Dirichlet",
    "GeneralizedDirichlet",
    "GoodnessOfFit",
    "RadialMap",
    "SimplexMap",
    "StickBreaking",
    "energy_statistic",
    "energy_test",
    "inverse_trigamma",
    "ramp",
    "triangle_sides",
    "triangle_test",
    "trigamma",
    "trigamma_drop",
]
