"""A counter-based generator in plain source: a number depends on its key and counters alone.

So a run's start and its noise are the same in any batch, on any number of threads and on a GPU. The mixing
function is SplitMix64's finaliser (Steele, Lea and Flood 2014, "Fast splittable pseudorandom number
generators"), applied once for each counter. Arguments are uint64 and arithmetic is modulo 2^64, so the
functions run compiled only; `uniforms` is the door from NumPy.
"""

from __future__ import annotations

from functools import cache
from math import cos, log, pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .checks import check_integer

__all__ = ["normals", "uniforms"]

TAU = 2 * pi
LARGEST = 2**64 - 1
STREAM_STARTS = 1
STREAM_NOISE = 2


def mix(z):
    """SplitMix64's finaliser: a bijection of uint64 in which every bit of z reaches every bit."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def bits(key, stream, run, step, i):
    """64 random bits for (key, stream, run, step, i), all uint64."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    z = mix(key * golden + stream)
    z = mix(z + (run + np.uint64(1)) * golden)
    z = mix(z + (step + np.uint64(1)) * golden)
    return mix(z + (i + np.uint64(1)) * golden)


def uniform(key, stream, run, step, i):
    """A number in the open interval (0, 1): 52 random bits in the middle of their cells."""
    return (np.float64(bits(key, stream, run, step, i) >> np.uint64(12)) + 0.5) * 2.0**-52


def normal(key, stream, run, step, i):
    """A standard normal number (Box and Muller 1958)."""
    two = np.uint64(2) * i
    u = uniform(key, stream, run, step, two)
    v = uniform(key, stream, run, step, two + np.uint64(1))
    return sqrt(-2.0 * log(u)) * cos(TAU * v)


def fill_uniform(key, stream, first, out):
    """out[r, i] = uniform(key, stream, first + r, 0, i)."""
    for r in range(out.shape[0]):
        for i in range(out.shape[1]):
            out[r, i] = uniform(key, stream, first + np.uint64(r), np.uint64(0), np.uint64(i))


def fill_normal(key, run, step, out):
    """out[i] = normal(key, STREAM_NOISE, run, step, i)."""
    for i in range(out.shape[0]):
        out[i] = normal(key, np.uint64(STREAM_NOISE), run, step, np.uint64(i))


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
