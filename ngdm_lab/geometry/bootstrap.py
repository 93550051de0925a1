"""A parametric bootstrap over points of the simplex, many samples at a time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.geometry.dirichlet import Dirichlet
from ngdm_lab.geometry.fit import maximum_likelihood, statistics
from ngdm_lab.geometry.generalized_dirichlet import GeneralizedDirichlet
from ngdm_lab.geometry.generalized_dirichlet_law import remainders

__all__ = ["Kind", "Law", "Measure", "fit_each", "measure_replicates"]

Array = NDArray[np.float64]
Law = Dirichlet | GeneralizedDirichlet
Kind = type[Dirichlet] | type[GeneralizedDirichlet]
Measure = Callable[[Array, Array], Array]  # (r, m, k) samples and their (r, M, k) references -> (r, q)
AT_ONCE = 4_000_000  # components drawn together: 32 MB


def fit_each(kind: Kind, samples: Array) -> Law:
    """``kind.fit`` of each of r samples, as one batch of distributions.

    Parameters
    ----------
    kind : ``Dirichlet`` or ``GeneralizedDirichlet``.
    samples : (r, m, k) points of the open simplex.

    Raises
    ------
    ValueError
        For a component that is 0, and where a likelihood has no maximum.
    """
    if not (samples > 0.0).all():
        raise ValueError("a sample has a component 0, where its likelihood has no maximum: no fit")
    points, share = np.swapaxes(samples, 0, 1), np.full(samples.shape[1], 1.0 / samples.shape[1])
    if kind is Dirichlet:
        return Dirichlet(maximum_likelihood(*statistics(points, share)))
    rest = remainders(points)
    pairs = np.stack((points[..., :-1], rest[..., 1:]), axis=-1) / rest[..., :-1, None]
    fitted = maximum_likelihood(*statistics(pairs, share))
    return GeneralizedDirichlet(fitted[..., 0], fitted[..., 1])


def measure_replicates(
    law: Law,
    kind: Kind | None,
    measure: Measure,
    *,
    replicates: int,
    size: int,
    points: int,
    references: int,
    stream: np.random.Generator,
) -> Array:
    """The measure of samples drawn from a distribution, each against references drawn from a fit to it.

    Parameters
    ----------
    law : what the samples are drawn from.
    kind : what is fitted to each of them; None where the references come from ``law`` itself.
    measure : what is returned of each.
    replicates, size : how many samples, of how many points.
    points : how many points of each are measured.
    references : how many references a point measured.

    Returns
    -------
    (replicates, q) array.
    """
    rows = []
    size = size if kind is not None else points
    chunk = max(1, AT_ONCE // ((size + references * points) * law.components))
    for first in range(0, replicates, chunk):
        count = min(chunk, replicates - first)
        samples = np.swapaxes(law.rvs(size=(size, count), random_state=stream), 0, 1)
        drawn = references_for(law if kind is None else fit_each(kind, samples), count, references * points, stream)
        rows.append(measure(samples[:, :points], drawn))
    return np.concatenate(rows)


def references_for(law: Law, samples: int, size: int, stream: np.random.Generator) -> Array:
    """(samples, size, k) points of a distribution, or of each of a batch of as many distributions."""
    batch = law.alpha.ndim > 1  # type: ignore[union-attr]
    drawn = law.rvs(size=size if batch else (size, samples), random_state=stream)
    return np.swapaxes(drawn, 0, 1)
