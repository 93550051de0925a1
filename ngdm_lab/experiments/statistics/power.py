"""`power`: how often the goodness-of-fit tests reject a distribution that points do not, or do, follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab import store
from ngdm_lab.compiler.checks import brief, check_instance, check_integer, check_number, check_point, check_seed
from ngdm_lab.engine import manifest
from ngdm_lab.environment import made_by
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet
from ngdm_lab.geometry.bootstrap import Kind, Law, Measure, fit_each, references_for
from ngdm_lab.geometry.goodness_of_fit import measure_energy, quadratic_form
from ngdm_lab.geometry.interpoint import count_sides
from ngdm_lab.geometry.points import check_simplex
from ngdm_lab.schema import NUMBER, OneOf, check, check_arrays

__all__ = ["Power", "logistic_normal", "mixture", "power"]

Array = NDArray[np.float64]
Sampler = Callable[[int, np.random.Generator], Array]  # (number of points, stream) -> (points, k)


@dataclass(frozen=True, eq=False)
class Power:
    """How often a test rejects.

    Attributes
    ----------
    test : "energy" or "triangle".
    rejected : share of the trials with a p-value of at most the level.
    low, high : 95 % interval of Wilson (1927) for it. It takes the null distribution for known; that of the trials'
        replicates about doubles the variance of a share near the level.
    pvalues : (trials,) of each trial.
    described : what was run: the sampler, the kind fitted and the settings; versions and machine if it was loaded.
    """

    test: str
    rejected: float
    low: float
    high: float
    pvalues: Array = field(repr=False)
    described: dict[str, Any] = field(default_factory=dict, repr=False)

    def save(self, path: str | Path) -> Path:
        """Write to one npz (`lab.load` reads it); returns the path. Raises ValueError if it cannot."""
        described = {k: getattr(self, k) for k in _KEPT}
        described |= self.described | made_by(self.described)
        return store.write(path, "power", {"pvalues": self.pvalues}, described)

    @classmethod
    def restore(cls, arrays: dict[str, Any], described: dict[str, Any]) -> Power:
        """Made again from `store.read`. Raises ValueError, in one line, for what does not fit."""
        check(described, {"test": OneOf(("energy", "triangle")), "rejected": NUMBER, "low": NUMBER, "high": NUMBER})
        check_arrays(arrays, {"pvalues": ("f", ("trials",))}, {})
        kept = {k: described.pop(k) for k in _KEPT}
        return cls(**kept, pvalues=arrays["pvalues"], described=described)


_KEPT = ("test", "rejected", "low", "high")  # what is no array


def power(
    sampler: Sampler | Law,
    kind: Kind,
    *,
    points: int = 100,
    trials: int = 1_000,
    level: float = 0.05,
    references: int = 10,
    seed: int = 0,
) -> dict[str, Power]:
    """How often the energy and the triangle test reject ``kind``, fitted, where points come from ``sampler``.

    Every trial draws a sample, fits ``kind``, draws one replicate from the fit and fits again; the replicates of all
    trials together are the null distribution (the warp-speed bootstrap of Giacomini, Politis and White 2013,
    Econometric Theory 29). A sampler that is itself of that kind shows the tests' level.

    Parameters
    ----------
    sampler : function of a number of points and a NumPy generator that returns so many points of the simplex, or a
        distribution.
    kind : ``Dirichlet`` or ``GeneralizedDirichlet``.
    points : size of a sample, at least 10.
    trials : number of samples, at least 100.
    level : the p-value at which a test rejects, in (0, 1).
    references : simulated points for each point of a sample.
    seed : draws everything.

    Returns
    -------
    dict
        "energy" and "triangle" to their `Power`.

    Raises
    ------
    TypeError, ValueError
        For arguments of a wrong kind or out of range, and for a sampler that leaves the open simplex.
    """
    points, trials = check_integer("points", points, 10), check_integer("trials", trials, 100)
    level = check_number("level", level, above=0, below=1)
    references = check_integer("references", references, 1)
    stream = np.random.default_rng(check_seed("seed", seed))
    if kind is not Dirichlet and kind is not GeneralizedDirichlet:
        raise TypeError(f"kind must be Dirichlet or GeneralizedDirichlet, got {brief(kind)}")
    if not (callable(sampler) or isinstance(sampler, (Dirichlet, GeneralizedDirichlet))):
        raise TypeError(
            f"sampler must be a function of a size and a generator, or a distribution, got {brief(sampler)}"
        )
    if not callable(sampler) and not isinstance(sampler.alpha, np.ndarray):
        raise ValueError(f"sampler must have its values written out: call .on(n) first, got {sampler!r}")
    draw: Sampler = sampler if callable(sampler) else lambda size, s: sampler.rvs(size=size, random_state=s)
    batches = [
        _trials(draw, kind, points, min(100, trials - first), references, stream) for first in range(0, trials, 100)
    ]
    energy, sides = (np.concatenate(parts, axis=1) for parts in zip(*batches, strict=True))
    forms = [quadratic_form(rows, sides[1]) for rows in sides]
    source = {"function": getattr(sampler, "__qualname__", repr(sampler))} if callable(sampler) else sampler
    settings = {"points": points, "trials": trials, "level": level, "references": references, "seed": seed}
    described = {"sampler": manifest.encode(source), "fitted": kind.__name__, "settings": settings}
    return {
        "energy": _power("energy", energy[0, :, 0], energy[1, :, 0], level, described),
        "triangle": _power("triangle", forms[0], forms[1], level, described),
    }


def _trials(
    draw: Sampler, kind: Kind, points: int, count: int, references: int, stream: np.random.Generator
) -> tuple[Array, Array]:
    """Both measures, (2, count, q), of ``count`` samples and of one replicate of each."""
    samples = check_simplex(draw(count * points, stream), "the sampler's result").reshape(count, points, -1)
    measures: tuple[Measure, Measure] = (measure_energy, count_sides)
    rows: tuple[list[Array], list[Array]] = ([], [])
    for _ in range(2):
        laws = fit_each(kind, samples)
        drawn = references_for(laws, count, references * points, stream)
        for measure, kept in zip(measures, rows, strict=True):
            kept.append(measure(samples, drawn))
        samples = references_for(laws, count, points, stream)
    return np.array(rows[0]), np.array(rows[1])


def _power(test: str, observed: Array, null: Array, level: float, described: dict[str, Any]) -> Power:
    """The share rejected. ``null`` has as many values as there are trials."""
    trials = len(observed)
    above = trials - np.searchsorted(np.sort(null), observed, side="left")
    pvalues = np.asarray((1.0 + above) / (1.0 + trials), dtype=np.float64)
    share = float((pvalues <= level).mean())
    z = 1.959964
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * np.sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2)
    return Power(test, share, float(max(0.0, middle - half)), float(min(1.0, middle + half)), pvalues, described)


def logistic_normal(mean: ArrayLike, cov: ArrayLike) -> Sampler:
    """Points whose logs of ratios to the last component are normal (Aitchison and Shen 1980, Biometrika 67).

    Parameters
    ----------
    mean, cov : of the k - 1 log-ratios, shapes (k - 1,) and (k - 1, k - 1).

    Raises
    ------
    TypeError, ValueError
        For what is not numeric, other shapes, and a cov that is not symmetric and positive semidefinite.
    """
    centre, matrix = check_point("mean", mean, axes=1, finite=True), check_point("cov", cov)
    if centre.ndim != 1 or matrix.shape != (len(centre), len(centre)):
        raise ValueError(f"mean and cov must have the shapes (k,) and (k, k), got {centre.shape} and {matrix.shape}")
    least = float(np.linalg.eigvalsh(matrix)[0]) if np.isfinite(matrix).all() else np.nan
    if not (least >= -1e-12 * np.abs(matrix).max() and np.allclose(matrix, matrix.T, rtol=1e-12, atol=0)):
        raise ValueError(f"cov must be symmetric and positive semidefinite, got {brief(matrix.tolist())}")

    def sampler(size: int, stream: np.random.Generator) -> Array:
        logs = stream.multivariate_normal(centre, matrix, size=size)
        raised = np.exp(np.concatenate((logs, np.zeros((size, 1))), axis=1))
        return np.asarray(raised / raised.sum(axis=1, keepdims=True))

    return sampler


def mixture(*laws: Law, weights: ArrayLike | None = None) -> Sampler:
    """Points each from one of several distributions, chosen with the weights (equal by default).

    Raises TypeError for what is no distribution or weight, ValueError for none, for another number of weights, and
    for weights that are negative or all 0.
    """
    for law in laws:
        check_instance("laws", law, (Dirichlet, GeneralizedDirichlet), "Dirichlet or GeneralizedDirichlet")
    shares = np.ones(len(laws)) if weights is None else check_point("weights", weights)
    if not laws or shares.shape != (len(laws),):
        raise ValueError(f"weights must be one for each of at least one law, got {shares.size} for {len(laws)}")
    if not ((shares >= 0) & np.isfinite(shares)).all() or not shares.any():
        raise ValueError(f"weights must be finite, at least 0 and not all 0, got {brief(shares.tolist())}")
    shares = shares / shares.sum()

    def sampler(size: int, stream: np.random.Generator) -> Array:
        chosen = stream.choice(len(laws), size=size, p=shares)
        drawn = np.stack([law.rvs(size=size, random_state=stream) for law in laws])
        return drawn[chosen, np.arange(size)]

    return sampler
