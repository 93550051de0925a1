"""A lab for natural gradient descent with momentum on Dirichlet distributions (NGDM).

>>> import landscapes as ls
>>> import ngdm_lab as lab
>>> path = lab.trace(lab.Adam(lr=0.1), ls.sphere(2), x0=[3.0, 4.0], steps=200)

The paper: R. I. Abdulkadirov and P. A. Lyakhov, "A new approach to training neural networks using natural
gradient descent with momentum based on Dirichlet distributions", Computer Optics, 2023.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# name -> module that defines it; everything is imported on first use, so that the import stays fast
_HOMES = {
    **dict.fromkeys(["Dirichlet", "GeneralizedDirichlet", "ramp"], "geometry"),
    **dict.fromkeys(
        ["SGD", "Adam", "Apollo", "NGDM", "AdaGrad", "Adadelta", "RMSProp", "Optimizer"],
        "optimizers",
    ),
    **dict.fromkeys(["preconditioned", "scipy_method", "update_rule"], "optimizers"),
    **dict.fromkeys(["ensemble", "Ensemble"], "engine"),
    **dict.fromkeys(["trace", "Trace", "race", "Race", "rerace", "basins", "Basins", "load"], "experiments"),
    **dict.fromkeys(["basin_share", "compare", "ecdf", "frames", "performance_profile"], "experiments"),
    **dict.fromkeys(["BasinShare", "Comparison", "Ecdf", "Frames", "PerformanceProfile"], "experiments"),
    **dict.fromkeys(["rate_map", "RateMap"], "experiments"),
    **dict.fromkeys(["loss_slice", "LossSlice"], "experiments"),
}
_PACKAGES = ("cli", "engine", "experiments", "geometry", "nets", "optimizers", "plots")

__all__ = ["__version__", *sorted(_HOMES), *_PACKAGES]

if TYPE_CHECKING:
    from ngdm_lab.experiments.maps.basin_share import BasinShare as BasinShare
    from ngdm_lab.experiments.maps.basin_share import basin_share as basin_share
    from ngdm_lab.experiments.maps.basins import Basins as Basins
    from ngdm_lab.experiments.maps.basins import basins as basins
    from ngdm_lab.experiments.maps.loss_slice import loss_slice as loss_slice
    from ngdm_lab.experiments.maps.rate_map import RateMap as RateMap
    from ngdm_lab.experiments.maps.rate_map import rate_map as rate_map
    from ngdm_lab.experiments.maps.slice_surface import LossSlice as LossSlice
    from ngdm_lab.experiments.race.frames import Frames as Frames
    from ngdm_lab.experiments.race.frames import frames as frames
    from ngdm_lab.experiments.race.pairs import Comparison as Comparison
    from ngdm_lab.experiments.race.pairs import compare as compare
    from ngdm_lab.experiments.race.profiles import Ecdf as Ecdf
    from ngdm_lab.experiments.race.profiles import PerformanceProfile as PerformanceProfile
    from ngdm_lab.experiments.race.profiles import ecdf as ecdf
    from ngdm_lab.experiments.race.profiles import performance_profile as performance_profile
    from ngdm_lab.experiments.race.race import race as race
    from ngdm_lab.experiments.race.race import rerace as rerace
    from ngdm_lab.experiments.race.result import Race as Race

    from .engine.ensemble import Ensemble as Ensemble
    from .engine.ensemble import ensemble as ensemble
    from .experiments.load import load as load
    from .experiments.trace import Trace as Trace
    from .experiments.trace import trace as trace
    from .geometry import Dirichlet as Dirichlet
    from .geometry import GeneralizedDirichlet as GeneralizedDirichlet
    from .geometry import ramp as ramp
    from .optimizers import NGDM as NGDM
    from .optimizers import SGD as SGD
    from .optimizers import Adadelta as Adadelta
    from .optimizers import AdaGrad as AdaGrad
    from .optimizers import Adam as Adam
    from .optimizers import Apollo as Apollo
    from .optimizers import Optimizer as Optimizer
    from .optimizers import RMSProp as RMSProp
    from .optimizers import preconditioned as preconditioned
    from .optimizers import scipy_method as scipy_method
    from .optimizers import update_rule as update_rule


def __getattr__(name: str) -> Any:
    """Import a public name or package on first use."""
    if name in _HOMES:
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    elif name in _PACKAGES:
        value = importlib.import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
