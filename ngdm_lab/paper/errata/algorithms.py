"""Errata of Algorithms 1, 3 and 4: line 8, the weight decay and the first step, Apollo's loop (E4, E5, E11)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

import landscapes as ls
from ngdm_lab.geometry import Dirichlet
from ngdm_lab.optimizers import NGDM, SGD, Apollo

from .erratum import Erratum, Numbers, closeness
from .walk import CURVES, Vector, quadratic, walk

__all__ = ["E4", "E5", "E11"]

READINGS = ("current", "previous", "accumulated")
MOMENTUM, DAMPENING, DECAY = 0.9, 0.5, 0.1
QUADRATIC_START = (1.0, 1.0, 1.0)
ROSENBROCK_START = (-1.2, 1.0)
E11_STEPS, E11_RATE = 30, 1e-5


def _e4() -> Numbers:
    steps, rate = 100, 0.02
    found = {"steps": steps, "rate": rate, "momentum": MOMENTUM, "first value": float(0.5 * np.sum(CURVES))}
    for reading in READINGS:
        points = walk(SGD(rate, momentum=MOMENTUM, line8=reading), QUADRATIC_START, quadratic, steps)
        found[f"last value, {reading}"] = float(0.5 * np.sum(CURVES * points[-1] ** 2))
    still = walk(SGD(rate, momentum=0.0, line8="accumulated"), QUADRATIC_START, quadratic, steps)
    return {**found, "way at momentum 0, accumulated": float(np.abs(still - still[0]).max())}


def _say_e4(f: Numbers) -> str:
    return (
        f"On (x1^2 + 4 x2^2 + 9 x3^2)/2 from (1, 1, 1), value {f['first value']:g}, {f['steps']:g} steps of "
        f"Algorithm 1 (rate {f['rate']:g}, momentum {f['momentum']:g}) end at {f['last value, current']:.1e} with the "
        f"gradient of Eq. 2, at {f['last value, previous']:.1e} with the gradient of the step before, and at "
        f"{f['last value, accumulated']:.1e} where g is overwritten and piles up. Without momentum the last moves by "
        f"{f['way at momentum 0, accumulated']:g}."
    )


def _e5() -> Numbers:
    def ngdm(rate: float, tau: float, **readings: str) -> NGDM:
        return NGDM(rate, Dirichlet(4.0), MOMENTUM, tau, DECAY, **readings)

    found = {"momentum": MOMENTUM, "dampening": DAMPENING, "weight decay": DECAY}
    for place, words in (("gradient", "in g and b"), ("momentum", "in b alone")):
        for tau in (0.0, DAMPENING):
            # the minimum of (x - 1)^2 / 2 + l x^2 / 2 is at 1/(1 + l): where the rule rests tells its l
            rest = walk(ngdm(0.02, tau, decay=place), [0.0], lambda x: x - 1.0, 3000)[-1, 0]
            found[f"decay at rest, {words}, dampening {tau:g}"] = float(1.0 / rest - 1.0)
    ways = []
    for first in ("gradient", "dampened"):
        start, end = walk(ngdm(0.02, DAMPENING, first_step=first), [0.0], lambda x: x - 1.0, 1)[:, 0]
        ways.append(end - start)
    return {**found, "first step of the algorithms over that of Eq. 2": float(ways[0] / ways[1])}


def _say_e5(f: Numbers) -> str:
    return (
        f"With momentum {f['momentum']:g} and weight decay {f['weight decay']:g} the minimum that the rule rests at is "
        f"that of a decay of {f['decay at rest, in g and b, dampening 0']:.4f} as Algorithm 4 has it, and of "
        f"{f['decay at rest, in b alone, dampening 0']:.4f} as Eq. 2 has it; with dampening {f['dampening']:g}, "
        f"{f['decay at rest, in g and b, dampening 0.5']:.4f} and {f['decay at rest, in b alone, dampening 0.5']:.4f}. "
        f"The algorithms' first step is then {f['first step of the algorithms over that of Eq. 2']:.3f} times Eq. 2's."
    )


def _algorithm3(start: tuple[float, ...], gradient: Callable[[Vector], Vector], first: int) -> Vector:
    """Algorithm 3 to the letter (beta = 0.9, eps = 1e-4, sigma = 0.01), its loop starting at i = `first`."""
    beta, eps, sigma = 0.9, 1e-4, 0.01
    theta = np.array(start)
    m = d = b = np.zeros_like(theta)
    points = [theta]
    for i in range(first, first + E11_STEPS):
        scale = 1.0 - beta ** (i + 1)
        after = beta * (1.0 - beta**i) / scale * m + (1.0 - beta) / scale * gradient(theta)
        a = (d @ (after - m) + d @ (b * d)) / (np.sum(d**4) ** 0.25 + eps) ** 4
        b = b - a * d**2
        m = after
        d = m / np.maximum(np.abs(b), sigma)
        theta = theta - E11_RATE * d
        points.append(theta)
    return np.array(points)


def _e11() -> Numbers:
    found: dict[str, float] = {"steps": E11_STEPS, "rate": E11_RATE}
    gradients = {"quadratic": (QUADRATIC_START, quadratic), "Rosenbrock": (ROSENBROCK_START, ls.rosenbrock().grad)}
    for name, (start, gradient) in gradients.items():
        official = walk(Apollo(E11_RATE), start, gradient, E11_STEPS)
        zero, one = (_algorithm3(start, gradient, first) for first in (0, 1))
        found[f"from 0 against the lab's Apollo, {name}"] = float(np.abs(zero - official).max())
        found[f"largest, from 1 against from 0, {name}"] = float(np.abs(one - zero).max())
        found[f"last, from 1 against from 0, {name}"] = float(np.abs(one[-1] - zero[-1]).max())
    return found


def _say_e11(f: Numbers) -> str:
    apart = max(f[f"from 0 against the lab's Apollo, {name}"] for name in ("quadratic", "Rosenbrock"))
    ways = ", ".join(
        f"{where} by up to {f[f'largest, from 1 against from 0, {name}']:.3g} and after the last by "
        f"{f[f'last, from 1 against from 0, {name}']:.3g}"
        for name, where in (
            ("quadratic", "on (x1^2 + 4 x2^2 + 9 x3^2)/2 from (1, 1, 1)"),
            ("Rosenbrock", "on Rosenbrock from (-1.2, 1)"),
        )
    )
    return (
        f"From i = 0 the formulas equal Apollo's update {closeness(apart)}. Started at i = 1 the path differs in "
        f"{f['steps']:g} steps of rate {f['rate']:g} {ways}."
    )


E4 = Erratum(
    "E4",
    "Algorithms 1 and 4, line 8; Algorithm 5, line 18",
    "g_i <- g_(i-1) + mu b_i, where Eqs. 2 and 10 have the current gradient",
    "reading",
    'The lab follows the equations (line8="current"); the two literal readings are options, and one of them diverges.',
    _e4,
    _say_e4,
    "test_e4_line_8",
    ("ngdm_lab/optimizers/sgd.py", "ngdm_lab/optimizers/ngdm.py"),
    quote="8: gi ← gi −1 + μbi",
    translation="the same formula",
)
E5 = Erratum(
    "E5",
    "Eq. 2 against Algorithms 1 and 4, lines 2 to 6",
    "Eq. 2 adds the weight decay lambda theta in b alone and dampens the first gradient; the algorithms add it to g, "
    "so in both, and do not dampen the first",
    "reading",
    "A value of lambda or tau means two things, so a run must say which (the options decay and first_step).",
    _e5,
    _say_e5,
    "test_e5_weight_decay_and_first_step",
    ("ngdm_lab/optimizers/ngdm.py",),
    quote="b(k+1) = μb(k) + (1– τ)(∇f (θ(k)) +λθ(k))",
    translation="the same formula; line 2 of the algorithms is g_i = grad f(theta_(i-1)) + lambda theta_(i-1)",
)
E11 = Erratum(
    "E11",
    "Algorithm 3, line 2; Algorithm 1, line 9; Algorithm 5, line 16",
    '"for i from 1" where the formulas need i = 0; "theta_i <- theta_(i-1) <- gamma g_i" for a minus sign; y(n + 1) '
    "for y(n)",
    "misprint",
    "Who types Algorithm 3 from the page gets another method than Apollo; the lab's starts at 0.",
    _e11,
    _say_e11,
    "test_e11_loop_of_apollo",
    ("ngdm_lab/optimizers/apollo.py",),
    quote="2: for i from 1 to n do",
    translation="the same line",
)
