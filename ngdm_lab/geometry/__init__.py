"""Distributions and their Fisher metrics.

Importing this package loads NumPy and Numba and compiles nothing. The imports are not lazy, because three of
the names are also those of their files: Python puts a module in place of such a name whenever it first loads
the file, and only an import made here, after that, puts the name back.
"""

from ngdm_lab.geometry.dirichlet import Dirichlet
from ngdm_lab.geometry.generalized_dirichlet import GeneralizedDirichlet
from ngdm_lab.geometry.inverse_trigamma import inverse_trigamma
from ngdm_lab.geometry.ramp import ramp
from ngdm_lab.geometry.trigamma import trigamma, trigamma_drop

__all__ = ["Dirichlet", "GeneralizedDirichlet", "inverse_trigamma", "ramp", "trigamma", "trigamma_drop"]
