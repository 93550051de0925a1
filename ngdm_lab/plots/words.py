"""What stands in legends and below figures: names, rates, options."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Sequence
from typing import Any

from ngdm_lab.engine import Ensemble
from ngdm_lab.optimizers import Optimizer, Preconditioned, RuleOptimizer

__all__ = ["identity", "name_of", "number", "numbered", "option_lines", "options_of", "plain", "rate_of", "shorten", "surface_of"]

_NAMES = {
    "sgd": "SGD-Nesterov",
    "adam": "Adam",
    "apollo": "Apollo",
    "ngdm-dirichlet": "NGDM Dirichlet (diagonal)",
    "ngdm-dirichlet-exact": "NGDM Dirichlet (exact)",
    "ngdm-gendir": "NGDM GenDir (diagonal)",
    "ngdm-gendir-exact": "NGDM GenDir (exact)",
    "adagrad": "AdaGrad",
    "adadelta": "Adadelta",
    "rmsprop": "RMSProp",
    "control": "control",
}


def identity(runs: Ensemble) -> str:
    """The id of the optimizer, from the file where a user defined it."""
    if runs.optimizer is not None:
        return runs.optimizer.name
    return str(runs.described.get("optimizer", {}).get("name", "optimizer"))


def surface_of(runs: Ensemble) -> str:
    """The name of the surface, from the file where a user defined it."""
    if runs.surface is not None:
        return runs.surface.name
    return str(runs.described.get("surface", {}).get("name", "surface"))


def numbered(ids: Iterable[str]) -> list[str]:
    """Labels from ids, numbered as in a race where several share one: sgd, adam, sgd (2)."""
    labels: list[str] = []
    for name in ids:
        label, k = name, 2
        while label in labels:
            label, k = f"{name} ({k})", k + 1
        labels.append(label)
    return labels


def name_of(label: str, optimizer: Optimizer | None = None) -> str:
    """A label in words for a legend: "ngdm-gendir (2)" becomes "NGDM GenDir (diagonal) (2)"."""
    found = re.fullmatch(r"(.*?)( \(\d+\))?", label, re.DOTALL)
    base, count = (found[1], found[2] or "") if found else (label, "")
    if base == "sgd" and optimizer is not None:
        return optimizer.label + count  # "SGD-momentum" without Nesterov's step
    name = _NAMES.get(base)
    if name is None:
        name = optimizer.label if optimizer is not None and optimizer.name == base else base
    return plain(name) + count


def plain(text: str, most: int = 44) -> str:
    """A name as Matplotlib shows it: no formula, not longer than `most` characters."""
    return shorten(text, most).replace("$", r"\$")


def shorten(text: str, most: int) -> str:
    """The text with its middle left out where it is longer than `most` characters."""
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[-tail:]}"


def number(value: float) -> str:
    """A number in three digits: 0.000562, 1e-5, 250."""
    return re.sub(r"e([+-])0?(\d+)", lambda found: f"e{found[1].strip('+')}{found[2]}", f"{value:.3g}")


def rate_of(runs: Ensemble) -> float | None:
    """The learning rate; None where neither the optimizer nor its file has one."""
    if runs.optimizer is not None:
        return runs.optimizer.lr
    rate = runs.described.get("optimizer", {}).get("values", {}).get("lr")
    return None if rate is None else float(rate)


def options_of(runs: Ensemble) -> dict[str, str]:
    """All options of the optimizer but its learning rate, as texts by name."""
    if runs.optimizer is None:
        values = runs.described.get("optimizer", {}).get("values", {})
    else:
        values = _options(runs.optimizer)
    return {k: _text(v) for k, v in values.items() if k != "lr"}


def _options(o: Optimizer) -> dict[str, Any]:
    if isinstance(o, RuleOptimizer):
        return o.values
    if isinstance(o, Preconditioned):
        return {**_options(o.optimizer), "distribution": o.distribution, "form": o.form}
    if dataclasses.is_dataclass(o):
        return {f.name: getattr(o, f.name) for f in dataclasses.fields(o) if f.repr}
    return o.settings()


def _text(value: Any) -> str:
    text = re.sub(r"e-0(\d)$", r"e-\1", f"{value:g}") if isinstance(value, float) else shorten(str(value), 100)
    return text.replace(" ", "\u00a0").replace("$", r"\$")  # no line break inside a value


def option_lines(options: Sequence[tuple[str, dict[str, str]]]) -> list[str]:
    """Options of several optimizers, each said once: what all who have it share, then what is each one's own."""
    listed = list({name: own for name, own in options}.items())
    values: dict[str, list[str]] = {}
    for _, own in listed:
        for k, v in own.items():
            values.setdefault(k, []).append(v)
    shared = {k: v[0] for k, v in values.items() if len(v) > 1 and len(set(v)) == 1}
    lines = []
    if shared:
        lines.append("All that have it: " + _joined(shared) + ".")
    for name, own in listed:
        rest = {k: v for k, v in own.items() if k not in shared}
        if rest:
            lines.append(f"{name}: {_joined(rest)}.")
    return lines


def _joined(options: dict[str, str]) -> str:
    return ", ".join(f"{k}={v}" for k, v in options.items())
