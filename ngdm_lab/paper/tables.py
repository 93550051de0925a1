"""Tables 1 to 4: what is trained, on what and how long, at two levels; `table` runs both protocols.

Protocol "printed" takes the paper's constants and rates as they stand; protocol "tuned" finds every rule's rate with
the same budget on a validation share. Neither the epochs nor anything else of section 4's set-up is in the paper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ngdm_lab.compiler.checks import brief, check_integer
from ngdm_lab.compiler.errors import Unavailable
from ngdm_lab.experiments.net_race.race import race_with
from ngdm_lab.experiments.net_race.result import NetRace
from ngdm_lab.experiments.rounds import Go, Rounds

from .rosters import roster

__all__ = ["LEVELS", "PROTOCOLS", "TABLES", "NotAvailable", "Size", "models", "size", "table"]

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


@dataclass(frozen=True)
class NotAvailable:
    """What stands for a race whose data are not on this machine: the data's name, and what to put where."""

    data: str
    why: str

    def __str__(self) -> str:
        return f"not available: {self.why}"


def _cifar(train: int, test: int) -> dict[str, Any]:
    """As many of its pictures: the loader leaves the rest out, which would take 600 MB in each worker."""
    return {"name": "cifar10-jpeg", "options": {"train": train, "test": test}}


_SINUSOID = {"name": "sinusoid", "options": {}}
_SIZES = {
    "quick": {
        "mlp": Size({"name": "mnist5k", "options": {}}, 5, 5, 3),
        "lenet5": Size({"name": "mnist5k", "options": {}}, 3, 3, 1),
        "cifar_cnn": Size(_cifar(1000, 500), 2, 1, 1, 32),
        "lstm_forecaster": Size({"name": "sinusoid", "options": {"length": 1000}}, 5, 4, 1, 32),
        "gru_forecaster": Size({"name": "sinusoid", "options": {"length": 1000}}, 5, 4, 1, 32),
    },
    "full": {
        "mlp": Size({"name": "mnist", "options": {}}, 10, 5, 2),
        "lenet5": Size({"name": "mnist", "options": {}}, 5, 5, 1),
        "cifar_cnn": Size(_cifar(10_000, 2_000), 3, 3, 1),
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
        raise ValueError(f"level must be 'quick' or 'full', got {brief(level)}")
    return _SIZES[level][model]


def table(
    number: int, level: str = "quick", *, go: Go | None = None, journal: str | Path | None = None, resume: bool = True,
    executor: Any = "processes", workers: int | None = None, progress: bool = False,
) -> dict[tuple[str, str], NetRace | NotAvailable]:  # fmt: skip
    """Run a table: (model, protocol) -> its race. A journal keeps every training; see `lab.nets.race`.

    `go`, where it is given, runs the trainings, and the arguments after it do nothing. Where data are missing, the
    quick table says so in its cells; at the full level Unavailable is raised.
    """
    if go is None:
        with Rounds(journal, resume=resume, executor=executor, workers=workers, progress=progress) as own:
            return table(number, level, go=own)
    made: dict[tuple[str, str], NetRace | NotAvailable] = {}
    for model in models(number):
        given = size(model, level)
        for protocol, tune in PROTOCOLS.items():
            try:
                made[model, protocol] = race_with(
                    go, roster(model), model, given.data, seeds=given.seeds, epochs=given.epochs,
                    batch_size=given.batch_size, tune=tune, tuning_epochs=given.tuning_epochs,
                )  # fmt: skip
            except Unavailable as error:
                if level != "quick":
                    raise
                made[model, protocol] = NotAvailable(given.data["name"], str(error))
    return made
