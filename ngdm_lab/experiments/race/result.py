"""The result of a race: entries, tables, saving and loading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ngdm_lab import store
from ngdm_lab.engine import Ensemble
from ngdm_lab.environment import made_by
from ngdm_lab.experiments.overview import Summarised
from ngdm_lab.schema import FLAG, NUMBER, TEXT, WHOLE, Maybe, Within, check

from .entries import Entries, Entry
from .findings import Findings, find
from .pictures import Pictures, draw, storable
from .report import Report, compose, details, text
from .rows import rows
from .summary import Summary, summarise
from .tables import csv_text
from .tune import Tuning
from .tuning_table import tuning_rows

__all__ = ["SCHEMA", "Race"]

_PAIR = {"label": TEXT, "optimizer": dict, "surface": dict}
SCHEMA: Any = {  # of a manifest
    "entries": [_PAIR], "missing": Maybe([_PAIR]), "control": TEXT, "notes": [TEXT],
    "settings": {
        "starts": Within(1, 2**40), "steps": Within(0, 2**53), "seed": WHOLE, "target": NUMBER, "tuning": FLAG,
        "tuning_starts": Within(1, 2**40), "same_lr": Maybe(NUMBER), "backend": Maybe(TEXT),
    },
}  # fmt: skip

_CURVE = (
    "rates",
    "times",
    "error",
    "hits",
    "arrival",
    "final",
    "counts",
    "rounds",
)  # of a tuning, kept as arrays; the rest as numbers
_NUMBERS = ("starts", "chosen", "evaluations", "gain", "noise")
_FINDINGS, _PICTURES = "findings/", "pictures/"  # begin the names of their arrays in a file


@dataclass(frozen=True, eq=False)
class Race(Summarised, Entries):
    """The result of `race`: `print` shows who is best where, and whether it is noise.

    Attributes
    ----------
    entries : one for each optimizer and surface.
    settings : starts, steps, seed, target and how the rates were chosen.
    control : (label of the control's twin, or "") see `race`.
    notes : what was left out, and why.
    missing : of a race that was interrupted, the pairs that it did not come to.
    described : of a race from a file, the versions and the machine that ran it.
    """

    described: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __str__(self) -> str:
        return text(self.report())

    def __repr__(self) -> str:
        cut = ", interrupted" if self.missing else ""
        return f"<Race of {len(self.labels)} optimizers on {len(self.surfaces)} surfaces, {self.settings}{cut}>"

    @cached_property
    def findings(self) -> Findings:
        """Comparisons, noise floors and basin shares: worked out when first asked for, saved with the race."""
        return find(self)

    @cached_property
    def pictures(self) -> Pictures:
        """Paths and basin maps of its figures: run when first asked for, saved with the race."""
        return draw(self, self.findings.shares)

    def report(self) -> Report:
        """The printed text in its parts, for other ways to show it."""
        return compose(self, self.findings)

    def summary(self) -> Summary:
        """Landscapes x optimizers at a glance, at the head of the printed text; `print` and Jupyter show it."""
        return summarise(self, self.findings)

    def details(self) -> str:
        """Each landscape's table, noise floor and verdict as text."""
        return details(self.report())

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary of numbers for each entry, as in results.csv."""
        return rows(self, self.findings)

    def to_csv(self) -> str:
        """The rows as CSV, numbers in full precision: results.csv."""
        return csv_text(self.rows())

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
        for e, ran in zip(self.entries, runs, strict=True):
            described = {k: ran[k] for k in ("optimizer", "surface")}
            listed.append({"label": e.label, "surface_name": e.surface_name, "lr": e.lr, **described})
        return {
            "entries": listed,
            "settings": self.settings,
            "control": self.control,
            "notes": self.notes,
            **({"status": self.status, "missing": self.missing} if self.missing else {}),
            **made_by(self.described),
        }

    def save(self, path: str | Path) -> Path:
        """Write everything to one npz, with findings and pictures (`lab.load` reads it); returns the path.

        Paths of more than two million points together would fill the file: it is written without pictures then.
        Raises ValueError if it cannot be written.
        """
        arrays: dict[str, Any] = {_FINDINGS + k: v for k, v in self.findings.arrays().items()}
        kept_too = {"findings": self.findings.described()}
        if storable(self) and not self.missing:  # who interrupts does not want to wait for pictures
            arrays |= {_PICTURES + k: v for k, v in self.pictures.arrays().items()}
            kept_too["pictures"] = self.pictures.described()
        inner = []
        runs = [e.runs.manifest() for e in self.entries]
        for i, e in enumerate(self.entries):
            arrays |= {f"{i}/{k}": v for k, v in e.runs.arrays().items()}
            parts = {} if e.tuning is None else e.tuning.parts()
            arrays |= {f"{i}/tuning/{k}": parts[k] for k in _CURVE if parts}
            kept = {k: parts[k] for k in _NUMBERS if parts}
            inner.append({"runs": runs[i], "tuning": kept})
        return store.write(path, "race", arrays, {**self._manifest(runs), "inner": inner, **kept_too})

    @classmethod
    def restore(cls, arrays: dict[str, Any], described: dict[str, Any]) -> Race:
        """Made again from `store.read`; ValueError for what does not fit, and tunings that lack what is kept now.

        A file of an earlier version holds no findings and no pictures: they are worked out when first asked for.
        """
        check(described, {**SCHEMA, "inner": [{"runs": dict, "tuning": dict}]})
        entries = []
        for i, (listed, inner) in enumerate(zip(described["entries"], described["inner"], strict=True)):
            own = {k.split("/", 1)[1]: v for k, v in arrays.items() if k.startswith(f"{i}/")}
            parts = {k: own.pop(f"tuning/{k}") for k in _CURVE if f"tuning/{k}" in own} | inner["tuning"]
            missing = [k for k in (*_CURVE, *_NUMBERS) if k not in parts] if parts else []
            if missing:
                raise ValueError(f"the race was saved by an earlier version: its tunings lack {', '.join(missing)}")
            tuning = Tuning.restore(parts, f"{i}/tuning/") if parts else None
            runs = Ensemble.restore(own, inner["runs"])
            entries.append(Entry(listed["label"], runs, tuning, listed["surface_name"], listed["lr"]))
        race = cls(
            entries, described["settings"], described["control"], described["notes"],
            described.get("missing") or [], made_by(described),
        )  # fmt: skip
        if "findings" in described:
            kept = _named(arrays, _FINDINGS)
            # a user's own surface is not in the file: its share alone would say little
            known = {e.surface_name for e in entries if e.runs.surface is not None}
            found = Findings.restore(kept, described["findings"]).only_shares_of(known)
            race.__dict__["findings"] = found  # where `cached_property` keeps what it has worked out
        if "pictures" in described:
            race.__dict__["pictures"] = Pictures.restore(_named(arrays, _PICTURES), described["pictures"])
        return race


def _named(arrays: dict[str, Any], beginning: str) -> dict[str, Any]:
    """The arrays whose names begin so, without the beginning."""
    return {k.removeprefix(beginning): v for k, v in arrays.items() if k.startswith(beginning)}
