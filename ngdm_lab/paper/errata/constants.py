"""Errata of the experiments' constants: one rate for each coordinate, and ramps that reach 0 (E7, E10, E12)."""

from __future__ import annotations

import numpy as np

import landscapes as ls
from ngdm_lab.geometry import Dirichlet, trigamma
from ngdm_lab.nets import models, presets
from ngdm_lab.nets.groups import Group, groups
from ngdm_lab.nets.metric import Impossible, metrics
from ngdm_lab.optimizers import NGDM, SGD

from .erratum import Erratum, Numbers, closeness
from .walk import walk

__all__ = ["E7", "E10", "E12"]

ALPHA, RATE, STEPS, START = 4.0, 1e-4, 300, (-1.2, 1.0)
KERNEL, CHANNELS = 3, 64  # of E10's convolution, a common one: the paper's sizes are in its lost Figure 3


def _e7() -> Numbers:
    gradient = ls.rosenbrock().grad
    gain = float(1.0 / trigamma(ALPHA))
    ngdm = walk(NGDM(RATE, Dirichlet(ALPHA)), START, gradient, STEPS)
    matched = walk(SGD(RATE * gain), START, gradient, STEPS)
    same = walk(SGD(RATE), START, gradient, STEPS)
    found = {"alpha": ALPHA, "1/trigamma(alpha)": gain, "rate": RATE, "steps": STEPS,
             "largest difference from SGD at rate/trigamma(alpha)": float(np.abs(ngdm - matched).max()),
             "largest difference from SGD at the same rate": float(np.abs(ngdm - same).max())}  # fmt: skip
    # the MLP: a fixed rate for each of a neuron's weights
    preset = presets.get("mlp")
    group = groups(models.mlp(), preset.index)[0]
    solver = metrics(preset.optimizer(), [group], biases="same")[0][0].solver
    assert solver is not None  # the preset has a distribution
    gains = np.ones((1, group.length))
    solver.rows(gains)
    return {**found, "weights of a neuron, MLP": group.length, "least gain, MLP": float(gains.min()),
            "mean gain, MLP": float(gains.mean()), "largest gain, MLP": float(gains.max())}  # fmt: skip


def _say_e7(f: Numbers) -> str:
    return (
        f"On Rosenbrock from (-1.2, 1), {f['steps']:g} steps: the path of NGDM with alpha = {f['alpha']:g} and rate "
        f"{f['rate']:g} is that of SGD-Nesterov at {f['rate']:g}/psi'({f['alpha']:g}), {f['1/trigamma(alpha)']:.3f} "
        f"times the rate, {closeness(f['largest difference from SGD at rate/trigamma(alpha)'])}; from SGD at the same "
        f"rate it is up to {f['largest difference from SGD at the same rate']:.2g} away. The MLP's ramp gives the "
        f"{f['weights of a neuron, MLP']:g} weights of a neuron fixed factors of the rate from "
        f"{f['least gain, MLP']:.2f} to {f['largest gain, MLP']:.2f} (mean {f['mean gain, MLP']:.2f}); nothing in them "
        "depends on f."
    )


def _e10() -> Numbers:
    preset = presets.get("cifar_cnn")
    weights = [g for g in groups(models.cifar_cnn(), "fan_in") if g.kind == "weight"]
    found: dict[str, float] = {
        "weights of a neuron of the convolution": KERNEL**2 * CHANNELS,
        "weight tensors of the CIFAR net": len(weights),
    }
    for name in ("dirichlet", "gendir"):
        alpha = getattr(preset, name).alpha
        found[f"first i with alpha_i <= 0, {name}"] = int(np.argmax(alpha.values(KERNEL**2 * CHANNELS) <= 0.0)) + 1
        found[f"weight tensors without F, {name}"] = sum(_refused(preset.optimizer(name), group) for group in weights)
    return found


def _refused(opt: NGDM, group: Group) -> bool:
    try:
        metrics(opt, [group])
    except Impossible:
        return True
    return False


