"""The result of a race of nets: entries, comparisons with the first rule, saving and loading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from ngdm_lab import store
from ngdm_lab.compiler.checks import check_known
from ngdm_lab.environment import made_by
from ngdm_lab.experiments.overview import Summarised
from ngdm_lab.experiments.race.tables import csv_text
from ngdm_lab.experiments.statistics.means import MeanDifference, paired_mean
from ngdm_lab.schema import FLAG, NUMBER, TEXT, WHOLE, Maybe, OneOf, check, check_arrays

from . import report
from .comparisons import NetComparison, compared
from .entries import NetEntry
from .rates import Tuning
from .summary import NetSummary, summarise

__all__ = ["NetRace"]

_MANIFEST: Any = {
    "entries": [{
        "label": TEXT, "name": TEXT, "optimizer": dict, "lr": NUMBER, "index": TEXT, "gain": NUMBER,
        "tuning": Maybe({"rates": [NUMBER], "scores": [NUMBER], "losses": [NUMBER], "chosen": NUMBER}),
        "measure": OneOf(("accuracy", "mse")), "status": [OneOf(("done", "diverged", "impossible", "stopped"))],
        "why": TEXT, "curves": [[NUMBER]], "twin": Maybe(FLAG), "follows": Maybe(TEXT),
    }],
    "settings": {
        "model": {"name": TEXT}, "data": {"name": TEXT, "shapes": {"train": [WHOLE], "test": [WHOLE]}},
        "seeds": [WHOLE], "epochs": WHOLE, "batch_size": WHOLE, "tuned": FLAG, "tuning_epochs": WHOLE,
        "validation": NUMBER, "budget": WHOLE, "chance": NUMBER,
    },
}  # fmt: skip
_ARRAYS = ("score", "loss", "seconds")  # of an entry, kept as arrays


@dataclass(frozen=True, eq=False)
class NetRace(Summarised):
    """The result of `lab.nets.race`: `print` shows its table.

    Attributes
    ----------
    entries : one a rule, in the order given, the control last.
    comparisons : of every other rule with the first.
    floor : how far the control's interval reaches from 0, in units of the score: what equal rules may differ by. NaN
        without a control.
    settings : model, data, seeds, budget.
    described : the environment it was made in.
    """

    entries: tuple[NetEntry, ...]
    comparisons: tuple[NetComparison, ...]
    floor: float
    settings: Mapping[str, Any]
    described: Mapping[str, Any]

    @classmethod
    def made(cls, entries: Sequence[NetEntry], settings: Mapping[str, Any]) -> NetRace:
        """From its entries; everything that a table says is computed here, once."""
        comparisons, floor = compared(entries)
        return cls(tuple(entries), comparisons, floor, dict(settings), made_by({}))

    def __str__(self) -> str:
        return report.text(self.entries, self.comparisons, self.floor, self.settings, self.summary().answer())

    def summary(self) -> NetSummary:
        """Rule by rule at a glance, each against the best; `print` and Jupyter show it."""
        return summarise(self.entries, self.floor, self.settings)

    def __repr__(self) -> str:
        model, data = self.settings["model"]["name"], self.settings["data"]["name"]
        return f"<NetRace {model} on {data}: {len(self.entries)} rules, {len(self.settings['seeds'])} seeds>"

    @property
    def labels(self) -> list[str]:
        """The rules' labels, the control's last."""
        return [e.label for e in self.entries]

    def entry(self, label: str) -> NetEntry:
        """The entry of a rule. ValueError for a label that is not there."""
        return self.entries[self.labels.index(check_known("label", "optimizer", label, self.labels))]

    def compare(self, label: str, against: str) -> MeanDifference:
        """The mean difference of two rules' scores, seed by seed, uncorrected."""
        return paired_mean(self.entry(label).score, self.entry(against).score)

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary of numbers for each rule."""
        return report.rows(self.entries, self.comparisons)

    def to_csv(self) -> str:
        """The rows as CSV."""
        return csv_text(self.rows())

    def to_frame(self) -> Any:
        """The rows as a pandas DataFrame. Raises ImportError where pandas is not installed."""
        import pandas

        return pandas.DataFrame(self.rows())

    def save(self, path: str | Path) -> Path:
        """Write everything to one npz (`lab.load` reads it); returns the path. Raises ValueError if it cannot."""
        arrays: dict[str, Any] = {}
        listed = []
        for k, e in enumerate(self.entries):
            arrays |= {f"{k}/{name}": getattr(e, name) for name in _ARRAYS}
            plain = {f.name: getattr(e, f.name) for f in fields(e) if f.name not in _ARRAYS}
            listed.append({**plain, "tuning": None if e.tuning is None else asdict(e.tuning)})
        manifest = {"entries": listed, "settings": dict(self.settings), **made_by(self.described)}
        return store.write(path, "net race", arrays, manifest)

    @classmethod
    def restore(cls, arrays: Mapping[str, Any], described: Mapping[str, Any]) -> NetRace:
        """Made again from `store.read`. Raises ValueError, in one line, for what does not fit."""
        check(described, _MANIFEST)
        sizes = {"seeds": len(described["settings"]["seeds"])}
        entries = []
        for k, listed in enumerate(described["entries"]):
            check_arrays(arrays, {f"{k}/{name}": ("f", ("seeds",)) for name in _ARRAYS}, sizes)
            tuning = listed["tuning"]
            kept = {name: tuple(listed[name]) for name in ("status",)}
            kept["curves"] = tuple(tuple(curve) for curve in listed["curves"])
            if tuning is not None:
                rates, scores, losses = (tuple(tuning[name]) for name in ("rates", "scores", "losses"))
                tuning = Tuning(rates, scores, losses, tuning["chosen"])
            listed = {f.name: listed[f.name] for f in fields(NetEntry) if f.name in listed}
            entries.append(NetEntry(**{**listed, **kept, "tuning": tuning}, **{n: arrays[f"{k}/{n}"] for n in _ARRAYS}))
        comparisons, floor = compared(entries)
        return cls(tuple(entries), comparisons, floor, described["settings"], described)
