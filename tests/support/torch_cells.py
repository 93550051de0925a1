"""A table's cells by PyTorch alone, in float64: the nets in torch.nn, the rules from the paper's algorithms.

Nothing of the lab is used but what a `table_cells.Tape` holds: first parameters, batches and dropout's factors. Tensors
are seen as the paper's vectors w_k, one a row: a neuron's weights, in the lab's order of inputs, or a layer's biases.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import mpmath
import numpy as np
import torch
from torch import nn
from torch.nn import functional

from table_cells import Arrays, Tape

Tensor = torch.Tensor
MOMENTUM = 0.9
# the paper's, section 4: learning rate, alpha of Dir, alpha and beta of GenDir, where (a, b) stands for a + b i
CONSTANTS = {
    "mlp": (0.1, [(1.4, 0.005)], [(3.5, 0.005), (3.9, 0.005)]),
    "lenet5": (0.001, [(8.8, -0.005)], [(6.8, 0.005), (5.5, 0.005)]),
    "lstm_forecaster": (0.007, [(4.4, -0.005)], [(4.4, -0.005), (5.4, -0.005)]),
    "gru_forecaster": (0.007, [(4.4, -0.005)], [(4.4, -0.005), (5.4, -0.005)]),
}


# -- nets ------------------------------------------------------------------------------------------


class Masked(nn.Module):
    """Dropout whose factors are given."""

    def forward(self, x: Tensor) -> Tensor:
        return x * self.factors


class ChannelsLast(nn.Module):
    """Flatten as the lab does."""

    def forward(self, x: Tensor) -> Tensor:
        return x.permute(0, 2, 3, 1).flatten(1)


class Forecaster(nn.Module):
    def __init__(self, cell: type[nn.RNNBase]) -> None:
        super().__init__()
        self.cell, self.dense = cell(1, 128, batch_first=True), nn.Linear(128, 1)
        if cell is nn.LSTM:  # it has one bias in the lab
            nn.init.zeros_(self.cell.bias_hh_l0).requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        return self.dense(self.cell(x)[0][:, -1])


def mlp() -> nn.Module:
    def hidden(inputs: int, units: int) -> list[nn.Module]:
        return [nn.Linear(inputs, units), nn.BatchNorm1d(units, eps=1e-3), nn.ReLU(), Masked()]

    return nn.Sequential(nn.Flatten(), *hidden(784, 512), *hidden(512, 256), nn.Linear(256, 10))


def lenet5() -> nn.Module:
    maps = [nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)]
    dense = [nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)]
    return nn.Sequential(*maps, ChannelsLast(), *dense)


NETS: dict[str, Callable[[], nn.Module]] = {
    "mlp": mlp,
    "lenet5": lenet5,
    "lstm_forecaster": lambda: Forecaster(nn.LSTM),
    "gru_forecaster": lambda: Forecaster(nn.GRU),
}


# -- parameters as vectors -------------------------------------------------------------------------


@dataclass
class Vectors:
    """A parameter, and how it becomes the paper's vectors, one a row, and back."""

    tensor: nn.Parameter
    rows: Callable[[Tensor], Tensor]
    back: Callable[[Tensor], Tensor]


def _plain(p: nn.Parameter) -> Vectors:
    return Vectors(p, lambda t: t.reshape(-1, t.shape[-1]), lambda r: r.reshape(p.shape))


def _kernel(p: nn.Parameter) -> Vectors:
    """A convolution's: the lab counts the channel fastest."""
    f, c, high, wide = p.shape
    return Vectors(p, lambda t: t.permute(0, 2, 3, 1).reshape(f, -1),
                   lambda r: r.reshape(f, high, wide, c).permute(0, 3, 1, 2))  # fmt: skip


