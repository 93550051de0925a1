"""Noise on the gradients of a block of 64 lanes, in plain source."""

from __future__ import annotations

import numpy as np

from ngdm_lab.compiler.random import STREAM_NOISE, further, of_run, pair

__all__ = ["add_noise", "own_states"]


def own_states(states, seed, ids, first):
    """states[lane] <- the state of the run's chain of random bits."""
    for lane in range(64):
        states[lane] = of_run(seed, np.uint64(STREAM_NOISE), first + np.uint64(max(ids[lane], 0)))


def add_noise(g, n, noise, states, words, t):
    """g <- g + noise: the same numbers as `driver.advance_run` adds for these runs. words : room for 64 states."""
    lanes = np.uint64(64)
    for lane in range(lanes):
        words[lane] = further(states[lane], np.uint64(t))
    for j in range(np.uint64(n >> 1)):
        row = np.uint64(2) * j * lanes
        for lane in range(lanes):
            a, b = pair(words[lane], j)
            g[row + lane] += noise * a
            g[row + lanes + lane] += noise * b
    if n & 1:
        row = np.uint64(n - 1) * lanes
        for lane in range(lanes):
            a, b = pair(words[lane], np.uint64(n >> 1))
            g[row + lane] += noise * a
