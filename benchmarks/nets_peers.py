"""The five architectures in PyTorch (eager) and JAX (jit): a training step on one batch, for nets.py.

A step is forward, backward and an update by SGD with Nesterov's momentum. Written as their users write them: channels
first in PyTorch, and in its settings for speed; channels last in JAX; PyTorch's own recurrent layers, a scan in JAX.
Batch normalisation keeps running statistics in PyTorch and none in JAX, whose net is so a little cheaper.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Go = Callable[[], float]
LR, MOMENTUM = 1e-3, 0.9  # of every contestant's update
SETTINGS = {  # of PyTorch: whether channels come last in memory, whether the update is one fused kernel
    "channels first": (False, False),
    "channels first, fused update": (False, True),
    "channels last": (True, False),
    "channels last, fused update": (True, True),
}


def torch_step(name: str, x: np.ndarray, y: np.ndarray, threads: int, setting: str) -> tuple[Go, int]:
    """PyTorch's step in one of the `SETTINGS`, as a function that returns the loss, and the number of parameters."""
    import torch
    from torch import nn
    from torch.nn import functional

    torch.set_num_threads(threads)
    torch.manual_seed(0)

    def dense(i: int, o: int) -> list[Any]:
        return [nn.Linear(i, o), nn.BatchNorm1d(o), nn.ReLU(), nn.Dropout(0.2)]

    def conv(i: int, o: int) -> list[Any]:
        return [nn.Conv2d(i, o, 3, padding=1), nn.BatchNorm2d(o), nn.ReLU()]

    def block(i: int, o: int) -> list[Any]:
        return [*conv(i, o), *conv(o, o), nn.MaxPool2d(2)]

    class Forecaster(nn.Module):
        def __init__(self, cell: Any) -> None:
            super().__init__()
            self.cell, self.out = cell(1, 128, batch_first=True), nn.Linear(128, 1)

        def forward(self, x: Any) -> Any:
            return self.out(self.cell(x)[0][:, -1])

    def lenet() -> Any:
        first = [nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU()]
        tail = [nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)]
        return nn.Sequential(*first, nn.MaxPool2d(2), nn.Flatten(), *tail)

    def cnn() -> Any:
        maps = [*block(3, 32), *block(32, 64), *block(64, 128)]
        return nn.Sequential(*maps, nn.Flatten(), nn.Linear(2048, 128), nn.ReLU(), nn.Linear(128, 10))

    net = {
        "mlp": lambda: nn.Sequential(*dense(784, 512), *dense(512, 256), nn.Linear(256, 10)),
        "lenet5": lenet,
        "cifar_cnn": cnn,
        "lstm_forecaster": lambda: Forecaster(nn.LSTM),
        "gru_forecaster": lambda: Forecaster(nn.GRU),
    }[name]()
    images = x.ndim == 4
    tx = torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2)) if images else x)
    ty = torch.from_numpy(y)
    lost = functional.mse_loss if name.endswith("forecaster") else functional.cross_entropy

    last, fused = SETTINGS[setting]
    if images and last:
        net, tx = (thing.to(memory_format=torch.channels_last) for thing in (net, tx))
    opt = torch.optim.SGD(net.parameters(), lr=LR, momentum=MOMENTUM, nesterov=True, fused=fused)

    def go() -> float:
        opt.zero_grad()  # to None, PyTorch's default
        loss = lost(net(tx), ty)
        loss.backward()
        opt.step()
        return float(loss.detach())

    return go, sum(p.numel() for p in net.parameters())


