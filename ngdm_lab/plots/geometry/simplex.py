"""`simplex`: the density of a law of three components on its triangle, and Fisher ellipses over it."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.tri import Triangulation
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import check_flags, check_instance
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.style import COLUMN, larger, tone, users_style

__all__ = ["simplex", "ternary"]

Array = NDArray[np.float64]

SHARES = (95, 75, 50, 25, 5)  # percent of the probability inside each band's edge
FILLS = ("#E3EDF5", "#C0D7E9", "#8FB9D8", "#5A96C2", "#2F6EA3")
ELLIPSE = "#9C2A00"
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, 0.75**0.5]])
FINE, COARSE = 160, 8  # parts of a side: for the density, and between the centres of ellipses
SAMPLES, SEED = 20_000, 0


def ternary(x: Array) -> tuple[Array, Array]:
    """Points (..., 3) of the simplex in the plane: x_1 grows to the lower left, x_2 to the lower right, x_3 upwards."""
    plane = np.asarray(x) @ CORNERS
    return plane[..., 0], plane[..., 1]


def simplex(
    distribution: Dirichlet | GeneralizedDirichlet,
    ax: Axes | None = None,
    *,
    ellipses: bool = True,
    notes: bool = False,
) -> Axes:
    """The density of a law of three components (Eq. 4 or 6), as bands of given probability on the triangle.

    Over that of a Dirichlet stand Fisher ellipses (Eqs. 3 and 5): each is the set of means alpha / S of the laws with
    the same S that lie at one Kullback-Leibler divergence, in second order, from the law with its centre as mean.

    Parameters
    ----------
    distribution : Dirichlet with three alphas or GeneralizedDirichlet with two pairs (a number or ramp is resolved)
    ax : a new figure if it is None.
    ellipses : False leaves out the ellipses.
    notes : print the caption below, in small type; `caption` gives it, and `save` writes it beside the figure.

    Returns
    -------
    Axes

    Raises
    ------
    ValueError
        For another number of components, and for a batch of distributions.
    TypeError
        For what is no distribution.
    """
    check_flags(ellipses=ellipses, notes=notes)
    law = _of_three(distribution)
    with users_style():
        ax, own = layout.own_axes(ax, COLUMN, 3.0)
        ax.set_axis_off()
        ax.grid(False)
        ax.set_aspect("equal")
        ax.set(xlim=(-0.12, 1.12), ylim=(-0.12, 0.98))
        _bands(ax, law)
        ax.plot(*ternary(np.eye(3)[[0, 1, 2, 0]]), color=tone(0.8), linewidth=0.8, zorder=4)
        for name, corner in zip(("x₁", "x₂", "x₃"), np.eye(3), strict=True):
            u, v = ternary(1.07 * corner - 0.07 / 3)
            ax.text(float(u), float(v), name, ha="center", va="center")
        ax.plot(*ternary(law.mean()), marker="+", color=tone(1), markersize=6, zorder=6)
        lines = [
            f"Bands hold {', '.join(map(str, SHARES))} % of the probability (levels from {SAMPLES} points, seed {SEED})"
        ]
        lines[0] += "; + is the mean."
        if ellipses and isinstance(law, Dirichlet):
            radius = _ellipses(ax, float(law.alpha.sum()))  # type: ignore[union-attr]
            lines[0] += f" Ellipses: laws of the same S at KL = {radius:.2g} from their centre, by F."
        layout.title(ax, words.parameters(distribution), size=8 * larger())
        layout.below(ax, own, [], lines, notes)
    return ax


def _of_three(distribution: Any) -> Dirichlet | GeneralizedDirichlet:
    check_instance(
        "distribution", distribution, (Dirichlet, GeneralizedDirichlet), "a Dirichlet or a GeneralizedDirichlet"
    )
    law = distribution.on(3 if isinstance(distribution, Dirichlet) else 4)
    if law.batch:
        raise ValueError(f"distribution must be a single one, got a batch of shape {law.batch}")
    return law


def lattice(parts: int, least: int) -> Array:
    """Points of the simplex whose components are at least `least` of `parts` parts of 1."""
    i, j = (k.ravel() for k in np.mgrid[least : parts + 1, least : parts + 1])
    keep = i + j <= parts - least
    return np.stack((i[keep], j[keep], parts - i[keep] - j[keep]), axis=-1) / parts


def _bands(ax: Axes, law: Dirichlet | GeneralizedDirichlet) -> None:
    """Highest-density regions: levels are quantiles of the density over samples of the law itself."""
    levels = np.quantile(law.logpdf(law.rvs(SAMPLES, random_state=SEED)), 1 - np.array(SHARES) / 100)
    points = 0.998 * lattice(FINE, 0) + 0.002 / 3  # a density may be infinite on the boundary
    heights = law.logpdf(points / points.sum(axis=-1, keepdims=True))
    top = max(float(heights.max()), float(levels[-1])) + 1.0
    if np.ptp(levels) < 1e-9:  # a uniform law has no bands
        ax.fill(*ternary(np.eye(3)), color=FILLS[2], zorder=1)
        return
    ax.tricontourf(Triangulation(*ternary(points)), heights, levels=[*levels, top], colors=FILLS, zorder=1)


def _ellipses(ax: Axes, total: float) -> float:
    """Draw an ellipse at every centre, as large as they fit; returns their divergence."""
    centres = lattice(COARSE, 1)
    basis = np.array([[1, -1, 0], [1, 1, -2]]).T / np.sqrt([2, 6])  # directions that keep S
    metric = basis.T @ Dirichlet(total * centres).fisher() @ basis
    values, vectors = np.linalg.eigh(metric)
    radius = 0.5 * (0.44 / COARSE * total * np.sqrt(2)) ** 2 * float(values.min())
    turn = np.linspace(0, 2 * np.pi, 73)
    circle = np.stack((np.cos(turn), np.sin(turn)))
    steps = basis @ vectors @ (np.sqrt(2 * radius / values)[..., None] * circle) / total
    for centre, step in zip(centres, steps, strict=True):
        ax.plot(*ternary(centre + step.T), color=ELLIPSE, linewidth=0.7, zorder=5)
    ax.plot(*ternary(centres), ".", color=ELLIPSE, markersize=1.6, zorder=5)
    return radius
