"""Fit: what a training run leaves: curves, norms per layer, the trained parameters, and how it ended."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab import store
from ngdm_lab.compiler.markup import card, table
from ngdm_lab.engine.manifest import decode
from ngdm_lab.optimizers import Optimizer
from ngdm_lab.schema import TEXT, WHOLE, OneOf, check, check_arrays

__all__ = ["COLUMNS", "SENTENCES", "Fit"]

Array = NDArray[np.float64]

COLUMNS = ("train_loss", "valid_loss", "valid_score", "test_loss", "test_score", "lr", "seconds")

SENTENCES = {
    "done": "All epochs were run.",
    "stopped": "The validation loss did not improve any more, or a callback ended the run.",
    "diverged": "The loss or a parameter became infinite or NaN, or a parameter grew beyond 1e12 times its start.",
    "interrupted": "The run was stopped from outside before its last step.",
}


_MANIFEST: Any = {
    "status": OneOf(tuple(SENTENCES)), "steps": WHOLE, "measure": OneOf(("accuracy", "mse")), "layers": [TEXT],
    "notes": [TEXT],
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Fit:
    """A training run.

    Attributes
    ----------
    history : name -> (epochs run,) array: ``train_loss`` (mean over the epoch's batches, as they were met),
        ``valid_loss``, ``valid_score`` (NaN without a validation share), ``test_loss``, ``test_score``, ``lr`` at
        the epoch's last step, ``seconds`` of training without evaluation. A score is the accuracy in [0, 1], or
        the mean squared error: see `measure`. An epoch that was cut short by a divergence stands there with NaN.
    layers : names of the layers with parameters.
    norm_steps : (k,) steps, from 1, at which norms were taken.
    gradient_norm, update_norm, parameter_norm : (k, layers) Euclidean norms of the loss's gradient, of the step
        and, before it, of the parameters.
    vector : (P,) the parameters at the end; `buffers` what is kept beside them.
    status : done, stopped, diverged or interrupted.
    steps : steps taken.
    notes : readings that had to be settled (E12, R7).
    measure : "accuracy" or "mse".
    described : settings and environment, as JSON types.
    """

    history: dict[str, Array]
    layers: tuple[str, ...]
    norm_steps: NDArray[np.int64]
    gradient_norm: Array
    update_norm: Array
    parameter_norm: Array
    vector: NDArray[Any]
    status: str
    steps: int
    measure: str
    notes: tuple[str, ...] = ()
    buffers: Mapping[str, NDArray[Any]] = field(default_factory=dict, repr=False)
    described: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def reason(self) -> str:
        """The status as a sentence."""
        return SENTENCES[self.status]

    @property
    def epochs(self) -> int:
        """Epochs run."""
        return len(self.history["train_loss"])

    @property
    def optimizer(self) -> Optimizer | None:
        """The optimizer; None where a user defined its rule."""
        try:
            made = decode(self.described["optimizer"])
        except (KeyError, ValueError):
            return None
        return made if isinstance(made, Optimizer) else None

    @property
    def name(self) -> str:
        """The optimizer's id."""
        return str(self.described.get("optimizer_name", "optimizer"))

    @property
    def score(self) -> float:
        """The last epoch's score on the test set; NaN before the first."""
        return float(self.history["test_score"][-1]) if self.epochs else float("nan")

    def __repr__(self) -> str:
        unit = f"{self.score:.2%}" if self.measure == "accuracy" else f"{self.score:.5g}"
        where = f"{self.name} on {self.described.get('model')}"
        epochs = f"{self.epochs} epoch{'' if self.epochs == 1 else 's'}"
        return f"<Fit {where}, {epochs}: {self.status}, test {self.measure} {unit}>"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        where = f"{self.name} on {self.described.get('model')}"
        last = {k: v[-1:] for k, v in self.history.items()}
        ends = {k.replace("_", " "): f"{v[0]:.5g}" for k, v in last.items() if v.size and not np.isnan(v[0])}
        facts = {"status": f"{self.status}. {self.reason}", "epochs": self.epochs, "steps": self.steps}
        ended = table(list(ends), [list(ends.values())]) if ends else ""
        return card(where, {**facts, "score": f"test {self.measure}", "notes": " ".join(self.notes)}, ended)

    def to_csv(self) -> str:
        """The curves, one row an epoch."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["epoch", *COLUMNS])
        for k in range(self.epochs):
            writer.writerow([k + 1, *(repr(float(self.history[name][k])) for name in COLUMNS)])
        return out.getvalue()

    def manifest(self) -> dict[str, Any]:
        """Everything but the arrays."""
        return {
            **self.described, "status": self.status, "reason": self.reason, "steps": self.steps,
            "measure": self.measure, "layers": list(self.layers), "notes": list(self.notes),
        }  # fmt: skip

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All arrays by name."""
        norms = ("norm_steps", "gradient_norm", "update_norm", "parameter_norm", "vector")
        return {
            **{f"history_{k}": v for k, v in self.history.items()},
            **{name: getattr(self, name) for name in norms},
            **{f"buffer_{k}": v for k, v in self.buffers.items()},
        }

    def save(self, path: str | Path) -> Path:
        """Write to one npz (`lab.load` reads it); returns the path. Raises ValueError if it cannot."""
        return store.write(path, "fit", self.arrays(), self.manifest())

    @classmethod
    def load(cls, path: str | Path) -> Fit:
        """Read what `save` wrote. ValueError for another file, FileNotFoundError for none."""
        kind, arrays, described = store.read(path)
        if kind != "fit":
            raise ValueError(f"{path} holds a result of kind {kind!r}, not 'fit'")
        return cls.restore(arrays, described)

    @classmethod
    def restore(cls, arrays: dict[str, Any], described: dict[str, Any]) -> Fit:
        """Made again from `store.read`. Raises ValueError, in one line, for what does not fit."""
        check(described, _MANIFEST)
        sizes = {"layers": len(described["layers"])}
        norms = {f"{name}_norm": ("f", ("records", "layers")) for name in ("gradient", "update", "parameter")}
        check_arrays(arrays, {
            **{f"history_{name}": ("f", ("epochs",)) for name in COLUMNS}, "norm_steps": ("i", ("records",)), **norms,
            "vector": ("F", ("parameters",)),
        }, sizes)  # fmt: skip
        own = {k: described.pop(k) for k in ("status", "steps", "measure")}
        described.pop("reason", None)
        layers, notes = tuple(described.pop("layers")), tuple(described.pop("notes"))
        history = {k.removeprefix("history_"): v for k, v in arrays.items() if k.startswith("history_")}
        buffers = {k.removeprefix("buffer_"): v for k, v in arrays.items() if k.startswith("buffer_")}
        rest = {k: arrays[k] for k in ("norm_steps", *norms, "vector")}
        return cls(history=history, layers=layers, notes=notes, buffers=buffers, described=described, **rest, **own)