def jax_step(name: str, x: np.ndarray, y: np.ndarray, threads: int) -> tuple[Go, int]:
    """The same step by JAX's jit; its threads are limited by the environment, before this is called."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    shapes: list[tuple[int, ...]] = []

    def weight(*shape: int) -> int:
        shapes.append(shape)
        return len(shapes) - 1

    def dense(i: int, o: int) -> Callable[..., Any]:
        w, b = weight(i, o), weight(o)
        return lambda p, x, key: x @ p[w] + p[b]

    def conv(i: int, o: int, k: int, padding: str) -> Callable[..., Any]:
        w, b = weight(k, k, i, o), weight(o)
        form = ("NHWC", "HWIO", "NHWC")
        return lambda p, x, key: lax.conv_general_dilated(x, p[w], (1, 1), padding, dimension_numbers=form) + p[b]

    def norm(o: int) -> Callable[..., Any]:
        gamma, beta = weight(o), weight(o)

        def apply(p: Any, x: Any, key: Any) -> Any:
            axes = tuple(range(x.ndim - 1))
            return (x - x.mean(axes)) * lax.rsqrt(x.var(axes) + 1e-5) * p[gamma] + p[beta]

        return apply

    def relu(p: Any, x: Any, key: Any) -> Any:
        return jnp.maximum(x, 0.0)

    def drop(p: Any, x: Any, key: Any) -> Any:
        return jnp.where(jax.random.bernoulli(key, 0.8, x.shape), x / 0.8, 0.0)

    def pool(p: Any, x: Any, key: Any) -> Any:
        return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")

    def flat(p: Any, x: Any, key: Any) -> Any:
        return x.reshape(len(x), -1)

    def recurrent(gates: int) -> Callable[..., Any]:
        w, u, b, c = weight(1, gates * 128), weight(128, gates * 128), weight(gates * 128), weight(gates * 128)

        def lstm(p: Any, state: Any, z: Any) -> Any:
            h, cell = state
            i, f, g, o = jnp.split(z + h @ p[u], 4, axis=1)
            cell = jax.nn.sigmoid(f) * cell + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(cell), cell), None

        def gru(p: Any, state: Any, z: Any) -> Any:
            h = state[0]
            (a, r, n), (sa, sr, sn) = jnp.split(z, 3, axis=1), jnp.split(h @ p[u] + p[c], 3, axis=1)
            a, r = jax.nn.sigmoid(a + sa), jax.nn.sigmoid(r + sr)
            n = jnp.tanh(n + r * sn)
            return (n + a * (h - n), state[1]), None

        def apply(p: Any, x: Any, key: Any) -> Any:
            z = jnp.swapaxes(x, 0, 1) @ p[w] + p[b]
            zero = jnp.zeros((len(x), 128), x.dtype)
            step = lstm if gates == 4 else gru
            return lax.scan(lambda state, z: step(p, state, z), (zero, zero), z)[0][0]

        return apply

    def block(i: int, o: int) -> list[Any]:
        return [conv(i, o, 3, "SAME"), norm(o), relu, conv(o, o, 3, "SAME"), norm(o), relu, pool]

    layers = {
        "mlp": lambda: [dense(784, 512), norm(512), relu, drop, dense(512, 256), norm(256), relu, drop, dense(256, 10)],
        "lenet5": lambda: [
            *(conv(1, 6, 5, "SAME"), relu, pool, conv(6, 16, 5, "VALID"), relu, pool, flat),
            *(dense(400, 120), relu, dense(120, 84), relu, dense(84, 10)),
        ],
        "cifar_cnn": lambda: [
            *(*block(3, 32), *block(32, 64), *block(64, 128), flat, dense(2048, 128), relu, dense(128, 10)),
        ],
        "lstm_forecaster": lambda: [recurrent(4), dense(128, 1)],
        "gru_forecaster": lambda: [recurrent(3), dense(128, 1)],
    }[name]()
    rng = np.random.default_rng(0)
    params = [jnp.asarray(rng.normal(0.0, 0.05, shape).astype(np.float32)) for shape in shapes]
    jx, jy = jnp.asarray(x), jnp.asarray(y)

    def lost(p: Any, key: Any) -> Any:
        z = jx
        for number, layer in enumerate(layers):
            z = layer(p, z, jax.random.fold_in(key, number) if layer is drop else None)
        if name.endswith("forecaster"):
            return ((z - jy) ** 2).mean()
        return -jnp.take_along_axis(jax.nn.log_softmax(z), jy[:, None], axis=1).mean()

    @jax.jit
    def step(p: Any, v: Any, key: Any) -> Any:
        value, slopes = jax.value_and_grad(lost)(p, key)
        v = [MOMENTUM * old + slope for old, slope in zip(v, slopes, strict=True)]
        moved = zip(p, v, slopes, strict=True)
        return value, [old - LR * (slope + MOMENTUM * new) for old, new, slope in moved], v

    key, state = jax.random.PRNGKey(0), [params, [jnp.zeros_like(p) for p in params]]

    def go() -> float:
        value, *state[:] = step(*state, key)
        jax.block_until_ready(state)
        return float(value)

    return go, int(sum(p.size for p in params))
