"""A line search for the strong Wolfe conditions after More and Thuente (1994), a trial at a time.

Along a direction phi(step) = f(at + step * way). A rule keeps the numbers `SEARCH` of its search, the value and the
slope `fall` of phi at 0 among them. It asks `finished` whether the last trial ends the search, and calls `search` for
the next trial, `step`. An interval has a near end, the step with the smallest value so far, and a far end; until a
minimum is bracketed the far end is the step 0 and the next trial may be longer.
"""

from __future__ import annotations

from math import sqrt

__all__ = ["LONGEST", "SEARCH", "finished", "search"]

SEARCH = ("value", "fall", "step", "trials", "bracketed", "second", "near", "f_near", "d_near", "far", "f_far", "d_far",
          "low", "high", "width", "before")  # fmt: skip
AGREED = 1e-3  # the share of the decrease that the slope promises which a step must bring: L-BFGS-B's
LONGER, LEAST_LONGER = 4.0, 1.1  # how far beyond the last step the next one may go where nothing is bracketed
LONGEST = 1e10  # step along a direction


def finished(step, f, d, value, fall, bracketed, low, high, flatter, narrow):  # type: ignore[no-untyped-def]
    """Whether a trial of value f and slope d ends the search: the Wolfe conditions hold, or it cannot go on.

    flatter : how flat phi must be, as a share of its slope at 0. narrow : a bracket that is a smaller share of its
    upper end is narrow enough.
    """
    enough = f <= value + AGREED * step * fall
    stuck = (bracketed > 0.0) & ((step <= low) | (step >= high) | (high - low <= narrow * high))
    far_out = (step >= LONGEST) & enough & (d <= AGREED * fall)
    return (enough & (abs(d) <= -flatter * fall)) | stuck | far_out


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


def search(  # type: ignore[no-untyped-def]
    tried, slope, first, value, fall, step, trials, bracketed, second, near, f_near, d_near, far, f_far, d_far, low,
    high, width, before, narrow,
):  # fmt: skip
    """step <- the next trial: of a new search, where `first` says how far it goes first, else after one that failed.

    All but `narrow` are numbers that a rule keeps. first : 0 where the search goes on; tried, slope : value and slope
    of phi at the last trial.
    """
    f = tried[0]
    d = slope[0]
    if first[0] > 0.0:
        step[0] = first[0]
        trials[0] = 0.0
        bracketed[0] = 0.0
        second[0] = 0.0
        near[0] = 0.0
        far[0] = 0.0
        f_near[0] = value[0]
        f_far[0] = value[0]
        d_near[0] = fall[0]
        d_far[0] = fall[0]
        low[0] = 0.0
        high[0] = step[0] + LONGER * step[0]
        width[0] = LONGEST
        before[0] = 2.0 * LONGEST
    else:
        enough = f <= value[0] + AGREED * step[0] * fall[0]
        trials[0] += 1.0
        if enough and d >= 0.0:
            second[0] = 1.0
        # until the first good step it is the value less its share of the decrease that is searched
        tilt = AGREED * fall[0] if (second[0] == 0.0) & (f <= f_near[0]) & (not enough) else 0.0
        fm = f - step[0] * tilt
        fn = f_near[0] - near[0] * tilt
        ff = f_far[0] - far[0] * tilt
        dm = d - tilt
        dn = d_near[0] - tilt
        df = d_far[0] - tilt
        made = next_step(near[0], fn, dn, far[0], ff, df, step[0], fm, dm, bracketed[0], low[0], high[0])
        crossed = dm * dn < 0.0
        if (fm > fn) | crossed:
            bracketed[0] = 1.0
        if fm > fn:
            far[0] = step[0]
            f_far[0] = f
            d_far[0] = d
        else:
            if crossed:
                far[0] = near[0]
                f_far[0] = f_near[0]
                d_far[0] = d_near[0]
            near[0] = step[0]
            f_near[0] = f
            d_near[0] = d
        if bracketed[0] > 0.0:
            if abs(far[0] - near[0]) >= 0.66 * before[0]:
                made = near[0] + 0.5 * (far[0] - near[0])
            before[0] = width[0]
            width[0] = abs(far[0] - near[0])
            low[0] = min(near[0], far[0])
            high[0] = max(near[0], far[0])
        else:
            low[0] = made + LEAST_LONGER * (made - near[0])
            high[0] = made + LONGER * (made - near[0])
        made = max(0.0, min(LONGEST, made))
        if (bracketed[0] > 0.0) & ((made <= low[0]) | (made >= high[0]) | (high[0] - low[0] <= narrow * high[0])):
            made = near[0]
        step[0] = made
