"""The data of a race: who ran where, from which starts and at which rate. Everything that reads a race takes this."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ngdm_lab.compiler.checks import check_known
from ngdm_lab.engine import Ensemble

from .tune import Tuning

__all__ = ["Entries", "Entry"]


@dataclass(frozen=True, eq=False)
class Entry:
    """One optimizer on one surface.

    Attributes
    ----------
    label : the optimizer's.
    runs : its runs at the chosen rate.
    tuning : how the rate was chosen; None where it was given.
    surface_name : the surface's; it stays where the surface itself cannot be loaded.
    lr : the chosen rate.
    """

    label: str
    runs: Ensemble
    tuning: Tuning | None
    surface_name: str

    lr: float


@dataclass(frozen=True, eq=False)
class Entries:
    """All entries of a race and what they were run with.

    Attributes
    ----------
    entries : one for each optimizer and surface.
    settings : starts, steps, seed, target and how the rates were chosen.
    control : (label of the control's twin, or "") see `race`.
    notes : what was left out, and why.
    missing : of a race that was interrupted, the pairs that it did not come to, as its manifest has them.
    """

    entries: list[Entry]
    settings: dict[str, Any]
    control: str = ""
    notes: list[str] = field(default_factory=list)
    missing: list[dict[str, Any]] = field(default_factory=list)

    @property
    def status(self) -> str:
        """ "done", or "interrupted" where pairs are missing."""
        return "interrupted" if self.missing else "done"

    @property
    def progress(self) -> str:
        """How far an interrupted race came, in a sentence; empty for a whole one."""
        if not self.missing:
            return ""
        done, first = len(self.entries), self.missing[0]
        many = done + len(self.missing)
        return f"Interrupted: {done} of {many} pairs were run, up to {first['label']} on {first['surface_name']}."

    @property
    def labels(self) -> list[str]:
        """The optimizers' labels, the control's last."""
        return list(dict.fromkeys(e.label for e in self.entries))

    @property
    def surfaces(self) -> list[str]:
        """The surfaces' names."""
        return list(dict.fromkeys(e.surface_name for e in self.entries))

    @property
    def sources(self) -> dict[str, str]:
        """The text of users' own rules by label, and of their landscapes by name, as they were run."""
        found: dict[str, str] = {}
        for e in self.entries:
            names = {"optimizer": e.label, "surface": e.surface_name}
            found |= {names[part]: text for part, text in e.runs.sources.items()}
        return found

    def on(self, surface: str) -> list[Entry]:
        """The entries of one surface, by its name. Raises ValueError for one that is not in the race."""
        check_known("surface", "surface", surface, self.surfaces)
        return [e for e in self.entries if e.surface_name == surface]

    def entry(self, label: str, surface: str) -> Entry:
        """The entry of one optimizer on one surface. Raises ValueError where there is none."""
        by_label = {e.label: e for e in self.on(surface)}
        return by_label[check_known("label", "optimizer", label, by_label)]
