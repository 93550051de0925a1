"""What becomes of the paper's constants on the paper's nets, under every reading of F (R1) and of i (R2)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from ngdm_lab.compiler.checks import check_flag, check_integer, check_names, check_seed
from ngdm_lab.compiler.errors import Unavailable
from ngdm_lab.experiments.race.tables import several
from ngdm_lab.nets import data as sets
from ngdm_lab.nets import presets, registry
from ngdm_lab.nets.data import Data
from ngdm_lab.nets.groups import INDICES
from ngdm_lab.nets.metric import Impossible
from ngdm_lab.nets.training.fit import fit
from ngdm_lab.optimizers import SGD, Optimizer
from ngdm_lab.progress import bar

__all__ = ["Outcome", "Outcomes", "outcomes"]

DISTRIBUTIONS, FORMS = ("dirichlet", "gendir"), ("diagonal", "exact")
# training samples, epochs and batch size of a run: small, since there are sixteen for each model
SIZES = {
    "mlp": (2000, 4, 64),
    "lenet5": (2000, 4, 64),
    "cifar_cnn": (512, 3, 32),
    "lstm_forecaster": (500, 8, 32),
    "gru_forecaster": (500, 8, 32),
}
_NORMALISED = ("mlp", "cifar_cnn")
CLEARLY = 3.0  # an accuracy of so many times chance counts as trained,
LOWER = 0.8  # and a squared error of at most this share of the target's variance


@dataclass(frozen=True)
class Outcome:
    """One run.

    Attributes
    ----------
    model, batch_norm : the net; batch_norm is None for one that has none.
    distribution, form, index : readings R1 and R2; the distribution is "none" for SGD-Nesterov at the same rate.
    outcome : "trains", "fails", "diverges" or "impossible".
    score, measure : on the test set at the end, NaN where there is none.
    steps : steps taken.
    layer, i : where alpha or beta turns non-positive, if that is what makes it impossible.
    why : in words, for what is impossible.
    """

    model: str
    batch_norm: bool | None
    distribution: str
    form: str
    index: str
    outcome: str
    score: float
    measure: str
    steps: int
    layer: str = ""
    i: int | None = None
    why: str = ""

    def cell(self) -> str:
        """For a table: "trains 93 %", "diverges at step 12", "impossible: dense1, i = 280"."""
        if self.outcome == "impossible":
            return f"impossible: {self.layer}" + (f", i = {self.i}" if self.i is not None else "")
        if self.outcome == "diverges":
            return f"diverges at step {self.steps}"
        return f"{self.outcome} " + (f"{self.score:.0%}" if self.measure == "accuracy" else f"{self.score:.3f}")


@dataclass(frozen=True, eq=False)
class Outcomes:
    """All runs of a table, with what was trained on.

    Attributes
    ----------
    rows : the runs.
    notes : one line for each model: data, sizes, seed, rate.
    """

    rows: tuple[Outcome, ...]
    notes: tuple[str, ...]

    def __str__(self) -> str:
        out = ["The paper's constants on its nets, by form of F^-1 (R1) and by what i counts (R2).",
               f"trains: accuracy of at least {CLEARLY:g} times chance, or at most {LOWER:g} of the target's variance "
               "as squared error;", "one small run each, so a failure is one at this size.", ""]  # fmt: skip
        width = max(len(row.cell()) for row in self.rows) + 2
        for key, title in dict.fromkeys(((r.model, r.batch_norm), _title(r)) for r in self.rows):
            mine = [row for row in self.rows if (row.model, row.batch_norm) == key]
            indices = list(dict.fromkeys(row.index for row in mine if row.index))
            out.append((f"{title:34}" + "".join(f"{index:<{width}}" for index in indices)).rstrip())
            for kind, form in dict.fromkeys((row.distribution, row.form) for row in mine):
                cells = {row.index: row.cell() for row in mine if (row.distribution, row.form) == (kind, form)}
                name = "  SGD-Nesterov, same rate" if kind == "none" else f"  NGDM {kind}, {form}"
                shown = [cells[""]] if "" in cells else [f"{cells[index]:<{width}}" for index in indices]
                out.append((f"{name:34}" + "".join(shown)).rstrip())
            out.append("")
        return "\n".join([*out, *self.notes])

    def to_csv(self) -> str:
        """One row a run."""
        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        names = [field.name for field in fields(Outcome)]
        writer.writerow(names)
        for row in self.rows:
            values = [getattr(row, name) for name in names]
            writer.writerow(["" if value is None else repr(value) if isinstance(value, float) else value
                             for value in values])  # fmt: skip
        return out.getvalue()


def outcomes(
    models: Sequence[str] | None = None,
    *,
    indices: Sequence[str] = INDICES,
    samples: int | None = None,
    epochs: int | None = None,
    batch_norm: bool | None = None,
    seed: int = 0,
    progress: bool | None = None,
) -> Outcomes:
    """Train every combination of model, distribution, form and index once, at the paper's constants and rate.

    Parameters
    ----------
    models : names of `presets.names()`; None for all.
    indices : what i counts, in this order.
    samples, epochs : of each run; None for small ones by model.
    batch_norm : for the models that can do without: True, False, or None for both.
    seed : of parameters, order and dropout, the same in all runs.
    progress : show a bar; None: in a terminal or a notebook.

    Returns
    -------
    Outcomes
        It prints as a table. Where CIFAR-10 is not at hand its net is trained on MNIST's digits, and says so.

    Raises
    ------
    ValueError
        For unknown names.
    ngdm_lab.Unavailable
        Where the data of a model are missing.
    """
    chosen = [
        registry.full_name(name) for name in (presets.names() if models is None else check_names("models", models))
    ]
    chosen = [presets.get(name).model for name in chosen]
    indices, seed = check_names("indices", indices, INDICES), check_seed("seed", seed)
    for label, flag in (("batch_norm", batch_norm), ("progress", progress)):
        if flag is not None:
            check_flag(label, flag)
    for label, value in (("samples", samples), ("epochs", epochs)):
        if value is not None:
            check_integer(label, value, 1)
    plans = list(_plans(chosen, indices, batch_norm))
    made, notes = [], {}
    data: dict[str, Data] = {}
    for name, norm, kind, form, index in bar(plans, show=progress, always=progress is True, unit="run"):
        size = (samples or SIZES[name][0], epochs or SIZES[name][1], SIZES[name][2])
        if name not in data:
            data[name] = _data(name, size[0])
            notes[name] = _note(name, data[name], size, seed)
        made.append(_run(name, norm, kind, form, index, data[name], size, seed))
    return Outcomes(tuple(made), tuple(notes.values()))


def _plans(models: Sequence[str], indices: Sequence[str], batch_norm: bool | None) -> Iterator[tuple[Any, ...]]:
    for name in models:
        norms = [None] if name not in _NORMALISED else [True, False] if batch_norm is None else [batch_norm]
        for norm in norms:
            yield name, norm, "none", "", ""
            for kind in DISTRIBUTIONS:
                for form in FORMS:
                    for index in indices:
                        yield name, norm, kind, form, index


def _data(name: str, samples: int) -> Data:
    wanted = registry.default_data(name)
    try:
        whole = sets.load(wanted)
    except Unavailable:
        if wanted != "cifar10":
            raise
        whole = sets.load("mnist5k")  # what can be had without a download
    return replace(whole, x_train=whole.x_train[:samples], y_train=whole.y_train[:samples])


def _note(name: str, data: Data, size: tuple[int, int, int], seed: int) -> str:
    preset, wanted = presets.get(name), registry.default_data(name)
    instead = "" if data.name == wanted else f" in place of {wanted}, which is not at hand"
    length = several(size[1], "epoch")
    shown = f"{name}: {data.name}{instead}, {len(data.x_train)} samples, {length}, batches of {size[2]}"
    return f"{shown}, seed {seed}, momentum 0.9, the paper's rate {preset.lr:g}; the preset's index is {preset.index}"


def _run(
    name: str, norm: bool | None, kind: str, form: str, index: str, data: Data, size: tuple[int, int, int], seed: int
) -> Outcome:
    preset = presets.get(name)
    model = registry.build(name, data, seed=seed, **({} if norm is None else {"batch_norm": norm}))
    measure = model.loss.measure
    opt: Optimizer = SGD(preset.lr) if kind == "none" else preset.optimizer(kind, form)
    key = (name, norm, kind, form, index)
    try:
        run = fit(model, data, opt, size[1], size[2], seed, index=index or "fan_in", progress=False)
    except Impossible as error:
        return Outcome(*key, "impossible", float("nan"), measure, 0, error.group.layer, error.i, str(error))
    if run.status == "interrupted":
        raise KeyboardInterrupt
    if run.status == "diverged":
        return Outcome(*key, "diverges", float("nan"), measure, run.steps)
    if measure == "accuracy":
        good = run.score >= CLEARLY / len(data.classes)
    else:
        good = run.score <= LOWER * float(np.var(data.y_test))
    return Outcome(*key, "trains" if good else "fails", run.score, measure, run.steps)


def _title(row: Outcome) -> str:
    return row.model + {None: "", True: " with batch norm", False: " without batch norm"}[row.batch_norm]
