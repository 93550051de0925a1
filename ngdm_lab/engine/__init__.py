"""Engines: they run optimizers on surfaces, many runs at once."""

from ngdm_lab.compiler.errors import Unavailable

from .ensemble import LEVELS, Ensemble, ensemble
from .status import SENTENCES

__all__ = ["LEVELS", "SENTENCES", "Ensemble", "Unavailable", "ensemble"]
