"""Engines: they run optimizers on surfaces, many runs at once."""

from .ensemble import LEVELS, Ensemble, ensemble
from .status import SENTENCES, Unavailable

__all__ = ["LEVELS", "SENTENCES", "Ensemble", "Unavailable", "ensemble"]
