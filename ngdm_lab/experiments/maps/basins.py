"""`basins`: where a run ends, for starts on a grid over a plane surface."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from landscapes import Surface
from landscapes.curvature import by_differences
from ngdm_lab import store
from ngdm_lab.compiler.checks import check_integer, check_number
from ngdm_lab.compiler.room import check_memory
from ngdm_lab.engine import Ensemble, ensemble
from ngdm_lab.engine.ensemble import check_run
from ngdm_lab.optimizers import Optimizer
from ngdm_lab.schema import Within, check, check_arrays

__all__ = ["Basins", "basins"]


@dataclass(frozen=True, eq=False)
class Basins:
    """The basin-of-attraction map of one optimizer.

    Attributes
    ----------
    runs : the runs, one for each pixel, row by row from the lowest x2.
    resolution : pixels along each axis.
    ends : (k, 2) end points that pixels are sorted by: the surface's minima first, then other points at which at
        least 0.2 % of the runs came to rest, by their number.
    index : (resolution, resolution) which of `ends`; -1 elsewhere (most often still on the way), -2 diverged, -3
        outside the bounds.
    """

    runs: Ensemble
    resolution: int
    ends: NDArray[np.float64]
    index: NDArray[np.int64]

    def shares(self) -> NDArray[np.float64]:
        """(k,) share of the pixels for each of `ends`."""
        return np.array([(self.index == k).mean() for k in range(len(self.ends))])

    def __repr__(self) -> str:
        return f"<Basins {self.resolution} x {self.resolution}, {len(self.ends)} ends, of {self.runs!r}>"

    def save(self, path: str | Path) -> Path:
        """Write to one npz (`lab.load` reads it); returns the path. Raises ValueError if it cannot."""
        return store.write(path, "basins", self.arrays(), self.manifest())

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays that are saved, by name."""
        return {**self.runs.arrays(), "ends": self.ends, "index": self.index}

    def manifest(self) -> dict[str, Any]:
        """What was run, in JSON types."""
        return {**self.runs.manifest(), "resolution": self.resolution}

    @classmethod
    def restore(cls, arrays: dict[str, Any], described: dict[str, Any]) -> Basins:
        """Made again from `store.read`. Raises ValueError, in one line, for what does not fit."""
        check(described, {"resolution": Within(1, 2**20)})
        k = described["resolution"]
        check_arrays(arrays, {"ends": ("f", ("ends", 2)), "index": ("i", (k, k)), "x": ("f", (k * k, 2))}, {})
        ends, index = arrays.pop("ends"), arrays.pop("index")
        return cls(Ensemble.restore(arrays, described), k, ends, index)


def basins(
    opt: Optimizer,
    s: Surface,
    resolution: int = 200,
    steps: int = 2000,
    seed: int = 0,
    *,
    target: float = 1e-3,
    merge: float = 0.02,
    progress: bool = False,
    backend: str = "cpu",
    precision: str = "float64",
) -> Basins:
    """Run an optimizer from every point of a grid over the bounds of a surface in two dimensions.

    Parameters
    ----------
    opt, s : the optimizer and a surface of dimension 2.
    resolution : grid points along each axis.
    steps, seed, target : as in `ensemble`.
    merge : ends within this share of the box's width count as one.
    progress : show a progress bar, in a terminal or a notebook.
    backend, precision : as in `ensemble`.

    Raises
    ------
    ValueError
        For a surface of another dimension.
    """
    check_run([opt], s, backend, precision)
    if s.dim != 2:
        raise ValueError(f"s must have dimension 2 for a map, got {s.name}")
    resolution = check_integer("resolution", resolution, 2)
    check_memory(f"resolution = {resolution}", 10 * resolution**2)
    merge = check_number("merge", merge, least=1e-9, most=1)
    axes = [np.linspace(low, high, resolution) for low, high in np.asarray(s.bounds)]
    grid = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    runs = ensemble(
        opt, s, grid, steps, seed, backend, target=target, progress=progress, quantiles=False, precision=precision
    )
    ends, index = _sort(runs, s, merge)
    return Basins(runs, resolution, ends, index.reshape(resolution, resolution))


def _sort(runs: Ensemble, s: Surface, merge: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    width = np.ptp(s.bounds, axis=1)
    low, high = s.bounds.T
    index = np.full(len(runs), -1)
    index[(runs.x < low).any(axis=1) | (runs.x > high).any(axis=1)] = -3
    index[runs.status == "diverged"] = -2
    ends = [np.asarray(point) for point in s.minima]

    def near(point: NDArray[np.float64]) -> NDArray[np.bool_]:
        return np.asarray((np.abs(runs.x - point) <= merge * width).all(axis=1))

    for k, point in enumerate(ends):
        index[(index == -1) & near(point)] = k
    quiet = s.noisy(0)  # once: each new surface looks its function up again
    quiet.batch.few = 0
    left = index == -1  # runs that no end has been looked for yet
    while left.any() and len(ends) < 30:  # the most frequent end not yet named
        cells, counts = np.unique(np.round(runs.x[left] / (merge * width)), axis=0, return_counts=True)
        if counts.max() < 0.002 * len(runs):
            break
        centre = near(cells[np.argmax(counts)] * merge * width) & left
        end = np.median(runs.x[centre], axis=0)
        mine = near(end) & left
        # where most of them agree they came to rest; runs strewn over a valley's floor are still on their way
        apart = np.abs((runs.x[mine] - end) / (merge * width)).max(axis=1)
        if mine.any() and np.median(apart) <= 0.25 and _at_rest(quiet, end, 0.25 * merge * width):
            index[mine] = len(ends)
            ends.append(end)
        left &= ~(mine | centre)
    return np.array(ends).reshape(-1, 2), index


def _at_rest(s: Surface, point: NDArray[np.float64], reach: NDArray[np.float64]) -> bool:
    """False where Newton's step on s, which has no noise, leads further than `reach`: the slope ends elsewhere.

    Where the second derivatives are singular, as on a slope up to a kink, they say nothing, and the point is taken
    for what it seems to be.
    """
    hessian, gradient = by_differences(s, point), s.grad(point)  # nothing is compiled for a few points
    if not (np.isfinite(hessian).all() and np.isfinite(gradient).all()):
        return True
    curvatures = np.abs(np.linalg.eigvalsh(hessian))
    if curvatures.min() <= 1e-9 * curvatures.max():
        return True
    return bool((np.abs(np.linalg.solve(hessian, gradient)) <= reach).all())
