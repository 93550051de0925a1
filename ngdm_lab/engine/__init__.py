"""Engines: they run optimizers on surfaces, many runs at once."""

from .ensemble import Ensemble, ensemble
from .quantiles import LEVELS
from .status import SENTENCES

__all__ = ["LEVELS", "SENTENCES", "Ensemble", "ensemble"]
