"""What stands in legends and below figures: names, rates, options."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable
from typing import Any, Protocol

from landscapes import Surface
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, ramp
from ngdm_lab.geometry.ramp import describe
from ngdm_lab.optimizers import Optimizer, Preconditioned, RuleOptimizer
from ngdm_lab.optimizers.registry import names, row, searching

__all__ = [
    "Ran", "base_of", "identity", "name_of", "names_of", "number", "numbered", "option_lines", "options_of", "plain",
    "point", "rate_line", "rate_of", "shorten", "surface_of", "unbroken",
]  # fmt: skip


class Ran(Protocol):
    """What runs leave of themselves: an `Ensemble`, a `RateMap`."""

    @property
    def optimizer(self) -> Optimizer | None: ...
    @property
    def surface(self) -> Surface | None: ...
    @property
    def described(self) -> dict[str, Any]: ...


_NAMES = {name: row(name).label for name in (*names(), *searching())} | {"control": "control"}

_GREEK = {"alpha": "α", "beta": "β"}


def identity(runs: Ran) -> str:
    """The id of the optimizer, from the file where a user defined it."""
    if runs.optimizer is not None:
        return runs.optimizer.name
    return str(runs.described.get("optimizer", {}).get("name", "optimizer"))


def surface_of(runs: Ran) -> str:
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


def base_of(label: str) -> str:
    """A label without its number: "adam (2)" becomes "adam"."""
    return re.sub(r" \(\d+\)$", "", label)


def name_of(label: str, optimizer: Optimizer | None = None) -> str:
    """A label in words for a legend: "ngdm-gendir (2)" becomes "NGDM GenDir (diagonal) (2)"."""
    base = base_of(label)
    count = label[len(base) :]
    if base == "sgd" and optimizer is not None:
        return optimizer.label + count  # "SGD-momentum" without Nesterov's step
    name = _NAMES.get(base)
    if name is None:
        name = optimizer.label if optimizer is not None and optimizer.name == base else base
    return plain(name) + count


def names_of(runs: Iterable[tuple[str, Ran]]) -> dict[str, str]:
    """Names of labelled runs for a legend. Those that would have one name are told apart by the options that differ."""
    listed = list(runs)
    bare = {label: name_of(base_of(label), ran.optimizer) for label, ran in listed}
    made = {}
    for label, ran in listed:
        equals = [other for mine, other in listed if bare[mine] == bare[label]]
        values = [options_of(other) for other in equals]
        differ = {k: v for k, v in options_of(ran).items() if len({other.get(k) for other in values}) > 1}
        rate = rate_of(ran)
        if len(equals) > 1 and not differ and rate is not None and len({rate_of(other) for other in equals}) > 1:
            made[label] = f"{bare[label]}, lr {number(rate)}"
        else:
            name = bare[label] if len(equals) == 1 else name_of(label, ran.optimizer)
            made[label] = f"{bare[label]}, {_joined(differ)}" if differ else name
    doubled = {name for name in made.values() if list(made.values()).count(name) > 1}
    return {label: name_of(label, ran.optimizer) if made[label] in doubled else made[label] for label, ran in listed}


def plain(text: str, most: int = 32) -> str:
    """A name as Matplotlib shows it: no formula, not longer than `most` characters."""
    return shorten(text, most).replace("$", r"\$")


def unbroken(text: str) -> str:
    """The text with no-break spaces: notes are not broken within a name or a value."""
    return text.replace(" ", "\u00a0")


def shorten(text: str, most: int) -> str:
    """The text with its middle left out where it is longer than `most` characters."""
    if len(text) <= most:
        return text
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[-tail:]}"


def number(value: float) -> str:
    """A number in three digits: 0.00178, 5.62e-4, 250."""
    if 0 < abs(value) < 1e-3:
        mantissa, power = f"{value:.2e}".split("e")
        return f"{float(mantissa):g}e{int(power)}"
    return f"{value:.3g}".replace("e+0", "e").replace("e+", "e")


def point(x: Iterable[float]) -> str:
    """A point in three digits: (−0.5, 2.12)."""
    return f"({', '.join(f'{v:.3g}' if abs(v) >= 0.0005 else '0' for v in x)})".replace("-", "−")


def rate_of(runs: Ran) -> float | None:
    """The learning rate; None where neither the optimizer nor its file has one."""
    if runs.optimizer is not None:
        return runs.optimizer.lr
    rate = runs.described.get("optimizer", {}).get("values", {}).get("lr")
    return None if rate is None else float(rate)


def options_of(runs: Ran) -> dict[str, str]:
    """All options of the optimizer but its learning rate, as texts by name."""
    if runs.optimizer is None:
        values = runs.described.get("optimizer", {}).get("values", {})
    else:
        values = _options(runs.optimizer)
    return {k: _text(v) for k, v in values.items() if k != "lr"}


def _options(o: Optimizer) -> dict[str, Any]:
    if isinstance(o, RuleOptimizer):
        return dict(o.values)
    if isinstance(o, Preconditioned):
        return {**_options(o.optimizer), "distribution": o.distribution, "form": o.form}
    if dataclasses.is_dataclass(o):
        return {f.name: getattr(o, f.name) for f in dataclasses.fields(o) if f.repr}
    return dict(o.settings())


def parameters(d: Dirichlet | GeneralizedDirichlet) -> str:
    """A distribution with its parameters: Dirichlet(α=1.4+0.005i)."""
    inside = [f"{_GREEK[f.name]}={_parameter(getattr(d, f.name))}" for f in dataclasses.fields(d)]
    return f"{'Dirichlet' if isinstance(d, Dirichlet) else 'GenDir'}({', '.join(inside)})"


def _text(value: Any) -> str:
    if isinstance(value, Dirichlet | GeneralizedDirichlet):
        text = parameters(value)
    else:
        text = re.sub(r"e-0(\d)$", r"e-\1", f"{value:g}") if isinstance(value, float) else shorten(str(value), 100)
    return unbroken(text).replace("$", r"\$")


def _parameter(value: Any) -> str:
    """A parameter of a distribution: 4, 1.4+0.005i, [1, 2, 3]."""
    if isinstance(value, ramp):
        return f"{value.start:g}{value.slope:+g}i" if value.slope else f"{value.start:g}"
    return f"{value:g}" if isinstance(value, float) else describe(value)


def option_lines(pairs: Iterable[tuple[str, Ran]]) -> list[str]:
    """One paragraph with the options of labelled runs, each said once: first what all who have it share."""
    pairs = list(pairs)
    named = names_of(pairs)
    listed = [(named[label], options_of(runs)) for label, runs in pairs]
    values: dict[str, list[str]] = {}
    for _, own in listed:
        for k, v in own.items():
            values.setdefault(k, []).append(v)
    shared = {k: v[0] for k, v in values.items() if len(v) > 1 and len(set(v)) == 1}
    owners: dict[str, list[str]] = {}
    for name, own in listed:
        # the form stands in the name
        rest = {k: v for k, v in own.items() if k not in shared and not (k == "form" and f"({v})" in name)}
        if rest:
            owners.setdefault(_joined(rest), []).append(name)
    sentences = [f"Options where they exist: {_joined(shared)}."] if shared else []
    sentences += [f"{', '.join(map(unbroken, names))}: {text}." for text, names in owners.items()]
    return [" ".join(sentences)] if sentences else []


def rate_line(pairs: Iterable[tuple[str, Ran]]) -> str:
    """The learning rates of labelled runs."""
    pairs = list(pairs)
    named = names_of(pairs)
    rates = [(named[label], rate_of(runs)) for label, runs in pairs]
    return "Learning rates: " + ", ".join(unbroken(f"{n} {number(r)}") for n, r in rates if r is not None) + "."


def _joined(options: dict[str, str]) -> str:
    return ", ".join(f"{k}={v}" for k, v in options.items())
