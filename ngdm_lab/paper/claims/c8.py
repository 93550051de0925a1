"""Claim C8: a constant F costs nothing per iteration, Apollo's Hessian does."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from ngdm_lab.claims import Claim, Effect, Interval, Verdict
from ngdm_lab.claims.claim import Level
from ngdm_lab.claims.verdict import Kind
from ngdm_lab.experiments.jobs import Job
from ngdm_lab.experiments.statistics.paired import paired_interval
from ngdm_lab.nets import presets
from ngdm_lab.nets.models import mlp
from ngdm_lab.nets.training.update import Update
from ngdm_lab.optimizers import SGD, Adam, Apollo, Optimizer
from ngdm_lab.plots.drawing.style import COLUMN, colour, style

from .parts import listed
from .svg import save_svg

__all__ = ["CLAIM", "measured"]

DIAGONAL, EXACT, GENDIR, TWIN = "NGDM Dir, diagonal", "NGDM Dir, exact", "NGDM GenDir, exact", "SGD again"
LOOKS = {"SGD": "sgd", TWIN: "control", "Adam": "adam", "Apollo": "apollo", DIAGONAL: "ngdm-dirichlet",
         EXACT: "ngdm-dirichlet-exact", GENDIR: "ngdm-gendir-exact"}  # fmt: skip
FREE = 1.05  # a step of at most so many times SGD's costs nothing to speak of
BATCH = 128


def rules() -> dict[str, Optimizer]:
    """What is timed, SGD first and once more as the control; NGDM with Table 1's constants, rates that move little."""
    ours = presets.get("mlp")
    return {
        "SGD": SGD(1e-6), TWIN: SGD(1e-6), "Adam": Adam(1e-6), "Apollo": Apollo(1e-6),
        DIAGONAL: ours.optimizer("dirichlet", "diagonal", lr=1e-6),
        EXACT: ours.optimizer("dirichlet", "exact", lr=1e-6),
        GENDIR: ours.optimizer("gendir", "exact", lr=1e-6),
    }  # fmt: skip


def measured(blocks: int, rounds: int) -> dict[str, Any]:
    """A job: CPU seconds of an update alone and of a whole step of Table 1's MLP, for every rule.

    In each of `blocks` blocks all rules take turns `rounds` times, and the least of a rule's times is kept.

    Returns
    -------
    dict
        "update" and "step", each from a rule's label to (blocks,) seconds; "parameters", their number.
    """
    stream = np.random.default_rng(0)
    x, y = stream.random((BATCH, 28, 28, 1), dtype=np.float32), stream.integers(0, 10, BATCH)
    tasks: dict[str, dict[str, Callable[[], object]]] = {"update": {}, "step": {}}
    net = mlp()  # one for all: where a net's arrays lie changes its time by some percent
    net.loss_and_gradient(x, y)
    gradient = net.gradient.copy()
    for label, rule in rules().items():
        update = Update(rule, net)

        def alone(update: Update = update) -> None:
            net.gradient[...] = gradient  # a step leaves work space there
            update.step()

        def whole(update: Update = update) -> None:
            net.loss_and_gradient(x, y)
            update.step()

        tasks["update"][label], tasks["step"][label] = alone, whole
    timing: dict[str, Any] = {"parameters": int(net.size)}
    for kind, each in tasks.items():
        for task in each.values():  # compiled and warm
            task()
        times = {label: np.full(blocks, np.inf) for label in each}
        for block in range(blocks):
            for turn in range(rounds):
                # another rule first each time: what ran before leaves its arrays in the cache
                for label, task in (list(each.items()) * 2)[turn % len(each) :][: len(each)]:
                    start = time.process_time_ns()
                    task()
                    times[label][block] = min(times[label][block], (time.process_time_ns() - start) / 1e9)
        timing[kind] = {label: values.tolist() for label, values in times.items()}
    return timing


def jobs(level: Level) -> list[Job]:
    """One job: its times stand in the journal and are not taken again."""
    return [Job(f"{__name__}:measured", {"blocks": 10, "rounds": 28 if level == "quick" else 70})]


def ratios(timing: dict[str, Any], kind: str) -> dict[str, tuple[float, float, float]]:
    """Label -> ratio to SGD's time with its interval, from the blocks' logarithms."""
    logs = {label: np.log(values) for label, values in timing[kind].items()}
    found = {label: paired_interval(values, logs["SGD"]) for label, values in logs.items() if label != "SGD"}
    return {label: tuple(float(np.exp(v)) for v in values) for label, values in found.items()}  # type: ignore[misc]


