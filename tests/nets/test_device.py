"""Devices where there is no GPU, and which rules give each coordinate a thread."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import ngdm_lab as lab
from net_runs import points, small
from ngdm_lab import optimizers
from ngdm_lab.compiler.cuda import device as cuda_device
from ngdm_lab.compiler.errors import Unavailable
from ngdm_lab.nets import device, fit
from ngdm_lab.nets.cuda import updates as cuda_updates
from ngdm_lab.nets.training import kernels


@pytest.fixture
def nothing(monkeypatch):
    monkeypatch.setattr(cuda_device, "reason", lambda: "no NVIDIA driver can be used")
    device._cuda.cache_clear()
    yield
    device._cuda.cache_clear()


def test_without_a_gpu_one_line_says_so(nothing, capsys):
    from ngdm_lab.cli.main import main

    model = small()
    for ask in (lambda: model.to("cuda"), lambda: fit(model, points(), lab.SGD(0.1), device="cuda")):
        with pytest.raises(Unavailable, match=r"^backend 'cuda': no NVIDIA driver can be used$"):
            ask()
    assert type(model.vector) is np.ndarray
    assert main(["train", "mlp", "--backend", "cuda"]) == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_without_cupy_one_line_names_the_extra(monkeypatch):
    monkeypatch.setattr(cuda_device, "reason", lambda: "")
    monkeypatch.setitem(sys.modules, "cupy", None)
    device._cuda.cache_clear()
    with pytest.raises(Unavailable, match=r"^backend 'cuda': nets need CuPy .*ngdm-lab\[cuda\]") as caught:
        small().to("cuda")
    assert "\n" not in str(caught.value)


def test_another_word_is_refused():
    with pytest.raises(ValueError, match="'tpu'"):
        small().to("tpu")
    with pytest.raises(ValueError, match="'gpu'"):
        fit(small(), points(), lab.SGD(0.1), device="gpu")


def test_a_net_on_the_cpu_loads_no_cuda_package():
    code = ("import sys, ngdm_lab as lab, numpy as np; m = lab.nets.mlp(inputs=3, sizes=(2,), classes=2); "
            "m.loss_and_gradient(np.ones((2, 3)), np.array([0, 1])); lab.nets.Update(lab.SGD(0.1), m).step(); "
            "assert not {'numba.cuda', 'cupy'} & set(sys.modules)")  # fmt: skip
    subprocess.run([sys.executable, "-c", code], check=True)


def shared(rule):
    first, rest = kernels.parts(rule, True, True)
    return cuda_updates.shared([first, *rest], rule, "float32", False)


def test_which_rules_give_each_coordinate_a_thread():
    for name in optimizers.names():
        found = shared(optimizers.get(name, lr=0.1).rule)
        assert not found.whole
        # Apollo's two sums depend on each other, and the direction on both
        assert (len(found.kernels), found.sums) == ((3, 2) if name == "apollo" else (1, 0)), name


@lab.update_rule(direction=True)
def neighbours(x, g, n, t):
    for i in range(1, n):
        g[i] = g[i - 1]


@lab.update_rule(direction=True)
def running(x, g, n, t):
    s = 0.0
    for i in range(n):
        s = 0.9 * s + g[i]
        g[i] = s


@lab.update_rule(direction=True)
def sometimes(x, g, n, t):
    s = 0.0
    for i in range(n):
        if g[i] > 0.0:
            s = g[i]
        g[i] = s


@lab.update_rule(direction=True)
def counting(x, g, n, t):
    for i in range(n):
        g[i] = g[i] * i


@lab.update_rule(direction=True)
def sized(x, g, n, t):
    c = 1.0 / n
    for i in range(n):
        g[i] = c * g[i]


@lab.update_rule(direction=True)
def first(x, g, n, t):
    c = g[0]
    for i in range(n):
        g[i] = g[i] - c


@lab.update_rule(direction=True)
def left(x, g, n, t):
    for i in range(n):
        a = g[i]
    for i in range(n):
        g[i] = a


@lab.update_rule(direction=True)
def twice(x, g, n, t):
    for i in range(n):
        a = g[i]
        g[i] = a * a
    for i in range(n):
        a = x[i]
        g[i] = g[i] + a


@lab.update_rule(direction=True)
def pairs(x, g, n, t):
    a = 1.0
    b = 0.0
    for i in range(n):
        a += g[i] * g[i]
        b -= x[i]
    for i in range(n):
        g[i] = g[i] / a + b


@lab.update_rule(direction=True)
def growing(x, g, n, t):
    s = 0.0
    for i in range(n):
        s += g[i]
        g[i] = s


@lab.update_rule(direction=True)
def again(x, g, n, t):
    s = 0.0
    for i in range(n):
        s += g[i]
    for i in range(n):
        s += x[i]
    for i in range(n):
        g[i] = s


@lab.update_rule(direction=True)
def ended(x, g, n, t):
    for i in range(n):
        if g[i] > 1.0:
            break
        g[i] = 0.0


@pytest.mark.parametrize("rule", [neighbours, running, sometimes, counting, sized, first, left, growing, again, ended])
def test_coordinates_that_meet_are_seen(rule):
    assert shared(rule).whole


def test_coordinates_that_do_not_meet_are_seen():
    for rule, sums in ((twice, 0), (pairs, 2)):
        found = shared(rule)
        assert (found.whole, found.sums) == (False, sums)
        assert len(found.kernels) == 1 + (sums > 0)
