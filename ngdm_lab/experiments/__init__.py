"""Experiments: traces, races, basin maps, and what is read off them."""

from .basins import Basins, basins
from .load import load
from .plan import Plan, default_optimizers, default_surfaces, plan, replan
from .race import race, rerace
from .race_result import Entry, Race
from .trace import Trace, check_trace, trace
from .tune import Tuning, tune

__all__ = [
    "Basins",
    "Entry",
    "Plan",
    "Race",
    "Trace",
    "Tuning",
    "basins",
    "check_trace",
    "default_optimizers",
    "default_surfaces",
    "load",
    "plan",
    "race",
    "replan",
    "rerace",
    "trace",
    "tune",
]
