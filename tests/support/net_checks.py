"""Central differences for layers and models, and small data."""

from __future__ import annotations

import numpy as np

H = 1e-3  # of the differences of fourth order: truncation h^4 and rounding eps / h are near 1e-12


def bound(layer, shape, seed=0):
    """The layer for samples of a shape in float64, with parameters away from their first values."""
    rng = np.random.default_rng(seed)
    layer.build(shape)
    views = {name: np.zeros(dims) for name, (dims, _) in layer.parameters().items()}
    layer.bind(views, {name: np.full_like(view, np.nan) for name, view in views.items()}, np.float64, 2)
    layer.initialise(rng)
    for view in views.values():
        view += rng.normal(0.0, 0.3, view.shape)
    return layer


def numeric(function, array, h=H):
    """The derivative of function() by each number of an array, by central differences of fourth order."""
    out = np.empty(array.size)
    flat = array.reshape(-1)
    assert np.shares_memory(flat, array)
    for i in range(array.size):
        kept = flat[i]
        values = []
        for move in (-2, -1, 1, 2):
            flat[i] = kept + move * h
            values.append(function())
        flat[i] = kept
        out[i] = (values[0] - 8 * values[1] + 8 * values[2] - values[3]) / (12 * h)
    return out.reshape(array.shape)


def worst(found, wanted):
    """The largest difference relative to the largest number of both."""
    return np.abs(found - wanted).max() / max(np.abs(wanted).max(), np.abs(found).max(), 1e-3)


def layer_error(layer, x, *, training=True, key=(1, 2), seed=5):
    """The largest relative error of all derivatives of a layer at a batch x."""
    x = np.array(x, dtype=np.float64)
    y = layer.forward(x, training, key)
    weights = np.random.default_rng(seed).normal(size=y.shape)
    dx = np.array(layer.backward(weights.copy(), True))
    found = {name: g.copy() for name, g in layer.g.items()}

    def value():
        return float((weights * layer.forward(x, training, key)).sum())

    errors = [worst(dx, numeric(value, x))]
    errors += [worst(found[name], numeric(value, layer.p[name])) for name in layer.p]
    return max(errors)


def spread(shape, rng, gap=5e-3):
    """Numbers of size 1 of which no two are closer than `gap`, none within it of 0: no kink within reach of H."""
    n = int(np.prod(shape))
    ranks = rng.permutation(n) - n // 2
    return ((ranks + 0.5) * max(2 * gap, 2.0 / n)).reshape(shape)
