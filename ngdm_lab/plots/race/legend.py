"""What all figures of a race share: the optimizers' names, the legend, and the race in one sentence."""

from __future__ import annotations

from matplotlib.artist import Artist

from ngdm_lab.experiments import Race
from ngdm_lab.experiments.race.plan import CONTROL
from ngdm_lab.experiments.race.tune import starts_in_words
from ngdm_lab.plots.drawing import layout, words

__all__ = ["handles", "left_out", "names", "settings"]


def names(race: Race) -> dict[str, str]:
    """Names by label, each another one; of the control, which rule it equals."""
    found = words.names_of({e.label: e.runs for e in reversed(race.entries)}.items())
    if race.control in found and CONTROL in found:
        found[CONTROL] = f"control = {found[race.control]}"
    return {label: found[label] for label in race.labels}


def handles(race: Race, *, marker: bool = True, control: bool = True) -> list[Artist]:
    """The legend's entries."""
    named = names(race)
    return [layout.handle(k, named[k], marker=marker) for k in race.labels if control or k != CONTROL]


def settings(race: Race) -> str:
    """The race in one sentence."""
    o = race.settings
    how = "the optimizers' own learning rates"
    if o["tuning"]:
        how = f"each rate tuned in rounds of {starts_in_words(o['tuning_starts'])} other starts"
    elif o["same_lr"] is not None:
        how = f"one learning rate for all, {words.number(o['same_lr'])}"
    counted = f"{o['starts']} starts, {o['steps']} steps, seed {o['seed']}, target {words.number(o['target'])}"
    return f"Race: {counted}; {how}.{race.progress and f' {race.progress}'}"


def left_out(every: list[str], shown: list[str], why: str) -> str:
    """A sentence on the landscapes that have no panel; empty where all have."""
    absent = [name for name in every if name not in shown]
    return f" Not shown, {why}: {', '.join(map(words.plain, absent))}." if absent else ""
