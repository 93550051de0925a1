"""Experiments: traces, races, basin maps, and what is read off them."""

from .basin_share import BasinShare, basin_share
from .basins import Basins, basins
from .directions import neurons
from .frames import Frames, frames
from .load import load
from .loss_slice import loss_slice
from .on_simplex import OnSimplex, natural_descent, project_simplex, simplex_descent
from .outcomes import Outcome, Outcomes, outcomes
from .pairs import Comparison, Pair, compare
from .plan import Plan, default_optimizers, default_surfaces, plan, replan
from .power import Power, logistic_normal, mixture, power
from .profiles import Ecdf, PerformanceProfile, ecdf, performance_profile
from .race import race, rerace
from .race_result import Entry, Race
from .rate_map import RateMap, rate_map
from .slice_surface import LossSlice
from .trace import Trace, check_trace, trace
from .tune import Tuning, tune

__all__ = [
    "BasinShare",
    "Basins",
    "Comparison",
    "Ecdf",
    "Entry",
    "Frames",
    "LossSlice",
    "OnSimplex",
    "Outcome",
    "Outcomes",
    "Pair",
    "PerformanceProfile",
    "Plan",
    "Power",
    "Race",
    "RateMap",
    "Trace",
    "Tuning",
    "basin_share",
    "basins",
    "check_trace",
    "compare",
    "default_optimizers",
    "default_surfaces",
    "ecdf",
    "frames",
    "load",
    "logistic_normal",
    "loss_slice",
    "mixture",
    "natural_descent",
    "neurons",
    "outcomes",
    "performance_profile",
    "plan",
    "power",
    "project_simplex",
    "race",
    "rate_map",
    "replan",
    "rerace",
    "simplex_descent",
    "trace",
    "tune",
]
