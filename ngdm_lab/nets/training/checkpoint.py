"""Checkpoints: everything from which a training run goes on to the same bits, in one file, written atomically."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ngdm_lab import store
from ngdm_lab.nets.model import Model

from .history import COLUMNS
from .update import Update

__all__ = ["Progress", "restore", "save"]


@dataclass
class Progress:
    """Where a run is.

    Attributes
    ----------
    epoch, batch : of the next step, from 0.
    loss, seen : sum of the losses of this epoch's samples so far, and their number.
    best, waited : smallest validation loss so far, and the epochs since.
    seconds : spent in this epoch.
    rows : what each finished epoch adds to the history, in the order of `history.COLUMNS`.
    norms : (step, gradient norms, update norms, parameter norms) as flat rows.
    over : the run's status if it has ended for good, else "".
    """

    epoch: int = 0
    batch: int = 0
    loss: float = 0.0
    seen: int = 0
    best: float = float("inf")
    waited: int = 0
    seconds: float = 0.0
    rows: list[list[float]] = field(default_factory=list)
    norms: list[list[float]] = field(default_factory=list)
    over: str = ""


_NUMBERS = ("epoch", "batch", "seen", "waited", "over")
_FLOATS = ("loss", "best", "seconds")  # as arrays: JSON has neither NaN nor infinity


def save(path: str | Path, model: Model, update: Update, progress: Progress, settings: Mapping[str, Any]) -> Path:
    """Write a checkpoint; a reader sees the one before or this one, never a part. ValueError if it cannot."""
    host = model.device.host
    arrays: dict[str, Any] = {
        "vector": host(model.vector), "states": host(update.states),
        "rows": np.array(progress.rows).reshape(-1, len(COLUMNS)),
        "norms": np.array(progress.norms, dtype=np.float64),
        "floats": np.array([getattr(progress, k) for k in _FLOATS]),
        **{f"buffer_{name}": host(value) for name, value in model.buffers.items()},
    }  # fmt: skip
    numbers = {k: getattr(progress, k) for k in _NUMBERS}
    manifest = {"settings": dict(settings), "progress": numbers, "t": update.t, "model_seed": model.seed}
    return store.write(path, "checkpoint", arrays, manifest, compress=False)


def restore(path: str | Path, model: Model, update: Update, settings: Mapping[str, Any]) -> Progress:
    """Put model and update back to where a checkpoint was written.

    Raises ValueError for a file that is none, or of a run with other settings, the first of which is named
    (`epochs` and `device` may differ: a run may be prolonged, or go on elsewhere, with other last bits);
    FileNotFoundError for no file.
    """
    kind, arrays, manifest = store.read(path)
    if kind != "checkpoint":
        raise ValueError(f"{path} holds a result of kind {kind!r}, not 'checkpoint'")
    before = manifest["settings"]
    for name in sorted({*before, *settings} - {"epochs", "device"}):
        if before.get(name) != settings.get(name):
            what, was, wanted = _difference(name, before.get(name), settings.get(name))
            raise ValueError(f"{path} is of another run: its {what} is {was!r}, not {wanted!r}")
    if arrays["vector"].shape != model.vector.shape or arrays["vector"].dtype != model.vector.dtype:
        raise ValueError(f"{path} is of another model: it has {arrays['vector'].size} parameters of type "
                         f"{arrays['vector'].dtype}, not {model.vector.size} of {model.vector.dtype}")  # fmt: skip
    put = model.device.put
    put(model.vector, arrays["vector"])
    put(update.states, arrays["states"])
    for name, buffer in model.buffers.items():
        put(buffer, arrays[f"buffer_{name}"])
    update.t, model.seed = int(manifest["t"]), int(manifest["model_seed"])
    progress = Progress(rows=arrays["rows"].tolist(), norms=arrays["norms"].tolist(), **manifest["progress"])
    for name, value in zip(_FLOATS, arrays["floats"].tolist(), strict=True):
        setattr(progress, name, value)
    return progress


def _difference(what: str, before: Any, now: Any) -> tuple[str, Any, Any]:
    """The first thing in which two descriptions differ, such as ("optimizer's lr", 0.1, 0.2)."""
    while isinstance(before, dict) and isinstance(now, dict):
        differ = [name for name in {*before, *now} if before.get(name) != now.get(name)]
        name = min(differ, key=lambda name: (name == "fields", name))
        what += "" if name == "fields" else f"'s {name}"
        before, now = before.get(name), now.get(name)
    return what, before, now
