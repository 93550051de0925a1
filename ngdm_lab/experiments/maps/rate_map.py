"""`rate_map`: how often runs arrive, over the distribution's alpha and the learning rate."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscapes import Surface
from ngdm_lab import store
from ngdm_lab.compiler.checks import brief, check_instance, check_point
from ngdm_lab.engine import manifest
from ngdm_lab.engine.ensemble import ensemble
from ngdm_lab.engine.saved import decoded
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, ramp
from ngdm_lab.optimizers import Optimizer
from ngdm_lab.schema import NUMBER, WHOLE, check, check_arrays

__all__ = ["RateMap", "rate_map"]

Array = NDArray[np.float64]

ALPHAS = 10.0 ** (np.arange(-8, 22) / 12)  # 0.22 to 56: twelve a decade, around the paper's 0.5 to 12
RATES = 10.0 ** (np.arange(-72, 1) / 12)  # 1e-6 to 1


@dataclass(frozen=True, eq=False)
class RateMap:
    """Arrival over a grid of alpha and learning rates, all else as in one optimizer.

    Attributes
    ----------
    optimizer, surface : what was run; None after loading where a user defined it.
    alphas : (k,) ascending.
    rates : (r,) learning rates, ascending.
    arrived, diverged : (k, r) share of the starts.
    gain : (k,) what the diagonal form multiplies a gradient by, 1/psi'(alpha); a ramp's mean.
    largest : (k,) the largest eigenvalue of the optimizer's own F^-1: what an exact form multiplies it by at most.
    starts, steps, seed, target : as in `ensemble`.
    """

    optimizer: Optimizer | None
    surface: Surface | None
    alphas: Array
    rates: Array
    arrived: Array
    diverged: Array
    gain: Array
    largest: Array
    starts: int
    steps: int
    seed: int
    target: float
    described: dict[str, Any] = dataclasses.field(default_factory=dict, repr=False)

    def best(self) -> tuple[float, float, float]:
        """(alpha, learning rate, share) where most runs arrive; the first such pair."""
        k, r = np.unravel_index(int(np.argmax(self.arrived)), self.arrived.shape)
        return float(self.alphas[k]), float(self.rates[r]), float(self.arrived[k, r])

    def ridge(self, gain: Array | None = None) -> tuple[float, Array]:
        """The constant c for which most runs arrive on the line lr * gain = c, and the shares (k,) there.

        `gain` (k,) is that of the diagonal form if it is None; `largest` is another. Between rates of the grid shares
        are interpolated over the logarithm; NaN where the line is off the grid. (NaN, all NaN) where no run arrives
        on any line that crosses half of the alphas.
        """
        gains = self.gain if gain is None else check_point("gain", gain, len(self.alphas), axes=1, finite=True)
        if not (gains > 0).all():
            raise ValueError(f"gain must be positive, got {brief(gains.tolist())}")
        span = np.log(self.rates[[0, -1]])[:, None] + np.log([gains.min(), gains.max()])
        lines = np.exp(np.linspace(span.min(), span.max(), 8 * len(self.rates)))
        shares = np.array([self._along(c / gains) for c in lines])
        crossed = np.isfinite(shares).sum(axis=1)
        means = np.where(crossed >= len(self.alphas) / 2, np.nansum(shares, axis=1) / np.maximum(crossed, 1), 0.0)
        k = int(np.argmax(means))
        return (float(lines[k]), shares[k]) if means[k] > 0 else (np.nan, np.full(len(self.alphas), np.nan))

    def _along(self, rates: Array) -> Array:
        wanted, grid = np.log(rates), np.log(self.rates)
        off = (wanted < grid[0] - 1e-12) | (wanted > grid[-1] + 1e-12)
        found = [np.interp(x, grid, row) for x, row in zip(wanted, self.arrived, strict=True)]
        return np.where(off, np.nan, found)

    def __repr__(self) -> str:
        who = self.optimizer.name if self.optimizer else self.described.get("optimizer", {}).get("name", "?")
        where = self.surface.name if self.surface else self.described.get("surface", {}).get("name", "?")
        alpha, lr, share = self.best()
        shape = f"{len(self.alphas)} alphas x {len(self.rates)} rates"
        return f"<RateMap {who} on {where}, {shape}: most arrive at {alpha:.3g}, {lr:.3g}: {100 * share:.1f} %>"

    def save(self, path: str | Path) -> Path:
        """Write to one npz (`lab.load` reads it); returns the path. Raises ValueError if it cannot."""
        arrays = {k: getattr(self, k) for k in ("alphas", "rates", "arrived", "diverged", "gain", "largest")}
        return store.write(path, "rate-map", arrays, self.manifest())

    def manifest(self) -> dict[str, Any]:
        """What was run, in JSON types."""
        settings = {k: getattr(self, k) for k in ("starts", "steps", "seed", "target")}
        kept: dict[str, Any] = {k: self.described[k] for k in ("versions", "engine", "machine") if k in self.described}
        parts = {k: self.described[k] for k in ("optimizer", "surface")}
        return {**parts, "settings": settings, **(kept or manifest.environment())}

    @classmethod
    def restore(cls, arrays: dict[str, Any], described: dict[str, Any]) -> RateMap:
        """Made again from `store.read`. Raises ValueError, in one line, for what does not fit."""
        settings = {"starts": WHOLE, "steps": WHOLE, "seed": WHOLE, "target": NUMBER}
        check(described, {"optimizer": dict, "surface": dict, "settings": settings})
        row, grid = ("f", ("alphas",)), ("f", ("alphas", "rates"))
        wanted: Any = {"alphas": row, "rates": ("f", ("rates",)), "arrived": grid, "diverged": grid, "gain": row,
                       "largest": row}  # fmt: skip
        check_arrays(arrays, wanted, {}, least=1)
        optimizer, surface = decoded(described["optimizer"], Optimizer), decoded(described["surface"], Surface)
        kept = {k: arrays[k] for k in wanted}
        return cls(optimizer, surface, **kept, **{k: described["settings"][k] for k in settings}, described=described)


def rate_map(
    opt: Optimizer,
    s: Surface,
    alphas: ArrayLike | None = None,
    rates: ArrayLike | None = None,
    starts: int | ArrayLike = 128,
    steps: int = 1000,
    seed: int = 0,
    *,
    target: float = 1e-3,
    progress: bool = False,
) -> RateMap:
    """Run an optimizer with a distribution for every pair of alpha and learning rate, from the same starts.

    With a constant alpha the diagonal form is SGD at lr/psi'(alpha) (erratum E7): arrival follows the lines on which
    that is constant, and alpha chooses nothing that the learning rate does not.

    Parameters
    ----------
    opt : `NGDM`, or a rule with `preconditioned`. Its learning rate and alpha are replaced; distribution family, form
        and all else stay. A ramp keeps its slope and gets alpha as its start. GenDir's beta keeps its
        ratio to alpha.
    s : the surface.
    alphas, rates : ascending positive numbers; twelve a decade, 0.22 to 56 and 1e-6 to 1, where they are None.
    starts, steps, seed, target, progress : as in `ensemble`. A block of lanes holds 64 runs, of several
        pairs where one pair has fewer.

    Returns
    -------
    RateMap

    Raises
    ------
    ValueError
        For a grid that is not ascending or not positive, a distribution of arrays, an alpha at which a ramp leaves
        the positive numbers, and what `ensemble` refuses.
    TypeError
        For an optimizer without a distribution, or arguments of a wrong kind.
    """
    distribution = getattr(opt, "distribution", None)
    if not isinstance(opt, Optimizer) or not isinstance(distribution, Dirichlet | GeneralizedDirichlet):
        raise TypeError(f"opt must be an optimizer with a distribution, such as lab.NGDM, got {brief(opt)}")
    check_instance("s", s, Surface, "a Surface such as ls.rosenbrock(2)")
    first = _grid("alphas", ALPHAS if alphas is None else alphas)
    second = _grid("rates", RATES if rates is None else rates)
    laws = [_moved(distribution, float(alpha)) for alpha in first]
    gain = np.array([float(law.on(s.dim).solver("diagonal").arrays[0].mean()) for law in laws])
    largest = np.array([opt.replace(distribution=law).gain(s.dim) for law in laws])
    settings = [opt.replace(distribution=law, lr=float(rate)) for law, rate in product(laws, second)]
    runs = ensemble(settings, s, starts, steps, seed, target=target, quantiles=False, progress=progress)
    shape = len(first), len(second)
    arrived = np.array([r.arrived.mean() for r in runs]).reshape(shape)
    diverged = np.array([(r.status == "diverged").mean() for r in runs]).reshape(shape)
    described = {"optimizer": {**manifest.encode(opt), "name": opt.name}, "surface": manifest.encode(s)}
    one = runs[0]
    ran = (len(one), one.steps, one.seed, one.target, described)
    return RateMap(opt, s, first, second, arrived, diverged, gain, largest, *ran)


def _grid(name: str, values: Any) -> Array:
    """(k,) ascending positive float64 numbers; or the error."""
    grid = check_point(name, values, axes=1)
    if not len(grid):
        raise ValueError(f"{name} must be a list of at least one number, got an empty list")
    if not (np.isfinite(grid).all() and (grid > 0).all() and (np.diff(grid) > 0).all()):
        raise ValueError(f"{name} must be finite, positive and ascending, got {brief(grid.tolist())}")
    return grid


def _moved(law: Dirichlet | GeneralizedDirichlet, alpha: float) -> Dirichlet | GeneralizedDirichlet:
    """The distribution with its alpha (a ramp: its start) set to `alpha`, beta in its old ratio to it."""
    parameters = [getattr(law, f.name) for f in dataclasses.fields(law)]
    if not all(isinstance(p, float | ramp) for p in parameters):
        raise ValueError(f"opt must have a distribution of numbers or ramps, got {brief(law)}")
    start = [p.start if isinstance(p, ramp) else p for p in parameters]
    moved = [alpha * value / start[0] for value in start]
    both = zip(parameters, moved, strict=True)
    return type(law)(*[ramp(value, p.slope) if isinstance(p, ramp) else value for p, value in both])
