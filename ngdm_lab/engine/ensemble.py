"""`ensemble`: many independent runs of one optimizer on one surface, with statistics instead of paths."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscapes import Surface
from landscapes.registry import read_surface
from ngdm_lab import store
from ngdm_lab.compiler.checks import (
    brief,
    check_each,
    check_flags,
    check_instance,
    check_integer,
    check_number,
    check_seed,
)
from ngdm_lab.compiler.random import LARGEST
from ngdm_lab.compiler.threads import threads
from ngdm_lab.environment import made_by
from ngdm_lab.optimizers import Optimizer
from ngdm_lab.optimizers.preconditioned import solvers
from ngdm_lab.optimizers.registry import read_optimizer

from . import driver, manifest, replay
from .backend import check_backend, engine
from .quantiles import LEVELS, Quantiles
from .saved import decoded, restored, stored
from .shown import ends, ensemble_card, title
from .starts import drawn_or_given
from .state import Clock, Job, Problem, Records, Setting
from .status import DONE, WORDS

__all__ = ["Ensemble", "ensemble"]

Array = NDArray[np.float64]

RECORDED = {"x": "x", "f": "f", "f_best": "best", "hit": "hit", "code": "code"}  # arrays by fields of `Records`
SAVED = ("x0", *RECORDED, "evaluations", "snapshots", "quantiles")


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Many runs of one optimizer on one surface. All arrays have one entry (row) a run.

    Attributes
    ----------
    x0, x : (m, n) first and last points. A diverged run keeps the point at which it was found out.
    f : (m,) value at x, without noise.
    f_best : (m,) smallest value met inside the bounds; inf for a run that was never inside.
    hit : (m,) first evaluation (from 0, the start) inside the bounds and within `target` of f_min; -1 for never.
    code : (m,) int8, see `status`.
    evaluations : (m,) evaluations of value and gradient, steps + 1 for a run that lasted.
    snapshots, quantiles : (k,) evaluations and (k, 5) quantiles over the runs of the best f so far there, at the
        levels of `LEVELS`; empty if they were not asked for.
    seconds : wall-clock time of the runs, compilation excluded.
    slow : why the runs went lane by lane, some ten times slower and with the same results; empty where they went
        through vector code, or run by run because NGDM_LAB_ENGINE asked for it.
    more : further records, each (m,) or (m, n), by their fields in `ngdm_lab.engine.state.Records`; empty as it comes.
    """

    optimizer: Optimizer | None
    surface: Surface | None
    x0: Array
    x: Array
    f: Array
    f_best: Array
    hit: NDArray[np.int64]
    code: NDArray[np.int8]
    evaluations: NDArray[np.int64]
    snapshots: NDArray[np.int64]
    quantiles: Array
    steps: int
    seed: int
    first_run: int
    target: float
    seconds: float = 0.0
    slow: str = ""
    described: dict[str, Any] = field(default_factory=dict, repr=False)
    more: dict[str, NDArray[Any]] = field(default_factory=dict, repr=False)

    @property
    def status(self) -> NDArray[np.str_]:
        """One word a run: done, budget, diverged, escaped, stopped (see `ngdm_lab.engine.SENTENCES`)."""
        return np.array(WORDS)[self.code]

    @property
    def arrived(self) -> NDArray[np.bool_]:
        """True where the last point lies inside the bounds, within the target of f_min."""
        return self.code == DONE

    @property
    def undercuts(self) -> NDArray[np.bool_]:
        """True where a run met a value below f_min inside the bounds, by more than rounding: f_min is wrong."""
        f_min = self.surface.f_min if self.surface else np.nan
        return np.asarray(self.f_best < f_min - 1e-8 * (1.0 + abs(f_min)))

    def __len__(self) -> int:
        return len(self.f)

    def __repr__(self) -> str:
        slow = "; slow, lane by lane" if self.slow else ""
        if self.undercuts.any():
            slow += f"; {self.undercuts.sum()} went below the declared f_min inside the bounds, so it is wrong"
        return f"<Ensemble {title(self)}: {len(self)} runs of {self.steps} steps: {ends(self)}{slow}>"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return ensemble_card(self)

    def save(self, path: str | Path) -> Path:
        """Write everything to one npz with the manifest inside (`lab.load` reads it); returns the path.

        Raises ValueError where the file cannot be written.
        """
        return store.write(path, "ensemble", self.arrays(), self.manifest())

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays that are saved, by name: without starts that the seed draws again (see `saved.stored`)."""
        bounds = self.surface.bounds if self.surface is not None else None
        return stored({**{k: getattr(self, k) for k in SAVED}, **self.more}, bounds, self.seed, self.first_run)

    def manifest(self) -> dict[str, Any]:
        """What was run, in JSON types."""
        settings = {k: getattr(self, k) for k in ("steps", "seed", "first_run", "target", "seconds", "slow")}
        return {**self._description(), "settings": settings, **made_by(self.described)}

    def _description(self) -> dict[str, Any]:
        if self.optimizer is None or self.surface is None:
            return {k: self.described[k] for k in ("optimizer", "surface")}
        optimizer = {**manifest.encode(self.optimizer), "name": self.optimizer.name, **manifest.source(self.optimizer)}
        return {"optimizer": optimizer, "surface": manifest.encode(self.surface) | manifest.source(self.surface)}

    @property
    def sources(self) -> dict[str, str]:
        """The text of a user's own rule under "optimizer", and of his landscape under "surface", as they were run."""
        return {k: v["source"] for k, v in self._description().items() if "source" in v}

    @classmethod
    def restore(cls, arrays: dict[str, Any], described: dict[str, Any]) -> Ensemble:
        """Made again from `store.read`; optimizer or surface is None where a user defined it.

        Raises ValueError, in one line, for what does not fit: it is checked before anything is made.
        """
        own: dict[str, Any] = restored(arrays, described, len(LEVELS))
        parts = decoded(described["optimizer"], Optimizer), decoded(described["surface"], Surface)
        more = {k: own.pop(k) for k in own.keys() - set(SAVED)}
        settings = {k: v for k, v in described["settings"].items() if k in cls.__dataclass_fields__}
        return cls(parts[0], parts[1], **own, **settings, described=described, more=more)


