"""The energy test and the triangle test: do points of the simplex follow a distribution (section 2.2, claim C12)?

The paper wants alpha (or alpha and beta) such that both tests of Li (2015), "Goodness-of-fit tests for Dirichlet
distributions with applications", Bowling Green State University, accept the points z. The energy test there is
that of Szekely and Rizzo (2005), "A new test for multivariate normality", J. Multivariate Anal. 93; the triangle
tests go back to Bartoszynski, Pearl and Lawrence (1997), "A multidimensional goodness-of-fit test based on
interpoint distances", J. Amer. Statist. Assoc. 92. Li has three triangle tests, and the paper does not say which
it means; the one here uses the smallest and the largest side together, as Bartoszynski et al. do.

Both compare the sample with a simulated one of the distribution (Aslan and Zech 2003, arXiv:hep-ex/0203010), and
both p-values come from a parametric bootstrap: where parameters were fitted, they are fitted again on every
replicate, without which the tests would accept nearly everything (Stute, Gonzalez Manteiga and Presedo
Quindimil 1993, "Bootstrap based goodness-of-fit-tests", Metrika 40).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscapes.checks import check_integer
from ngdm_lab.geometry.dirichlet import Dirichlet
from ngdm_lab.geometry.generalized_dirichlet import GeneralizedDirichlet
from ngdm_lab.geometry.interpoint import count_sides, mean_distance
from ngdm_lab.geometry.simplex import check_simplex

__all__ = ["GoodnessOfFit", "energy_statistic", "energy_test", "triangle_sides", "triangle_test"]

Array = NDArray[np.float64]
Distribution = Dirichlet | GeneralizedDirichlet
Model = Distribution | type[Dirichlet] | type[GeneralizedDirichlet]
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
    """

    test: str
    statistic: float
    pvalue: float
    distribution: Distribution
    fitted: bool
    size: int
    points: int
    sides: tuple[float, float, float] | None
    null_distribution: Array = field(repr=False)
    seed: int

    def __repr__(self) -> str:
        how = "fitted" if self.fitted else "given"
        some = "" if self.points == self.size else f" ({self.points} of them drawn)"
        return (
            f"<{self.test} test of {self.size} points{some}: p = {self.pvalue:.3g}, statistic {self.statistic:.4g}, "
            f"{len(self.null_distribution)} replicates, {how} {self.distribution!r}>"
        )


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
    return _energy(x, _points(y, "y", x.shape[1]))[0]


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
    smallest, largest = _sides(x, y)
    return smallest, 1.0 - smallest - largest, largest


def energy_test(
    x: ArrayLike,
    distribution: Model,
    *,
    replicates: int = 199,
    references: int = 4,
    max_points: int = 2_000,
    seed: int = 0,
) -> GoodnessOfFit:
    """Energy test of whether points of the simplex follow a distribution.

    Parameters
    ----------
    x : (m, k) points of the simplex; at least 10, and more than the distribution has parameters. To be fitted they
        must lie inside the simplex.
    distribution : ``Dirichlet`` or ``GeneralizedDirichlet`` to have it fitted, or one with its parameters.
    replicates : samples of the parametric bootstrap, at least 19. The smallest p-value is 1/(replicates + 1).
    references : simulated points for each point of a sample; more of them give the tests a little more power.
    max_points : where m is larger, distances are taken between so many points drawn from x, and from every
        replicate; parameters are fitted to all m. Time grows with its square.
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
    x, model, points = _check(x, distribution, replicates, references, max_points)
    tested, rows = _bootstrap(x, model, _energy, replicates, references, points, seed)
    return _result("energy", x, distribution, tested, rows[:, 0], None, points, seed)


def triangle_test(
    x: ArrayLike,
    distribution: Model,
    *,
    replicates: int = 199,
    references: int = 4,
    max_points: int = 2_000,
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
    x, model, points = _check(x, distribution, replicates, references, max_points)
    tested, rows = _bootstrap(x, model, _sides, replicates, references, points, seed)
    sides = (float(rows[0, 0]), float(1.0 - rows[0].sum()), float(rows[0, 1]))
    return _result("triangle", x, distribution, tested, quadratic_form(rows), sides, points, seed)


def quadratic_form(rows: Array) -> Array:
    """(u - c)^T S^-1 (u - c) of each row u, with the rows' mean c and covariance S."""
    away = rows - rows.mean(axis=0)
    inverse = np.linalg.pinv(np.cov(rows, rowvar=False))  # all rows may agree in a direction
    return np.einsum("ri,ij,rj->r", away, inverse, away)


