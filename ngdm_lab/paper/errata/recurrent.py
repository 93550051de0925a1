"""Erratum of Eq. 14: as printed nothing recurs (E15)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.nets.layers.simple_rnn import SimpleRNN

from .erratum import Erratum, Numbers

__all__ = ["E15"]

STEPS, W, U = 6, 0.5, 0.9  # one unit, tanh, every input 1
_WORDS = {"printed": "as printed", "state": "of the usual cell"}


def _reach(reading: str) -> NDArray[np.float64]:
    """dh(n)/dx(n - k) for k = 0 to STEPS - 1, by the layer's own back-propagation."""
    layer = SimpleRNN(1, "tanh", reading=reading)
    layer.build((STEPS, 1))
    views = {name: np.zeros(shape) for name, (shape, _) in layer.parameters().items()}
    layer.bind(views, {name: np.zeros_like(view) for name, view in views.items()}, np.float64, 0)
    views["weight"][:], views["recurrent"][:] = W, U
    layer.forward(np.ones((1, STEPS, 1)), True)
    slopes = layer.backward(np.ones((1, 1)))
    assert slopes is not None  # it was wanted
    return slopes[0, ::-1, 0]


def _e15() -> Numbers:
    found: dict[str, float] = {"steps": STEPS, "w": W, "u": U}
    for reading in _WORDS:
        slopes = _reach(reading)
        found.update({f"dh(n)/dx(n - {k}), {reading}": float(slope) for k, slope in enumerate(slopes)})
        found[f"inputs seen, {reading}"] = int(np.count_nonzero(slopes))
    return found


def _say_e15(f: Numbers) -> str:
    rows = []
    for reading, words in _WORDS.items():
        slopes = ", ".join(f"{f[f'dh(n)/dx(n - {k}), {reading}']:.3g}" for k in range(STEPS))
        rows.append(f"{words} {slopes}: {f[f'inputs seen, {reading}']:g} of {STEPS} inputs are seen")
    return (
        f"One tanh unit, w = {W:g}, u = {U:g}, all inputs 1: dh(n)/dx(n - k) for k = 0 to {STEPS - 1} is "
        f"{'; '.join(rows)}."
    )


E15 = Erratum(
    "E15",
    "Eq. 14",
    "y^(l+1)(n) = phi(w^(l)(n) y^(l)(n) + u^(l)(n-1) y^(l)(n-1)): u multiplies the layer's previous input",
    "misprint",
    'As printed the layer is a convolution over two steps and remembers nothing; reading="state" is the usual cell, '
    'and reading="printed" is there to see the difference.',
    _e15,
    _say_e15,
    "test_e15_nothing_recurs",
    ("ngdm_lab/nets/layers/simple_rnn.py", "ngdm_lab/nets/layers/recurrent.py"),
    quote="u(l) (n – 1) – матрица весов с предыдущего состояния нейрона",
    translation="u(l)(n - 1) is the matrix of weights from the neuron's previous state",
)