@overload
def ensemble(
    opt: Optimizer | str, s: Surface | str, starts: int | ArrayLike = ..., steps: int = ..., seed: int = ...,
    backend: str = ..., target: float = ..., *, first_run: int = ..., quantiles: bool = ..., progress: bool = ...,
    precision: str = ...,
) -> Ensemble: ...  # fmt: skip
@overload
def ensemble(
    opt: Sequence[Optimizer], s: Surface | str, starts: int | ArrayLike = ..., steps: int = ..., seed: int = ...,
    backend: str = ..., target: float = ..., *, first_run: int = ..., quantiles: bool = ..., progress: bool = ...,
    precision: str = ...,
) -> list[Ensemble]: ...  # fmt: skip
def ensemble(
    opt: Optimizer | str | Sequence[Optimizer],
    s: Surface | str,
    starts: int | ArrayLike = 1000,
    steps: int = 1000,
    seed: int = 0,
    backend: str = "cpu",
    target: float = 1e-3,
    *,
    first_run: int = 0,
    quantiles: bool = True,
    progress: bool = False,
    precision: str = "float64",
) -> Ensemble | list[Ensemble]:
    """Run an optimizer from many starts.

    Parameters
    ----------
    opt : an optimizer, or a list of optimizers that follow the same rule (a grid of settings): then all runs of
        all settings go through one call, from the same starts.
    s : the surface. Names stand for both as on the command line: ``lab.ensemble("adam:lr=0.01", "ackley:4")``.
    starts : a number m of starts, drawn uniformly from the bounds by `seed` and the run's index; or an array
        (m, n) of finite starts.
    steps : updates of each run; each run makes steps + 1 evaluations of value and gradient.
    seed : chooses starts and noise.
    backend : "cpu"; "cuda", an NVIDIA GPU; or "auto", the GPU where there is one and the work is large, else the
        CPU. CPU and GPU agree to rounding over the first steps, and in their rates of arrival.
    target : how near to f_min counts as there, in units of f.
    first_run : index of the first run. Runs 0-999 in one call are the same, bit for bit, as 0-499 and 500-999
        in two.
    quantiles : keep quantiles of the best f over the steps.
    progress : show a progress bar, in a terminal or a notebook.
    precision : "float64", or on "cuda" "float32": faster, most of all on GPUs that are slow in double precision.

    Returns
    -------
    Ensemble or list of Ensemble
        A result for each setting.

    Raises
    ------
    ValueError
        For starts that are not finite, another dimension, an odd n with GenDir, settings of different rules.
    TypeError
        For arguments of a wrong kind; on "cuda" for functions of your own that cannot be compiled for it.
    Unavailable
        For backend "cuda" without a GPU, its driver or the extra ``cuda``, and where its memory is too small.
    """
    opt, s = read_optimizer("opt", opt), read_surface("s", s)
    single = isinstance(opt, Optimizer)
    optimizers = check_each("opt", opt, Optimizer, "an Optimizer such as lab.Adam(lr=0.01)")
    check_run(optimizers, s, backend, precision)
    steps, seed = check_integer("steps", steps), check_seed("seed", seed, LARGEST)
    first_run = check_integer("first_run", first_run, most=2**63)  # leaves room for the runs after it
    target = check_number("target", target, least=0)
    check_flags(quantiles=quantiles, progress=progress)
    x0 = drawn_or_given(starts, s, seed, first_run, len(optimizers))
    results = _run(optimizers, s, x0, Clock.of(seed, first_run, steps), target, quantiles=quantiles,
                   progress=progress, backend=backend, precision=precision)  # fmt: skip
    return results[0] if single else results


