"""The step of a line search after More and Thuente (1994), from values and slopes, as plain functions.

Along a direction phi(step) = f(at + step * way). An interval has a near end, the step with the smallest value so far,
and a far end. Until a minimum is bracketed the far end is the step 0 and the next step may be longer.
"""

from __future__ import annotations

from math import sqrt

__all__ = ["AGREED", "LONGER", "next_step", "satisfied"]

AGREED, FLATTER = 1e-3, 0.9  # sufficient decrease and curvature: L-BFGS-B's, and so SciPy's
LONGER, LEAST_LONGER = 4.0, 1.1  # how far beyond the last step the next one may go where nothing is bracketed


def satisfied(step, f, slope, f0, slope0):  # type: ignore[no-untyped-def]
    """Whether the strong Wolfe conditions hold."""
    return (f <= f0 + AGREED * step * slope0) & (abs(slope) <= -FLATTER * slope0)


def root(theta, a, b, least):  # type: ignore[no-untyped-def]
    """sqrt(theta^2 - a b) without overflow; the radicand is at least `least` times theta's scale."""
    s = max(abs(theta), max(abs(a), abs(b)))
    if s == 0.0:
        return 0.0
    inner = (theta / s) * (theta / s) - (a / s) * (b / s)
    return s * sqrt(max(inner, least))


def next_step(near, f_near, d_near, far, f_far, d_far, step, f, d, bracketed, low, high):  # type: ignore[no-untyped-def]
    """The next trial: a minimiser of a cubic or of a parabola through what is known, whichever is safer.

    near, far : ends of the interval, with their values f and slopes d; step : the last trial. low, high : where the
    next may lie. The four cases are those of section 4 of the paper.
    """
    if f > f_near:  # 1: a higher value brackets a minimum
        theta = 3.0 * (f_near - f) / (step - near) + d_near + d
        gamma = root(theta, d_near, d, 0.0)
        gamma = -gamma if step < near else gamma
        cubic = near + (gamma - d_near + theta) / (gamma - d_near + gamma + d) * (step - near)
        parabola = near + 0.5 * d_near / ((f_near - f) / (step - near) + d_near) * (step - near)
        if abs(cubic - near) < abs(parabola - near):
            return cubic
        return cubic + 0.5 * (parabola - cubic)
    if d * d_near < 0.0:  # 2: so do slopes of opposite signs
        theta = 3.0 * (f_near - f) / (step - near) + d_near + d
        gamma = root(theta, d_near, d, 0.0)
        gamma = -gamma if step > near else gamma
        cubic = step + (gamma - d + theta) / (gamma - d + gamma + d_near) * (near - step)
        secant = step + d / (d - d_near) * (near - step)
        return cubic if abs(cubic - step) > abs(secant - step) else secant
    if abs(d) < abs(d_near):  # 3: the slope falls off
        theta = 3.0 * (f_near - f) / (step - near) + d_near + d
        gamma = root(theta, d_near, d, 0.0)
        gamma = -gamma if step > near else gamma
        r = (gamma - d + theta) / (gamma + (d_near - d) + gamma)
        if r < 0.0 and gamma != 0.0:
            cubic = step + r * (near - step)
        else:
            cubic = high if step > near else low
        secant = step + d / (d - d_near) * (near - step)
        if bracketed > 0.0:
            made = cubic if abs(cubic - step) < abs(secant - step) else secant
            most = step + 0.66 * (far - step)
            return min(most, made) if step > near else max(most, made)
        made = cubic if abs(cubic - step) > abs(secant - step) else secant
        return max(low, min(high, made))
    if bracketed > 0.0:  # 4: it does not
        theta = 3.0 * (f - f_far) / (far - step) + d_far + d
        gamma = root(theta, d_far, d, 0.0)
        gamma = -gamma if step > far else gamma
        return step + (gamma - d + theta) / (gamma - d + gamma + d_far) * (far - step)
    return high if step > near else low
