"""Surface: a landscape in a fixed dimension, with its bounds, its minima and its transforms."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ngdm_lab.compiler.checks import brief, check_array, check_integer, check_number, check_point, check_seed
from ngdm_lab.compiler.parameters import pack
from ngdm_lab.compiler.random import LARGEST
from ngdm_lab.compiler.room import check_memory

from . import curvature, evaluation, transforms
from .definition import Definition
from .shown import surface_card
from .transforms import Transform
from .trial import raise_there

__all__ = ["Surface"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Surface:
    """A function of n real variables to be minimised, with its gradient.

    Surfaces are made by families (``ls.rosenbrock(dim=2)``), by ``ls.get`` and by ``@ls.landscape``;
    transforms make new ones. They are immutable, picklable (a family of a script or a notebook by value) and callable.

    Attributes
    ----------
    family : the family the surface belongs to.
    dim : number of coordinates, n.
    bounds : (n, 2) lower and upper end of each coordinate: where starts are drawn, and where minima count.
    minima : (k, n) the points where `f_min` is reached, on the edge of the box where the tag edge-minimum says so;
        k = 0 for a surface without a minimum (a saddle).
    f_min : smallest value over the bounds; NaN where it is not known (a rotated copy of a surface that falls
        below it outside its bounds).
    tags : words to find it by (unimodal, separable, ...).
    noise : standard deviation of the noise on the value and on each component of the gradient.
    """

    family: Definition
    dim: int
    parameters: tuple[tuple[str, float | Array], ...]
    bounds: Array
    minima: Array
    f_min: float
    tags: frozenset[str]
    transforms: tuple[Transform, ...] = field(default=())
    noise: float = 0.0

    def __post_init__(self) -> None:
        for array in (self.bounds, self.minima):
            array.setflags(write=False)

    @property
    def name(self) -> str:
        """Unique and speaking: family, changed parameters, dimension, transforms; a digest stands for a vector."""
        given = self.family.defaults
        changed = [f"{k}={_short(v)}" for k, v in self.parameters if not _same(v, given.get(k))]
        base = self.family.name + (f"[{','.join(changed)}]" if changed else "")
        words = [t.kind if t.argument == 0 else f"{t.kind}={_short(t.argument)}" for t in self.transforms]
        if self.noise:
            words.append(f"noisy={_short(self.noise)}")
        return "-".join([base, f"{self.dim}d", *words])

    @property
    def source(self) -> str:
        """Where the function comes from."""
        return self.family.source

    @property
    def formula(self) -> str:
        """The family's docstring: formula, bounds, minima."""
        return self.family.formula

    def __repr__(self) -> str:
        return f"<Surface {self.name}: f_min = {self.f_min:g}, tags {', '.join(sorted(self.tags)) or 'none'}>"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return surface_card(self)

    # -- values ---------------------------------------------------------------------------------------

    def __call__(self, x: ArrayLike, *, key: int = 0) -> Any:
        """The same as `value`."""
        return self.value(x, key=key)

    def value(self, x: ArrayLike, *, key: int = 0) -> Any:
        """f at x of shape (n,) or (..., n): a float, or an array of the leading shape.

        `key`, from 0 to 2^64 - 1, chooses the noise of a noisy surface (for a batch, that of all its rows) and
        changes nothing otherwise. Raises ValueError for another last axis and TypeError for what is not
        numbers; NaN and inf go through as arithmetic does.
        """
        shape, f, _ = self._evaluated(x, key, slopes=False)
        return float(f[0]) if len(shape) == 1 else f.reshape(shape[:-1])

    def grad(self, x: ArrayLike, *, key: int = 0) -> Array:
        """Gradient at x of shape (n,) or (..., n), of the same shape. At a kink: the zero subgradient.

        Entries may be NaN at a point so far away that the value there has overflowed.
        """
        return self.value_and_grad(x, key=key)[1]

    def value_and_grad(self, x: ArrayLike, *, key: int = 0) -> tuple[Any, Array]:
        """Value and gradient in one pass; shapes as in `value` and `grad`."""
        shape, f, g = self._evaluated(x, key, slopes=True)
        return (float(f[0]), g[0]) if len(shape) == 1 else (f.reshape(shape[:-1]), g.reshape(shape))

    def _evaluated(self, x: ArrayLike, key: int, *, slopes: bool) -> tuple[tuple[int, ...], Array, Array]:
        """The shape of x, values (m,) and gradients (m, n) of its m points."""
        points = check_point("x", x, self.dim, fresh=False)
        key = check_integer("key", key, 0, LARGEST)
        rows = points.reshape(-1, self.dim)
        f, g, lost = self.batch(rows, self.noise, key, slopes=slopes)
        if lost:
            self.raise_there(rows[np.isnan(f)])
        return points.shape, f, g

    def raise_there(self, points: Array) -> None:
        """Raise the exception of its own that the family's function raises at one of points (m, n), if there is one."""
        raise_there(self.family.function, [v for _, v in self.parameters], self.program, points)

    def hessian(self, x: ArrayLike) -> Array:
        """Second derivatives at one x (n,), shape (n, n), without noise.

        Exact to rounding: forward mode over the gradient that is derived from the function's text, at a kink as the
        gradient's formula has it. Where none can be derived, symmetrised central differences of the gradient, with a
        relative accuracy of about 1e-9 where the surface is smooth, 1e-4 with a numeric gradient.
        """
        point = self._point(x)
        check_memory(f"x of {self.dim} coordinates has second derivatives that", 4 * self.dim**2)
        rows = curvature.products(self, point, np.eye(self.dim))
        return (rows + rows.T) / 2

    def hessian_product(self, x: ArrayLike, v: ArrayLike) -> Array:
        """Second derivatives at one x (n,) times v of shape (n,) or (m, n), of the shape of v; as in `hessian`.

        It takes about as long as a few gradients, and n^2 numbers are formed for a surface with transforms only.
        """
        point, along = self._point(x), check_point("v", v, self.dim)
        rows = along.reshape(-1, self.dim)
        return curvature.products(self, point, rows).reshape(along.shape)

    def _point(self, x: ArrayLike) -> Array:
        point = check_point("x", x, self.dim)
        if point.ndim != 1:
            raise ValueError(f"x must be one point of shape ({self.dim},), got shape {point.shape}")
        return point

    # -- what engines need ----------------------------------------------------------------------------

    @cached_property
    def compiled(self) -> Any:
        """The family's compiled function (x, g, p) -> value; see `landscapes.evaluation`."""
        return evaluation.compiled(self.family.function, [v for _, v in self.parameters])

    @cached_property
    def curved(self) -> Any:
        """The compiled second derivatives times vectors, or None; see `landscapes.curvature`."""
        return curvature.compiled(self.family.function, [v for _, v in self.parameters])

    @cached_property
    def batch(self) -> Any:
        """Value and gradient at many points, with a noise of one's own: `landscapes.batch.Batch`."""
        from .batch import Batch  # which imports the compiler

        return Batch(self)

    @cached_property
    def packed(self) -> Array:
        """The parameters p of `compiled`, as one array."""
        return pack(v for _, v in self.parameters)

    @cached_property
    def program(self) -> Array:
        """The transforms as one array; see `landscapes.transforms`."""
        return transforms.program(self.transforms)

    def spec(self) -> dict[str, Any]:
        """What `ls.from_spec` needs to make the surface again (JSON types only); not the data a family comes with."""
        given = self.family.defaults
        return {
            "family": self.family.name,
            "dim": self.dim,
            "parameters": {
                k: v.tolist() if isinstance(v, np.ndarray) else v
                for k, v in self.parameters
                if not (isinstance(v, np.ndarray) and _same(v, given.get(k)))
            },
            "transforms": [
                {"kind": t.kind, "argument": list(t.argument) if isinstance(t.argument, tuple) else t.argument}
                for t in self.transforms
            ],
            "noise": self.noise,
        }

    def __reduce__(self) -> Any:
        return _restore, (self.family, self.dim, dict(self.parameters), self.spec()["transforms"], self.noise)

    def __deepcopy__(self, memo: Any) -> Surface:
        return self

    # -- transforms -----------------------------------------------------------------------------------

    def shifted(self, v: ArrayLike) -> Surface:
        """x -> f(x - v): moved by v, a number or a vector (n,); bounds and minima move along."""
        given = check_array("v", v)
        vector = check_point("v", np.broadcast_to(given, self.dim) if given.ndim == 0 else given, self.dim)
        if vector.ndim != 1 or not np.isfinite(vector).all():
            raise ValueError(f"v must be a number or a finite vector of shape ({self.dim},), got {brief(v)}")
        argument = float(vector[0]) if given.ndim == 0 else tuple(vector.tolist())
        return self._with(Transform("shifted", argument, vector), self.bounds + vector[:, None])

    def flipped(self, seed: int = 0) -> Surface:
        """x -> f(S x) with random signs S, a mix of both: bounds and minima are mirrored along.

        A method that gains only by favouring one direction, such as (1, ..., 1), loses its gain here.
        """
        seed = check_seed("seed", seed)
        s = transforms.signs(self.dim, seed)
        return self._with(Transform("flipped", seed, s), np.sort(self.bounds * s[:, None], axis=1))

    def rotated(self, seed: int = 0) -> Surface:
        """x -> f(R^T x) with a random rotation R about the origin.

        The box keeps its place and is widened only where a minimum would fall outside. Where the base falls
        below its `f_min` outside its own bounds (tag lower-outside), `f_min` becomes NaN: not known.
        """
        seed = check_seed("seed", seed)
        check_memory(f"a rotation in dim = {self.dim} dimensions", 4 * self.dim**2)
        t = Transform("rotated", seed, transforms.rotation(self.dim, seed))
        bounds, known = self.bounds.copy(), "lower-outside" not in self.tags
        if known:
            minima = t.outward(self.minima)
            margin = 0.05 * (bounds[:, 1] - bounds[:, 0])
            for point in minima:
                bounds[:, 0] = np.where(point < bounds[:, 0], point - margin, bounds[:, 0])
                bounds[:, 1] = np.where(point > bounds[:, 1], point + margin, bounds[:, 1])
        rotated = self._with(t, bounds)
        tags = rotated.tags - {"separable"} | {"rotated"}
        if known:
            return replace(rotated, tags=tags)
        return replace(rotated, tags=tags, minima=np.empty((0, self.dim)), f_min=float("nan"))

    def scaled(self, c: float) -> Surface:
        """x -> c f(x) with c > 0: value, gradient, `f_min` and noise grow by c; the picture stays."""
        c = check_number("c", c, above=0)
        if self.noise and not np.isfinite(c * self.noise):
            raise ValueError(f"c must leave the noise {self.noise:g} finite, got {brief(c)}")
        made = self._with(Transform("scaled", c, np.array([c])), self.bounds)
        return replace(made, f_min=c * self.f_min, noise=c * self.noise)

    def noisy(self, sigma: float) -> Surface:
        """Normal noise of standard deviation sigma on the value and on each component of the gradient.

        That of a run depends on seed, run, step and coordinate alone. `f_min`, first hits and arrivals
        refer to the value without noise. Calling it again replaces the earlier sigma; 0 takes the noise away.
        """
        sigma = check_number("sigma", sigma, least=0)
        return replace(self, noise=sigma, tags=self.tags | {"noisy"} if sigma else self.tags - {"noisy"})

    def _with(self, t: Transform, bounds: Array) -> Surface:
        return replace(self, bounds=bounds, minima=t.outward(self.minima), transforms=(*self.transforms, t))


def _restore(
    family: Callable[..., Surface], dim: int, parameters: dict[str, Any], steps: list[Any], noise: float
) -> Surface:
    surface = family(dim=dim, **parameters)
    for step in steps:
        surface = getattr(surface, step["kind"])(step["argument"])
    return surface.noisy(noise) if noise else surface


def _same(a: Any, b: Any) -> bool:
    return b is not None and np.array_equal(a, b)


def _short(value: Any) -> str:
    if isinstance(value, np.ndarray | tuple):
        return f"v{zlib.crc32(np.array(value, dtype=np.float64).tobytes()):08x}"
    short = f"{value:g}"
    return short if float(short) == value else repr(value)
