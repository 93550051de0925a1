"""Tables 1 to 4: what is trained, on what and how long, at two levels; `table` runs both protocols.

Protocol "printed" takes the paper's constants and rates as they stand; protocol "tuned" finds every rule's rate with
the same budget on a validation share. Neither the epochs nor anything else of section 4's set-up is in the paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ngdm_lab.compiler.checks import check_integer
from ngdm_lab.experiments.net_race.race import race
from ngdm_lab.experiments.net_race.result import NetRace

from .rosters import roster

__all__ = ["LEVELS", "PROTOCOLS", "TABLES", "Size", "models", "size", "table"]

LEVELS = ("quick", "full")
PROTOCOLS = {"printed": False, "tuned": True}
TABLES = {1: ("mlp",), 2: ("lenet5",), 3: ("cifar_cnn",), 4: ("lstm_forecaster", "gru_forecaster")}


@dataclass(frozen=True)
class Size:
    """How much is trained.

    Attributes
    ----------
    data : as `net_race.training.arguments` takes it.
    seeds : paired seeds of each cell.
    epochs, tuning_epochs, batch_size : of the trainings that are raced, and of those that choose a rate.
    """

    data: Mapping[str, Any]
    seeds: int
    epochs: int
    tuning_epochs: int
    batch_size: int = 128


_SINUSOID = {"name": "sinusoid", "options": {}}
_SIZES = {
    "quick": {
        "mlp": Size({"name": "mnist5k", "options": {}}, 10, 5, 3),
        "lenet5": Size({"name": "mnist5k", "options": {}}, 5, 3, 2),
        "cifar_cnn": Size({"name": "cifar10-jpeg", "options": {}, "train": 1000, "test": 500}, 3, 2, 1, 32),
        "lstm_forecaster": Size({"name": "sinusoid", "options": {"length": 1000}}, 10, 4, 2, 32),
        "gru_forecaster": Size({"name": "sinusoid", "options": {"length": 1000}}, 10, 4, 2, 32),
    },
    "full": {
        "mlp": Size({"name": "mnist", "options": {}}, 10, 5, 2),
        "lenet5": Size({"name": "mnist", "options": {}}, 5, 5, 1),
        "cifar_cnn": Size({"name": "cifar10-jpeg", "options": {}, "train": 10_000, "test": 2_000}, 3, 3, 1),
        "lstm_forecaster": Size(_SINUSOID, 10, 20, 5, 32),
        "gru_forecaster": Size(_SINUSOID, 10, 20, 5, 32),
    },
}  # fmt: skip


def models(number: int) -> tuple[str, ...]:
    """The nets of a table. ValueError for another number than 1 to 4."""
    return TABLES[check_integer("table", number, 1, len(TABLES))]


def size(model: str, level: str) -> Size:
    """How much of a model is trained at a level. ValueError for another level."""
    if level not in LEVELS:
        raise ValueError(f"level must be 'quick' or 'full', got {level!r}")
    return _SIZES[level][model]


def table(
    number: int, level: str = "quick", *, journal: str | Path | None = None, resume: bool = True,
    executor: Any = "processes", workers: int | None = None, progress: bool = False,
) -> dict[tuple[str, str], NetRace]:  # fmt: skip
    """Run a table: (model, protocol) -> its race. A journal keeps every training; see `lab.nets.race`."""
    made = {}
    for model in models(number):
        given = size(model, level)
        for protocol, tune in PROTOCOLS.items():
            made[model, protocol] = race(
                roster(model), model, given.data, seeds=given.seeds, epochs=given.epochs, batch_size=given.batch_size,
                tune=tune, tuning_epochs=given.tuning_epochs, journal=journal, resume=resume, executor=executor,
                workers=workers, progress=progress,
            )  # fmt: skip
            resume = True  # the journal is this run's own from here on
    return made