def check_run(optimizers: Sequence[Any], s: Any, backend: str, precision: str = "float64") -> None:
    """TypeError or ValueError for what cannot be run together, Unavailable for a GPU that is not there."""
    if not isinstance(s, Surface):
        hint = "; call the family with a dimension" if callable(s) else ""
        raise TypeError(f"s must be a Surface such as ls.rosenbrock(2), got {brief(s)}{hint}")
    if s.family.function is None:
        raise TypeError(f"s must be a surface with a function that can run, got {brief(s)}: slices are only looked at")
    for o in optimizers:
        check_instance("opt", o, Optimizer, "an Optimizer such as lab.Adam(lr=0.01)")
        if o.rule != optimizers[0].rule:
            raise ValueError(f"a list of settings must share one rule, got {optimizers[0].name} and {o.name}")
    check_backend(backend, precision)


def _run(
    optimizers: Sequence[Optimizer], s: Surface, x0: Array, clock: Clock, target: float, *, quantiles: bool = True,
    progress: bool = False, paths: tuple[Array, Array] | None = None, backend: str = "cpu", precision: str = "float64",
) -> list[Ensemble]:  # fmt: skip
    """The runs of all settings; `paths` receives every iterate where it is given."""
    count, (m, n) = len(optimizers), x0.shape
    inverses = solvers(optimizers, n)
    if len({solver.function if solver else None for solver in inverses}) > 1:
        raise ValueError("a list of settings must share one form of preconditioner")
    with np.errstate(over="ignore"):
        limit = driver.GROWTH * np.maximum(1.0, np.abs(x0).max(axis=1))
    limit = np.minimum(limit, np.finfo(np.float64).max)  # an infinite limit would let infinite points pass
    records, steps = Records.empty(m * count, n, paths), int(clock.steps)
    kept = Quantiles(records, steps, count) if quantiles else None
    records = kept.records if kept else records
    job = Job(s, optimizers[0].rule, inverses[0], x0, limit, Problem.of(s, target), Setting.of(optimizers, inverses, n),
              records, clock)  # fmt: skip
    runs = engine(backend, precision, job)
    work, title = m * count * n, f"{optimizers[0].name} on {s.name}"
    stops = kept.stops if kept else np.array([steps])
    began = time.perf_counter()
    with threads(work * (steps + 1.0), driver.PARALLEL):
        for _ in driver.chunks(stops, steps, work / runs.pace, runs.go, progress, title):
            if kept:
                kept.take()
    seconds = time.perf_counter() - began
    replay.raise_there(job)
    more = records.by_setting(count)
    arrays = {name: more.pop(field) for name, field in RECORDED.items()}
    curves = kept.curves if kept else np.empty((count, 0, len(LEVELS)))
    arrays |= {"evaluations": more.pop("stopped") + 1, "quantiles": curves}
    snapshots = kept.marks if kept else np.empty(0, dtype=np.int64)
    return [
        Ensemble(
            o, s, x0, **{name: a[k] for name, a in arrays.items()}, snapshots=snapshots, steps=steps,
            seed=int(clock.seed), first_run=int(clock.first), target=target, seconds=seconds / count, slow=runs.slow,
            described=dict(runs.described), more={name: a[k] for name, a in more.items()},
        )
        for k, o in enumerate(optimizers)
    ]  # fmt: skip
