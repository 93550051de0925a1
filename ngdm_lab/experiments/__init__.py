"""Experiments: traces, races, basin maps, and what is read off them."""

from .basins import Basins, basins
from .directions import neurons
from .load import load
from .loss_slice import loss_slice
from .on_simplex import OnSimplex, natural_descent, project_simplex, simplex_descent
from .outcomes import Outcome, Outcomes, outcomes
from .plan import Plan, default_optimizers, default_surfaces, plan, replan
from .power import Power, logistic_normal, mixture, power
from .race import race, rerace
from .race_result import Entry, Race
from .slice_surface import LossSlice
from .trace import Trace, check_trace, trace
from .tune import Tuning, tune

__all__ = [
    "Basins",
    "Entry",
    "LossSlice",
    "OnSimplex",
    "Outcome",
    "Outcomes",
    "Plan",
    "Power",
    "Race",
    "Trace",
    "Tuning",
    "basins",
    "check_trace",
    "default_optimizers",
    "default_surfaces",
    "load",
    "logistic_normal",
    "loss_slice",
    "mixture",
    "natural_descent",
    "neurons",
    "outcomes",
    "plan",
    "power",
    "project_simplex",
    "race",
    "replan",
    "rerace",
    "simplex_descent",
    "trace",
    "tune",
]