def _say_e10(f: Numbers) -> str:
    return (
        f"alpha_i is 0 at i = {f['first i with alpha_i <= 0, dirichlet']:g} (Dirichlet) and at pair "
        f"{f['first i with alpha_i <= 0, gendir']:g} (GenDir), but a neuron of a {KERNEL} x {KERNEL} convolution of "
        f"{CHANNELS} channels has {f['weights of a neuron of the convolution']:g} weights. With i along a neuron's "
        f"weights {f['weight tensors without F, dirichlet']:g} (Dirichlet) and "
        f"{f['weight tensors without F, gendir']:g} (GenDir) of the {f['weight tensors of the CIFAR net']:g} "
        "weight tensors of the lab's CIFAR net have no F."
    )


def _e12() -> Numbers:
    d = Dirichlet(ALPHA)
    found: dict[str, float] = {"F for one coordinate": float(d.on(1).fisher()[0, 0]),
                               "1/trigamma(alpha)": float(1.0 / trigamma(ALPHA))}  # fmt: skip
    try:
        d.on(1).solver("exact")
        found["exact inverse exists"] = 1
    except ValueError:
        found["exact inverse exists"] = 0
    for name in ("lstm_forecaster", "gru_forecaster"):
        preset = presets.get(name)
        single = [g for g in groups(getattr(models, name)(), preset.index) if g.length == 1]
        found[f"neurons with one weight, {name}"] = sum(g.count for g in single if g.kind == "weight")
    return found


def _say_e12(f: Numbers) -> str:
    return (
        f"F of Eq. 5 for one coordinate is {f['F for one coordinate']:g}, while Eq. 8's form has "
        f"1/psi'({ALPHA:g}) = {f['1/trigamma(alpha)']:.3f} there. The forecasters of a series of single numbers have "
        f"such weights: {f['neurons with one weight, lstm_forecaster']:g} neurons of the LSTM and "
        f"{f['neurons with one weight, gru_forecaster']:g} of the GRU see one input each."
    )


E7 = Erratum(
    "E7",
    "section 2.1 and the conclusion: NGDM takes account of the convexity of f",
    "F accounts for the curvature of the surface f",
    "claim",
    "A comparison at one shared rate compares rates; a fair one tunes each method, and beside NGDM stands SGD at the "
    "matched rate.",
    _e7,
    _say_e7,
    "test_e7_constant_diagonal_is_sgd",
    ("ngdm_lab/optimizers/ngdm.py", "paper_figures/e7_e10_e12_constants.py"),
    quote="матрица Фишера, которая учитывает кривизну поверхности f",
    translation="the Fisher matrix, which takes account of the curvature of the surface f",
)
E10 = Erratum(
    "E10",
    "section 4, constants of Table 3",
    "alpha_i = 7.4 - 0.02 i for the Dirichlet, alpha_i = 7.4 - 0.05 i for the generalised distribution, i in N",
    "number",
    "With Algorithm 5's reading of i Table 3 cannot be run; the lab's preset counts neurons instead and says so.",
    _e10,
    _say_e10,
    "test_e10_ramps_reach_zero",
    ("ngdm_lab/nets/presets.py", "paper_figures/e7_e10_e12_constants.py"),
    quote="αi = 7,4 – 0,02i, для обобщенного распределения Дирихле были выбраны αi = 7,4 – 0,05i",
    translation="alpha_i = 7.4 - 0.02 i, for the generalised Dirichlet distribution alpha_i = 7.4 - 0.05 i were chosen",
)
E12 = Erratum(
    "E12",
    "Algorithms 4 and 5 with Eq. 5",
    "F acts on the weight vector of every neuron; the text has K >= 2 in Eq. 4 and m = 2, ... in Eq. 10, and recurrent "
    "layers with one input",
    "claim",
    "A neuron with one weight has no Dirichlet metric; the lab uses the diagonal form there, and the log says so.",
    _e12,
    _say_e12,
    "test_e12_one_weight_has_no_metric",
    ("ngdm_lab/nets/metric.py", "paper_figures/e7_e10_e12_constants.py"),
    quote="wk ∈ ℝm, m = 2, ...",
    translation="the same formula",
)
