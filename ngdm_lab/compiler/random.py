"""A counter-based generator in plain source: a number depends on its key and counters alone.

So a run's start and its noise are the same in any batch, on any number of threads and on a GPU. The mixing
function is SplitMix64's finaliser (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
generators"), applied once for each counter. Arguments are uint64 and arithmetic is modulo 2^64, so the
functions run compiled only; `uniforms` is the door from NumPy.

Normal numbers are Box and Muller's (1958), both of a pair: coordinates 2j and 2j + 1 of a run's step come from the
uniform numbers with these indices (first versions gave every coordinate two of its own, and noise other numbers).
They are made of what the compiler turns into vector code, with the same bits in lanes as alone.
"""

from __future__ import annotations

from functools import cache
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import check_integer
from .math.float64 import log
from .math.turns import cospi, sinpi

__all__ = ["normals", "uniforms"]

LARGEST = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15  # 2^64 over the golden ratio
STREAM_STARTS = 1
STREAM_NOISE = 2


def mix(z):
    """SplitMix64's finaliser: a bijection of uint64 in which every bit of z reaches every bit."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def further(z, counter):
    """The state of a chain after one more counter."""
    return mix(z + (counter + np.uint64(1)) * np.uint64(GOLDEN))


def of_run(key, stream, run):
    """The state of a run's chain; `further(of_run(key, stream, run), step)` is that of its step."""
    return further(mix(key * np.uint64(GOLDEN) + stream), run)


def bits(key, stream, run, step, i):
    """64 random bits for (key, stream, run, step, i), all uint64."""
    return further(further(of_run(key, stream, run), step), i)


def unit(word):
    """A number in the open interval (0, 1): 52 of 64 random bits in the middle of their cells."""
    return (np.float64(word >> np.uint64(12)) + 0.5) * 2.0**-52


def uniform(key, stream, run, step, i):
    """A number in the open interval (0, 1)."""
    return unit(bits(key, stream, run, step, i))


def narrow(u):
    """u in the precision of the engine; a GPU in single precision has a text of its own for it."""
    return u


def pair(z, j):
    """The standard normal numbers of coordinates 2j and 2j + 1, for the state z of a run's step."""
    even = j << np.uint64(1)
    radius = sqrt(-2.0 * log(narrow(unit(further(z, even)))))
    turn = narrow(2.0 * unit(further(z, even + np.uint64(1))))
    return radius * cospi(turn), radius * sinpi(turn)


def normal(z, i):
    """The standard normal number of coordinate i, for the state z of a run's step."""
    first, second = pair(z, i >> np.uint64(1))
    return second if i & np.uint64(1) != np.uint64(0) else first


def add_normals(g, scale, z):
    """g[i] <- g[i] + scale * normal(z, i)."""
    n = g.shape[0]
    for j in range(n >> 1):
        first, second = pair(z, np.uint64(j))
        g[2 * j] += scale * first
        g[2 * j + 1] += scale * second
    if n & 1:
        first, second = pair(z, np.uint64(n >> 1))
        g[n - 1] += scale * first


def fill_uniform(key, stream, first, out):
    """out[r, i] = uniform(key, stream, first + r, 0, i)."""
    for r in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[r, i] = uniform(key, stream, first + np.uint64(r), np.uint64(0), np.uint64(i))


def fill_normal(key, run, step, out):
    """out[i] = the noise of coordinate i."""
    for i in range(out.shape[0]):
        out[i] = 0.0
    add_normals(out, 1.0, further(of_run(key, np.uint64(STREAM_NOISE), run), step))


@cache
def _fill_normal() -> Any:
    from numba import float64, types, uint64

    from .build import build

    return build(fill_normal, types.void(uint64, uint64, uint64, float64[::1]))


def normals(n: int, *, key: int, run: int, step: int) -> NDArray[np.float64]:
    """The standard normal numbers (n,) that are the noise of a run's gradient at a step."""
    out = np.empty(n)
    _fill_normal()(np.uint64(key), np.uint64(run), np.uint64(step), out)
    return out


@cache
def _fill() -> Any:
    from numba import float64, types, uint64

    from .build import build

    return build(fill_uniform, types.void(uint64, uint64, uint64, types.Array(float64, 2, "C")))


def uniforms(runs: int, n: int, *, seed: int, stream: int = STREAM_STARTS, first: int = 0) -> NDArray[np.float64]:
    """Uniform numbers in (0, 1), shape (runs, n); row r is that of run `first + r`, whatever the batch.

    Raises TypeError or ValueError for a seed or a first run that is no whole number from 0 to 2^64 - 1.
    """
    out = np.empty((runs, n))
    seed, first = check_integer("seed", seed, 0, LARGEST), check_integer("first", first, 0, LARGEST)
    _fill()(np.uint64(seed), np.uint64(stream), np.uint64(first), out)
    return out
