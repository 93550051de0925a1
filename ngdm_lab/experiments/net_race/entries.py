"""The pure data of a race of nets: what every rule gave, seed by seed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.engine.manifest import encode
from ngdm_lab.nets.data import Data
from ngdm_lab.optimizers import Optimizer

from .rates import Tuning

__all__ = ["NetEntry", "chance_score"]

Array = NDArray[np.float64]

BLOWN_UP = 10.0  # times the error of guessing


def chance_score(samples: Data) -> float:
    """The score of guessing: the commonest class's share of the test set, or the variance of the test targets."""
    if samples.labelled:
        return float(np.bincount(samples.y_test).max() / len(samples.y_test))
    return float(np.var(samples.y_test))


@dataclass(frozen=True, eq=False)
class NetEntry:
    """One rule in a race of nets. Arrays have an entry for each seed.

    Attributes
    ----------
    label, name : in tables, and on the command line.
    optimizer : the rule as raced, in JSON types; `lr` its learning rate, `index` reading R2.
    gain : what the rate is multiplied by for the mean effective rate.
    tuning : how the rate was found; None where it was given.
    measure : "accuracy" or "mse".
    score, loss : on the test set, with `chance` for the score of a training that has none, and NaN for its loss.
    status : done, diverged or impossible.
    why : of what is impossible, in words.
    seconds : of training.
    curves : test score after each epoch, by seed; empty where there is none.
    twin : whether it is the control.
    follows : the label whose effective rate it takes.
    """

    label: str
    name: str
    optimizer: Mapping[str, Any]
    lr: float
    index: str
    gain: float
    tuning: Tuning | None
    measure: str
    score: Array
    loss: Array
    status: tuple[str, ...]
    why: str
    seconds: Array
    curves: tuple[tuple[float, ...], ...]
    twin: bool = False
    follows: str = ""

    @classmethod
    def of(
        cls, label: str, optimizer: Optimizer, index: str, gain: float, tuning: Tuning | None,
        results: Sequence[Mapping[str, Any]], chance: float, *, twin: bool = False, follows: str = "",
    ) -> NetEntry:  # fmt: skip
        """From the results of its trainings, in the order of the seeds.

        A squared error of more than `BLOWN_UP` times that of guessing is a divergence that stopped short of infinity:
        a mean over seeds would say nothing but its size.
        """
        measure = results[0]["measure"]
        most = BLOWN_UP * chance if measure == "mse" else math.inf
        lost = [not r["score"] <= most for r in results]  # NaN is lost too
        scores = [chance if gone else float(r["score"]) for r, gone in zip(results, lost, strict=True)]
        status = ["diverged" if gone and r["status"] == "done" else r["status"]
                  for r, gone in zip(results, lost, strict=True)]  # fmt: skip
        return cls(
            label, optimizer.name, encode(optimizer), float(optimizer.lr), index, gain, tuning, measure,
            np.array(scores), np.array([float(r["loss"]) for r in results]), tuple(status),
            next((r["why"] for r in results if r["why"]), ""), np.array([float(r["seconds"]) for r in results]),
            tuple(tuple(float(v) for v in r["curves"].get("test_score", ())) for r in results), twin, follows,
        )  # fmt: skip

    @property
    def impossible(self) -> bool:
        """Whether its constants are none for this net (E10, E12)."""
        return "impossible" in self.status

    @property
    def better(self) -> int:
        """1 where a larger score is better, -1 where a smaller one is."""
        return 1 if self.measure == "accuracy" else -1
