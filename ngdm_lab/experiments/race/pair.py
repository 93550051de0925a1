"""One optimizer on one surface as two jobs, the choice of its rate and its runs, in JSON types to the bit.

Two, so that whoever kills a race loses one of them and no more.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscapes import Surface
from ngdm_lab.engine import Ensemble, ensemble
from ngdm_lab.engine.ensemble import SAVED
from ngdm_lab.engine.quantiles import LEVELS
from ngdm_lab.engine.saved import check_saved
from ngdm_lab.engine.starts import drawn_or_given
from ngdm_lab.environment import made_by
from ngdm_lab.experiments.jobs import Job
from ngdm_lab.experiments.one_by_one import OneByOne
from ngdm_lab.experiments.statistics.compare import CONTROL
from ngdm_lab.optimizers import Optimizer
from ngdm_lab.schema import check

from .entries import Entry
from .tune import Tuning, tune

__all__ = ["enter", "run_job", "tune_job"]


def enter(label: str, optimizer: Optimizer, s: Surface, settings: Mapping[str, Any], go: OneByOne) -> Entry:
    """The entry of a race: tuned and run, or taken from the journal."""
    common = {k: settings[k] for k in ("steps", "seed", "target", "backend") if k in settings}
    found = None
    if settings["tuning"]:
        # the control has tuning starts of its own: on its twin's it would choose nearly the same rate, and the
        # noise floor would leave out the noise of the choice
        asked = {**common, "starts": settings["tuning_starts"], "replicate": int(label == CONTROL)}
        rule = optimizer
        found = go(lambda: _job(tune_job, rule, s, asked), lambda: tune(rule, s, **asked), _dump, _tuning)
        optimizer = optimizer.replace(lr=found.lr)
    elif settings["same_lr"] is not None:
        optimizer = optimizer.replace(lr=settings["same_lr"])
    asked = {**common, "starts": settings["starts"]}
    runs = go(
        lambda: _job(run_job, optimizer, s, asked), lambda: ensemble(optimizer, s, **asked), _dump_runs,
        lambda kept: _runs(kept, optimizer, s, asked),
    )  # fmt: skip
    return Entry(label, runs, found, s.name, optimizer.lr)


def tune_job(optimizer: Mapping[str, Any], surface: Mapping[str, Any], **asked: Any) -> dict[str, Any]:
    """The job that chooses a rate; arguments as `tune` takes them, the first two as tokens of `live`."""
    from ngdm_lab.experiments.net_race import live

    return _dump(tune(live.optimizer(optimizer), live.surface(surface), **asked))


def run_job(optimizer: Mapping[str, Any], surface: Mapping[str, Any], **asked: Any) -> dict[str, Any]:
    """The job that runs; arguments as `ensemble` takes them, the first two as tokens of `live`."""
    from ngdm_lab.experiments.net_race import live

    return _dump_runs(ensemble(live.optimizer(optimizer), live.surface(surface), **asked))


def _job(function: Any, optimizer: Optimizer, s: Surface, asked: Mapping[str, Any]) -> Job:
    from ngdm_lab.experiments.net_race import live  # it knows nets, which a race without a journal does without

    given = {"optimizer": live.optimizer_token(optimizer), "surface": live.surface_token(s), **asked}
    return Job(f"{function.__module__}:{function.__name__}", given)


def _dump(found: Tuning) -> dict[str, Any]:
    return {name: _packed(value) for name, value in found.parts().items()}


def _tuning(kept: Mapping[str, Any]) -> Tuning:
    return Tuning.restore({name: _unpacked(value) for name, value in kept.items()})


def _dump_runs(runs: Ensemble) -> dict[str, Any]:
    """All that does not follow from the job: without the starts, and with what it ran on."""
    arrays = {name: _packed(getattr(runs, name)) for name in SAVED if name != "x0"}
    arrays |= {name: _packed(array) for name, array in runs.more.items()}
    return {"arrays": arrays, "seconds": runs.seconds, "slow": runs.slow, "described": made_by(runs.described)}


def _runs(kept: Mapping[str, Any], optimizer: Optimizer, s: Surface, asked: Mapping[str, Any]) -> Ensemble:
    arrays = {name: _unpacked(value) for name, value in kept["arrays"].items()}
    more = {name: arrays.pop(name) for name in arrays.keys() - set(SAVED)}
    x0 = drawn_or_given(asked["starts"], s, asked["seed"], 0)
    settings = {"steps": asked["steps"], "seed": asked["seed"], "first_run": 0, "target": asked["target"]}
    settings |= {"seconds": kept["seconds"], "slow": kept["slow"]}
    check_saved({"x0": x0, **arrays}, {"optimizer": {}, "surface": {}, "settings": settings}, len(LEVELS))
    check(kept["described"], dict, "described")
    return Ensemble(optimizer, s, x0, **arrays, **settings, described=kept["described"], more=more)


def _packed(value: Any) -> Any:
    """An array as text; a number as it is."""
    if not isinstance(value, np.ndarray):
        return value.item() if isinstance(value, np.generic) else value
    data = base64.b64encode(np.ascontiguousarray(value).data).decode()
    return {"dtype": value.dtype.str, "shape": list(value.shape), "data": data}


def _unpacked(value: Any) -> Any:
    if not isinstance(value, dict) or "dtype" not in value:
        return value
    made: NDArray[Any] = np.frombuffer(base64.b64decode(value["data"]), value["dtype"]).reshape(value["shape"])
    return made.copy()  # one that can be written, as from a run
