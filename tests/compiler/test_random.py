"""The counter-based generator against plain integers, and its statistics."""

from __future__ import annotations

from functools import cache
from math import cos, log, pi, sin, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ngdm_lab.compiler import random
from ngdm_lab.compiler.build import build

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15
words = st.integers(0, MASK)


def finaliser(z: int) -> int:
    """SplitMix64's output function in Python's own integers."""
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


def chained(key: int, stream: int, *counters: int) -> int:
    z = finaliser((key * GOLDEN + stream) & MASK)
    for counter in counters:
        z = finaliser((z + (counter + 1) * GOLDEN) & MASK)
    return z


def as_uniform(word: int) -> float:
    return ((word >> 12) + 0.5) / 2**52


@cache
def compiled(name: str, result: str) -> Any:
    import numba

    word = numba.uint64
    return build(getattr(random, name), getattr(numba, result)(word, word, word, word, word))


def test_the_finaliser_is_splitmix64() -> None:
    """The first outputs of SplitMix64 seeded with 1234567, as published with Vigna's C code and on Rosetta Code."""
    states = [(1234567 + k * GOLDEN) & MASK for k in range(1, 6)]
    assert [finaliser(z) for z in states] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


@given(words, words, words, words, words)
def test_bits(key: int, stream: int, run: int, step: int, i: int) -> None:
    words = [np.uint64(v) for v in (key, stream, run, step, i)]
    assert int(compiled("bits", "uint64")(*words)) == chained(key, stream, run, step, i)
    assert compiled("uniform", "float64")(*words) == as_uniform(chained(key, stream, run, step, i))


@given(words, words, words, st.integers(1, 9))
def test_normals(key: int, run: int, step: int, n: int) -> None:
    """Two coordinates share two uniform numbers: Box and Muller's cosine and sine."""
    u = [as_uniform(chained(key, random.STREAM_NOISE, run, step, i)) for i in range(n + 1)]
    pairs = [(sqrt(-2 * log(u[i])), 2 * pi * u[i + 1]) for i in range(0, n, 2)]
    want = [r * wave(t) for r, t in pairs for wave in (cos, sin)][:n]
    got = random.normals(n, key=key, run=run, step=step)
    assert got == pytest.approx(want, rel=1e-13, abs=1e-13)
    assert np.array_equal(got[:-1], random.normals(n - 1, key=key, run=run, step=step))  # n does not matter


def test_extremes_stay_inside() -> None:
    assert as_uniform(0) > 0.0
    assert as_uniform(MASK) < 1.0
    assert sqrt(-2 * log(as_uniform(0))) < 8.6  # the largest normal number there is


def test_golden_values() -> None:
    """Kept so that no later change alters anyone's starts."""
    want = [[as_uniform(chained(7, 1, 3 + r, 0, i)) for i in range(3)] for r in range(2)]
    assert random.uniforms(2, 3, seed=7, first=3).tolist() == want
    assert random.uniforms(1, 2, seed=0).tolist() == [[0.8543399066900693, 0.9507873759689632]]


@given(st.integers(0, MASK), st.integers(0, 40), st.integers(1, 6), st.integers(0, 2**40))
def test_rows_do_not_depend_on_the_batch(seed: int, runs: int, n: int, first: int) -> None:
    u = random.uniforms(runs, n, seed=seed, first=first)
    assert u.shape == (runs, n)
    assert ((u > 0) & (u < 1)).all()
    for r in range(0, runs, 7):
        assert np.array_equal(u[r], random.uniforms(1, n, seed=seed, first=first + r)[0])
    assert np.array_equal(u[:, :1], random.uniforms(runs, 1, seed=seed, first=first))


@pytest.mark.parametrize("seed", [0, 1, 2**64 - 1])
def test_statistics(seed: int) -> None:
    u = random.uniforms(4000, 10, seed=seed)
    assert stats.kstest(u.ravel(), "uniform").pvalue > 1e-4
    for column in u.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-4
    room = 4.5 / np.sqrt(u.size)
    a = u - 0.5
    for left, right in (
        (a[1:], a[:-1]),  # neighbouring runs
        (a[:, 1:], a[:, :-1]),  # neighbouring coordinates
        (a, random.uniforms(4000, 10, seed=seed ^ 1) - 0.5),  # neighbouring seeds
        (a, random.uniforms(4000, 10, seed=seed, stream=random.STREAM_NOISE) - 0.5),
    ):
        assert abs(np.corrcoef(left.ravel(), right.ravel())[0, 1]) < room
    pairs, *_ = np.histogram2d(u[:, ::2].ravel(), u[:, 1::2].ravel(), bins=10, range=[[0, 1], [0, 1]])
    assert stats.chisquare(pairs.ravel()).pvalue > 1e-4
    lowest_bits = (u * 2**52).astype(np.uint64) & np.uint64(1)
    assert abs(lowest_bits.mean() - 0.5) < 4.5 / np.sqrt(4 * u.size)


def test_statistics_of_normals() -> None:
    """Each coordinate is normal, and is independent of the other of its pair, of other pairs, runs, steps and seeds."""
    runs, n = 4000, 5
    z, later, other = (
        np.array([random.normals(n, key=key, run=run, step=step) for run in range(runs)])
        for key, step in ((3, 7), (3, 8), (4, 7))
    )
    for column in z.T:
        assert stats.kstest(column, "norm").pvalue > 1e-4
        assert abs(column.var() - 1) < 4.5 * np.sqrt(2 / runs)
    for left, right in (
        (z[:, :-1:2], z[:, 1::2]),  # the two of a pair
        (z[:, 1:-1:2], z[:, 2::2]),  # neighbours of two pairs
        (z[1:], z[:-1]),  # neighbouring runs
        (z, later),
        (z, other),
    ):
        a, b = left.ravel(), right.ravel()
        # of what shares a radius or an angle the sizes, or the sizes' order, would go together
        for f in (np.positive, np.abs, np.square):
            assert abs(np.corrcoef(f(a), f(b))[0, 1]) < 5 / np.sqrt(a.size)
        cells, *_ = np.histogram2d(stats.norm.cdf(a), stats.norm.cdf(b), bins=8, range=[[0, 1], [0, 1]])
        assert stats.chisquare(cells.ravel()).pvalue > 1e-4


@pytest.mark.parametrize(("name", "value"), [("seed", -1), ("seed", 2**64), ("first", -1)])
def test_uniforms_refuses(name: str, value: int) -> None:
    with pytest.raises(ValueError, match=f"{name} must be at"):
        random.uniforms(1, 1, **{"seed": 0, name: value})
    with pytest.raises(TypeError, match="seed must be a whole number"):
        random.uniforms(1, 1, seed=0.5)
