"""Print the minimisers of the least-squares problems whose least value is not 0, by Newton's method in 40 digits.

Run as ``python tests/data/make_least_squares_minima.py``; the numbers stand in `landscapes/curves.py` and `systems.py`.
"""

import math
import types

import mpmath as mp
import numpy as np
from scipy.optimize import least_squares

from landscapes.residuals import least_squares_problem

CASES = [("bard", 3), ("gaussian", 3), ("meyer", 3), ("kowalik_osborne", 4), ("brown_dennis", 4), ("osborne_1", 5),
         ("osborne_2", 11), ("jennrich_sampson", 2), ("watson", 6), ("watson", 9), ("watson", 12), ("penalty_2", 4),
         ("penalty_2", 10)]  # fmt: skip
STEP = mp.mpf(10) ** -25


def exactly(function):
    """The residual with mpmath's functions in the place of math's."""
    scope = {k: getattr(mp, k) if getattr(math, k, None) is v else v for k, v in function.__globals__.items()}
    return types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__)


def minimiser(name, n):
    problem = least_squares_problem(name)
    m, start, r = problem.m(n), problem.start(n), exactly(problem.function)
    found = least_squares(lambda x: np.array([problem.function(x, i, n) for i in range(m)]), start, method="lm",
                          xtol=1e-15, ftol=1e-15, gtol=1e-15, max_nfev=20_000)  # fmt: skip
    x = mp.matrix([mp.mpf(float(v)) for v in found.x])

    def gradient(x):
        value = [r(list(x), i, n) for i in range(m)]
        made = mp.matrix(n, 1)
        for k in range(n):
            a, b = x.copy(), x.copy()
            a[k] += STEP
            b[k] -= STEP
            made[k] = mp.fsum(v * (r(list(a), i, n) - r(list(b), i, n)) for i, v in enumerate(value)) / STEP
        return made

    for _ in range(8):
        H = mp.matrix(n, n)
        g = gradient(x)
        for k in range(n):
            a = x.copy()
            a[k] += mp.mpf(10) ** -15
            H[:, k] = (gradient(a) - g) * mp.mpf(10) ** 15
        step = mp.lu_solve(H, g)
        x -= step
    assert max(abs(s) for s in step) < mp.mpf(10) ** -18 * max(1, max(abs(v) for v in x))
    return [float(v) for v in x], float(mp.fsum(r(list(x), i, n) ** 2 for i in range(m)))


if __name__ == "__main__":
    mp.mp.dps = 60
    for name, n in CASES:
        print(name, n, *minimiser(name, n))
