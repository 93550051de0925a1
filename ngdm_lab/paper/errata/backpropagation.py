"""Errata of Algorithm 5: the sign of its update and the order of its loops (E13, E14)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

import numpy as np

from ngdm_lab.nets import presets

from .erratum import Erratum, Numbers, closeness
from .walk import Vector, walk

__all__ = ["E13", "E14"]

# E13: one neuron y = w . x without activation, E = (d - y)^2 / 2
INPUT, TARGET, WEIGHTS = np.array([1.0, 2.0]), 3.0, np.array([0.5, -0.25])
E13_RATE, E13_MOMENTUM, E13_STEPS = 0.05, 0.5, 8
# E14: L layers of `WIDTH` tanh neurons; E = |d - y^(L)|^2 / 2
L, WIDTH = 3, 2


def _e13() -> Numbers:
    def in_place_of_the_gradient(sign: float, w: Vector) -> Vector:
        """What lines 5, 8 and 16 make: delta y with delta = dE/de dy/dv, e = d - y; the sign 1 is the printed one."""
        e = TARGET - w @ INPUT
        delta = sign * e * 1.0  # dE/de = e, dy/dv = 1
        return delta * INPUT

    found: dict[str, float] = {"steps": E13_STEPS, "rate": E13_RATE, "momentum": E13_MOMENTUM}
    opt = presets.get("mlp").optimizer(lr=E13_RATE, momentum=E13_MOMENTUM)
    for reading in ("current", "accumulated"):
        for name, sign in (("printed", 1.0), ("corrected", -1.0)):
            points = walk(opt.replace(line8=reading), WEIGHTS, partial(in_place_of_the_gradient, sign), E13_STEPS)
            errors = 0.5 * (TARGET - points @ INPUT) ** 2
            found["first E"] = float(errors[0])
            found[f"last E, {name}, {reading}"] = float(errors[-1])
            found[f"steps with a larger E, {name}, {reading}"] = int(np.sum(np.diff(errors) > 0))
    return found


def _say_e13(f: Numbers) -> str:
    return (
        f"One neuron y = w.x (x = (1, 2), d = 3, w = (0.5, -0.25), the MLP's Dirichlet constants, diagonal, rate "
        f"{f['rate']:g}, momentum {f['momentum']:g}): in {f['steps']:g} steps E goes from {f['first E']:.2f} to "
        f"{f['last E, printed, current']:.3g} as printed, up in {f['steps with a larger E, printed, current']:g} of "
        f"them, and to {f['last E, corrected, current']:.2g} with the sign of delta corrected. With line 18 to the "
        f"letter, g piled up, E goes up in {f['steps with a larger E, printed, accumulated']:g} of "
        f"{f['steps']:g}, to {f['last E, printed, accumulated']:.3g}."
    )


def _weights() -> dict[int, Vector]:
    """w^(1) to w^(L), (WIDTH, WIDTH) each: fixed numbers without a pattern."""
    values = np.cos(np.arange(1.0, L * WIDTH**2 + 1) ** 2).reshape(L, WIDTH, WIDTH)
    return {layer + 1: values[layer] for layer in range(L)}


def _forward(w: dict[int, Vector], source: int) -> tuple[dict[int, Vector], dict[int, Vector]]:
    """Lines 2 to 4: y and v by layer; layer l multiplies y^(l + source), 0 as line 3 prints it, -1 as line 14."""
    y, v = {0: np.array([0.3, -0.8])}, {}
    for layer in range(1, L + 1):
        v[layer + 1 + source] = w[layer] @ y[layer + source]
        y[layer + 1 + source] = np.tanh(v[layer + 1 + source])
    return y, v


def _backward(w: dict[int, Vector], order: Iterable[int], deltas: dict[int, Vector]) -> dict[int, Vector]:
    """Lines 5 to 14 for the layers in an order: delta^(l) into `deltas`, and delta^(l) y^(l-1) by layer."""
    y, v = _forward(w, -1)
    e = np.array([0.5, 0.1]) - y[L]
    products = {}
    for layer in order:
        after = e if layer == L else w[layer + 1].T @ deltas[layer + 1]
        deltas[layer] = after * (1.0 - np.tanh(v[layer]) ** 2)
        products[layer] = np.outer(deltas[layer], y[layer - 1])
    return products


def _missing(run: Callable[[], object]) -> int:
    """The index of what a part of the algorithm reads before anything has made it; -1 if it runs."""
    try:
        run()
    except KeyError as error:
        return int(error.args[0])
    return -1


def _error(w: dict[int, Vector]) -> float:
    return float(0.5 * np.sum((np.array([0.5, 0.1]) - _forward(w, -1)[0][L]) ** 2))


def _slopes(w: dict[int, Vector]) -> dict[int, Vector]:
    """dE/dw by central differences."""
    out = {}
    for layer, matrix in w.items():
        out[layer] = np.empty_like(matrix)
        for place in np.ndindex(*matrix.shape):
            step = np.zeros_like(matrix)
            step[place] = 1e-5
            more, less = _error({**w, layer: matrix + step}), _error({**w, layer: matrix - step})
            out[layer][place] = (more - less) / 2e-5
    return out


def _e14() -> Numbers:
    w = _weights()
    before: dict[int, Vector] = {}
    missing = _missing(lambda: _backward(w, range(L + 1), before))
    products, slopes = _backward(w, range(L, 0, -1), {}), _slopes(w)
    return {
        "layers": L,
        "y missing in line 3": _missing(lambda: _forward(w, 0)),
        "delta missing in line 10": missing,
        "deltas made in the printed order": len(before),
        "deltas made in the reversed order": len(products),
        "largest |delta y + dE/dw|, reversed": max(float(np.abs(products[k] + slopes[k]).max()) for k in w),
    }


def _say_e14(f: Numbers) -> str:
    return (
        f"Executed to the letter with L = {f['layers']:g}: line 3 stops at y({f['y missing in line 3']:g})"
        ", since only y(0) is given, and would make y(L + 1), which line 5 does not read. Line 6 begins with l = 0 and "
        f"stops at once: line 10 needs delta({f['delta missing in line 10']:g}), and "
        f"{f['deltas made in the printed order']:g} deltas are made. With y(l-1) in line 3 and l from L down to 1 all "
        f"{f['deltas made in the reversed order']:g} are made, and delta(l) y(l-1) is minus dE/dw "
        f"{closeness(f['largest |delta y + dE/dw|, reversed'], 1e-8)} (the minus is E13)."
    )


E13 = Erratum(
    "E13",
    "Algorithm 5, lines 5, 8 and 19",
    "e = d - y, delta = dE/de * dy/dv, w <- w - eta F^-1 g with g made of delta y",
    "misprint",
    "The update climbs: who types Algorithm 5 from the page sees E grow; the lab steps along minus the gradient.",
    _e13,
    _say_e13,
    "test_e13_sign_of_algorithm_5",
    ("ngdm_lab/nets/training/update.py", "tests/support/naive_nets.py"),
    quote="5: e (n) ← d (n) – y(L) (n)",
    translation="the same formula",
)
E14 = Erratum(
    "E14",
    "Algorithm 5, lines 2, 3, 6 and 14",
    "forward with w(l) y(l) for l from 1 to L; backward for l from 0 to L, where delta(l) is made of delta(l + 1), and "
    "the gradient is delta(l) y(l-1)",
    "misprint",
    "The loop must run from L down to 1, as back-propagation does; the lab does so.",
    _e14,
    _say_e14,
    "test_e14_order_of_algorithm_5",
    ("ngdm_lab/nets/model.py", "tests/support/naive_nets.py"),
    quote="6: for l from 0 to L do",
    translation="the same line",
)
