"""The Kullback-Leibler divergence of Eq. 3 as an integral of squared lengths, positive and exact for close laws too.

In an exponential family with the log-normaliser phi, KL(p_a || p_b) = phi(b) - phi(a) - phi'(a)(b - a), which for
close a and b is a small difference of large numbers. Taylor's rest is the same thing without subtraction:

    KL(p_a || p_b) = integral over t from 0 to 1 of (1 - t) delta^T F(a + t delta) delta, delta = b - a,

with F of Eq. 5. For delta -> 0 it is Eq. 3. The integrand is analytic in t but for poles on the real axis outside
[0, 1]. Where no parameter changes by more than a factor of 2 they are so far away that 12 Gauss points give all digits;
else t = 1/(1 + exp(-s)) puts all of them at a distance of pi from the real s axis, where the trapezoidal rule with
step 1/2 is exact to exp(-4 pi^2) = 7e-18.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.geometry.rank_one import RankOne

Array = NDArray[np.float64]

STEP = 0.5


def divergence(p: RankOne, q: RankOne) -> Array:
    """KL(p || q) in nats, summed over the blocks; the shapes of p and q broadcast."""
    ratio = np.log(p.alpha) - np.log(q.alpha)
    low, high = min(0.0, float(ratio.min())), max(0.0, float(ratio.max()))
    nodes = _gauss() if max(high, -low) < np.log(2) else _logistic(low - 40, high + 20)
    shape = np.broadcast_shapes(p.alpha.shape, q.alpha.shape)
    delta, total = np.broadcast_to(q.alpha - p.alpha, shape), np.zeros(shape[:-2])
    for t, rest, root in nodes:
        between = RankOne(*(rest * a + t * b for a, b in zip(_parts(p), _parts(q), strict=True)))
        total = total + between.quadratic(root * delta, root * _deviation(p, q, between, delta, t, rest))
    return total


def _deviation(p: RankOne, q: RankOne, between: RankOne, delta: Array, t: float, rest: float) -> Array:
    """u - mean u for u = delta / (a + t delta): from delta, a or b, whichever loses least to subtraction."""
    a = between.alpha
    forms = [(delta / a, np.sum(delta, axis=-1, keepdims=True) / between.total)]
    sizes = [np.abs(forms[0][0]) + np.sum(np.abs(delta), axis=-1, keepdims=True) / between.total]
    for law, divisor in ((p, -t), (q, rest)):
        with np.errstate(over="ignore"):
            forms.append((law.alpha / a / divisor, law.total / between.total / divisor))
            sizes.append(np.abs(forms[-1][0]) + np.abs(forms[-1][1]))
    best, chosen = sizes[0], forms[0][0] - forms[0][1]
    for size, (own, mean) in zip(sizes[1:], forms[1:], strict=True):
        with np.errstate(invalid="ignore"):  # an infinite form is never the best
            chosen = np.where(size < best, own - mean, chosen)
        best = np.minimum(size, best)
    return chosen


def _parts(blocks: RankOne) -> tuple[Array, Array, Array]:
    return blocks.alpha, blocks.total, blocks.others


def _gauss() -> Iterator[tuple[float, float, float]]:
    """t, 1 - t and the root of (1 - t) times the weight."""
    x, w = np.polynomial.legendre.leggauss(12)
    for node, weight in zip(x.tolist(), w.tolist(), strict=True):
        t, rest = 0.5 * (1 + node), 0.5 * (1 - node)
        yield t, rest, (0.5 * weight * rest) ** 0.5


def _logistic(low: float, high: float) -> Iterator[tuple[float, float, float]]:
    """The same for the trapezoidal rule in s."""
    for s in np.arange(np.floor(low), high + STEP, STEP).tolist():
        small = float(np.exp(-abs(s)))
        t, rest = (small / (1 + small), 1 / (1 + small)) if s < 0 else (1 / (1 + small), small / (1 + small))
        yield t, rest, rest * (STEP * t) ** 0.5
