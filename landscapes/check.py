"""`check_landscape`: whether a landscape of your own is what it says it is."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import brief, check_seed
from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.report import Report, vector

from .define import Family
from .evaluation import leading
from .surface import Surface

__all__ = ["check_landscape", "with_derived_gradient"]

Array = NDArray[np.float64]
POINTS, SEARCHED, ROUNDS = 2000, 8, 300
SLACK = 1e-8  # of 1 + |f_min|: rounding, and minima given to so many digits


def check_landscape(f: Surface | Family, seed: int = 0) -> Report:
    """Check a landscape as ``sklearn.utils.estimator_checks.check_estimator`` checks an estimator.

    Values are finite inside the bounds; the gradient is that of the values: one written by hand is held against the one
    derived from the same text, any other against central differences; the declared minima have the value `f_min`, and
    a search from many points finds none below it; compiled code agrees with plain Python; a batch has the values of its
    rows, and evaluations leave no trace (no hidden state); it survives a pickle.

    Parameters
    ----------
    f : a surface, or a family, which is taken in its default dimension. Noise is left out.
    seed : of the points.

    Returns
    -------
    Report
        What was checked, for ``print``.

    Raises
    ------
    ValueError
        If anything fails: one line for each failure.
    TypeError
        For what is no landscape.
    """
    if not isinstance(f, Surface | Family):
        raise TypeError(f"f must be a surface or a family, as @ls.landscape makes them, got {brief(f)}")
    s = replace(f if isinstance(f, Surface) else f(), noise=0.0)
    rng = np.random.default_rng(check_seed("seed", seed))
    low, high = s.bounds.T
    x = rng.uniform(low, high, (POINTS, s.dim))
    checks = {
        "values and gradients are finite inside the bounds": _finite,
        "the gradient is that of the values": _gradient,
        "the declared minima have the value f_min": _minima,
        "no point inside the bounds lies below f_min": _undercut,
        "compiled code agrees with plain Python": _python,
        "there is no hidden state": _state,
        "it survives a pickle": _pickle,
    }
    return Report(s.name).demand(checks, s, x)


def _finite(s: Surface, x: Array) -> str:
    f, g = s.value_and_grad(x)
    bad = ~(np.isfinite(f) & np.isfinite(g).all(axis=1))
    return f"not at x = {vector(x[np.argmax(bad)])}, nor at {bad.sum() - 1} of {len(x)} others" if bad.any() else ""


def _gradient(s: Surface, x: Array) -> str:
    """A gradient of its own against the derived one, another by differences; a kink spoils few points."""
    x = x[:60]
    g = s.grad(x)
    scale = np.maximum(np.abs(g).max(axis=1), 1e-6 * (1.0 + np.abs(s.value(x))))
    exact = with_derived_gradient(s)
    if exact is not None:
        off, most = np.abs(exact.grad(x) - g).max(axis=1) / scale, 1e-6
    else:
        off, most = _off_differences(s, x, g) / scale, 1e-3
    wrong = ~(off < most)
    if wrong.sum() <= len(x) // 10:
        return ""
    at = int(np.argmax(wrong))
    share = 100 * min(off[at], 1e6)
    return f"it differs by {share:.2g} % at x = {vector(x[at])}, and at {wrong.sum()} of {len(x)} points"


def with_derived_gradient(s: Surface) -> Surface | None:
    """The same values, and the gradient that is derived from them in the place of the one written by hand.

    None for a surface without one of its own, and where none can be derived.
    """
    from ngdm_lab.compiler.gradient.derive import derived

    if "g" not in leading(s.family.function)[0]:
        return None
    try:
        return replace(s, family=replace(s.family, function=derived(s.family.function)))
    except UnsupportedSource:
        return None


def _off_differences(s: Surface, x: Array, g: Array) -> Array:
    """Steps of several lengths, since waves want short ones and large values long ones: the largest distance (m,)."""
    best = np.full(len(x), np.inf)
    for h in (1e-3, 1e-5, 1e-7):
        differences = np.empty_like(x)
        for i in range(s.dim):
            step = np.zeros(s.dim)
            step[i] = h * max(1.0, float(np.abs(s.bounds[i]).max()) / 10.0)
            up, down = x + step, x - step
            differences[:, i] = (s.value(up) - s.value(down)) / (up - down)[:, i]
        best = np.minimum(best, np.abs(differences - g).max(axis=1))
    return best


def _minima(s: Surface, x: Array) -> str:
    if not len(s.minima) or np.isnan(s.f_min):
        return ""
    f = s.value(s.minima)
    worst = int(np.argmax(np.abs(f - s.f_min)))
    near = np.abs(f[worst] - s.f_min) <= 1e-6 * (1.0 + abs(s.f_min))
    return "" if near else f"it is {f[worst]:.9g} at {vector(s.minima[worst])}, declared is {s.f_min:.9g}"


def _undercut(s: Surface, x: Array) -> str:
    """Compass searches from the lowest points and from the declared minima."""
    if np.isnan(s.f_min):
        return ""
    f = s.value(x)
    starts = np.vstack([x[np.argsort(f)[:SEARCHED]], s.minima[:SEARCHED]])
    low, high = s.bounds.T
    for start in starts:
        here, value = np.array(start), float(s.value(start))
        size = 0.1 * (high - low)
        for _ in range(ROUNDS):
            around = np.clip(np.vstack([here + np.diag(size), here - np.diag(size)]), low, high)
            values = s.value(around)
            k = int(np.nanargmin(values)) if not np.isnan(values).all() else 0
            if values[k] < value:
                here, value = around[k], float(values[k])
            else:
                size = size / 2.0
                if (size < 1e-9 * (high - low)).all():
                    break
        if value < s.f_min - SLACK * (1.0 + abs(s.f_min)):
            return f"f = {value:.9g} at x = {vector(here)}, declared is {s.f_min:.9g}"
    return ""


def _python(s: Surface, x: Array) -> str:
    """Of the family itself, before any transform; the lab's own elementary functions run compiled only."""
    function: Callable[..., Any] = getattr(s.family.function, "py_func", s.family.function)
    plain = replace(s, transforms=())
    head, _ = leading(function)
    for point in x[:10]:
        given = {"x": point.copy(), "g": np.full(s.dim, np.nan), "n": s.dim}
        try:
            with np.errstate(all="ignore"):
                value = float(function(*(given[word] for word in head), *(v for _, v in s.parameters)))
        except ArithmeticError:  # inf or NaN in compiled code
            continue
        f, g = plain.value_and_grad(point)
        scale = 1e-9 * (1.0 + np.abs(value))
        if abs(f - value) > scale:
            return f"{f:.9g} and {value:.9g} at x = {vector(point)}"
        if "g" in head and not np.allclose(g, given["g"], rtol=1e-8, atol=1e-8 * (1.0 + np.abs(g).max())):
            return f"gradients {vector(g)} and {vector(given['g'])} at x = {vector(point)}"
    return ""


def _state(s: Surface, x: Array) -> str:
    f, g = s.value_and_grad(x[:20])
    kept = x[:20].copy()
    for k in (3, 0, 11, 3):
        again, slope = s.value_and_grad(x[k])
        if not (np.array_equal(again, f[k], equal_nan=True) and np.array_equal(slope, g[k], equal_nan=True)):
            return f"another value or gradient at the second call, at x = {vector(x[k])}"
    return "" if np.array_equal(kept, x[:20]) else "an evaluation changes the point"


def _pickle(s: Surface, x: Array) -> str:
    again = pickle.loads(pickle.dumps(s))
    same = np.array_equal(again.value(x[:5]), s.value(x[:5]), equal_nan=True)
    return "" if same else "the copy has other values"
