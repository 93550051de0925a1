"""Checkpoints: everything from which a training run goes on to the same bits, in one file, written atomically."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ngdm_lab import store
from ngdm_lab.compiler.files import NotWritten
from ngdm_lab.nets.model import Model
from ngdm_lab.schema import TEXT, WHOLE, Maybe, OneOf, Within, check, check_arrays

from .history import COLUMNS
from .update import Update

__all__ = ["Progress", "check_place", "restore", "save"]


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
_COUNT = Within(0, 2**62)
_SCHEMA = {
    "settings": dict, "t": _COUNT, "model_seed": WHOLE, "data_sha256": Maybe(TEXT),
    "progress": {"epoch": _COUNT, "batch": _COUNT, "seen": _COUNT, "waited": _COUNT,
                 "over": OneOf(("", "diverged", "stopped"))},
}  # fmt: skip
_FLOATS = ("loss", "best", "seconds")  # as arrays: JSON has neither NaN nor infinity


def check_place(path: Path) -> None:
    """Raise ValueError where no file can be: better before hours of training than after the first epoch."""
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        raise NotWritten({path: error.strerror or str(error)}) from error


def save(
    path: str | Path, model: Model, update: Update, progress: Progress, settings: Mapping[str, Any], digest: str
) -> Path:
    """Write a checkpoint; a reader sees the one before or this one, never a part. ValueError if it cannot.

    `digest` is that of the data.
    """
    host = model.device.host
    arrays: dict[str, Any] = {
        "vector": host(model.vector), "states": host(update.states),
        "rows": np.array(progress.rows).reshape(-1, len(COLUMNS)),
        "norms": np.array(progress.norms, dtype=np.float64),
        "floats": np.array([getattr(progress, k) for k in _FLOATS]),
        **{f"buffer_{name}": host(value) for name, value in model.buffers.items()},
    }  # fmt: skip
    numbers = {k: getattr(progress, k) for k in _NUMBERS}
    manifest = {"settings": dict(settings), "progress": numbers, "t": update.t, "model_seed": model.seed,
                "data_sha256": digest}  # fmt: skip
    return store.write(path, "checkpoint", arrays, manifest, compress=False)


def restore(path: str | Path, model: Model, update: Update, settings: Mapping[str, Any], digest: str) -> Progress:
    """Put model and update back to where a checkpoint was written.

    Raises ValueError for a file that is none, or of a run with other data or settings, the first of which is named
    (`epochs` and `device` may differ: a run may be prolonged, or go on elsewhere, with other last bits);
    FileNotFoundError for no file. Nothing is changed then.
    """
    kind, arrays, manifest = store.read(path)
    if kind != "checkpoint":
        raise ValueError(f"{path} holds a result of kind {kind!r}, not 'checkpoint'")
    try:
        check(manifest, _SCHEMA)
    except ValueError as error:
        raise ValueError(f"{path} is no checkpoint of this version: {error}") from None
    before = manifest["settings"]
    for name in sorted({*before, *settings} - {"epochs", "device"}):
        if before.get(name) != settings.get(name):
            what, was, wanted = store.difference(name, before.get(name), settings.get(name))
            raise ValueError(f"{path} is of another run: its {what} is {was!r}, not {wanted!r}")
    if manifest.get("data_sha256", digest) != digest:
        raise ValueError(f"{path} is of other data: their sha256 is {manifest['data_sha256'][:12]}..., not "
                         f"{digest[:12]}...")  # fmt: skip
    _check_arrays(path, arrays, model, update, manifest["progress"]["epoch"])
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


def _check_arrays(path: str | Path, arrays: Mapping[str, Any], model: Model, update: Update, epochs: int) -> None:
    """Raise ValueError for a model that has other parameters, and for what is damaged, before anything is put back."""
    host = model.device.host
    own = {"vector": host(model.vector), "states": host(update.states),
           **{f"buffer_{name}": host(value) for name, value in model.buffers.items()}}  # fmt: skip
    try:
        wanted: Any = {"rows": ("f", (epochs, len(COLUMNS))), "floats": ("f", (len(_FLOATS),))}
        if "norms" not in arrays or arrays["norms"].size:
            wanted["norms"] = "f", ("records", "norms")
        check_arrays(arrays, wanted, {})
        for name, array in own.items():
            if name not in arrays or (arrays[name].shape, arrays[name].dtype) != (array.shape, array.dtype):
                found = f"{arrays[name].dtype} of shape {arrays[name].shape}" if name in arrays else "none"
                raise ValueError(f"array {name} must be {array.dtype} of shape {array.shape}, got {found}")
    except ValueError as error:
        raise ValueError(f"{path} is of another model, or damaged: {error}") from None
