"""`lab.nets.race`: optimizers against each other on a net, with the same seeds and the same budget for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ngdm_lab.compiler.checks import brief, check_flags, check_integer, check_integers, check_number, is_many
from ngdm_lab.experiments.jobs import Job
from ngdm_lab.experiments.rounds import Go, Rounds

from . import live, rates
from .contenders import Contender, contenders, mean_gain
from .entries import NetEntry, chance_score
from .result import NetRace
from .training import FUNCTION, arguments, data_of

__all__ = ["TUNING_SEED", "race", "race_with"]

TUNING_SEED = 900_000  # of the trainings that choose a rate; no race has it
MOST_SEEDS = 10_000


def race(
    rules: Sequence[Any],
    model: Any = "mlp",
    data: Any = "mnist5k",
    *,
    seeds: int | Sequence[int] = 10,
    epochs: int = 5,
    batch_size: int = 128,
    tune: bool = True,
    tuning_epochs: int | None = None,
    validation: float = 0.1,
    index: str = "fan_in",
    control: bool = True,
    journal: str | Path | None = None,
    resume: bool = True,
    executor: Any = "processes",
    workers: int | None = None,
    progress: bool = False,
) -> NetRace:
    """Train a net with every rule from the same seeds, each rule at a learning rate found with the same budget.

    Parameters
    ----------
    rules : optimizers, or `Contender` objects; the first is what the others are compared with.
    model : a name such as "mlp", or a function of a seed that makes a new `Model`.
    data : a data set's name, or `Data`.
    seeds : how many seeds (0, 1, ...), or the seeds themselves. A seed gives the parameters, the order of samples and
        dropout, and is the same for every rule, so that differences are taken seed by seed.
    epochs, batch_size : of each training.
    tune : choose each rule's rate by `rates.BUDGET` trainings on a validation share of the training set (the test set
        decides nothing); False to race every rule at its own rate.
    tuning_epochs : of those trainings; None for `epochs`.
    validation : the share, in (0, 1), that is held back while tuning.
    index : what i counts in a distribution's parameters (reading R2), for rules that are no `Contender`.
    control : race the first rule once more with draws of its own: what equal rules differ by, the noise floor.
    journal : file of finished trainings; with it a race that was interrupted goes on, and more seeds cost only
        themselves.
    resume : whether a journal that has entries may be used.
    executor, workers : where trainings run, see `experiments.jobs.run`. A model, data set or rule that only this
        process knows is trained here, one after another.
    progress : show a bar.

    Returns
    -------
    NetRace
        It prints as a table. A training that diverges counts with the score of guessing; so does one that ends at a
        squared error of more than ten times that of guessing.

    Raises
    ------
    ValueError, TypeError
        For bad arguments, and what `fit` refuses.
    Unavailable
        Where the data are missing.
    """
    check_flags(control=control, resume=resume, progress=progress)
    runners = contenders(rules, index, control)
    model_token, data_token = live.model_token(model), live.data_token(data)
    here = live.is_live(model_token, data_token, *(live.optimizer_token(c.optimizer) for c in runners))
    place = "inline" if here else executor
    with Rounds(journal, resume=resume, executor=place, workers=workers, progress=progress) as go:
        return race_with(
            go, runners, model_token, data_token, seeds=seeds, epochs=epochs, batch_size=batch_size, tune=tune,
            tuning_epochs=tuning_epochs, validation=validation,
        )  # fmt: skip


def race_with(
    go: Go, runners: Sequence[Contender], model: Any, data: Any, *, seeds: int | Sequence[int], epochs: int,
    batch_size: int, tune: bool, tuning_epochs: int | None = None, validation: float = 0.1,
) -> NetRace:  # fmt: skip
    """`race` of these contenders with trainings run by `go`, as a claim's rounds or a table have it."""
    check_flags(tune=tune)
    drawn = _seeds(seeds)
    epochs, batch_size = check_integer("epochs", epochs, 1), check_integer("batch_size", batch_size, 1)
    tuning_epochs = epochs if tuning_epochs is None else check_integer("tuning_epochs", tuning_epochs, 1)
    validation = check_number("validation", validation, above=0, below=1)
    model_token, data_token = live.model_token(model), live.data_token(data)

    def job(c: Contender, lr: float, seed: int, held: float = 0.0) -> Job:
        optimizer = live.optimizer_token(c.optimizer.replace(lr=lr))
        given = arguments(
            model_token, data_token, optimizer, epochs=tuning_epochs if held else epochs, batch_size=batch_size,
            seed=seed, order=c.order(seed), index=c.index, validation=held,
        )  # fmt: skip
        return Job(FUNCTION, given)

    samples = data_of(data_token)
    net = live.model(model_token, samples, 0)
    gains = {c.label: mean_gain(c.optimizer, net, c.index) for c in runners}
    own = [c for c in runners if not c.follows]
    chosen = {c.label: float(c.optimizer.lr) for c in own}
    tunings: dict[str, rates.Tuning] = {}
    if tune:
        tunings = _tune(own, gains, lambda c, lr: job(c, lr, TUNING_SEED, validation), go)
        chosen = {label: found.chosen for label, found in tunings.items()}
    for c in runners:
        if c.follows:
            chosen[c.label] = chosen[c.follows] * gains[c.follows] / gains[c.label]
    results = iter(go([job(c, chosen[c.label], seed) for c in runners for seed in drawn]))
    chance = chance_score(samples)
    entries = [
        NetEntry.of(
            c.label, c.optimizer.replace(lr=chosen[c.label]), c.index, gains[c.label], tunings.get(c.label),
            [next(results) for _ in drawn], chance, twin=c.twin, follows=c.follows,
        )
        for c in runners
    ]  # fmt: skip
    settings = {
        "model": {k: v for k, v in model_token.items() if k != "live"}, "data": samples.described(),
        "seeds": drawn, "epochs": epochs, "batch_size": batch_size, "tuned": tune, "tuning_epochs": tuning_epochs,
        "validation": validation, "budget": rates.BUDGET if tune else 0, "chance": chance,
    }  # fmt: skip
    return NetRace.made(entries, settings)


def _seeds(seeds: Any) -> list[int]:
    """The seeds as a list of different whole numbers."""
    if not is_many(seeds):
        return list(range(check_integer("seeds", seeds, 1, MOST_SEEDS)))
    made = check_integers("seeds", seeds, 0, TUNING_SEED - 1)
    if not made or len(set(made)) < len(made):
        raise ValueError(f"seeds must be a number, or different whole numbers, got {brief(made)}")
    return made


def _tune(
    runners: Sequence[Contender], gains: Mapping[str, float], job: Callable[[Contender, float], Job],
    go: Go,
) -> dict[str, rates.Tuning]:  # fmt: skip
    """Both rounds for all rules; every rule has `rates.BUDGET` trainings."""
    found: dict[str, dict[int, Any]] = {c.label: {} for c in runners}
    for number in (1, 2):
        places = {
            c.label: rates.first_round(gains[c.label]) if number == 1
            else rates.second_round(list(found[c.label]), rates.best(found[c.label]))
            for c in runners
        }  # fmt: skip
        asked = [(c, place) for c in runners for place in places[c.label]]
        for (c, place), result in zip(asked, go([job(c, rates.rate(p)) for c, p in asked]), strict=True):
            found[c.label][place] = result
    return {label: rates.tuning(results, rates.best(results)) for label, results in found.items()}