def judge(results: list[Any], level: Level) -> Verdict:
    """By whole steps: at most 1.05 times SGD's is free, by the interval."""
    steps, updates = ratios(results[0], "step"), ratios(results[0], "update")
    free = {label: high <= FREE for label, (_, _, high) in steps.items()}
    costs = {label: low > FREE for label, (_, low, _) in steps.items()}
    ours = (DIAGONAL, EXACT)
    said = "; ".join(f"{label} {ratio:.3g}" for label, (ratio, _, _) in steps.items())
    alone = "; ".join(f"{label} {ratio:.3g}" for label, (ratio, _, _) in updates.items())
    sentence = (f"A whole step of Table 1's MLP in CPU time, as a multiple of SGD's: {said}; the update alone: {alone} "
                f"(free: at most {FREE}).")  # fmt: skip
    kind: Kind = "cannot be decided here"
    condition = ""
    _, low, high = steps[TWIN]
    if not 1 / FREE <= low <= high <= FREE:
        sentence += " SGD timed twice differs by more than that, so nothing is said."
    elif all(free[label] for label in ours) and costs["Apollo"]:
        kind = "holds"
    elif any(free[label] for label in ours):
        kind = "holds only under"
        parts = [] if all(free[label] for label in ours) else [listed([label for label in ours if free[label]])]
        parts += ["NGDM alone: Apollo's step is free as well"] if free["Apollo"] else []
        condition = "; ".join(parts) or "NGDM alone: of Apollo it cannot be decided"
    elif all(costs[label] for label in ours):
        kind = "does not hold"
    ratio, low, high = steps[DIAGONAL]
    return Verdict(
        kind, sentence, condition, Effect(ratio, "times SGD's", f"CPU time of a whole step, {DIAGONAL}"),
        Interval(low, high, 0.95), numbers={"step": {k: list(v) for k, v in steps.items()},
                                           "update": {k: list(v) for k, v in updates.items()}},
        data=("random images of 28 x 28",), seeds=0,
        budget=f"{len(results[0]['step']['SGD'])} blocks, rules by turns, the least time of each block; "
               f"{results[0]['parameters']} parameters, batches of {BATCH}",
    )  # fmt: skip


def figure(results: list[Any], path: Path) -> None:
    """Ratios to SGD: of the update alone and of a whole step."""
    with style():
        figure = Figure(figsize=(COLUMN, 2.1))
        for k, (ax, kind) in enumerate(zip(figure.subplots(1, 2, sharey=True), ("update", "step"), strict=True)):
            found = ratios(results[0], kind)
            for row, (label, (ratio, low, high)) in enumerate(found.items()):
                ax.plot([low, high], [row, row], color=colour(LOOKS[label]), linewidth=1)
                ax.plot(ratio, row, "o", color=colour(LOOKS[label]), markersize=4)
            ax.axvline(1, color="#8A8A8A", linewidth=0.6)
            if kind == "step":
                ax.axvspan(1, FREE, color="#E3E8EE", zorder=0)
            ax.set(yticks=range(len(found)), yticklabels=list(found), ylim=(len(found) - 0.5, -0.5),
                   xlabel="times SGD's", title=("(a) update alone", "(b) whole step")[k])  # fmt: skip
        save_svg(figure, path)


CLAIM = Claim(
    id="C8",
    words="The Fisher matrix holds only the distributions' parameters, which avoids additional computations in the "
    "loop and costs of resources. [...] In comparison with Apollo the proposed approach does not approximate the "
    "Hessian; since the Fisher matrix need not be computed anew in each iteration, the number of computations "
    "falls and the speed of training rises.",
    place="section 2.3, below Algorithm 4; conclusion",
    hypothesis="A step of NGDM takes no more time than one of SGD, and a step of Apollo does.",
    rule="CPU time of a whole step (forward, backward, update) of Table 1's MLP as a multiple of SGD's, rules by "
    "turns, the least of each block, interval over the blocks. At most 1.05 is free, more than 1.05 is a cost, "
    "each by the whole interval. Holds if NGDM Dir is free in its diagonal and its exact form and Apollo costs. "
    "Holds only under a form, or for NGDM alone, if one form is free or Apollo is no cost. Does not hold if both "
    "forms cost. Cannot be decided here otherwise, and where SGD timed a second time is not free itself.",
    judge=judge,
    command="ngdm-lab paper claims --only C8",
    jobs=jobs,
    figure=figure,
)
