"""A step by hand on a tensor of PyTorch's: in place, the step of the same array."""

from __future__ import annotations

import numpy as np
import pytest

import ngdm_lab as lab

torch = pytest.importorskip("torch", reason="PyTorch is not installed")


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("parameter", [False, True], ids=["tensor", "parameter"])
def test_a_tensor_is_stepped_in_place(dtype, parameter):
    opt = lab.NGDM(0.1, lab.Dirichlet(2.0))
    x = torch.tensor([[1.0, -2.0], [3.0, 0.5]], dtype=dtype, requires_grad=parameter)
    array = x.detach().numpy().copy()
    state, same = opt.init(x), opt.init(array)
    for _ in range(3):
        g = 2 * x.detach()
        opt.step(x, g, state)
        opt.step(array, g.numpy(), same)
    assert np.array_equal(x.detach().numpy(), array)
    assert x.requires_grad == parameter


def test_a_tensor_of_another_kind_is_refused():
    x = torch.tensor([1.0], dtype=torch.bfloat16)
    with pytest.raises(TypeError, match="x must be a float64 or float32 array, since it is changed in place; got"):
        lab.SGD(0.1).step(x, [1.0], lab.SGD(0.1).init([1.0]))
