"""JAX and optax in `ensemble.py`: vmap over runs as their users write it, and the layouts that suit XLA better."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

from contestants import Contestant, diagonal, fastest, hyper, rules

import ngdm_lab as lab

UNROLLED, BLOCKS = (1, 4), (640, 128)  # steps of a scan that become one; runs of a block


def start_jax_on_one_core() -> None:
    """Let JAX make its threads while the process may use one core only: it has no setting that does the same."""
    try:
        import jax
    except ImportError:
        return
    if not hasattr(os, "sched_setaffinity"):  # not Linux: its numbers are then those of all cores
        return
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    jax.block_until_ready(jax.numpy.zeros(1) + 1.0)
    os.sched_setaffinity(0, cores)


def value_of(surface: Any) -> Callable[[Any], Any]:
    """The landscape along the first axis: of one run's x, or of (n, runs)."""
    import jax.numpy as jnp

    return {
        "rosenbrock": lambda x: jnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2, axis=0),
        "rastrigin": lambda x: jnp.sum(x**2 + 20.0 * jnp.sin(jnp.pi * x) ** 2, axis=0),
    }[surface.family.name]


def update_of(surface: Any, rule: str, gains: Any) -> Callable[..., Any]:
    """(x, g, m, v, t) to the next x, m, v; `gains` has the shape that x needs."""
    import jax.numpy as jnp

    h, c = hyper(rule), diagonal(surface)[-1]

    def adam(x: Any, g: Any, m: Any, v: Any, t: Any) -> Any:
        m = h[1] * m + (1 - h[1]) * g
        v = h[2] * v + (1 - h[2]) * g * g
        step = m / (1 - h[1] ** t) / (jnp.sqrt(v / (1 - h[2] ** t)) + h[3])
        return x - h[0] * step, m, v

    def nesterov(x: Any, g: Any, b: Any, v: Any, t: Any) -> Any:
        b = h[1] * b + g
        u = gains * (g + h[1] * b)
        if rule == "exact":
            u = u + c * gains * jnp.sum(u, axis=0)
        return x - h[0] * u, b, v

    return adam if rule == "adam" else nesterov


def timed(compiled: Callable[[Any], Any], x0: Any, clock: Callable[[], float]) -> Contestant:
    """The call alone; its first result is kept as x of shape (n, runs) or (runs, n), whichever it is."""
    import jax

    def go() -> float:
        began = clock()
        out = jax.block_until_ready(compiled(x0))
        seconds = clock() - began
        go.x = out[0]  # type: ignore[attr-defined]
        return seconds

    return go


def in_jax(
    surface: Any, rule: str, runs: int, steps: int, records: bool, clock: Callable[[], float] = time.process_time
) -> Contestant | None:
    """vmap over runs, scan over steps, jitted; gradients by JAX.

    With `records` it keeps of each run what `ensemble` keeps: whether it is alive, the best value inside the bounds
    and the first hit. Without, nothing but the last point and value.
    """
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    low, high = jnp.array(surface.bounds.T)
    value = value_of(surface)
    value_and_grad, update = jax.value_and_grad(value), update_of(surface, rule, jnp.array(diagonal(surface)[:-1]))

    def note(kept: Any, x: Any, f: Any, limit: Any, t: Any) -> Any:
        alive, best, hit = kept
        alive = alive & jnp.all(jnp.abs(x) <= limit) & jnp.isfinite(f)
        counts = alive & jnp.all((x >= low) & (x <= high))
        near = counts & (f - surface.f_min <= 1e-3) & (hit < 0)
        return alive, jnp.where(counts & (f < best), f, best), jnp.where(near, t, hit)

    def run(x: Any) -> Any:
        limit = 1e12 * jnp.maximum(1.0, jnp.max(jnp.abs(x)))

        def step(state: Any, t: Any) -> Any:
            (x, m, v), kept = state
            f, g = value_and_grad(x)
            if records:
                kept = note(kept, x, f, limit, t)
            return (update(x, g, m, v, t), kept), None

        zero = jnp.zeros_like(x)
        begin = (x, zero, zero), (True, jnp.inf, -1.0)
        ((x, _, _), kept), _ = jax.lax.scan(step, begin, jnp.arange(1.0, steps + 1.0))
        return x, value(x), kept

    x0 = jnp.array(lab.ensemble(rules()[rule], surface, runs, 0).x0)
    return timed(jax.jit(jax.vmap(run)), x0, clock)


def in_jax_last(surface: Any, rule: str, runs: int, steps: int, unroll: int, block: int | None) -> Contestant | None:
    """x of shape (n, runs), all at once or in blocks of runs one after another, and the scan unrolled."""
    try:
        import jax
        import jax.numpy as jnp
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    value = value_of(surface)
    gradient, update = (
        jax.grad(lambda x: jnp.sum(value(x))), update_of(surface, rule, jnp.array(diagonal(surface)[:-1, None])),
    )  # fmt: skip

    def run(x: Any) -> Any:
        def step(state: Any, t: Any) -> Any:
            x, m, v = state
            return update(x, gradient(x), m, v, t), None

        zero = jnp.zeros_like(x)
        (x, _, _), _ = jax.lax.scan(step, (x, zero, zero), jnp.arange(1.0, steps + 1.0), unroll=unroll)
        return x, value(x)

    x0 = jnp.array(lab.ensemble(rules()[rule], surface, runs, 0).x0.T)
    if block is None:
        return timed(jax.jit(run), x0, time.process_time)
    blocks = x0.reshape(surface.dim, -1, block).transpose(1, 0, 2)
    return timed(jax.jit(lambda x: jax.lax.map(run, x)), blocks, time.process_time)


def in_jax_best(surface: Any, rule: str, runs: int, steps: int, few: bool = False) -> Contestant | None:
    """The fastest of the layouts, or of the two that are usually best."""
    made = {"vmap over runs": in_jax(surface, rule, runs, steps, False)}
    for block in BLOCKS[:1] if few else (None, *BLOCKS):
        for unroll in UNROLLED[:1] if few else UNROLLED:
            name = f"runs last, {'all at once' if block is None else f'blocks of {block}'}, {unroll} steps"
            made[name] = in_jax_last(surface, rule, runs, steps, unroll, block)
    present = {name: go for name, go in made.items() if go is not None}
    return fastest(present) if present else None


def in_optax(surface: Any, rule: str, runs: int, steps: int) -> Contestant | None:
    """optax's transformations, one run's scan under vmap."""
    try:
        import jax
        import jax.numpy as jnp
        import optax
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    h, d = hyper(rule), diagonal(surface)
    gains, value = jnp.array(d[:-1]), value_of(surface)

    def natural(u: Any, _: Any) -> Any:
        u = gains * u
        return -h[0] * (u + d[-1] * gains * jnp.sum(u) if rule == "exact" else u)

    if rule == "adam":
        optimizer = optax.adam(h[0], b1=h[1], b2=h[2], eps=h[3])
    else:
        optimizer = optax.chain(optax.trace(decay=h[1], nesterov=True), optax.stateless(natural))

    def run(x: Any) -> Any:
        def step(state: Any, _: Any) -> Any:
            x, kept = state
            change, kept = optimizer.update(jax.grad(value)(x), kept, x)
            return (optax.apply_updates(x, change), kept), None

        (x, _), _ = jax.lax.scan(step, (x, optimizer.init(x)), None, length=steps)
        return x, value(x)

    x0 = jnp.array(lab.ensemble(rules()[rule], surface, runs, 0).x0)
    return timed(jax.jit(jax.vmap(run)), x0, time.process_time)
