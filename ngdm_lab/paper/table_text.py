"""A table of the paper beside ours: text for a terminal, Markdown, CSV."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ngdm_lab.experiments.net_race.entries import NetEntry
from ngdm_lab.experiments.net_race.report import numbers
from ngdm_lab.experiments.net_race.result import NetRace
from ngdm_lab.experiments.race.tables import align, csv_text, several, wrap
from ngdm_lab.experiments.statistics.means import mean_interval

from .numbers import COLUMNS, PAPER, Printed
from .rosters import DEFAULTS, column_of
from .tables import PROTOCOLS, NotAvailable, models

__all__ = ["PaperTable"]

_TITLES = {
    "mlp": "Table 1. MLP on MNIST",
    "lenet5": "Table 2. LeNet-5 on MNIST",
    "cifar_cnn": "Table 3. CNN on CIFAR-10",
    "lstm_forecaster": "Table 4. LSTM on the noisy sinusoid",
    "gru_forecaster": "Table 4. GRU on the noisy sinusoid",
}


@dataclass(frozen=True, eq=False)
class PaperTable:
    """One of Tables 1 to 4: the paper's numbers beside ours under both protocols.

    Attributes
    ----------
    number : 1 to 4.
    level : "quick" or "full".
    races : (model, protocol) -> its race, or why there is none.
    """

    number: int
    level: str
    races: Mapping[tuple[str, str], NetRace | NotAvailable]

    def __str__(self) -> str:
        out = []
        for model in models(self.number):
            out += [_TITLES[model], "", *align(self.cells(model), left=(0,)), ""]
            out += [line for sentence in self.sentences(model) for line in wrap(sentence)] + [""]
        return "\n".join(out).rstrip()

    def cells(self, model: str) -> list[list[str]]:
        """Head and rows of a model's table: the paper's score and loss, ours as printed and tuned."""
        if self._missing(model):
            printed = [f"{p.score:g} ± {p.score_error:g}" for p in PAPER[model]]
            rows = zip(COLUMNS, printed, strict=True)
            return [["", "paper, %", "ours"], *([column, cell, "not available"] for column, cell in rows)]
        both = self._both(model)
        first = both["printed"].entries[0]
        accuracy = first.measure == "accuracy"
        unit = "%" if accuracy else "MSE"
        head = ["", f"paper, {unit}", f"as printed, {unit}", f"tuned, {unit}"]
        head += ["paper, loss", "as printed, loss", "tuned, loss"] if accuracy else []
        made = [head]
        for e in both["printed"].entries:
            entries = [race.entry(e.label) for race in both.values()]
            row = [e.label, _paper_score(model, e.label), *(_score(x) for x in entries)]
            if accuracy:
                row += [_paper_loss(model, e.label), *(_loss(x) for x in entries)]
            made.append(row)
        return made

    def sentences(self, model: str) -> list[str]:
        """What the numbers were made from, and what they say."""
        missing = self._missing(model)
        if missing:
            return [f"{missing}."]
        printed, tuned = self._both(model).values()
        s = printed.settings
        data, count = s["data"], len(s["seeds"])
        sizes = f"{data['shapes']['train'][0]} training and {data['shapes']['test'][0]} test samples"
        made = [
            f"Ours: data set {data['name']}, {sizes}, {several(s['epochs'], 'epoch')}, batches of {s['batch_size']}; "
            f"means over {count} paired seeds with bootstrap intervals (95 %). The paper states neither epochs nor "
            "batches nor repeats.",
            f"As printed: the paper's constants and rates; {DEFAULTS}. Tuned: every rate by "
            f"{tuned.settings['budget']} trainings of {several(tuned.settings['tuning_epochs'], 'epoch')}, chosen on "
            f"{100 * tuned.settings['validation']:g} % of the training set.",
        ]
        for words, race in (("As printed", printed), ("Tuned", tuned)):
            made.append(f"{words}: {_verdict(race)}")
        impossible = [f"{e.label}: {e.why}." for e in printed.entries if e.impossible]
        made += impossible
        if self.number == 2:
            made.append(self.loss_readings(model))
        return made

    def _missing(self, model: str) -> NotAvailable | None:
        return next((r for (m, _), r in self.races.items() if m == model and isinstance(r, NotAvailable)), None)

    def _both(self, model: str) -> dict[str, NetRace]:
        """Protocol -> race of a model whose data are there."""
        found = {protocol: self.races[model, protocol] for protocol in PROTOCOLS}
        return {protocol: race for protocol, race in found.items() if isinstance(race, NetRace)}

    def loss_readings(self, model: str) -> str:
        """Erratum E9: which sum of cross-entropies the paper's losses of 5 to 10 may be."""
        race = self._both(model)["tuned"]
        s = race.settings
        label = "NGDM Dir, diagonal"
        loss = float(np.mean(race.entry(label).loss))
        batch, test = s["batch_size"], s["data"]["shapes"]["test"][0]
        printed = _printed(model, label)
        paper = printed.loss if printed else None
        return (
            f"Loss readings (E9), {label}, tuned: mean over the test set {loss:.4f}, summed over a batch of {batch} "
            f"{loss * batch:.2f}, in percent {100 * loss:.2f}, summed over the test set {loss * test:.0f}; the paper "
            f"prints {paper}. A mean of {paper} would be worse than guessing ({np.log(10):.2f})."
        )

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary for each cell: model, protocol, the paper's numbers and ours.

        Without the seconds that trainings took: they say how busy the machine was (claim C8 measures cost).
        """
        made = []
        for (model, protocol), race in self.races.items():
            if isinstance(race, NotAvailable):
                place = {"table": self.number, "model": model, "protocol": protocol, "data": race.data}
                made.append({**place, "not_available": race.why})
                continue
            for row in race.rows():
                del row["seconds"]
                printed = _printed(model, row["label"])
                made.append({
                    "table": self.number, "model": model, "protocol": protocol, "data": race.settings["data"]["name"],
                    **row, "paper_score": printed.score if printed else None,
                    "paper_loss": printed.loss if printed else None,
                })  # fmt: skip
        return made

    def to_csv(self) -> str:
        """The rows as CSV."""
        return csv_text(self.rows())

    def to_markdown(self) -> str:
        """The tables in Markdown, with the sentences below each."""
        out = []
        for model in models(self.number):
            head, *rows = self.cells(model)
            out += [f"**{_TITLES[model]}**", "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
            out += ["| " + " | ".join(row) + " |" for row in rows]
            out += ["", *self.sentences(model), ""]
        return "\n".join(out)


def _printed(model: str, label: str) -> Printed | None:
    column = column_of(label)
    return PAPER[model][COLUMNS.index(column)] if column else None


def _paper_score(model: str, label: str) -> str:
    cell = _printed(model, label)
    return f"{cell.score:g} ± {cell.score_error:g}" if cell else ""


def _paper_loss(model: str, label: str) -> str:
    cell = _printed(model, label)
    return f"{cell.loss:g} ± {cell.loss_error:g}" if cell else ""


def _score(e: NetEntry) -> str:
    if e.impossible:
        return "impossible"
    scale, digits = (100.0, 2) if e.measure == "accuracy" else (1.0, 4)
    lost = e.status.count("diverged")
    shown = numbers(float(np.mean(e.score)), *mean_interval(e.score), scale, digits)
    return shown + (f", {lost} of {len(e.score)} diverged" if lost else "")


def _loss(e: NetEntry) -> str:
    return "" if e.impossible else numbers(float(np.mean(e.loss)), *mean_interval(e.loss), 1.0, 4)


def _verdict(race: NetRace) -> str:
    apart = [c for c in race.comparisons if c.apart]
    better = race.entries[0].better
    up = [c.label for c in apart if better * c.score.mean > 0]
    down = [c.label for c in apart if better * c.score.mean < 0]
    first = race.entries[0].label
    parts = [f"better than {first} beyond noise: {', '.join(up) or 'none'}"]
    if down:
        parts.append(f"worse: {', '.join(down)}")
    scale, unit = (100.0, " points") if race.entries[0].measure == "accuracy" else (1.0, "")
    return "; ".join(parts) + f" (noise floor {scale * race.floor:.2g}{unit})."
