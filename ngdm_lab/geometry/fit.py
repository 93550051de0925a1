"""Maximum likelihood for Eqs. 4 and 6 by Newton's method, each step with the O(n) solve of Eq. 5.

The log-likelihood of a Dirichlet depends on the sample through the means of log x_i only. Its gradient in alpha is
(mean of log x_i) - psi(alpha_i) + psi(S) and its Hessian -F (Minka 2000), so that a Newton step is F^-1 times the
gradient. It is strictly concave, and has a maximum unless all points are the same (Ronning 1989).

For the generalised distribution the likelihood falls apart into one of Beta(alpha_i, beta_i) for each pair, which is
a Dirichlet of two components: all pairs are fitted at once as a batch.

Close points mean large alphas, and then the terms of the gradient cancel. So it is written with p_i, the mean of x_i,
and two small quantities, a_i = log p_i - (mean of log x_i) and e(x) = log x - psi(x): it is
log(p_i S / alpha_i) - a_i + e(alpha_i) - e(S), each of the three as in ``deviance``. A component close to 1 is known
by what the others leave of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.geometry.deviance import deviance, digamma_rest_drop, log_ratio
from ngdm_lab.geometry.exact_sums import cross, sums_beside
from ngdm_lab.geometry.ramp import HIGHEST, LOWEST, RANGE
from ngdm_lab.geometry.solver import rank_one_factor
from ngdm_lab.geometry.trigamma import scaled_trigamma_drop, trigamma

Array = NDArray[np.float64]

STEPS = 100  # some 5 to 10 are taken
CLOSE = 1e-9  # relative size of the last step: by quadratic convergence the error is then rounding
LARGEST = 1e10  # if no alpha is smaller than this, points agree to all but their last digits
SMALL = 1e-2  # alphas below are put where psi(alpha) is near -1/alpha - EULER
EULER = 0.5772156649015329
UNDETERMINED = "the likelihood has no maximum that the digits of x determine"


def statistics(x: Array, share: Array) -> tuple[Array, Array]:
    """p and a (see above) along the first axis of x, with weights `share` that add up to 1."""
    p = np.tensordot(share, x, 1)
    beside = sums_beside(x)[0]
    left = np.tensordot(share, beside, 1)
    u = np.where(p > left, left - beside, x - p) / p  # of mean 0: what is left of it by rounding is taken out
    return p, np.tensordot(share, deviance(np.ones_like(u), u, log_ratio(x, p, u)), 1)


def maximum_likelihood(p: Array, a: Array) -> Array:
    """The alpha that maximises the likelihood of Eq. 4, for each row of a batch of ``statistics``.

    Returns float64 of the shape (m, n) of p and a. Raises ValueError where the likelihood has no maximum, one that the
    digits of the sample do not determine, or one beyond the range of parameters.
    """
    alpha = _start(p, a)
    for _ in range(STEPS):
        if not (alpha.min(axis=-1) < LARGEST).all():
            raise ValueError(f"{UNDETERMINED}: all points are the same, or nearly so")
        gradient = _gradient(alpha, p, a)
        step = newton_step(alpha, gradient)
        length = np.max(np.abs(step) / alpha, axis=-1, keepdims=True)
        last = length < CLOSE
        # no alpha grows or shrinks more than tenfold at once
        grown, shrunk = (np.max(way * step / alpha, axis=-1, keepdims=True) for way in (1, -1))
        step = step * np.minimum(9 / np.maximum(grown, 9), 0.9 / np.maximum(shrunk, 0.9))
        while True:  # halve a step that leads too far beyond the maximum along it
            ends = [_sum(step * _gradient(x, p, a)) for x in (alpha, alpha + step)]
            far = (ends[1] < -0.5 * ends[0]) & ~last
            if not far.any():
                break
            step = np.where(far, 0.5 * step, step)
        alpha = alpha + step
        if last.all():
            beyond = alpha[~((alpha >= LOWEST) & (alpha <= HIGHEST))]
            if beyond.size:
                raise ValueError(f"the likelihood is largest at a parameter of {beyond[0]:.3g}, which must be {RANGE}")
            return alpha
    raise ValueError(f"{UNDETERMINED}: Newton's method does not settle within {STEPS} steps")


def _start(p: Array, a: Array) -> Array:
    """Where Stirling's formula puts S (Minka 2000), times p; small alphas where psi(alpha) = psi(S) + mean log x."""
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        total = 0.5 * (p.shape[-1] - 1) / _sum(p * a)
        alpha = p * total
        small = 1 / np.maximum(a - np.log(p) - np.log(total) - EULER, 1.0)
        return np.where(alpha < SMALL, small, alpha)


def newton_step(alpha: Array, gradient: Array) -> Array:
    """F^-1 times the gradient for each row (Sherman and Morrison, as in ``solver``)."""
    d = 1 / trigamma(alpha)
    factor = rank_one_factor(_sum(alpha), _sum(d * scaled_trigamma_drop(alpha, sums_beside(alpha)[0])))
    return d * (gradient + factor * _sum(d * gradient))


def _gradient(alpha: Array, p: Array, a: Array) -> Array:
    others, left = sums_beside(alpha), sums_beside(p)
    whole, total = p + left[0], alpha + others[0]
    u = cross(p, others, alpha, left) / alpha / whole
    return log_ratio(p, alpha / total, u, whole) - a + digamma_rest_drop(alpha, others[0])


def _sum(x: Array) -> Array:
    return np.sum(x, axis=-1, keepdims=True)
