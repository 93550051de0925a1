"""`path_plane`: paths in n dimensions, projected to the plane in which they move most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from landscapes import Surface
from ngdm_lab.compiler.checks import check_choice, check_flags
from ngdm_lab.experiments import Trace
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.field import Field, colourbar, fill
from ngdm_lab.plots.drawing.style import COLUMN, users_style

from .traces import (
    STAR,
    START,
    check_traces,
    draw_path,
    entries,
    grouped,
    how_they_ended,
    named,
    settings,
    surface_of_traces,
)

__all__ = ["Plane", "path_plane", "plane_of"]

Array = NDArray[np.float64]

POINTS = ("all", "final")


@dataclass(frozen=True, eq=False)
class Plane:
    """A plane by principal components.

    Attributes
    ----------
    middle : (n,) mean of the points.
    axes : (2, n) orthonormal directions, of largest variance first; the largest component of each is positive.
    shares : (2,) of the points' variance along each.
    """

    middle: Array
    axes: Array
    shares: Array

    def project(self, x: Array) -> Array:
        """(..., 2) coordinates of the points (..., n) of the space."""
        return (x - self.middle) @ self.axes.T

    def held(self, x: Array) -> float:
        """The share of the squared distances of points (k, n) from the middle that lies in the plane; 1 for none."""
        whole = float(np.square(x - self.middle).sum())
        return float(np.square(self.project(x)).sum()) / whole if whole > 0 else 1.0


@dataclass(frozen=True, eq=False)
class _Slice(Field):
    """The surface on a plane of any direction."""

    plane: Plane | None = None

    def points(self, x1: Array, x2: Array) -> Array:
        assert self.plane is not None
        return self.plane.middle + np.stack([x1, x2], axis=-1) @ self.plane.axes


def plane_of(points: Array) -> Plane:
    """The plane through the mean of points (k, n), n >= 2, along their first two principal components.

    Raises
    ------
    ValueError
        Where all points are one.
    """
    middle = points.mean(axis=0)
    values, axes = np.linalg.svd(points - middle, full_matrices=len(points) < 2)[1:]
    if not len(values) or values[0] <= 1e-14 * np.abs(points).max():
        raise ValueError("points must differ to span a plane, got iterates that are all one point")
    axes = axes[:2] if len(axes) > 1 else np.vstack([axes, np.linalg.svd(axes)[2][1:2]])
    axes = axes * np.where(np.take_along_axis(axes, np.abs(axes).argmax(axis=1)[:, None], 1) < 0, -1.0, 1.0)
    shares = np.square(np.append(values, 0.0)[:2]) / np.square(values).sum()
    return Plane(middle, axes, shares)


def path_plane(
    traces: Trace | Sequence[Trace],
    ax: Axes | None = None,
    surface: Surface | None = None,
    *,
    points: str = "all",
    legend: bool = True,
    notes: bool = False,
    bar: bool = True,
) -> Axes:
    """Draw paths in two or more dimensions in their common plane of principal components.

    The plane goes through the mean of the iterates of all paths, along the two directions in which they vary most.
    Contours are values of f on the plane itself; the paths are projected onto it, and off the plane f is another.
    The axis labels give the share of the variance along each direction, the notes what the plane holds of each path.
    Circle, marker and star are start, end and minimum as in `trajectories`, projected too.

    Parameters
    ----------
    traces : a Trace or several on one surface of dimension 2 or more, from `lab.trace`.
    ax : where to draw; a new figure if it is None.
    surface : needed only where the traces do not have it: a loaded run on a user's landscape.
    points : "all" iterates inside the bounds span the plane, or those of the "final" half of each path.
    legend, bar : leave out the legend, or the colour bar.
    notes : print the caption below, in small type; `caption` gives it, and `save` writes it beside the figure.

    Returns
    -------
    Axes
        In the surface's units along both directions, with 0 at the mean.

    Raises
    ------
    ValueError
        For no trace, traces on several surfaces or of dimension 1, iterates that are all one point.
    TypeError
        For what is no trace.
    """
    check_flags(legend=legend, notes=notes, bar=bar)
    listed = check_traces(traces, dim=None)
    s = surface_of_traces(listed, surface)
    if s.dim < 2:
        raise ValueError(f"traces must be on a surface of dimension 2 or more, got {s.name}")
    check_choice("points", points, POINTS)
    clouds = [_inside(trace.iterates, s) for trace in listed]
    halves = [_inside(trace.iterates[len(trace.iterates) // 2 :], s) for trace in listed]
    spanning = halves if points == "final" else clouds
    cloud = np.concatenate(spanning)
    if not len(cloud):
        raise ValueError(
            f"traces must have iterates inside the bounds of {s.name}, got none in what spans the plane"
            + how_they_ended(listed)
        )
    if (cloud == cloud[0]).all():
        raise ValueError(
            f"traces must have two different points inside the bounds of {s.name}, got one" + how_they_ended(listed)
        )
    plane = plane_of(cloud)
    minima = s.minima[_near(s.minima, clouds, s)]
    box = _box(plane, [*clouds, *[trace.x[:1] for trace in listed], minima])
    groups = grouped(listed)
    with users_style():
        ax, own = layout.own_axes(ax, COLUMN, 2.7)
        ground = fill(ax, _Slice(s, box, plane=plane))
        if ground is not None and bar:
            colourbar(ax, ground, s)
        ax.grid(False)
        for (label, members), size in zip(groups.items(), np.linspace(7.0, 4.5, len(groups)), strict=True):
            for trace in members:
                draw_path(ax, label, plane.project(trace.iterates), box, size)
        ax.plot(*plane.project(np.unique([trace.x[0] for trace in listed], axis=0)).T, zorder=5, **START)
        if len(minima):
            ax.plot(*plane.project(minima).T, zorder=4, **{**STAR, "markersize": 11})
        ax.set(xlim=box[0], ylim=box[1])
        ax.set(xlabel=f"component 1: {_percent(plane.shares[0])}", ylabel=f"component 2: {_percent(plane.shares[1])}")
        layout.title(ax, f"{words.plain(s.name, 60)}\n{_percent(plane.shares.sum())} of the variance in this plane")
        handles = entries(groups, s, "minimum, projected") if legend else []
        layout.below(ax, own, handles, [_note(plane, groups, points, s), *settings(groups)], notes)
    return ax


def _inside(x: Array, s: Surface) -> Array:
    low, high = s.bounds.T
    return x[((x >= low) & (x <= high)).all(axis=1)]  # False for NaN


def _near(minima: Array, clouds: list[Array], s: Surface) -> list[int]:
    """Which minima are next to the last point inside of a path."""
    size = np.ptp(s.bounds, axis=1)
    ends = [cloud[-1] for cloud in clouds if len(cloud)]
    return (
        sorted({int(np.argmin(np.linalg.norm((minima - end) / size, axis=1))) for end in ends}) if len(minima) else []
    )


def _box(plane: Plane, clouds: list[Array]) -> Array:
    """(2, 2) a view of all projected points, with a margin; no sliver."""
    flat = plane.project(np.concatenate(clouds))
    low, high = flat.min(axis=0), flat.max(axis=0)
    half = 0.6 * np.maximum(high - low, 0.3 * (high - low).max())
    middle = (low + high) / 2
    return np.stack([middle - half, middle + half], axis=1)


def _note(plane: Plane, groups: dict[str, list[Trace]], points: str, s: Surface) -> str:
    what = "iterates inside the bounds" if points == "all" else "iterates of the second half inside the bounds"
    note = f"Plane: first two principal components of all paths' {what}, through their mean; contours: f on it. "
    parts, names = [], named(groups)
    for label, members in groups.items():
        held = plane.held(np.concatenate([_inside(trace.x, s) for trace in members]))
        parts.append(words.unbroken(f"{names[label]} {_percent(held)}"))
    return f"{note}It holds of the squared distances from the mean: {', '.join(parts)}."


def _percent(share: float) -> str:
    """Rounded down, so that 100 % is said of what is exactly flat only."""
    return f"{np.floor(1000 * share + 1e-9) / 10:.1f} %"
