"""Claim C7: with a constant alpha NGDM is SGD; the slope 0.005 i is to make it more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ngdm_lab.claims import Claim, Effect, Interval, Verdict
from ngdm_lab.claims.claim import Level
from ngdm_lab.claims.verdict import Kind
from ngdm_lab.experiments.jobs import Job
from ngdm_lab.experiments.net_race.contenders import CONTROL, Contender, mean_gain
from ngdm_lab.experiments.net_race.race import race_with
from ngdm_lab.experiments.net_race.training import data_of
from ngdm_lab.experiments.rounds import Go
from ngdm_lab.experiments.statistics.contrasts import contrasts, floor_of
from ngdm_lab.experiments.statistics.paired import Decision
from ngdm_lab.geometry import Dirichlet, ramp
from ngdm_lab.geometry.trigamma import trigamma
from ngdm_lab.nets.models import mlp
from ngdm_lab.nets.training.fit import fit
from ngdm_lab.optimizers import NGDM, SGD, Optimizer
from ngdm_lab.paper.rosters import MATCHED, roster
from ngdm_lab.paper.tables import size
from ngdm_lab.plots.drawing.style import COLUMN, colour, style

from .svg import save_svg

__all__ = ["CLAIM", "apart"]

OURS = "NGDM Dir, diagonal"
ALPHAS, SLOPE, RATE = (0.5, 1.4, 4.0, 12.0), 0.005, 0.02
ROUNDING = 1e-9  # of the way the parameters went
SAID: dict[Decision, tuple[Kind, str]] = {
    "in favour": ("holds", "the slope helps"),
    "against": ("holds", "the slope makes another rule, and a worse one"),
    "equal": ("holds only under", "another path to the same accuracy"),
    "undecided": ("cannot be decided here", "whether the accuracy is another one is not seen from these seeds"),
}


class _Path:
    """Keeps the parameters after every step."""

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def on_step(self, training: Any) -> None:
        self.seen.append(training.model.vector.copy())


def apart(alpha: float, slope: float, steps: int) -> dict[str, Any]:
    """A job: how far NGDM with alpha + slope i and SGD at its mean effective rate get apart on a net in float64.

    Returns "differences", the largest over the parameters after 1, 2, 4, ... steps, and "moved", the largest way that
    a parameter of SGD went.
    """
    data = data_of({"name": "digits", "options": {}})
    batch = 64
    epochs = -(-steps // -(-len(data.x_train) // batch))

    def path(rule: Optimizer) -> list[Any]:
        keeper = _Path()
        net = mlp(sizes=(32, 16), inputs=64, dtype=np.float64)
        fit(net, data, rule, epochs, batch, callbacks=[keeper], progress=False)
        return keeper.seen

    ours = NGDM(RATE * trigamma(alpha), Dirichlet(ramp(alpha, slope) if slope else alpha))
    gain = mean_gain(ours, mlp(sizes=(32, 16), inputs=64)) if slope else 1 / trigamma(alpha)
    first, second = path(ours), path(SGD(ours.lr * gain))
    moved = np.abs(second[steps - 1] - mlp(sizes=(32, 16), inputs=64, dtype=np.float64).vector).max()
    after = [2**k for k in range(int(np.log2(steps)) + 1)]
    return {"alpha": alpha, "slope": slope, "steps": after, "moved": float(moved),
            "differences": [float(np.abs(first[k - 1] - second[k - 1]).max()) for k in after]}  # fmt: skip


def rounds(level: Level, go: Go) -> dict[str, Any]:
    """The identity, and trainings of Table 1 as printed: "paths", "race"."""
    function = f"{__name__}:apart"
    steps = 128 if level == "quick" else 512
    paths = go([Job(function, {"alpha": a, "slope": s, "steps": steps}) for a in ALPHAS for s in (0.0, SLOPE)])
    given, columns = size("mlp", level), {c.label: c for c in roster("mlp")}
    ours, matched = columns[OURS], columns[MATCHED]
    twin = Contender(CONTROL, matched.optimizer, follows=OURS, twin=True)
    race = race_with(go, [matched, ours, twin], "mlp", given.data, seeds=given.seeds, epochs=given.epochs,
                     batch_size=given.batch_size, tune=False)  # fmt: skip
    scores = {c.label: race.entry(c.label).score.tolist() for c in (matched, ours, twin)}
    return {"paths": paths, "scores": scores, "data": given.data["name"], "epochs": given.epochs}


def judge(results: dict[str, Any], level: Level) -> Verdict:
    """By the identity's rounding, then by the slope's accuracy beside the noise floor."""
    flat = [p for p in results["paths"] if p["slope"] == 0]
    worst = max(p["differences"][-1] / p["moved"] for p in flat)
    sloped = min(p["differences"][-1] / p["moved"] for p in results["paths"] if p["slope"] != 0)
    ours, matched, twin = (100 * np.array(results["scores"][label]) for label in (OURS, MATCHED, CONTROL))
    found = contrasts([(OURS, ours, matched, floor_of(twin, matched))])[0]
    steps = flat[0]["steps"][-1]
    said = (f"With constant alpha (0.5 to 12) NGDM and SGD at lr/psi'(alpha) differ after {steps} steps by "
            f"{worst:.0e} of the way the parameters went")  # fmt: skip
    kind: Kind = "does not hold"
    condition, end = "", "so they are not one rule."
    if worst <= ROUNDING:
        difference = (f"the accuracy differs by {found.mean:+.2f} [{found.low:+.2f}, {found.high:+.2f}] points from "
                      f"SGD at the same mean rate, noise floor {found.floor:.2f}")  # fmt: skip
        end = (f"that is, by rounding: they are one rule. With the slope 0.005 i the paths part ({sloped:.0e} of the "
               f"way or more), and {difference}")  # fmt: skip
        kind, word = SAID[found.decision]
        end += f": {word}."
        condition = "its letter: the parameters are others, the accuracy is not" if kind == "holds only under" else ""
    return Verdict(
        kind, f"{said}, {end}", condition,
        Effect(found.mean, "points of accuracy",
               "NGDM Dir with the slope less SGD at its mean rate, Table 1 as printed"),
        Interval(found.low, found.high, 0.95), {"p": found.p},
        {"identity": worst, "slope": sloped, "floor": found.floor, "decision": found.decision},
        (results["data"], "digits"), len(ours), f"{results['epochs']} epochs; {steps} steps for the identity",
    )  # fmt: skip


def figure(results: dict[str, Any], path: Path) -> None:
    """Left: how paths part. Right: accuracies, seed by seed."""
    with style():
        figure = Figure(figsize=(COLUMN, 2.1))
        a, b = figure.subplots(1, 2, width_ratios=[1.25, 1])
        for k, slope in enumerate((0.0, SLOPE)):
            own = [p for p in results["paths"] if p["slope"] == slope]
            for p, shade in zip(own, np.linspace(0.35, 1.0, len(own)), strict=True):
                apart = np.array(p["differences"]) / p["moved"]
                a.plot(p["steps"], np.where(apart > 0, apart, np.nan),  # a gap where the paths are equal
                       color=("#0072B2", "#D55E00")[k], alpha=shade, linewidth=1,
                       label=("slope 0", "slope 0.005")[k] if p is own[-1] else None)  # fmt: skip
        a.set(xscale="log", yscale="log", xlabel="step", ylabel="difference / way", title="(a) NGDM and SGD")
        figure.legend(*a.get_legend_handles_labels(), loc="outside lower left", ncols=2)
        matched = 100 * np.array(results["scores"][MATCHED])
        for k, (label, look) in enumerate(((OURS, "ngdm-dirichlet"), (CONTROL, "control"))):
            d = 100 * np.array(results["scores"][label]) - matched
            b.plot(k + np.linspace(-0.18, 0.18, len(d)), d, "o", color=colour(look), markersize=3)
            b.plot([k - 0.28, k + 0.28], [d.mean()] * 2, color="#333333", linewidth=1)
        b.axhline(0, color="#8A8A8A", linewidth=0.6)
        b.set(xlim=(-0.5, 1.5), xticks=[0, 1], xticklabels=["slope", "twin"], title="(b) points over SGD")
        save_svg(figure, path)


CLAIM = Claim(
    id="C7",
    words="The difference of 0.005 i keeps the Fisher matrix from becoming the identity, since in that case the "
    "natural gradient becomes the stochastic one.",
    place="section 4, below Table 4",
    hypothesis="With constant alpha NGDM (diagonal form) is SGD at the rate lr/psi'(alpha), and with the slope 0.005 i "
    "it is another method: its accuracy differs from that of SGD at the same mean rate.",
    rule="The first half fails, and the claim does not hold, if NGDM with constant alpha and SGD at lr/psi'(alpha) "
    "differ by more than 1e-9 of the way the parameters went, in float64. Else, Table 1's MLP with the printed "
    "constants against SGD at the same mean effective rate, paired seeds, Student's test, noise floor from a twin "
    "of that SGD with other orders of the samples: the claim holds if the mean accuracies differ beyond noise (p "
    "< 0.05 and beyond the floor, in either direction), only in its letter if all of the interval lies within the "
    "floor, and cannot be decided here otherwise.",
    judge=judge,
    command="ngdm-lab paper claims --only C7",
    rounds=rounds,
    figure=figure,
)
