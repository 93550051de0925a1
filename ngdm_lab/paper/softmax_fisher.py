"""The natural gradient that does see f: softmax regression with the model's exact Fisher matrix (Amari 1998).

Beside the rules of the paper, whose F knows nothing of f, it shows what a preconditioner can do. The loss, the mean
cross-entropy on 1,000 digits of 8 x 8 pixels plus a small quadratic term, is convex, so its least value is known, and
the number of steps to a level above it can be counted. All rules take full-batch steps from 0.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.engine.manifest import encode
from ngdm_lab.experiments.jobs import Job
from ngdm_lab.experiments.net_race import live
from ngdm_lab.experiments.net_race.contenders import mean_gain
from ngdm_lab.experiments.net_race.training import data_of
from ngdm_lab.experiments.rounds import Go
from ngdm_lab.nets import presets
from ngdm_lab.nets.layers.dense import Dense
from ngdm_lab.nets.model import Model
from ngdm_lab.nets.training.update import Update
from ngdm_lab.optimizers import SGD, Adam, Optimizer

__all__ = ["LABEL", "LEVEL", "fisher", "reference", "steps_to_level"]

Array = NDArray[np.float64]

LABEL = "natural gradient of the model"
SAMPLES, DECAY = 1000, 1e-3
LEVEL = 0.01  # of the way from the loss at 0 to the least one that is left
_MOST = {"rules": 1000, LABEL: 40}  # steps
PER_DECADE = 4


def _problem() -> tuple[Model, Array, NDArray[np.int64]]:
    data = data_of({"name": "digits", "options": {}})
    net = Model([Dense(len(data.classes))], (64,), dtype=np.float64, name="softmax")
    net.vector[:] = 0.0
    x = np.asarray(data.x_train[:SAMPLES], dtype=np.float64).reshape(-1, 64)
    return net, x, np.asarray(data.y_train[:SAMPLES])


def fisher(x: Array, p: Array) -> Array:
    """The Fisher matrix (k n, k n) of softmax regression, E[x xᵀ ⊗ (diag p - p pᵀ)], parameters in C order (n, k).

    x : (m, n) inputs, a 1 for the bias among them. p : (m, k) the model's probabilities.
    """
    (m, n), k = x.shape, p.shape[1]
    made = np.empty((n, k, n, k))
    for a in range(k):
        for b in range(a, k):
            weight = p[:, a] * ((a == b) - p[:, b]) / m
            made[:, a, :, b] = made[:, b, :, a] = (x * weight[:, None]).T @ x
    return made.reshape(n * k, n * k)


def _loss(net: Model, x: Array, y: NDArray[np.int64]) -> float:
    """The loss, and its gradient in `net.gradient`."""
    loss = net.loss_and_gradient(x, y)
    net.gradient[:] += DECAY * net.vector
    return float(loss) + 0.5 * DECAY * float(net.vector @ net.vector)


def _direction(net: Model, x: Array) -> Array:
    """F⁻¹ times the gradient, F with the quadratic term's share."""
    inputs = np.concatenate([x, np.ones((len(x), 1))], axis=1)
    scores = inputs @ net.vector.reshape(inputs.shape[1], -1)
    p = np.exp(scores - scores.max(axis=1, keepdims=True))
    matrix = fisher(inputs, p / p.sum(axis=1, keepdims=True))
    matrix[np.diag_indices_from(matrix)] += DECAY
    return np.asarray(np.linalg.solve(matrix, net.gradient))


def steps_to_level(optimizer: Any, lr: float, least: float) -> dict[str, Any]:
    """A job: steps until LEVEL of the way to `least` is left, 0 for never; with the model's own F if no optimizer."""
    net, x, y = _problem()
    update = None if optimizer is None else Update(live.optimizer(optimizer), net)
    most = _MOST[LABEL if update is None else "rules"]
    first = level = float("nan")
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(most + 1):
            loss = _loss(net, x, y)
            if step == 0:
                first, level = loss, least + LEVEL * (loss - least)
            if loss <= level:
                return {"steps": step}
            if not np.isfinite(loss) or loss > 1e6 * first:
                break
            if update is None:
                net.vector[:] -= lr * _direction(net, x)
            else:
                update.step()
    return {"steps": 0}


def least_loss() -> dict[str, float]:
    """A job: the least loss, by Newton's method; the Hessian of this model is its Fisher matrix."""
    net, x, y = _problem()
    for _ in range(30):
        loss = _loss(net, x, y)
        if float(np.abs(net.gradient).max()) < 1e-12:
            break
        net.vector[:] -= _direction(net, x)
    return {"loss": loss}


def reference(go: Go) -> dict[str, dict[str, float]]:
    """Label -> {"steps", "lr"}: the fewest steps to the level over a grid of rates, 0 for never within 1,000."""
    least = go([Job(f"{__name__}:least_loss", {})])[0]["loss"]
    net, _, _ = _problem()
    ours = presets.get("mlp")
    rules: dict[str, Optimizer | None] = {
        "SGD-Nesterov": SGD(1.0), "Adam": Adam(1.0), "NGDM Dir, diagonal": ours.optimizer("dirichlet", "diagonal"),
        "NGDM Dir, exact": ours.optimizer("dirichlet", "exact"), LABEL: None,
    }  # fmt: skip
    asked = []
    for label, rule in rules.items():
        gain = 1.0 if rule is None else mean_gain(rule, net)
        low, high = (-4, 1) if rule is None else (-3 * PER_DECADE, 2 * PER_DECADE)
        for k in range(low, high + 1):
            lr = float(f"{10.0 ** (k / PER_DECADE) / gain:.5g}")
            tree = None if rule is None else encode(rule.replace(lr=lr))
            asked.append((label, lr, Job(f"{__name__}:steps_to_level", {"optimizer": tree, "lr": lr, "least": least})))
    made: dict[str, dict[str, float]] = {label: {"steps": 0, "lr": 0.0} for label in rules}
    for (label, lr, _), result in zip(asked, go([job for *_, job in asked]), strict=True):
        before = made[label]["steps"]
        if result["steps"] and (not before or result["steps"] < before):
            made[label] = {"steps": result["steps"], "lr": lr}
    return made
