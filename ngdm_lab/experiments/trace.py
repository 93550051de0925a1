"""`trace`: one run, every iterate kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscapes import Surface
from landscapes.registry import read_surface
from ngdm_lab import store
from ngdm_lab.compiler.checks import brief, check_instance, check_integer, check_number, check_point, check_seed
from ngdm_lab.compiler.random import LARGEST
from ngdm_lab.compiler.room import check_memory
from ngdm_lab.engine import Ensemble
from ngdm_lab.engine.ensemble import _run, check_run
from ngdm_lab.engine.shown import run_card
from ngdm_lab.engine.starts import drawn_or_given
from ngdm_lab.engine.state import Clock
from ngdm_lab.engine.status import SENTENCES
from ngdm_lab.optimizers import Optimizer
from ngdm_lab.optimizers.registry import read_optimizer
from ngdm_lab.schema import check_arrays

__all__ = ["Trace", "check_trace", "first_start", "trace"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Trace:
    """One run with all its iterates.

    Attributes
    ----------
    x : (steps + 1, n) all points that were evaluated; NaN after the end of a run that ended early.
    f : (steps + 1,) values there, without noise; NaN likewise.
    runs : the same run as an `Ensemble` of one: status, first hit, optimizer, surface and settings.
    """

    x: Array
    f: Array
    runs: Ensemble = field(repr=False)

    @property
    def status(self) -> str:
        """done, budget, diverged, escaped or stopped."""
        return str(self.runs.status[0])

    @property
    def reason(self) -> str:
        """The status as a sentence."""
        return SENTENCES[self.status]

    @property
    def hit(self) -> int:
        """First evaluation (from 0) inside the bounds and within the target of f_min; -1 for never."""
        return int(self.runs.hit[0])

    @property
    def iterates(self) -> Array:
        """(k, n) the points without trials that brought nothing: of a rule that looks at values those below all before.

        Of all other rules it is x.
        """
        if self.optimizer is None or not self.optimizer.rule.takes_f:
            return self.x
        f = np.where(np.isfinite(self.f), self.f, np.inf)
        before = np.minimum.accumulate(np.concatenate([[np.inf], f[:-1]]))
        return np.asarray(self.x[f < before])

    @property
    def optimizer(self) -> Optimizer | None:
        """The optimizer; None after loading where a user defined it."""
        return self.runs.optimizer

    @property
    def surface(self) -> Surface | None:
        """The surface; None after loading where a user defined it."""
        return self.runs.surface

    def __repr__(self) -> str:
        return f"<Trace {self.runs!r}>"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return run_card(self.runs)

    def save(self, path: str | Path) -> Path:
        """Write to one npz (`lab.load` reads it); returns the path. Raises ValueError if it cannot."""
        return store.write(path, "trace", self.arrays(), self.manifest())

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays that are saved, by name."""
        return {**self.runs.arrays(), "path_x": self.x, "path_f": self.f}

    def manifest(self) -> dict[str, Any]:
        """What was run, in JSON types."""
        return self.runs.manifest()

    @classmethod
    def restore(cls, arrays: dict[str, Any], described: dict[str, Any]) -> Trace:
        """Made again from `store.read`. Raises ValueError, in one line, for what does not fit."""
        check_arrays(arrays, {"path_x": ("f", ("points", "n")), "path_f": ("f", ("points",))}, {})
        x, f = arrays.pop("path_x"), arrays.pop("path_f")
        runs = Ensemble.restore(arrays, described)
        check_arrays({"path_x": x, "x": runs.x}, {"path_x": ("f", (runs.steps + 1, "n")), "x": ("f", (1, "n"))}, {})
        return cls(x, f, runs)


def trace(
    opt: Optimizer | str, s: Surface | str, x0: ArrayLike, steps: int = 1000, seed: int = 0, *, target: float = 1e-3
) -> Trace:
    """Run an optimizer from one start and keep every iterate.

    Parameters
    ----------
    opt, s : the optimizer and the surface, or their names as in `ensemble`.
    x0 : (n,) finite start.
    steps : number of updates.
    seed : chooses the noise of a noisy surface.
    target : how near to f_min counts as there.

    Returns
    -------
    Trace
        The very run that `ensemble(opt, s, [x0], steps, seed)` makes.

    Raises
    ------
    ValueError
        For a start that is not finite or has another length.
    TypeError
        For arguments of a wrong kind.
    """
    opt, s = read_optimizer("opt", opt), read_surface("s", s)
    start, steps, seed, target = check_trace(opt, s, x0, steps, seed, target)
    x, f = np.full((1, steps + 1, s.dim), np.nan), np.full((1, steps + 1), np.nan)
    [runs] = _run([opt], s, start[None], Clock.of(seed, 0, steps), target, paths=(x, f))
    return Trace(x[0], f[0], runs)


def check_trace(
    opt: Optimizer, s: Surface, x0: ArrayLike, steps: int, seed: int, target: float
) -> tuple[Array, int, int, float]:
    """The arguments of `trace` as they are used, or its errors, before anything runs."""
    check_run([opt], s, "cpu")
    start = check_point("x0", x0, s.dim)
    if start.ndim != 1 or not np.isfinite(start).all():
        raise ValueError(f"x0 must be one finite point of shape ({s.dim},), got {brief(start.tolist())}")
    opt.solver(s.dim)
    seed, steps = check_seed("seed", seed, LARGEST), check_integer("steps", steps)
    check_memory(f"steps = {steps} with every point of {s.dim} coordinates kept", (steps + 1) * (s.dim + 1))
    return start, steps, seed, check_number("target", target, least=0)


def first_start(s: Surface, seed: int = 0) -> Array:
    """(n,) the first start that `ensemble` draws from the bounds by this seed. Raises ValueError for a bad seed."""
    check_instance("s", s, Surface, "a Surface such as ls.rosenbrock(2)")
    return drawn_or_given(1, s, check_seed("seed", seed, LARGEST), 0)[0]
