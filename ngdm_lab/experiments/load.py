"""`load`: read any saved result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ngdm_lab import store
from ngdm_lab.engine import Ensemble
from ngdm_lab.engine.manifest import Differs, knowing
from ngdm_lab.experiments.maps.basins import Basins
from ngdm_lab.experiments.maps.rate_map import RateMap
from ngdm_lab.experiments.net_race.result import NetRace
from ngdm_lab.experiments.race.result import Race
from ngdm_lab.experiments.statistics.power import Power
from ngdm_lab.geometry import GoodnessOfFit
from ngdm_lab.nets.training.history import Fit

from .on_simplex import OnSimplex
from .trace import Trace

__all__ = ["load"]

Result = Ensemble | Trace | Race | Basins | GoodnessOfFit | OnSimplex | Power | RateMap | Fit | NetRace

_KINDS: dict[str, Any] = {
    "ensemble": Ensemble,
    "trace": Trace,
    "race": Race,
    "basins": Basins,
    "goodness of fit": GoodnessOfFit,
    "on simplex": OnSimplex,
    "power": Power,
    "rate-map": RateMap,
    "fit": Fit,
    "net race": NetRace,
}


def load(path: str | Path, own: Any = ()) -> Result:
    """Read a result that `.save` wrote.

    Parameters
    ----------
    path : the file.
    own : rules, landscapes or classes of optimizers of your own that were run, as they stand in your program: nothing
        in a file is ever run. Without them `optimizer` and `surface` of the result are None where a user defined them,
        and what has to run again, such as `lab.ecdf`, cannot; `sources` shows their text all the same.

    Raises
    ------
    ValueError
        For a file that is no result of this lab, and for something in `own` whose text is not that of what was run.
    TypeError
        For something else in `own`.
    FileNotFoundError
        Where there is no file.
    """
    with knowing(own):  # looked at before the file is
        kind, arrays, described = store.read(path)
        if kind not in _KINDS:
            raise ValueError(f"{path} holds a result of kind {kind!r}; this version knows {', '.join(_KINDS)}")
        try:
            result: Result = _KINDS[kind].restore(arrays, described)
        except Differs as error:
            raise ValueError(f"{path}: {error}") from None
        except Exception as error:  # what is damaged can fail in any way
            reason = " ".join(str(error).split())
            how = "" if isinstance(error, ValueError) else f"{type(error).__name__}: "
            raise ValueError(f"{path} is a damaged result of kind {kind!r}: {how}{reason}") from None
    return result
