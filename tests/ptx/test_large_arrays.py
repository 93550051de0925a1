"""Kernels on arrays of more than 2^31 elements, of which only the last are touched: indices need 64 bits."""

from __future__ import annotations

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from cuda_laws import SINGLE, agree
from launch_laws import at_the_end
from ngdm_lab.compiler.cuda import device as cuda_device
from ngdm_lab.nets.cuda import updates as cuda_updates
from ngdm_lab.nets.device import Simulated
from ngdm_lab.nets.layers.activations import bias_tanh, flat_tanh
from ngdm_lab.nets.training import kernels
from ptx_cpu import reserved

pytestmark = pytest.mark.parametrize("way", ["ptx"], indirect=True)
MANY = 2**31 + 2**20  # elements


@pytest.mark.parametrize("s", [ls.sphere(8), ls.rastrigin(10).noisy(0.1)], ids=["registers", "arrays"])
def test_runs(s, way, monkeypatch):
    at_the_end(lambda: agree(lab.Adam(0.01), s, 4, 20), monkeypatch)


def test_runs_in_single_precision(way, monkeypatch):
    run = lambda: agree(lab.Adam(0.01), ls.sphere(8), 4, 20, precision="float32", tolerance=SINGLE)  # noqa: E731
    at_the_end(run, monkeypatch)


@pytest.fixture
def last_block(way, monkeypatch):
    """Of every launch only the last block is run."""

    def configured(kernel, blocks, threads, *rest):
        return lambda *given: kernel.launch(blocks, threads, given, [blocks - 1])

    monkeypatch.setattr(cuda_device, "configured", configured)


def large(shape, precision="float32"):
    """An array of the device and the same as the host's."""
    held = reserved(shape, precision)
    return held.view(Simulated), held


def test_elements_of_a_layer(last_block):
    (x, _), (y, made) = large(MANY + 5), large(MANY + 5)
    x[MANY:] = 0.25
    flat_tanh(len(x), x, y)
    assert np.allclose(made[MANY:], np.tanh(0.25), rtol=1e-6)


def test_rows_of_a_layer(last_block):
    (y, made), (bias, _) = large((MANY // 1024, 1024)), large(1024)
    y[-1] = 0.25
    bias_tanh(len(y), y, bias)
    assert np.allclose(made[-1], np.tanh(0.25), rtol=1e-6)


def test_states_of_an_update(last_block):
    """Adam's two rows of states have more than 2^31 elements together."""
    opt, count = lab.Adam(1e-2), 2**30 + 2**20
    hyper = list(opt.settings().values())
    ends = []
    for size, made in ((count, cuda_updates), (4, kernels)):
        arrays = [large(shape) for shape in (size, size, (2, size), 1)] + [large(len(hyper), "float64")]
        (_, x), (_, g), (_, states), _, (_, h) = arrays
        x[-4:], g[-4:], h[:] = np.linspace(-1, 1, 4), np.linspace(0.25, 1, 4), hyper
        [run] = made.fused(opt.rule, "float32", diagonal=False, descends=True)
        x_, g_, states_, d_, h_ = (pair[0 if made is cuda_updates else 1] for pair in arrays)
        run(x_, g_, states_, 1, h_, d_, opt.lr, 0, size)
        ends.append(np.vstack([x[-4:], states[:, -4:]]))
    assert np.allclose(*ends, rtol=1e-6)
    assert ends[0][1:].all()
