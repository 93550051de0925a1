"""The result of a race: entries, tables, saving and loading."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ngdm_lab import store
from ngdm_lab.compiler.checks import unknown_name
from ngdm_lab.engine import Ensemble, manifest

from . import report
from .tune import Tuning
from .tuning_table import tuning_rows

__all__ = ["Entry", "Race"]

_CURVE = ("rates", "arrival", "final", "counts", "rounds")  # of a tuning, kept as arrays; the rest as numbers
_NUMBERS = ("starts", "chosen", "evaluations", "gain")


@dataclass(frozen=True, eq=False)
class Entry:
    """One optimizer on one surface: its tuning and its runs at the chosen rate `lr`."""

    label: str
    runs: Ensemble
    tuning: Tuning | None
    surface_name: str

    lr: float


@dataclass(frozen=True, eq=False)
class Race:
    """The result of `race`: `print` shows its tables.

    Attributes
    ----------
    entries : one for each optimizer and surface.
    settings : starts, steps, seed, target and how the rates were chosen.
    control : (label of the control's twin, or "") see `race`.
    notes : what was left out, and why.
    """

    entries: list[Entry]
    settings: dict[str, Any]
    control: str = ""
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return report.text(self)

    def __repr__(self) -> str:
        return f"<Race of {len(self.labels)} optimizers on {len(self.surfaces)} surfaces, {self.settings}>"

    @property
    def labels(self) -> list[str]:
        """The optimizers' labels, the control's last."""
        return list(dict.fromkeys(e.label for e in self.entries))

    @property
    def surfaces(self) -> list[str]:
        """The surfaces' names."""
        return list(dict.fromkeys(e.surface_name for e in self.entries))

    def on(self, surface: str) -> list[Entry]:
        """The entries of one surface, by its name."""
        found = [e for e in self.entries if e.surface_name == surface]
        if not found:
            raise unknown_name("surface", surface, self.surfaces)
        return found

    def entry(self, label: str, surface: str) -> Entry:
        """The entry of one optimizer on one surface."""
        for e in self.on(surface):
            if e.label == label:
                return e
        raise unknown_name("optimizer", label, [e.label for e in self.on(surface)])

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary of numbers for each entry, as in results.csv."""
        return report.rows(self)

    def tuning_rows(self) -> list[dict[str, Any]]:
        """One dictionary for each learning rate that was tried, as in tuning.csv; none without tuning."""
        return tuning_rows(self)

    def to_frame(self) -> Any:
        """The rows as a pandas DataFrame. Raises ImportError where pandas is not installed."""
        import pandas

        return pandas.DataFrame(self.rows())

    def manifest(self) -> dict[str, Any]:
        """What was run and what was chosen, in JSON types; `rerace` runs it again, bit for bit."""
        return self._manifest([e.runs.manifest() for e in self.entries])

    def _manifest(self, runs: list[dict[str, Any]]) -> dict[str, Any]:
        """The manifest from those of the runs, which take a while to make."""
        listed = []
        for e, told in zip(self.entries, runs, strict=True):
            described = {k: told[k] for k in ("optimizer", "surface")}
            listed.append({"label": e.label, "surface_name": e.surface_name, "lr": e.lr, **described})
        return {
            "entries": listed,
            "settings": self.settings,
            "control": self.control,
            "notes": self.notes,
            **manifest.environment(),
        }

    def save(self, path: str | Path) -> Path:
        """Write everything to one npz (`lab.load` reads it); returns the path. Raises ValueError if it cannot."""
        arrays: dict[str, Any] = {}
        inner = []
        told = [e.runs.manifest() for e in self.entries]
        for i, e in enumerate(self.entries):
            arrays |= {f"{i}/{k}": v for k, v in e.runs.arrays().items()}
            if e.tuning is not None:
                arrays |= {f"{i}/tuning/{k}": getattr(e.tuning, k) for k in _CURVE}
            kept = {} if e.tuning is None else {k: getattr(e.tuning, k) for k in _NUMBERS}
            inner.append({"runs": told[i], "tuning": kept})
        return store.write(path, "race", arrays, {**self._manifest(told), "inner": inner})

    @classmethod
    def restore(cls, arrays: dict[str, Any], described: dict[str, Any]) -> Race:
        """Made again from `store.read`; ValueError where its tunings lack what this version keeps."""
        entries = []
        for i, (listed, inner) in enumerate(zip(described["entries"], described["inner"], strict=True)):
            own = {k.split("/", 1)[1]: v for k, v in arrays.items() if k.startswith(f"{i}/")}
            parts = {k: own.pop(f"tuning/{k}") for k in _CURVE if f"tuning/{k}" in own} | inner["tuning"]
            missing = [k for k in (*_CURVE, *_NUMBERS) if k not in parts] if parts else []
            if missing:
                raise ValueError(f"the race was saved by an earlier version: its tunings lack {', '.join(missing)}")
            tuning = Tuning(**parts) if parts else None
            runs = Ensemble.restore(own, inner["runs"])
            entries.append(Entry(listed["label"], runs, tuning, listed["surface_name"], listed["lr"]))
        return cls(entries, described["settings"], described["control"], described["notes"])