def _energy(x: Array, y: Array) -> tuple[float]:
    return (len(x) * (2.0 * mean_distance(x, y) - mean_distance(x) - mean_distance(y)),)


def _sides(x: Array, y: Array) -> tuple[float, float]:
    return count_sides(x, y)


def _bootstrap(
    x: Array,
    model: Model,
    measure: Callable[[Array, Array], tuple[float, ...]],
    replicates: int,
    references: int,
    points: int,
    seed: int,
) -> tuple[Distribution, Array]:
    """The distribution tested, and the measure of x (row 0) and of every replicate, each with references of its own."""
    fitted = isinstance(model, type)
    streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(replicates + 1)]
    tested = model.fit(x) if isinstance(model, type) else model
    chosen = x if points == len(x) else x[streams[0].choice(len(x), points, replace=False)]
    rows = [measure(chosen, _draw(tested, references * points, streams[0]))]
    for stream in streams[1:]:
        sample = _draw(tested, len(x) if fitted else points, stream)
        again = model.fit(sample) if isinstance(model, type) else tested
        rows.append(measure(sample[:points], _draw(again, references * points, stream)))
    return tested, np.array(rows)


def _draw(distribution: Distribution, size: int, stream: np.random.Generator) -> Array:
    return np.asarray(distribution.rvs(size=size, random_state=stream))


def _result(
    test: str,
    x: Array,
    distribution: Model,
    tested: Distribution,
    values: Array,
    sides: tuple[float, float, float] | None,
    points: int,
    seed: int,
) -> GoodnessOfFit:
    statistic, null = float(values[0]), values[1:]
    pvalue = (1 + int((null >= statistic).sum())) / len(values)
    fitted = isinstance(distribution, type)
    return GoodnessOfFit(test, statistic, pvalue, tested, fitted, len(x), points, sides, null, seed)


def _points(value: ArrayLike, name: str, width: int | None = None) -> Array:
    points = check_simplex(value, name, width)
    if points.ndim != 2 or not len(points):
        raise ValueError(f"{name} must be points of the simplex as rows, shape (m, k), got shape {points.shape}")
    return points


def _check(
    x: ArrayLike, distribution: Model, replicates: int, references: int, max_points: int
) -> tuple[Array, Model, int]:
    """The points, the distribution on their number of components, and how many of them are measured."""
    points = _points(x, "x")
    check_integer("replicates", replicates, 19)
    check_integer("references", references, 1)
    check_integer("max_points", max_points, FEWEST)
    kind = distribution if isinstance(distribution, type) else type(distribution)
    if not issubclass(kind, (Dirichlet, GeneralizedDirichlet)):
        raise TypeError(
            "distribution must be Dirichlet or GeneralizedDirichlet, to be fitted or with its parameters, got "
            f"{distribution!r}"
        )
    parts = points.shape[1]
    parameters = parts if issubclass(kind, Dirichlet) else 2 * (parts - 1)
    fewest = max(FEWEST, parameters + 1) if isinstance(distribution, type) else FEWEST
    if len(points) < fewest:
        raise ValueError(f"x must have at least {fewest} points of {parts} components, got {len(points)}")
    model = distribution if isinstance(distribution, type) else distribution.on(parameters)
    return points, model, min(len(points), max_points)