def _gru(p: nn.Parameter) -> Vectors:
    """Gates r, z, n in PyTorch, z, r, n in the lab; a swap that undoes itself."""

    def swapped(t: Tensor) -> Tensor:
        r, z, n = t.chunk(3)
        return torch.cat((z, r, n))

    def rows(t: Tensor) -> Tensor:
        return swapped(t).reshape(-1, t.shape[-1])

    return Vectors(p, rows, lambda r: swapped(r.reshape(p.shape)))


def vectors(net: nn.Module) -> list[Vectors]:
    """All trained parameters, in the lab's order."""
    found = []
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            found += [_kernel(module.weight), _plain(module.bias)]
        elif isinstance(module, nn.Linear | nn.BatchNorm1d):
            found += [_plain(module.weight), _plain(module.bias)]
        elif isinstance(module, nn.GRU):
            names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
            found += [_gru(getattr(module, name)) for name in names]
        elif isinstance(module, nn.LSTM):
            found += [_plain(getattr(module, name)) for name in ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0")]
    return found


def _rows_of(array: np.ndarray) -> Tensor:
    """The lab's tensor, neurons last, as vectors."""
    return torch.from_numpy(array[None] if array.ndim == 1 else array.reshape(-1, array.shape[-1]).T.copy())


# -- rules -----------------------------------------------------------------------------------------


def trigamma(x: Tensor) -> Tensor:
    """psi'; PyTorch's own polygamma is off by 1e-10."""
    return torch.tensor([_trigamma(float(v)) for v in x.flatten()], dtype=torch.float64).reshape(x.shape)


@cache
def _trigamma(x: float) -> float:
    return float(mpmath.psi(1, x))


def ramps(given: list[tuple[float, float]], many: int) -> list[Tensor]:
    """The values start + slope i for i = 1 to `many`."""
    i = torch.arange(1, many + 1, dtype=torch.float64)
    return [start + slope * i for start, slope in given]


def inverse_diagonal(given: list[tuple[float, float]], n: int) -> Tensor:
    """Eqs. 8 and 9: 1/psi' of alpha_1, alpha_2, ..., or of alpha_1, beta_1, alpha_2, ...; n may be odd (R7)."""
    many = -(-n // len(given))
    return (1 / trigamma(torch.stack(ramps(given, many), 1))).flatten()[:n]


def fisher(given: list[tuple[float, float]], n: int) -> Tensor:
    """Eq. 5 with one ramp, Eq. 7 with two, dense; an odd n gets a partner there (R7)."""
    if len(given) == 1:
        (alpha,) = ramps(given, n)
        return torch.diag(trigamma(alpha)) - trigamma(alpha.sum())
    pairs = zip(*ramps(given, (n + 1) // 2), strict=True)
    return torch.block_diag(*(torch.diag(trigamma(torch.stack(pair))) - trigamma(sum(pair)) for pair in pairs))


def preconditioner(given: list[tuple[float, float]], form: str, n: int) -> Callable[[Tensor], Tensor]:
    """F^-1 on rows of n coordinates; one alone has the diagonal form (E12)."""
    if form == "diagonal" or n == 1:
        d = inverse_diagonal(given, n)
        return lambda u: u * d
    factors = torch.linalg.lu_factor(fisher(given, n))
    m = len(factors[0])
    return lambda u: torch.linalg.lu_solve(*factors, functional.pad(u, (0, m - n)).T).T[:, :n]


class Ngdm:
    """Algorithm 4 for one tensor: lines 4 to 9 with lambda = tau = 0, line 8 as Eq. 2 has it (E4)."""

    def __init__(self, lr: float, solve: Callable[[Tensor], Tensor]) -> None:
        self.lr, self.solve, self.b = lr, solve, None

    def step(self, g: Tensor) -> Tensor:
        self.b = g.clone() if self.b is None else MOMENTUM * self.b + g
        return -self.lr * self.solve(g + MOMENTUM * self.b)


class Apollo:
    """Algorithm 3 for one tensor, from i = 0 (E11), with the author's constants and 500 steps of warm-up."""

    beta, eps, least, warmup = 0.9, 1e-2, 0.01, 500

    def __init__(self, lr: float, shape: torch.Size) -> None:
        self.lr, self.i = lr, 0
        self.m, self.d, self.B = (torch.zeros(shape, dtype=torch.float64) for _ in range(3))

    def step(self, g: Tensor) -> Tensor:
        beta, i = self.beta, self.i
        below = 1 - beta ** (i + 1)
        m = beta * (1 - beta**i) / below * self.m + (1 - beta) / below * g
        norm = (self.d**4).sum() ** 0.25
        a = ((self.d * (m - self.m)).sum() + (self.d * self.B * self.d).sum()) / (norm + self.eps) ** 4
        self.B = self.B - a * self.d**2
        self.m, self.d, self.i = m, m / torch.clamp(self.B.abs(), min=self.least), i + 1
        rate = self.lr / 1000 + (self.lr - self.lr / 1000) / self.warmup * i
        return -rate * self.d


def rate(model: str, label: str) -> float:
    """The column's learning rate: PyTorch's defaults, Apollo's author's, the paper's, or the one that is matched."""
    if label == "SGD at NGDM's mean rate":
        lr, alpha, _ = CONSTANTS[model]
        shapes = [v.rows(v.tensor).shape for v in vectors(NETS[model]())]
        gains = [inverse_diagonal(alpha, n).expand(count, n).flatten() for count, n in shapes]
        return lr * float(torch.cat(gains).mean())
    return CONSTANTS[model][0] if label.startswith("NGDM") else 0.01 if label == "Apollo" else 0.001


def stepper(model: str, label: str, made: list[Vectors]) -> Callable[[], None]:
    """A function that takes the column's step from the gradients."""
    lr, tensors = rate(model, label), [v.tensor for v in made]
    if label == "Adam":
        return torch.optim.Adam(tensors, lr).step
    if not label.startswith(("NGDM", "Apollo")):
        return torch.optim.SGD(tensors, lr, momentum=MOMENTUM, nesterov=True).step
    if label == "Apollo":
        rules: list[Any] = [Apollo(lr, v.rows(v.tensor).shape) for v in made]
    else:
        _, kind, form = label.replace(",", "").split()
        given = CONSTANTS[model][1 if kind == "Dir" else 2]
        rules = [Ngdm(lr, preconditioner(given, form, v.rows(v.tensor).shape[1])) for v in made]

    @torch.no_grad()
    def step() -> None:
        for rule, v in zip(rules, made, strict=True):
            v.tensor += v.back(rule.step(v.rows(v.tensor.grad)))

    return step


# -- a training ------------------------------------------------------------------------------------


def train(model: str, label: str, tape: Tape, steps: int) -> tuple[np.ndarray, Arrays]:
    """The losses of the first steps and the parameters after them, in the lab's shapes and order."""
    net = NETS[model]().double()
    made = vectors(net)
    with torch.no_grad():
        for v, array in zip(made, tape.start.values(), strict=True):
            v.tensor.copy_(v.back(_rows_of(array)))
    step = stepper(model, label, made)
    dropouts = [module for module in net.modules() if isinstance(module, Masked)]
    losses = []
    for (x, y), masks in zip(tape.batches[:steps], tape.masks, strict=False):
        for dropout, mask in zip(dropouts, masks, strict=True):
            dropout.factors = torch.from_numpy(mask)
        images = np.moveaxis(x, -1, 1) if x.ndim == 4 else x
        target = torch.from_numpy(y)
        net.zero_grad()
        out = net(torch.from_numpy(np.ascontiguousarray(images)))
        loss = functional.mse_loss(out, target) if y.ndim == 2 else functional.cross_entropy(out, target)
        loss.backward()
        step()
        losses.append(loss.item())
    last = {
        name: v.rows(v.tensor.detach()).T.reshape(array.shape).numpy().copy()
        for v, (name, array) in zip(made, tape.start.items(), strict=True)
    }
    return np.array(losses), last
