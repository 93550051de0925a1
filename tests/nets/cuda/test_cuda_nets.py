"""Nets on a GPU against the CPU: `pytest -m gpu` on a machine with one.

Where there is none, `test_nets_on_simulator.py` runs this very file on Numba's simulator, at sizes it can do.
"""

from __future__ import annotations

import numpy as np
import pytest
from numba import cuda

import ngdm_lab as lab
from net_devices import ADAM, F32, F64, TINY, batch, close, steps
from ngdm_lab.compiler.cuda import device as cuda_device
from ngdm_lab.compiler.cuda.load import simulated
from ngdm_lab.nets.cuda import kernels as cuda_kernels
from ngdm_lab.nets.device import get, on_device
from ngdm_lab.nets.layers.activations import flat_tanh
from ngdm_lab.nets.layers.dropout import drop


@pytest.fixture(autouse=True)
def gpu(way):
    """The device, in one of the three ways."""
    return get("cuda")


@pytest.mark.parametrize("dtype", [F64, F32])
@pytest.mark.parametrize("name", TINY)
def test_training_steps(name, dtype):
    make, (x, y) = TINY[name]
    for opt in (lab.SGD(0.05), ADAM):
        steps(make(dtype=dtype), x, y, opt)


def test_every_kernel_is_in_these_nets(gpu, monkeypatch):
    monkeypatch.setattr(gpu, "patches", 64)  # so that a batch of images is more than one part
    for make, (x, y) in TINY.values():
        make().to("cuda").loss_and_gradient(x, y, rng=0)
    unused = [name for name, kernel in cuda_kernels.elementwise().items() if not kernel.sources]
    # the host's form of `pool`, a whole image an item; on the host alone images lie side by side
    assert unused == ["lanes.put_together", "lanes.take_apart", "max_pool.pool_narrow", "winograd.turn"]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [F64, F32])
@pytest.mark.parametrize(
    ("make", "data"),
    [
        (lab.nets.mlp, batch((784,), 10, 8)),
        (lab.nets.lenet5, batch((28, 28, 1), 10, 2)),
        (lab.nets.cifar_cnn, batch((32, 32, 3), 10, 2)),
        (lab.nets.lstm_forecaster, batch((20, 1), 0, 2)),
        (lab.nets.gru_forecaster, batch((20, 1), 0, 2)),
    ],
)
def test_the_five_models(make, data, dtype):
    """At full size; more samples for the MLP, where batch normalisation divides by their spread."""
    steps(make(dtype=dtype), *data, lab.SGD(1e-3), count=2 if simulated() else 3)


@pytest.mark.parametrize("items", [0, 1, 2, 3, 4, 5, 9, 300])
def test_items_are_shared_out_whole(items, gpu):
    x = np.linspace(-2, 2, items + 3)
    y, there = np.full_like(x, 7.0), gpu.array(np.full_like(x, 7.0))
    flat_tanh(items, x, y)
    flat_tanh(items, gpu.array(x), there)
    close(there, y, F64)
    assert (gpu.host(there)[items:] == 7.0).all()


def test_two_grids_of_a_kernel_are_two(gpu):
    @cuda.jit
    def kernel(x):
        cuda.atomic.add(x, 0, 1)

    for grids in (((1, 2), (3, 2)), ((3, 2), (1, 2))):
        ready = [cuda_device.configured(kernel, *grid) for grid in grids]
        for (blocks, threads), run in zip(grids, ready, strict=True):
            count = cuda.to_device(np.zeros(1, np.int64))
            run(count)
            assert count.copy_to_host()[0] == blocks * threads


@pytest.mark.parametrize("seed", [0, 2**63 - 1])
def test_dropout_draws_the_same_masks(seed, gpu):
    x = np.ones(500)
    masks = []
    for array in (np.asarray, gpu.array):
        mask, y = array(np.zeros(500)), array(np.zeros(500))
        drop(500, array(x), mask, y, seed, 3, 2, 2**62 + 5, int(0.8 * 2**63), 1 / 0.8)
        masks.append(gpu.host(mask) if on_device(mask) else mask)
    assert np.array_equal(*masks)
    assert 300 < np.count_nonzero(masks[0]) < 480


def test_arrays_of_the_host_are_refused(gpu):
    x, y = np.zeros(4), gpu.array(np.zeros(4))
    with pytest.raises(TypeError, match="an array of the host's"):
        flat_tanh(4, y, x)
    for wrong in (gpu.array(np.zeros(8))[::2], gpu.array(np.zeros((4, 1))), gpu.array(np.zeros(4, np.float32))):
        with pytest.raises(TypeError, match=r"takes float64\[::1\], got"):
            flat_tanh(4, y, wrong)
    if simulated():  # what CuPy does there, this does too
        for wrong in (lambda: y + x, lambda: y.__setitem__(slice(None), x), lambda: np.copyto(y, y)):
            with pytest.raises(TypeError):
                wrong()
