"""Optimizers and whole runs of nets on a GPU against the CPU: see `test_cuda_nets.py`."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import ngdm_lab as lab
from net_devices import ADAM, F32, F64, TINY, close, steps
from net_runs import STILL, points, same, small
from ngdm_lab import optimizers
from ngdm_lab.compiler.cuda.load import simulated
from ngdm_lab.nets import Update, fit
from ngdm_lab.nets.device import get, on_device


@pytest.fixture(autouse=True)
def gpu(way):
    """The device, in one of the three ways."""
    return get("cuda")


GENDIR = lab.GeneralizedDirichlet(lab.ramp(1.5, 0.1), 2.0)
RULES = {
    **{name: optimizers.get(name, lr=1e-3) for name in optimizers.names()},
    "adam": lab.Adam(1e-2, eps=1e-3, weight_decay=0.1),
    "adadelta": lab.Adadelta(0.1, eps=1e-3),
    "adagrad": lab.AdaGrad(1e-2, lr_decay=0.1, initial_accumulator_value=0.1),
    "rmsprop": lab.RMSProp(1e-3, eps=1e-3, momentum=0.5, centered=True),
    "sgd-previous": lab.SGD(1e-2, line8="previous", weight_decay=0.01, dampening=0.1),
    "sgd-accumulated": lab.SGD(1e-3, line8="accumulated"),
    "sgd-momentum": lab.SGD(1e-2, nesterov=False),
    "apollo-tensor": lab.Apollo(1e-3, warmup=3, scope="tensor"),
    "adam-exact": lab.preconditioned(ADAM.replace(lr=1e-3), lab.Dirichlet(lab.ramp(2.0, 0.3)), form="exact"),
    "apollo-exact": lab.preconditioned(lab.Apollo(1e-5), GENDIR, form="exact"),
}


@pytest.mark.parametrize("dtype", [F64, F32])
@pytest.mark.parametrize("name", RULES)
def test_optimizers(name, dtype):
    make, (x, y) = TINY["mlp_tanh"]
    sums = "apollo" in name or "exact" in name
    for index in ("fan_in", "fan_out", "layer", "flat") if "dir" in name else ("fan_in",):
        steps(make(dtype=dtype), x, y, RULES[name], sums=sums, index=index)
    if "dir" in name:
        steps(make(dtype=dtype), x, y, RULES[name], sums=sums, biases="plain")


@lab.update_rule(direction=True)
def smoothed(x, g, n, t):
    """A direction in which neighbours meet."""
    before = 0.0
    for i in range(n):
        now = g[i]
        g[i] = 0.5 * (now + before)
        before = now


@lab.update_rule(direction=True)
def scaled(x, g, n, t):
    """Sums that begin at a number."""
    a = 1.0
    b = 2.0
    for i in range(n):
        a += g[i] * g[i]
        b -= x[i]
    for i in range(n):
        g[i] = g[i] / a + b


@lab.update_rule(state=("s",))
def moving(x, g, s, n, t, lr):
    """A rule that takes its own step."""
    for i in range(n):
        s[i] += abs(g[i])
        x[i] -= lr * g[i] / (1.0 + s[i])


@pytest.mark.parametrize("rule", [smoothed, scaled, moving])
def test_a_rule_of_your_own(rule):
    make, (x, y) = TINY["mlp_tanh"]
    steps(make(dtype=F64), x, y, rule(lr=0.1), sums=rule is scaled)


def test_a_rule_that_is_no_plain_text_is_refused_by_name():
    table = np.ones(3)

    @lab.update_rule()
    def closed(x, g, n, t, lr):
        for i in range(n):
            x[i] -= lr * g[i] * table[0]

    with pytest.raises(TypeError, match=r"^closed cannot be compiled for CUDA: .*table is a ndarray.*device='cpu'"):
        Update(closed(lr=0.1), small().to("cuda"))


def test_a_whole_fit():
    settings = {"epochs": 2, "batch_size": 16, "validation": 0.2, "patience": 2, "norms_every": 3, **STILL}
    runs = [
        fit(small(dtype=F64, dropout=0.2), points(), ADAM, schedule=lab.nets.Cosine(), device=device, **settings)
        for device in ("cpu", "cuda")
    ]
    if simulated():
        same(*runs)
    for name in ("vector", "gradient_norm", "update_norm", "parameter_norm"):
        close(getattr(runs[1], name), getattr(runs[0], name), F64)
    assert [run.described["device"] for run in runs] == ["cpu", "cuda"]
    assert type(runs[1].vector) is np.ndarray
    assert {type(b) for b in runs[1].buffers.values()} == {np.ndarray}


def test_resume_goes_on_to_the_same_bits(tmp_path):
    settings = {"batch_size": 16, "device": "cuda", **STILL}
    make = lambda: small(dropout=0.2)  # noqa: E731
    whole = fit(make(), points(), ADAM, epochs=3, checkpoint=tmp_path / "a.npz", **settings)
    fit(make(), points(), ADAM, epochs=1, checkpoint=tmp_path / "b.npz", **settings)
    same(whole, fit(make(), points(), ADAM, epochs=3, checkpoint=tmp_path / "b.npz", resume=True, **settings))


def test_a_run_goes_on_elsewhere(tmp_path):
    """A checkpoint holds arrays of the host: begun on either side, it goes on on the other."""
    runs = []
    for first, then in (("cuda", "cpu"), ("cpu", "cuda"), ("cpu", "cpu")):
        path = tmp_path / f"{first}-{then}.npz"
        for epochs, device in ((1, first), (2, then)):
            run = fit(small(dtype=F64), points(), ADAM, epochs=epochs, batch_size=16, checkpoint=path, resume=True,
                      device=device, **STILL)  # fmt: skip
        runs.append(run)
    for run in runs[:2]:
        close(run.vector, runs[2].vector, F64)
        assert run.steps == runs[2].steps


def test_divergence_is_a_result():
    for dtype in (F64, F32):
        run = fit(small(dtype=dtype, batch_norm=False), points(), lab.SGD(1e30), epochs=2, device="cuda", **STILL)
        assert run.status == "diverged"


def test_copies_moves_and_first_parameters(gpu):
    model = small(dtype=F64)
    there = copy.deepcopy(model).to("cuda")
    assert there.device is gpu
    assert on_device(there.parameters["dense1.weight"])
    for copied in (copy.deepcopy(there), pickle.loads(pickle.dumps(there))):
        assert copied.device is gpu
        assert on_device(copied.vector)
        assert np.array_equal(gpu.host(copied.vector), model.vector)
        copied.vector[...] = 0.0
        assert not gpu.host(copied.parameters["dense1.weight"]).any()
    there.initialise(5)
    model.initialise(5)
    assert there.device is gpu
    back = there.to("cuda").to("cpu")
    assert back is there
    assert np.array_equal(back.vector, model.vector)
    assert type(back.vector) is np.ndarray


def test_an_update_stays_where_it_was_made():
    model = small()
    for there, update in (("cuda", Update(ADAM, model)), ("cpu", Update(ADAM, small().to("cuda")))):
        update.model.to(there)
        with pytest.raises(ValueError, match="moved to another device"):
            update.step()


def test_a_slice_of_the_loss(gpu):
    model, data = small(dtype=F64), points()
    slices = [lab.loss_slice(m, data=(data.x_test, data.y_test), pixels=3)
              for m in (model, copy.deepcopy(model).to("cuda"))]  # fmt: skip
    close(slices[1].values, slices[0].values, F64)
