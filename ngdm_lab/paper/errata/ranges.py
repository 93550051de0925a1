"""Erratum of the recommended ranges: the chosen constants lie outside (E8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.nets import models, presets
from ngdm_lab.nets.groups import Group, groups

from .erratum import Erratum, Numbers

__all__ = ["E8", "RECOMMENDED", "Recommended"]


@dataclass(frozen=True)
class Recommended:
    """What section 2.2 recommends for a kind of net: closed intervals of alpha, of alpha and beta, of the rate."""

    dirichlet: tuple[float, float]
    gendir: tuple[float, float]
    lr: tuple[float, float]


_DEEP = Recommended((4.0, 8.0), (5.5, 9.0), (0.001, 0.005))
RECOMMENDED = {
    "mlp": Recommended((1.0, 4.0), (4.5, 6.0), (0.01, 0.1)),
    **dict.fromkeys(("lenet5", "cifar_cnn", "lstm_forecaster", "gru_forecaster"), _DEEP),
}
DISTRIBUTIONS = ("dirichlet", "gendir")


def _values(preset: presets.Preset, kind: str, length: int) -> NDArray[np.float64]:
    """The parameter of each coordinate of a vector, (length,): alpha_i, or alpha_1, beta_1, alpha_2, ..."""
    distribution: Any = getattr(preset, kind)
    if kind == "dirichlet":
        return np.asarray(distribution.alpha.values(length))
    pairs = (length + 1) // 2
    return np.stack([distribution.alpha.values(pairs), distribution.beta.values(pairs)], axis=1).ravel()[:length]


def _outside(preset: presets.Preset, kind: str, group: Group) -> NDArray[np.bool_]:
    """Which coordinates of a group's vectors have a parameter outside the recommended range, (length,)."""
    low, high = getattr(RECOMMENDED[preset.model], kind)
    values = _values(preset, kind, group.length)
    rounding = 1e-12  # 1.4 + 0.005 * 520 is 4 but for its last digit
    return (values < low - rounding) | (values > high + rounding)


def _e8() -> Numbers:
    found: dict[str, float] = {}
    for model in presets.names():
        preset = presets.get(model)
        weights = [g for g in groups(getattr(models, model)(), preset.index) if g.kind == "weight"]
        longest = max(weights, key=lambda g: g.length)  # even in every net
        for kind in DISTRIBUTIONS:
            marks = {g.name: _outside(preset, kind, g) for g in weights}
            # one row for each i: a coordinate, or a pair
            units = marks[longest.name].reshape(-1, 1 if kind == "dirichlet" else 2).max(axis=1)
            key = f"{model}, {kind}"
            found[f"{key}: weights"] = sum(g.size for g in weights)
            found[f"{key}: weights outside"] = sum(g.count * int(marks[g.name].sum()) for g in weights)
            found[f"{key}: weight tensors"] = len(weights)
            found[f"{key}: weight tensors wholly outside"] = sum(bool(m.all()) for m in marks.values())
            found[f"{key}: i in the longest vector"] = len(units)
            found[f"{key}: i outside, longest vector"] = int(units.sum())
        low, high = RECOMMENDED[model].lr
        found[f"{model}: rate"] = preset.lr
        found[f"{model}: rate outside"] = int(not low <= preset.lr <= high)
    return found


def _say_e8(f: Numbers) -> str:
    nets = []
    for model in presets.names():
        parts = []
        for kind, words, units in zip(DISTRIBUTIONS, ("Dirichlet", "GenDir"), ("i", "pairs"), strict=True):
            key = f"{model}, {kind}"
            share = f[f"{key}: weights outside"] / f[f"{key}: weights"]
            whole = f[f"{key}: weight tensors wholly outside"]
            if not share:
                continue
            low, high = getattr(RECOMMENDED[model], kind)
            tensors = f", {whole:g} of {f[f'{key}: weight tensors']:g} tensors as a whole" if whole else ""
            parts.append(
                f"{words} {100 * share:.0f} % of the weights outside [{low:g}, {high:g}] "
                f"({f[f'{key}: i outside, longest vector']:g} of {f[f'{key}: i in the longest vector']:g} {units} of "
                f"the longest vector{tensors})"
            )
        if f[f"{model}: rate outside"]:
            low, high = RECOMMENDED[model].lr
            parts.append(f"rate {f[f'{model}: rate']:g} outside [{low:g}, {high:g}]")
        if parts:
            nets.append(f"{model}: {', '.join(parts)}")
    return f"{'; '.join(nets)}. All other constants are inside."


E8 = Erratum(
    "E8",
    "section 4, the chosen constants, against section 2.2, the recommended ranges",
    "constants of all five experiments, said to reach the largest accuracy",
    "claim",
    "Nobody can follow the advice and repeat the experiments at once; the lab's presets have the constants.",
    _e8,
    _say_e8,
    "test_e8_constants_outside_the_ranges",
    ("ngdm_lab/nets/presets.py", "paper_figures/c1_c6_gain.py"),
    paper={
        f"{words}: {kind}, {end}": value
        for words, model in (("MLP", "mlp"), ("CNN and RNN", "lenet5"))
        for kind in ("dirichlet", "gendir", "lr")
        for end, value in zip(("least", "largest"), getattr(RECOMMENDED[model], kind), strict=True)
    },
    quote="Для сверточных и рекуррентных нейронных сетей, [...] выбираются значения на отрезке [4; 8]",
    translation="for convolutional and recurrent neural networks [...] values in the interval [4; 8] are chosen",
)
