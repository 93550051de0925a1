"""The list of passes is what runs, in its order; and what each pass leaves in a text."""

from __future__ import annotations

import ast
import math
from math import sqrt
from pathlib import Path

import numpy as np
import pytest

import ngdm_lab.compiler.passes as folder
from ngdm_lab.compiler.cuda.simulation import MATH, prepared
from ngdm_lab.compiler.cuda.source import Device, device_text
from ngdm_lab.compiler.lanes.layout import Layout
from ngdm_lab.compiler.lanes.transform import lane_text
from ngdm_lab.compiler.lanes.writer import Writer
from ngdm_lab.compiler.passes import order
from ngdm_lab.compiler.source import gather
from ngdm_lab.compiler.vectors import vector_text


def curved(x, g, n):
    s = 0.0
    for i in range(n):
        s += x[i] * x[i] ** 1.5
        g[i] = math.exp(x[i]) * 2.0 + s
    return s


def summed(x, g, n, a):
    s = 0.0
    for i in range(n):
        s += x[i]
    for i in range(n):
        g[i] = (1.0 - a) * g[i] * s


def test_stages_and_targets_are_known_and_stages_follow_each_other():
    assert [p.stage for p in order.ORDER] == sorted((p.stage for p in order.ORDER), key=order.STAGES.index)
    assert all(p.targets and set(p.targets) <= set(order.TARGETS) for p in order.ORDER)
    assert all(p.what and "\n" not in p.what for p in order.ORDER)
    assert len({p.name for p in order.ORDER}) == len(order.ORDER)
    assert [p.name for p in order.passes(order.PLAIN)] == ["contract"]
    assert [p.name for p in order.passes(order.VECTORS)] == ["keep", "narrow", "contract"]


def test_every_file_of_the_folder_is_in_the_list():
    files = {file.stem for path in folder.__path__ for file in Path(path).glob("*.py")}
    used = {p.run.__module__.rpartition(".")[2] for p in order.ORDER}
    # those whose function has one of the signature of the list before it
    used |= {order.keep_in_register.__module__.rpartition(".")[2], order.Literals.__module__.rpartition(".")[2]}
    assert files - {"__init__", "order"} <= used


@pytest.mark.parametrize("target", order.TARGETS)
def test_the_passes_of_a_target_run_in_the_order_of_the_list(monkeypatch, target):
    ran = []

    def noted(p):
        def run(body, known, writer):
            ran.append(p.name)
            return p.run(body, known, writer)

        return order.Pass(p.name, p.stage, p.targets, p.what, run)

    monkeypatch.setattr(order, "ORDER", tuple(noted(p) if p.stage == order.REWRITE else p for p in order.ORDER))
    wanted = [p.name for p in order.passes(target)]
    if target == order.PLAIN:
        gather(summed)
    elif target == order.LANES:
        Writer("").add(summed, entry=True)
    elif target in (order.DOUBLE, order.SINGLE):
        device_text(summed, precision=target.split()[1])
    elif target == order.VECTORS:
        vector_text(summed, ["x", "g"], "float32")
    else:
        from ngdm_lab.nets.kernel import Kernel

        Kernel(lambda_free, ("T[::1]",)).text(np.float32)
    assert ran == wanted
    assert ran


def lambda_free(low, high, x):
    for i in range(low, high):
        x[i] = 2.0 * x[i]


def test_what_the_passes_leave():
    assert "_fma(x[i], x[i] ** 1.5, s)" in gather(curved)[0]
    text = Writer("")
    text.add(curved, entry=True)
    assert "_fma(x[i], power(x[i], 1.5), s)" in text.text()
    assert "exp(x[i])" in text.text()
    double = Device("float64")
    double.gather(curved)
    assert "_pow(_own_power, x[i], 1.5)" in double.text()
    assert "_f32(2.0)" in device_text(curved, precision="float32")
    narrow = vector_text(summed, ["x", "g"], "float32")[0]
    assert "s = _plus(s, _numba.float64(x[i]))" in narrow
    assert "_real(1.0 - a)" in narrow
    assert "_real" not in vector_text(summed, ["x", "g"], "float64")[0]


def test_the_simulator_has_a_gpu_s_math():
    text = prepared("from math import sqrt as root\nimport math as m\na, b = root(-1.0), m.log(0.0)\nc = 3 ** 2\n")
    assert "import" not in text
    assert "_whole_power(3, 2)" in text
    scope = {"_math": MATH, "_whole_power": lambda a, b: a**b}
    with np.errstate(all="ignore"):
        exec(text, scope)
    assert math.isnan(scope["a"])
    assert scope["b"] == -math.inf
    assert (MATH.pi, MATH.gcd(6, 4), float(MATH.sqrt(2.0))) == (math.pi, 2, sqrt(2.0))
    with pytest.raises(AttributeError):
        _ = MATH.no_such_function


def last_first(x, g, n):
    for i in range(n):
        g[i] = x[-i - 1 + 0 * n]


@pytest.mark.parametrize(("count", "wide", "n"), [(7, 5, 3), (4, 4, 2), (9, 1, 4)])
def test_a_layout_of_columns(count, wide, n):
    layout = Layout("np.uint64(STRIDE_)", "np.uint64(WIDE_)", 32, ("STRIDE_", "WIDE_"))
    made = lane_text(last_first, ["x", "g"], "", layout)
    tree = ast.parse(made.text)
    [function] = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    function.decorator_list = []  # as Python, with unsigned numbers as Python's
    scope = {"np": type("np", (), {"uint64": int})}
    exec(ast.unparse(tree), scope)
    size = (n - 1) * count + wide
    x, g = np.arange(1.0, size + 1.0), np.zeros(size)
    scope[made.name](x, g, n, np.zeros(32), count, wide)
    for j in range(n):
        row = slice(j * count, j * count + wide)
        back = slice((n - 1 - j) * count, (n - 1 - j) * count + wide)
        assert np.array_equal(g[row], x[back])
        assert not g[j * count + wide : (j + 1) * count].any()
