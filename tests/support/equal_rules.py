"""A race's control as one of its optimizers: a rule that equals another one and was tuned on starts of its own."""

from __future__ import annotations

from dataclasses import replace

from ngdm_lab.experiments import Race
from ngdm_lab.experiments.race.choice import Noise


def rivals(race: Race, noise: bool = True) -> Race:
    """The race with its control as the optimizer "equal", without a floor; noise=False forgets what tuning adds."""
    entries = [replace(e, label="equal") if e.label == "control" else e for e in race.entries]
    if not noise:
        entries = [replace(e, tuning=replace(e.tuning, noise=Noise())) for e in entries]
    return Race(entries, race.settings, "", race.notes)
