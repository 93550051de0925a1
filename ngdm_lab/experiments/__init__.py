"""Experiments: traces, races, basin maps, and what is read off them."""

from ngdm_lab.experiments.maps.basin_share import BasinShare, basin_share
from ngdm_lab.experiments.maps.basins import Basins, basins
from ngdm_lab.experiments.maps.directions import neurons
from ngdm_lab.experiments.maps.loss_slice import loss_slice
from ngdm_lab.experiments.maps.rate_map import RateMap, rate_map
from ngdm_lab.experiments.maps.slice_surface import LossSlice
from ngdm_lab.experiments.race.entries import Entry
from ngdm_lab.experiments.race.frames import Frames, frames
from ngdm_lab.experiments.race.pairs import Comparison, Pair, compare
from ngdm_lab.experiments.race.plan import Plan, default_optimizers, default_surfaces, plan, replan
from ngdm_lab.experiments.race.profiles import Ecdf, PerformanceProfile, ecdf, performance_profile
from ngdm_lab.experiments.race.race import race, rerace
from ngdm_lab.experiments.race.result import Race
from ngdm_lab.experiments.race.tune import Tuning, tune
from ngdm_lab.experiments.statistics.power import Power, logistic_normal, mixture, power

from .check_rule import check_rule
from .load import load
from .on_simplex import OnSimplex, natural_descent, project_simplex, simplex_descent
from .outcomes import Outcome, Outcomes, outcomes
from .trace import Trace, check_trace, first_start, trace

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
    "check_rule",
    "check_trace",
    "compare",
    "default_optimizers",
    "default_surfaces",
    "ecdf",
    "first_start",
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
