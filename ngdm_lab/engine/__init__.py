"""Engines: they run optimizers on surfaces, many runs at once."""

from .ensemble import LEVELS, Ensemble, ensemble
from .status import SENTENCES

__all__ = ["LEVELS", "SENTENCES", "Ensemble", "ensemble"]
