"""One training as a job: everything it depends on in JSON types, what it gave in JSON types.

A job's key is the hash of its arguments, so a training is done once, whatever table or claim asks for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from ngdm_lab.compiler.checks import check_integer
from ngdm_lab.nets import data as sets
from ngdm_lab.nets.data import Data, stratified
from ngdm_lab.nets.metric import Impossible
from ngdm_lab.nets.training.fit import fit

from . import live

__all__ = ["FUNCTION", "arguments", "data_of", "train"]

FUNCTION = f"{__name__}:train"


def arguments(
    model: Any, data: Any, optimizer: Any, *, epochs: int, batch_size: int, seed: int, order: int | None = None,
    index: str = "fan_in", validation: float = 0.0,
) -> dict[str, Any]:  # fmt: skip
    """The arguments of `train`.

    Parameters
    ----------
    model : {"name": ..., "options": {...}} of the nets' registry, or what `live.token` gave.
    data : {"name": ..., "options": {...}, "train": m, "test": k}, or what `live.token` gave. `train` and `test`, where
        they are given, are sizes of parts drawn once, each class by its share.
    optimizer : as `engine.manifest.encode` writes it, or what `live.token` gave.
    epochs, batch_size, index, validation : as in `fit`.
    seed : of the parameters.
    order : of the samples' order, the validation share and dropout; None for `seed`.
    """
    return {
        "model": model, "data": data, "optimizer": optimizer, "epochs": int(epochs), "batch_size": int(batch_size),
        "seed": int(seed), "order": int(seed if order is None else order), "index": index,
        "validation": float(validation),
    }  # fmt: skip


def train(
    model: Mapping[str, Any], data: Mapping[str, Any], optimizer: Any, epochs: int, batch_size: int, seed: int,
    order: int, index: str, validation: float,
) -> dict[str, Any]:  # fmt: skip
    """Train one net once; see `arguments`.

    Returns
    -------
    dict
        status : done, diverged or impossible (E10, E12), `why` in words for the last.
        measure, score, loss : on the test set at the end; NaN where there is none.
        valid_score, valid_loss : on the share held back, NaN without one.
        curves : test score, test loss and training loss of each epoch.
        steps, seconds : of training, evaluation excluded.
        data : name, sizes and digests of what was trained on.
    """
    samples = data_of(data)
    net = live.model(model, samples, seed)
    nan = float("nan")
    given = {"name": samples.name, "train": len(samples.x_train), "test": len(samples.x_test),
             "sha256": dict(samples.sha256)}  # fmt: skip
    lost = {"score": nan, "loss": nan, "valid_score": nan, "valid_loss": nan, "measure": net.loss.measure,
            "curves": {}, "steps": 0, "seconds": 0.0, "notes": [], "data": given, "why": ""}  # fmt: skip
    try:
        run = fit(net, samples, live.optimizer(optimizer), epochs, batch_size, order, index=index,
                  validation=validation, progress=False)  # fmt: skip
    except Impossible as error:
        return {**lost, "status": "impossible", "why": str(error)}
    if run.status == "interrupted":
        raise KeyboardInterrupt
    last = {name: float(values[-1]) if len(values) else nan for name, values in run.history.items()}
    curves = {name: [float(v) for v in run.history[name]] for name in ("test_score", "test_loss", "train_loss")}
    ended = {"score": last["test_score"], "loss": last["test_loss"]}
    held = {name: last[name] for name in ("valid_score", "valid_loss")}
    return {
        **lost, **ended, **held, "status": run.status, "curves": curves, "steps": run.steps,
        "seconds": float(run.history["seconds"].sum()), "notes": list(run.notes),
    }  # fmt: skip


def data_of(described: Mapping[str, Any]) -> Data:
    """The data that a job names; loaded once in a process."""
    if "live" in described:
        return live.data(described)
    options = tuple(sorted(dict(described.get("options", {})).items()))
    return _loaded(described["name"], options, described.get("train"), described.get("test"))


@lru_cache(maxsize=2)
def _loaded(name: str, options: tuple[tuple[str, Any], ...], train: int | None, test: int | None) -> Data:
    whole = sets.load(name, **dict(options))
    kept = {part: _part(whole, part, size) for part, size in (("train", train), ("test", test))}
    arrays = {f"{kind}_{part}": getattr(whole, f"{kind}_{part}")[rows] for part, rows in kept.items() for kind in "xy"}
    return whole if train is None and test is None else replace(whole, **arrays)


def _part(whole: Data, part: str, size: int | None) -> Any:
    """Which samples are kept: all, or `size` of them; the same whatever is trained."""
    y = getattr(whole, f"y_{part}")
    if size is None or check_integer(part, size, 1) >= len(y):
        return slice(None)
    if not whole.labelled:  # a series keeps its order
        return slice(size)
    return np.sort(stratified(y, size, 0)[1])
