"""The kernels of the CUDA engine against the CPU: every rule, transforms, noise, functions of one's own; see `ways`.

Landscapes are in `test_cuda_landscapes.py`; batches, memory and the like in `test_cuda_device.py`.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from numba import cuda

import landscapes as ls
import ngdm_lab as lab
import value_functions
from cuda_laws import EXACT, RULES, SINGLE, agree, same
from ngdm_lab.compiler.cuda import device as cuda_device
from ngdm_lab.compiler.cuda.load import device_function

pytestmark = pytest.mark.usefixtures("way")

@lab.update_rule(state=("b",), direction=True)
def clipped(x, g, b, n, t, momentum=0.9, most=1.0):
    for i in range(n):
        b[i] = momentum * b[i] + min(max(g[i], -most), most)
        g[i] = b[i]


WEIGHTS = np.array([1.0, 2.0, 3.0])


@ls.landscape(bounds=(-3, 3), minima=[[0.0, 0.0, 0.0]])
def crossed(x, g, weights=WEIGHTS, power=4.0):
    f = 0.0
    for i in range(3):
        f += weights[i] * math.pow(abs(x[i]), power) + math.log(1.0 + x[i] * x[i])
        slope = weights[i] * power * math.pow(abs(x[i]), power - 1.0)
        g[i] = (slope if x[i] > 0.0 else -slope) + 2.0 * x[i] / (1.0 + x[i] * x[i])
    return f


@ls.landscape(bounds=(-3, 3), minima=[[0.0] * 4])
def whole(x, g):
    f = 0.0
    for i in range(4):
        c = math.gcd(i + 2, 6) * math.ldexp(x[i], i % 3)  # of whole numbers, in single precision too
        f += c * x[i]
        g[i] = 2.0 * c
    return f


@pytest.mark.parametrize("s", [ls.rosenbrock(2), ls.rastrigin(10)], ids=lambda s: s.name)
@pytest.mark.parametrize("opt", RULES, ids=lambda o: f"{o.name}-{o.rule.name}")
def test_every_rule(opt, s):
    agree(opt, s)


@pytest.mark.parametrize(
    "text",
    ["ackley:11:rotated=1:noisy=0.2", "levy:6:flipped=2:rotated=3:shifted=0.3:scaled=2", "rastrigin:3:noisy=0.2"],
)
def test_transforms_and_noise(text):
    agree(EXACT, ls.parse(text), seed=3)
    agree(lab.Adam(1e-2), ls.parse(text), seed=4)


def test_functions_of_ones_own():
    agree(clipped(lr=0.01), crossed, 3, exact=False)
    for derived in (value_functions.three_deep, value_functions.branches, value_functions.product_of_all):
        value_only = ls.landscape(bounds=(-1.5, 1.5), dim=4)(derived)
        agree(lab.SGD(1e-4), value_only, 3, 20)
    agree(clipped(lr=0.01), whole, 3, exact=False)
    agree(clipped(lr=0.01), whole, 3, 20, precision="float32", tolerance=SINGLE)
    runs = lab.ensemble(clipped(lr=1e-3), value_only, 3, 20, backend="cuda", precision="float32")
    assert np.allclose(runs.x, lab.ensemble(clipped(lr=1e-3), value_only, 3, 20).x, atol=1e-2)


def test_a_function_that_is_not_for_cuda_is_named():
    outer = np.array([1.0, 2.0])

    @ls.landscape(bounds=(-1, 1), minima=[[0.0, 0.0]])
    def closed(x, g):
        g[0], g[1] = 2 * outer[0] * x[0], 2 * outer[1] * x[1]
        return outer[0] * x[0] ** 2 + outer[1] * x[1] ** 2

    words = r"^closed cannot be compiled for CUDA: .*outer is a ndarray.*backend='cpu'"
    with pytest.raises(TypeError, match=words) as caught:
        lab.ensemble(EXACT, closed, 2, 2, backend="cuda")
    assert "\n" not in str(caught.value)


def test_a_grid_of_settings():
    grid = [lab.NGDM(lr, lab.Dirichlet(alpha), form="exact") for lr in (1e-4, 1e-3) for alpha in (1.4, 4.0, 12.0)]
    for runs, opt in zip(agree(grid, ls.styblinski_tang(4), 3), grid, strict=True):
        same(runs, lab.ensemble(opt, ls.styblinski_tang(4), 3, 100, backend="cuda"))


def test_polygamma_functions():
    from ngdm_lab.geometry import inverse_trigamma, trigamma
    from ngdm_lab.geometry.inverse_trigamma import inverse_trigamma_source
    from ngdm_lab.geometry.trigamma import trigamma_source

    psi, back = device_function(trigamma_source), device_function(inverse_trigamma_source)

    @cuda.jit
    def both(x, y, z):
        i = cuda.grid(1)
        if i < x.size:
            y[i] = psi(x[i])
            z[i] = back(y[i])

    x = np.concatenate([np.geomspace(1e-100, 1e100, 15), [0.5, 1.0, 12.0, 0.0, -1.0]])
    there = [cuda.to_device(a) for a in (x, np.empty_like(x), np.empty_like(x))]
    cuda_device.configured(both, 1, len(x))(*there)
    y, z = (a.copy_to_host() for a in there[1:])
    assert np.allclose(y, trigamma(x), rtol=4e-15, atol=0, equal_nan=True)
    assert np.allclose(z, inverse_trigamma(y), rtol=4e-15, atol=0, equal_nan=True)
