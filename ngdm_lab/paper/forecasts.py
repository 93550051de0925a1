"""The forecasts behind Figures 4 to 6: both recurrent nets with every rule on the noisy sinusoid, saved in one file.

Data, epochs and batches are those of Table 4, the rules and rates those of its protocol "printed".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import brief, check_integer, check_path
from ngdm_lab.compiler.files import write_file
from ngdm_lab.experiments import exact_json
from ngdm_lab.experiments.jobs import Job, run
from ngdm_lab.experiments.net_race import live
from ngdm_lab.experiments.net_race.contenders import Contender
from ngdm_lab.experiments.net_race.training import arguments, data_of
from ngdm_lab.nets.data.series import Series
from ngdm_lab.nets.metric import Impossible
from ngdm_lab.nets.training.fit import fit

from .rosters import column_of, roster
from .tables import Size, models, size

__all__ = ["FUNCTION", "SEEDS", "Forecast", "Forecasts", "forecast", "forecasts"]

FUNCTION = f"{__name__}:forecast"
SEEDS = {"quick": 1, "full": 3}
FORMAT = "ngdm-lab forecasts 1"
Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Forecast:
    """One training and what it forecasts.

    Attributes
    ----------
    model, label : the net, and the rule's label in the tables.
    lr, index : its rate, and what i counts (reading R2).
    seed : of parameters and order.
    status : done, diverged, or impossible (`why` in words).
    steps : steps taken.
    values : (m,) forecasts of the test part; NaN where the training was not done.
    """

    model: str
    label: str
    lr: float
    index: str
    seed: int
    status: str
    why: str
    steps: int
    values: Array

    def error(self, target: Array) -> float:
        """The mean squared error against (m,) targets; NaN where there is no forecast."""
        return float(np.mean((self.values - target) ** 2))


@dataclass(frozen=True, eq=False)
class Forecasts:
    """A saved run: the series and all forecasts of it.

    Attributes
    ----------
    level : "quick" or "full".
    source : the data set in words.
    settings : of the data set; "epochs", "batch_size" and "units" of the training.
    series : the whole series with its clean signal, `floor` among it.
    runs : all trainings, model by model, rule by rule, seed by seed.
    """

    level: str
    source: str
    settings: Mapping[str, Any]
    series: Series
    runs: tuple[Forecast, ...]

    def of(self, model: str, seed: int | None = None) -> list[Forecast]:
        """The trainings of a net, of one seed or of all. ValueError where there is none."""
        found = [r for r in self.runs if r.model == model and seed in (None, r.seed)]
        if not found:
            raise ValueError(f"the run holds no forecasts of {model!r} with seed {'any' if seed is None else seed}")
        return found

    @property
    def seeds(self) -> list[int]:
        """The seeds, in order."""
        return sorted({r.seed for r in self.runs})

    def errors(self, model: str) -> dict[str, tuple[Array, Array]]:
        """label -> mean squared errors (seeds,) against the noisy and against the clean test values."""
        noisy, clean = self.series.noisy[self.series.test], self.series.clean[self.series.test]
        made: dict[str, tuple[Array, Array]] = {}
        for label in dict.fromkeys(r.label for r in self.of(model)):
            own = [r for r in self.of(model) if r.label == label]
            made[label] = np.array([r.error(noisy) for r in own]), np.array([r.error(clean) for r in own])
        return made

    def save(self, path: str | Path) -> Path:
        """Write the run as JSON, every number to the bit; returns the path. ValueError if it cannot."""
        s = self.series
        written = {
            "format": FORMAT, "level": self.level, "source": self.source, "settings": dict(self.settings),
            "series": {"clean": s.clean.tolist(), "noisy": s.noisy.tolist(), "cut": s.cut, "window": s.window,
                       "sigma": s.sigma},
            "runs": [{**asdict(r), "values": r.values.tolist()} for r in self.runs],
        }  # fmt: skip
        return write_file(check_path("path", path), (exact_json.encode(written, "run") + "\n").encode())

    @classmethod
    def load(cls, path: str | Path) -> Forecasts:
        """Read what `save` wrote. ValueError for another file or none."""
        try:
            read = exact_json.decode(check_path("path", path).read_bytes())
        except OSError as error:
            raise ValueError(f"cannot read {path}: {error.strerror or error}") from error
        except ValueError as error:
            raise ValueError(f"{path} is no JSON file: {error}") from error
        if not isinstance(read, dict) or read.get("format") != FORMAT:
            raise ValueError(f"{path} holds no forecasts of this lab: its format must be {FORMAT!r}")
        runs = tuple(Forecast(**{**r, "values": np.array(r["values"], dtype=np.float64)}) for r in read["runs"])
        return cls(read["level"], read["source"], read["settings"], Series(**read["series"]), runs)


def forecast(
    model: Mapping[str, Any], data: Mapping[str, Any], optimizer: Any, epochs: int, batch_size: int, seed: int,
    order: int, index: str, validation: float,
) -> dict[str, Any]:  # fmt: skip
    """The job: train one net once and forecast the test part; arguments as `net_race.training.arguments` makes them.

    Returns a dict with status, why, steps and values, the fields of `Forecast`.
    """
    samples = data_of(data)
    nothing = [float("nan")] * len(samples.x_test)
    net = live.model(model, samples, seed)
    try:
        done = fit(net, samples, live.optimizer(optimizer), epochs, batch_size, order, index=index,
                   validation=validation, progress=False)  # fmt: skip
    except Impossible as error:
        return {"status": "impossible", "why": str(error), "steps": 0, "values": nothing}
    if done.status == "interrupted":
        raise KeyboardInterrupt
    values = net.predict(samples.x_test)[:, 0].astype(np.float64).tolist() if done.status == "done" else nothing
    return {"status": done.status, "why": "", "steps": done.steps, "values": values}


def forecasts(
    level: str = "quick", *, given: Size | None = None, seeds: int | None = None,
    rules: Sequence[str] | None = None, units: int = 128, journal: str | Path | None = None, resume: bool = True,
    executor: Any = "processes", workers: int | None = None, progress: bool = False,
) -> Forecasts:  # fmt: skip
    """Train both forecasters with every rule that stands in a column of Table 4, and forecast the test part.

    Parameters
    ----------
    level : "quick" or "full": data, epochs and batches of Table 4, and `SEEDS` seeds.
    given : another size than the level's.
    seeds : how many, from 0.
    rules : labels of the roster that take part; None for all that stand in a column of the paper.
    units : of the recurrent layer; the paper's 128.
    journal, resume, executor, workers, progress : see `experiments.jobs.run`. One training is one job.

    Raises
    ------
    ValueError
        For another level, a label that is not in the roster, or data that are no series.
    """
    first, *_ = names = models(4)
    given = given or size(first, level)
    count = check_integer("seeds", SEEDS[level] if seeds is None else seeds, 1)
    token = dict(given.data)
    samples = data_of(token)
    if samples.series is None:
        raise ValueError(f"data must be a series such as sinusoid, got {brief(samples.name)}")
    planned = [(model, c, seed) for model in names for c in _chosen(model, rules) for seed in range(count)]
    jobs = [Job(FUNCTION, arguments({"name": model, "options": {"units": units}}, token,
                                    live.optimizer_token(c.optimizer), epochs=given.epochs,
                                    batch_size=given.batch_size, seed=seed, index=c.index))
            for model, c, seed in planned]  # fmt: skip
    results = run(jobs, journal, resume=resume, executor=executor, workers=workers, progress=progress)
    runs = tuple(
        Forecast(model, c.label, float(c.optimizer.lr), c.index, seed, got["status"], got["why"], got["steps"],
                 np.array(got["values"], dtype=np.float64))
        for (model, c, seed), got in zip(planned, results, strict=True)
    )  # fmt: skip
    settings = {**samples.settings, "epochs": given.epochs, "batch_size": given.batch_size, "units": units}
    return Forecasts(level, samples.source, settings, samples.series, runs)


def _chosen(model: str, rules: Sequence[str] | None) -> list[Contender]:
    """The rules of the roster that take part."""
    known = {c.label: c for c in roster(model) if column_of(c.label)}
    for label in rules or ():
        if label not in known:
            raise ValueError(f"rules must be among {', '.join(map(repr, known))}, got {brief(label)}")
    return [c for label, c in known.items() if rules is None or label in rules]
