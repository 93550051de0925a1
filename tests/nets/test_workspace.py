"""Arrays that a layer keeps: memory grows to the largest shape and is shared by the smaller ones."""

from __future__ import annotations

import numpy as np

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
