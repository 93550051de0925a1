"""The energy test and the triangle test: do points of the simplex follow a distribution (section 2.2, claim C12)?

The paper wants alpha (or alpha and beta) such that both tests of Li (2015), "Goodness-of-fit tests for Dirichlet
distributions with applications", Bowling Green State University, accept the points z. The energy test there is
that of Szekely and Rizzo (2005), "A new test for multivariate normality", J. Multivariate Anal. 93; the triangle
tests go back to Bartoszynski, Pearl and Lawrence (1997), "A multidimensional goodness-of-fit test based on
interpoint distances", J. Amer. Statist. Assoc. 92. Li has three triangle tests, and the paper does not say which
it means; the one here uses the smallest and the largest side together, as Bartoszynski et al. do.

Both compare the sample with a simulated one of the distribution (Aslan and Zech 2002, arXiv:hep-ex/0203010), and
both p-values come from a parametric bootstrap: where parameters were fitted, they are fitted again on every
replicate, without which the tests would accept nearly everything (Stute, Gonzalez Manteiga and Presedo
Quindimil 1993, "Bootstrap based goodness-of-fit-tests", Metrika 40). With given parameters the p-values are exact.
With fitted ones they are for many points: in trials with 100 nothing of a deviation was seen, with 20 the energy
test rejected at p <= 0.05 in 4.5 to 6.3 % of 1,000 samples and had p <= 1/2 in 53 to 55 %.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.compiler.checks import brief, check_integer, check_seed
from ngdm_lab.environment import made_by
from ngdm_lab.geometry.bootstrap import Kind, Law, Measure, measure_replicates, references_for
from ngdm_lab.geometry.dirichlet import Dirichlet
from ngdm_lab.geometry.generalized_dirichlet import GeneralizedDirichlet
from ngdm_lab.geometry.interpoint import count_sides, mean_distance
from ngdm_lab.geometry.points import check_simplex
from ngdm_lab.schema import FLAG, NUMBER, WHOLE, Maybe, OneOf, check, check_arrays
from ngdm_lab.store import write

__all__ = ["GoodnessOfFit", "energy_statistic", "energy_test", "triangle_sides", "triangle_test"]

Array = NDArray[np.float64]
FEWEST = 10  # points; and more than the number of fitted parameters


@dataclass(frozen=True, eq=False, repr=False)
class GoodnessOfFit:
    """The result of a test.

    Attributes
    ----------
    test : "energy" or "triangle".
    statistic : the larger, the worse the fit.
    pvalue : (1 + number of replicates with a statistic at least as large) / (1 + replicates).
    distribution : the one tested, with its parameters as given or as fitted to all points.
    fitted : whether its parameters were fitted, here and on every replicate.
    size, points : points given, and points whose distances were taken.
    sides : shares of triangles in which the side between two points is the smallest, the middle and the largest;
        1/3 each is expected where the parameters are known. None for the energy test.
    null_distribution : (replicates,) the statistic of the replicates.
    seed : what the replicates were drawn with.
    described : versions and machine, of a result that was loaded.
    """

    test: str
    statistic: float
    pvalue: float
    distribution: Law
    fitted: bool
    size: int
    points: int
    sides: tuple[float, float, float] | None
    null_distribution: Array
    seed: int
    described: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        how = "fitted" if self.fitted else "given"
        some = "" if self.points == self.size else f" ({self.points} of them drawn)"
        return (
            f"<{self.test} test of {self.size} points{some}: p = {self.pvalue:.3g}, statistic {self.statistic:.4g}, "
            f"{len(self.null_distribution)} replicates, {how} {self.distribution!r}>"
        )

    def save(self, path: str | Path) -> Path:
        """Write to one npz (`lab.load` reads it); returns the path. Raises ValueError if it cannot."""
        law = {f.name: np.asarray(getattr(self.distribution, f.name)) for f in fields(self.distribution)}
        plain = {k: getattr(self, k) for k in _PLAIN} | {"distribution": type(self.distribution).__name__}
        arrays = {"null_distribution": self.null_distribution, **law}
        return write(path, "goodness of fit", arrays, {**plain, **made_by(self.described)})

    @classmethod
    def restore(cls, arrays: dict[str, Any], described: dict[str, Any]) -> GoodnessOfFit:
        """Made again from `store.read`. Raises ValueError, in one line, for what does not fit."""
        check(described, {
            "test": OneOf(("energy", "triangle")), "statistic": NUMBER, "pvalue": NUMBER, "fitted": FLAG, "size": WHOLE,
            "points": WHOLE, "sides": Maybe([NUMBER]), "seed": WHOLE,
            "distribution": OneOf(("Dirichlet", "GeneralizedDirichlet")),
        })  # fmt: skip
        check_arrays(arrays, {"null_distribution": ("f", ("replicates",))}, {})
        plain = {k: described[k] for k in _PLAIN}
        null = arrays.pop("null_distribution")
        kinds: dict[str, Any] = {kind.__name__: kind for kind in (Dirichlet, GeneralizedDirichlet)}
        law = kinds[described["distribution"]](**arrays)
        plain["sides"] = plain["sides"] and tuple(plain["sides"])
        return cls(**plain, distribution=law, null_distribution=null, described=described)


_PLAIN = ("test", "statistic", "pvalue", "fitted", "size", "points", "sides", "seed")  # what is no array


def energy_statistic(x: ArrayLike, y: ArrayLike) -> float:
    """m (2 E|X - Y| - E|X - X'| - E|Y - Y'|) for m points x and a simulated sample y of the distribution.

    The energy statistic of Szekely and Rizzo (2005), all means over all pairs, i = j included, so that it is never
    negative but for rounding.

    Parameters
    ----------
    x, y : points of the simplex, shapes (m, k) and (M, k).

    Raises
    ------
    TypeError, ValueError
        For points that do not lie on the simplex, and for other shapes.
    """
    x = _points(x, "x")
    return float(measure_energy(x[None], _points(y, "y", x.shape[1])[None])[0, 0])


def triangle_sides(x: ArrayLike, y: ArrayLike) -> tuple[float, float, float]:
    """How often the side between two of the points x is the smallest, middle and largest in a triangle with a y.

    Bartoszynski, Pearl and Lawrence (1997). Their statistics average over all triangles; these over M/m triangles a
    pair, an incomplete U-statistic (Blom 1976, Biometrika 63) in O(m M) whose further variance is of order
    1/(m M) where theirs has 1/m.

    Parameters
    ----------
    x : points of the simplex, shape (m, k), m >= 2.
    y : a sample of the distribution, shape (M, k), M a multiple of m.

    Raises
    ------
    TypeError, ValueError
        For points that do not lie on the simplex, and for other shapes.
    """
    x = _points(x, "x")
    y = _points(y, "y", x.shape[1])
    if len(x) < 2 or len(y) % len(x):
        raise ValueError(f"x must have at least 2 points and y a multiple of their number, got {len(x)} and {len(y)}")
    smallest, largest = count_sides(x[None], y[None])[0].tolist()
    return smallest, 1.0 - smallest - largest, largest


def energy_test(
    x: ArrayLike,
    distribution: Law | Kind,
    *,
    replicates: int = 199,
    references: int = 10,
    max_points: int = 1_000,
    seed: int = 0,
) -> GoodnessOfFit:
    """Energy test of whether points of the simplex follow a distribution.

    Parameters
    ----------
    x : (m, k) points of the simplex; at least 10, and more than the distribution has parameters. To be fitted they
        must lie inside the simplex.
    distribution : ``Dirichlet`` or ``GeneralizedDirichlet`` to have it fitted, or one with its parameters.
    replicates : samples of the parametric bootstrap, at least 19. The smallest p-value is 1/(replicates + 1).
    references : simulated points for each point of a sample. They cost time and give power: with 1 in place of 10
        the energy test finds a logistic normal law among 100 points less than half as often.
    max_points : where m is larger, distances are taken between so many points drawn from x, and from every
        replicate; parameters are fitted to all m. Time grows with its square (1,000 take some seconds).
    seed : draws the subsample, the replicates and the references. The result depends on nothing else.

    Returns
    -------
    GoodnessOfFit
        Its statistic is ``energy_statistic``.

    Raises
    ------
    TypeError
        When x is not numeric, or distribution is neither of those.
    ValueError
        For points off the simplex, NaN, too few points, a distribution on another number of components, or points
        to which it cannot be fitted.
    """
    return _test("energy", x, distribution, replicates, references, max_points, seed)


def triangle_test(
    x: ArrayLike,
    distribution: Law | Kind,
    *,
    replicates: int = 199,
    references: int = 10,
    max_points: int = 1_000,
    seed: int = 0,
) -> GoodnessOfFit:
    """Triangle test of whether points of the simplex follow a distribution.

    Arguments and errors are those of ``energy_test``. The test looks at u, the shares of triangles in which the side
    between two points is the smallest and the largest (``triangle_sides``), and takes a quadratic form,
    (u - c)^T S^-1 (u - c). Bartoszynski et al. (1997) have c = (1/3, 1/3) and the asymptotic covariance, which hold
    for known parameters; since fitted ones move both, c and S here are mean and covariance of u over the sample and
    its replicates.

    Returns
    -------
    GoodnessOfFit
        With ``sides``.
    """
    return _test("triangle", x, distribution, replicates, references, max_points, seed)


def measure_energy(x: Array, y: Array) -> Array:
    """``energy_statistic`` of r samples, shapes (r, m, k) and (r, M, k), as a column."""
    return (x.shape[1] * (2.0 * mean_distance(x, y) - mean_distance(x) - mean_distance(y)))[:, None]


def quadratic_form(rows: Array, among: Array) -> Array:
    """(u - c)^T S^-1 (u - c) of each row u, with the mean c and the covariance S of the rows of ``among``."""
    away = rows - among.mean(axis=0)
    inverse = np.linalg.pinv(np.cov(among, rowvar=False))  # all rows may agree in a direction
    return np.asarray(np.einsum("ri,ij,rj->r", away, inverse, away))


def _test(
    test: str, x: ArrayLike, distribution: Law | Kind, replicates: int, references: int, max_points: int, seed: int
) -> GoodnessOfFit:
    sample, distribution = _check(x, distribution)
    replicates = check_integer("replicates", replicates, 19)
    references = check_integer("references", references, 1)
    points = min(len(sample), check_integer("max_points", max_points, FEWEST))
    stream = np.random.default_rng(check_seed("seed", seed))
    kind = distribution if isinstance(distribution, type) else None
    law = distribution.fit(sample) if isinstance(distribution, type) else distribution
    measure: Measure = measure_energy if test == "energy" else count_sides
    chosen = sample if points == len(sample) else sample[stream.choice(len(sample), points, replace=False)]
    own = measure(chosen[None], references_for(law, 1, references * points, stream))
    null = measure_replicates(
        law, kind, measure, replicates=replicates, size=len(sample), points=points, references=references, stream=stream
    )
    rows = np.concatenate((own, null))
    values = rows[:, 0] if test == "energy" else quadratic_form(rows, rows)
    smallest, largest = rows[0, 0], rows[0, -1]
    sides = (float(smallest), float(1.0 - smallest - largest), float(largest)) if test == "triangle" else None
    pvalue = (1 + int((values[1:] >= values[0]).sum())) / len(values)
    return GoodnessOfFit(
        test, float(values[0]), pvalue, law, kind is not None, len(sample), points, sides, values[1:], seed
    )


def _points(value: ArrayLike, name: str, width: int | None = None) -> Array:
    points = check_simplex(value, name, width)
    if points.ndim != 2 or not len(points):
        raise ValueError(f"{name} must be points of the simplex as rows, shape (m, k), got shape {points.shape}")
    return points


def _check(x: ArrayLike, distribution: Law | Kind) -> tuple[Array, Law | Kind]:
    """The points, and the distribution: resolved for their number of components where its parameters are given."""
    kind = distribution if isinstance(distribution, type) else type(distribution)
    if not issubclass(kind, (Dirichlet, GeneralizedDirichlet)):
        raise TypeError(
            "distribution must be Dirichlet or GeneralizedDirichlet, to be fitted or with its parameters, got "
            f"{brief(distribution)}"
        )
    points = _points(x, "x")
    parts = points.shape[1]
    parameters = parts if issubclass(kind, Dirichlet) else 2 * (parts - 1)
    fewest = max(FEWEST, parameters + 1) if isinstance(distribution, type) else FEWEST
    if len(points) < fewest:
        raise ValueError(f"x must have at least {fewest} points of {parts} components, got {len(points)}")
    if isinstance(distribution, type):
        return points, distribution
    law = distribution.on(parameters)
    if law.alpha.ndim > 1:  # type: ignore[union-attr]
        raise ValueError(f"distribution must be a single one, got a batch of shape {law.alpha.shape[:-1]}")  # type: ignore[union-attr]
    return points, law
