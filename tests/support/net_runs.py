"""Small nets and data for tests of training."""

from __future__ import annotations

import numpy as np

import ngdm_lab as lab
from ngdm_lab.nets.data import Data

STILL = {"progress": False}


def points(m=50, classes=3, n=4, seed=0):
    """Clouds around corners, which a small net tells apart."""
    rng = np.random.default_rng(seed)

    def some(count):
        y = np.arange(count) % classes
        return np.eye(n)[y] * 3 + rng.normal(size=(count, n)), y

    return Data(*some(m), *some(20), name="clouds")


def small(seed=0, dropout=0.0, batch_norm=True, dtype=np.float32):
    return lab.nets.mlp(sizes=(8,), inputs=4, classes=3, dropout=dropout, batch_norm=batch_norm, seed=seed, dtype=dtype)


def same(a, b):
    """Two runs agree in every bit but their seconds."""
    for name in a.history:
        if name != "seconds":
            assert np.array_equal(a.history[name], b.history[name], equal_nan=True), name
    for name in ("norm_steps", "gradient_norm", "update_norm", "parameter_norm", "vector"):
        assert np.array_equal(getattr(a, name), getattr(b, name)), name
    assert (a.status, a.steps) == (b.status, b.steps)
    return True
