"""Arrays of a layer: memory grows to the largest shape and is shared by the smaller ones; runs have no other."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

import ngdm_lab as lab
from ngdm_lab.nets import fit, presets
from ngdm_lab.nets.data import Data
from ngdm_lab.nets.workspace import Workspace


def test_one_memory_for_all_shapes_of_a_name():
    room = Workspace(np.float32)
    large = room("y", (8, 3))
    small = room("y", (5, 3))
    assert small.base is large.base
    assert room("y", (8, 3)) is large
    assert large.dtype == np.float32
    assert small.flags.c_contiguous
    assert room.nbytes == 8 * 3 * 4


def test_growing_leaves_no_view_of_the_old_memory():
    room = Workspace(np.float64)
    small = room("y", (2, 3))
    other = room("x", (2, 3))
    large = room("y", (4, 3))
    assert room("y", (2, 3)) is not small
    assert room("y", (2, 3)).base is large.base
    assert room("x", (2, 3)) is other
    assert room("places", (2,), np.int32).dtype == np.int32


OPTIMIZERS = [lab.Adam(1e-3), presets.get("mlp").optimizer("gendir", "exact", lr=1e-5)]


@pytest.mark.parametrize("opt", OPTIMIZERS, ids=lambda opt: opt.name)
def test_training_allocates_no_arrays_between_the_ends_of_epochs(opt):
    """Batches, masks, products, update: all in place after the first steps."""
    rng = np.random.default_rng(0)
    data = Data(rng.normal(size=(640, 784)), np.arange(640) % 10, rng.normal(size=(10, 784)), np.arange(10))
    peaks = []

    class Watch:
        def on_step(self, run):
            if run.steps == 12:  # the second epoch's second step
                tracemalloc.start()
            if run.steps == 18:
                peaks.append(tracemalloc.get_traced_memory()[1])
                tracemalloc.stop()

    fit(lab.nets.mlp(), data, opt, 2, 64, callbacks=[Watch()], progress=False)
    assert len(peaks) == 1
    assert peaks[0] < 32_768  # a batch is 200,704 bytes, the parameters 2,149,416
