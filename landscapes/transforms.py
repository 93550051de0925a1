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


def rotate_point(y, w, n, q, at):
    """y <- R^T y; w is scratch."""
    for i in range(n):
        w[i] = 0.0
    for j in range(n):
        for i in range(n):
            w[i] += q[at + j * n + i] * y[j]
    for i in range(n):
        y[i] = w[i]


def rotate_gradient(g, w, n, q, at):
    """g <- R g; w is scratch."""
    for i in range(n):
        total = 0.0
        for j in range(n):
            total += q[at + i * n + j] * g[j]
        w[i] = total
    for i in range(n):
        g[i] = w[i]


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
            rotate_point(y, w, n, q, at)


def outward(g, w, n, q):
    """Carry the base's gradient g back out; w is scratch."""
    for k in range(int(q[0]) - 1, -1, -1):
        code, at = int(q[1 + 2 * k]), int(q[2 + 2 * k])
        if code == FLIP:
            flip(g, n, q, at)
        elif code == ROTATE:
            rotate_gradient(g, w, n, q, at)
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
