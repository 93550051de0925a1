"""Transforms of a surface: shifted, flipped, rotated, scaled.

A transformed surface is its base and a short program. `evaluate` carries the point inwards, outermost
transform first, calls the base, and carries the gradient back out. Each transform is written once, as the
plain functions below, and serves every surface and every engine. (Noise is no part of the program: the
caller adds it, from the counter-based generator.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Transform", "evaluate", "program"]

SHIFT, FLIP, ROTATE, SCALE = 1, 2, 3, 4
_CODES = {"shifted": SHIFT, "flipped": FLIP, "rotated": ROTATE, "scaled": SCALE}


@dataclass(frozen=True, eq=False)
class Transform:
    """One transform: its kind, the argument it was made from (for names and manifests) and its numbers."""

    kind: str
    argument: Any
    data: NDArray[np.float64]

    def __post_init__(self) -> None:
        self.data.setflags(write=False)

    def outward(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where points (m, n) of the inner surface lie on the outer one."""
        if self.kind == "shifted":
            return points + self.data
        if self.kind == "flipped":
            return points * self.data
        if self.kind == "rotated":
            return points @ self.data.T
        return points


def program(transforms: tuple[Transform, ...]) -> NDArray[np.float64]:
    """The transforms, innermost first, as one array: count, then (code, offset) pairs outermost first, then data."""
    head = [float(len(transforms))]
    offset = 1 + 2 * len(transforms)
    data = []
    for t in reversed(transforms):
        head += [float(_CODES[t.kind]), float(offset)]
        data.append(np.ravel(t.data))
        offset += t.data.size
    return np.concatenate([np.array(head), *data])


def shift_point(y, n, q, at):
    """y <- y - v."""
    for i in range(n):
        y[i] -= q[at + i]


def flip(y, n, q, at):
    """y <- S y with signs S; the same for the gradient."""
    for i in range(n):
        y[i] *= q[at + i]


def turn(y, w, n, q, at, down, along):
    """y <- M y with M[i, j] = q[at + i * down + j * along]; w is scratch.

    In tiles of 4 x 4, whose numbers stay in registers for all lanes; each sum runs over j in its order.
    """
    whole = n - n % 4
    for i in range(n):
        w[i] = 0.0
    for j in range(0, whole, 4):
        for i in range(0, whole, 4):
            a = at + i * down + j * along
            b, c, d = a + down, a + 2 * down, a + 3 * down
            y0, y1, y2, y3 = y[j], y[j + 1], y[j + 2], y[j + 3]
            wa = w[i] + q[a] * y0 + q[a + along] * y1 + q[a + 2 * along] * y2 + q[a + 3 * along] * y3
            wb = w[i + 1] + q[b] * y0 + q[b + along] * y1 + q[b + 2 * along] * y2 + q[b + 3 * along] * y3
            wc = w[i + 2] + q[c] * y0 + q[c + along] * y1 + q[c + 2 * along] * y2 + q[c + 3 * along] * y3
            wd = w[i + 3] + q[d] * y0 + q[d + along] * y1 + q[d + 2 * along] * y2 + q[d + 3 * along] * y3
            w[i], w[i + 1], w[i + 2], w[i + 3] = wa, wb, wc, wd
        for i in range(whole, n):
            for k in range(j, j + 4):
                w[i] += q[at + i * down + k * along] * y[k]
    for j in range(whole, n):
        for i in range(n):
            w[i] += q[at + i * down + j * along] * y[j]
    for i in range(n):
        y[i] = w[i]


def scale_gradient(g, n, c):
    """g <- c g."""
    for i in range(n):
        g[i] *= c


def inward(y, w, n, q):
    """Carry the point y to the base's coordinates, outermost transform first; w is scratch."""
    for k in range(int(q[0])):
        code, at = int(q[1 + 2 * k]), int(q[2 + 2 * k])
        if code == SHIFT:
            shift_point(y, n, q, at)
        elif code == FLIP:
            flip(y, n, q, at)
        elif code == ROTATE:
            turn(y, w, n, q, at, 1, n)  # by R^T


def outward(g, w, n, q):
    """Carry the base's gradient g back out; w is scratch."""
    for k in range(int(q[0]) - 1, -1, -1):
        code, at = int(q[1 + 2 * k]), int(q[2 + 2 * k])
        if code == FLIP:
            flip(g, n, q, at)
        elif code == ROTATE:
            turn(g, w, n, q, at, n, 1)  # by R
        elif code == SCALE:
            scale_gradient(g, n, q[at])


def factor(q):
    """What the base's value is multiplied by."""
    c = 1.0
    for k in range(int(q[0])):
        if int(q[1 + 2 * k]) == SCALE:
            c *= q[int(q[2 + 2 * k])]
    return c


def evaluate(base, x, g, p, q, y, w):
    """Value at x, gradient into g, through the program q; y and w are scratch of length n.

    base : compiled function (x, g, p) -> value, the family's own; p : its packed parameters.
    """
    n = x.shape[0]
    if q[0] == 0.0:
        return base(x, g, p)
    for i in range(n):
        y[i] = x[i]
    inward(y, w, n, q)
    f = base(y, g, p)
    outward(g, w, n, q)
    return factor(q) * f


def rotation(n: int, seed: int) -> NDArray[np.float64]:
    """A random rotation matrix (n, n), uniform over SO(n) (QR of a normal matrix, signs fixed; Mezzadri 2007)."""
    if n == 1:
        return np.ones((1, 1))
    q, r = np.linalg.qr(np.random.default_rng(seed).standard_normal((n, n)))
    q *= np.sign(np.diag(r))
    if np.linalg.det(q) < 0:
        q[:, 0] = -q[:, 0]
    return np.ascontiguousarray(q)


def signs(n: int, seed: int) -> NDArray[np.float64]:
    """Random signs (n,), not all +1; for n > 1 not all -1 either, which would keep the diagonal where it is."""
    rng = np.random.default_rng(seed)
    while True:
        s = rng.choice([-1.0, 1.0], size=n)
        if (s < 0).any() and (n == 1 or (s > 0).any()):
            return s
