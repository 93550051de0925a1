"""Section 2.2 in two readings: minimise E(x(z)) over the points z of the simplex, or over distributions of z.

`simplex_descent` is what the text describes: NGDM (Algorithm 4) moves z, and F is that of a fixed distribution. F
is the Fisher matrix in the distribution's parameters, and z is none of them: nothing makes F^-1 times the gradient
in z a natural gradient.

`natural_descent` is what the word means (Amari 1998; Wierstra et al. 2014, "Natural evolution strategies", J. Mach.
Learn. Res. 15): the parameters xi of the distribution move, down the gradient of J(xi) = mean of E(x(z)) under
p(z; xi), times the inverse of its Fisher matrix at xi, which changes with every step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscapes import Surface
from ngdm_lab import store
from ngdm_lab.compiler.checks import check_instance, check_integer, check_number, check_point, check_seed
from ngdm_lab.engine import manifest
from ngdm_lab.environment import made_by
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, SimplexMap
from ngdm_lab.geometry.points import check_simplex
from ngdm_lab.optimizers import Optimizer
from ngdm_lab.schema import Maybe, check, check_arrays

__all__ = ["OnSimplex", "natural_descent", "project_simplex", "simplex_descent"]

Array = NDArray[np.float64]
LEAST = 1e-300  # components that a sample has at least, so that its score is finite


@dataclass(frozen=True, eq=False)
class OnSimplex:
    """A descent on the simplex.

    Attributes
    ----------
    z : (steps + 1, n + 1) points: the iterates, or the means of the distributions.
    x : (steps + 1, n) the points x(z).
    f : (steps + 1,) E there; NaN, as z and x, after a divergence.
    evaluations : (steps + 1,) evaluations of E up to there; one with its gradient counts as one. The values of f of
        `natural_descent` are not needed by it and not counted.
    parameters : (steps + 1, p) parameters of the distributions; None for `simplex_descent`.
    described : what was run, in JSON types; with versions and machine if it was loaded.
    """

    z: Array
    x: Array
    f: Array
    evaluations: NDArray[np.int64]
    parameters: Array | None = None
    described: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        who = self.described.get("optimizer", self.described.get("law", {}))
        return f"<OnSimplex {who.get('name', '?')}: {len(self.f) - 1} steps, E = {self.f[-1]:.6g} at the last>"

    def save(self, path: str | Path) -> Path:
        """Write to one npz (`lab.load` reads it); returns the path. Raises ValueError if it cannot."""
        arrays = {"z": self.z, "x": self.x, "f": self.f, "evaluations": self.evaluations}
        if self.parameters is not None:
            arrays["parameters"] = self.parameters
        return store.write(path, "on simplex", arrays, {**self.described, **made_by(self.described)})

    @classmethod
    def restore(cls, arrays: dict[str, Any], described: dict[str, Any]) -> OnSimplex:
        """Made again from `store.read`. Raises ValueError, in one line, for what does not fit."""
        wanted: Any = {"z": ("f", ("points", "components")), "x": ("f", ("points", "n")), "f": ("f", ("points",)),
                       "evaluations": ("i", ("points",))}  # fmt: skip
        if "parameters" in arrays:
            wanted["parameters"] = "f", ("points", "p")
        check_arrays(arrays, wanted, {}, least=1)
        check(described, {"optimizer": Maybe(dict), "law": Maybe(dict)})
        return cls(**{k: arrays[k] for k in wanted}, described=described)


def project_simplex(v: ArrayLike, floor: float = 0.0) -> Array:
    """The nearest point to v, of shape (k,), whose components are at least ``floor`` and have the sum 1.

    Held, Wolfe and Crowder (1974, Math. Programming 6).

    Raises
    ------
    TypeError, ValueError
        For a v that is no finite vector, and a floor outside [0, 1/k).
    """
    point = check_point("v", v, axes=1, finite=True)
    if not len(point):
        raise ValueError("v must be one finite point of shape (k,), got []")
    left = 1.0 - len(point) * check_number("floor", floor, least=0, below=1 / len(point))
    with np.errstate(over="ignore"):
        point -= point.max()  # of the same projection, and 1 is not lost beside it
    u = np.sort(point)[::-1]
    shifts = (np.cumsum(u) - left) / np.arange(1.0, len(point) + 1.0)
    last = int(np.flatnonzero(u > shifts)[-1])
    z = np.maximum(point - shifts[last], 0.0)
    return np.asarray(floor + z * (left / z.sum()))


def simplex_descent(
    opt: Optimizer,
    s: Surface,
    mapping: SimplexMap,
    z0: ArrayLike | None = None,
    steps: int = 200,
    *,
    floor: float = 1e-6,
) -> OnSimplex:
    """Minimise E(x(z)) over z with an optimizer that knows no simplex, such as NGDM (section 2.2).

    Each step is the optimizer's, with the gradient of E(x(z)) along the simplex, followed by the projection of z to
    the nearest point with components of at least ``floor``. The paper says nothing of how z stays on the simplex.

    Parameters
    ----------
    opt : the optimizer; NGDM has one coordinate for each of the n + 1 components.
    s : the surface E, of dimension n.
    mapping : ``RadialMap`` or ``StickBreaking`` of dimension n.
    z0 : (n + 1,) start; the centre of the simplex by default.
    steps : number of updates.
    floor : in [0, 1/(n + 1)); above 0 for stick-breaking.

    Raises
    ------
    TypeError, ValueError
        For arguments of a wrong kind, other dimensions, and a z0 off the simplex.

    Notes
    -----
    Where all alpha are equal, the exact and the diagonal form of the Dirichlet F^-1 are the same here, and both are
    SGD with the learning rate gamma / psi'(alpha): the gradient along the simplex has the sum 0, and on such vectors
    Eq. 5 is psi'(alpha) times the identity.
    """
    _check(s, mapping)
    check_instance("opt", opt, Optimizer, "an Optimizer such as NGDM(...)")
    steps, k = check_integer("steps", steps), mapping.n + 1
    floor = check_number("floor", floor, least=0, below=1 / k)
    given = np.full(k, 1.0 / k) if z0 is None else check_simplex(z0, "z0", k)
    if given.ndim != 1:
        raise ValueError(f"z0 must be one point of shape ({k},), got shape {given.shape}")
    z, x, f = np.full((steps + 1, k), np.nan), np.full((steps + 1, k - 1), np.nan), np.full(steps + 1, np.nan)
    point = project_simplex(given, floor)
    state = opt.init(point)
    for t in range(steps + 1):
        here = mapping.inverse(point)
        value, gradient = s.value_and_grad(here)
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            break
        z[t], x[t], f[t] = point, here, value
        opt.step(point, mapping.inverse_vjp(point, gradient), state)
        if not np.isfinite(point).all():
            break
        point = project_simplex(point, floor)
    ran = {"optimizer": {**manifest.encode(opt), "name": opt.name}, "settings": {"steps": steps, "floor": floor}}
    return OnSimplex(z, x, f, np.arange(1, steps + 2), described={**ran, **_described(s, mapping)})


def natural_descent(
    s: Surface,
    mapping: SimplexMap,
    law: Dirichlet | GeneralizedDirichlet,
    steps: int = 200,
    *,
    lr: float = 0.2,
    samples: int = 20,
    seed: int = 0,
) -> OnSimplex:
    """Minimise the mean of E(x(z)) over the parameters xi of z's distribution by natural gradient descent.

    A step draws z from p(z; xi), estimates the gradient of the mean of E by that of E times the score
    d log p(z; xi)/d xi, and multiplies by F(xi)^-1 of Eq. 5 or 7, exact. E is taken relative to the mean and the
    standard deviation of its values in the step, so that neither its level nor its scale matters, and parameters
    change by a factor, xi <- xi exp(-lr (F^-1 g)/xi), so that they stay positive: to first order that is the same
    natural gradient. No factor exceeds e.

    Parameters
    ----------
    s : the surface E, of dimension n; only its values are used.
    mapping : ``RadialMap`` or ``StickBreaking`` of dimension n.
    law : the distribution to start from, with n + 1 components, such as a fitted one.
    steps : number of updates.
    lr : learning rate >= 0.
    samples : points drawn in each step, at least 2.
    seed : draws them.

    Returns
    -------
    OnSimplex
        z is the mean of the distribution and f is E there.

    Raises
    ------
    TypeError, ValueError
        For arguments of a wrong kind, out of range, or of other dimensions.
    """
    _check(s, mapping)
    check_instance("law", law, (Dirichlet, GeneralizedDirichlet), "a Dirichlet or GeneralizedDirichlet")
    steps, samples = check_integer("steps", steps), check_integer("samples", samples, 2)
    lr = check_number("lr", lr, least=0)
    stream = np.random.default_rng(check_seed("seed", seed))
    k = mapping.n + 1
    start = law = law.on(k if isinstance(law, Dirichlet) else 2 * mapping.n)
    z, x, f = np.empty((steps + 1, k)), np.empty((steps + 1, k - 1)), np.empty(steps + 1)
    path = np.empty((steps + 1, law.n))
    for t in range(steps + 1):
        z[t] = law.mean()
        x[t] = mapping.inverse(z[t])
        f[t], path[t] = s.value(x[t]), _parameters(law)
        drawn = np.maximum(law.rvs(size=samples, random_state=stream), LEAST)
        values = s.value(mapping.inverse(drawn))
        spread = values.std()
        if not spread > 0.0:  # the distribution is a point, or E is flat: it stays (NaN stays NaN)
            z[t:], x[t:], f[t:], path[t:] = z[t], x[t], f[t], path[t]
            break
        gradient = (values - values.mean()) / spread @ law.score(drawn) / samples
        with np.errstate(over="ignore"):  # it is clipped
            change = -lr * law.fisher_solve(gradient) / path[t]
        law = _with(law, path[t] * np.exp(np.clip(change, -1.0, 1.0)))
    settings = {"steps": steps, "lr": lr, "samples": samples, "seed": seed}
    ran = {"law": {**manifest.encode(start), "name": "natural gradient"}, "settings": settings}
    return OnSimplex(z, x, f, samples * np.arange(steps + 1), path, {**ran, **_described(s, mapping)})


def _parameters(law: Dirichlet | GeneralizedDirichlet) -> Array:
    """alpha, or (alpha_1, beta_1, alpha_2, ...) as the rows of F have it."""
    if isinstance(law, Dirichlet):
        return np.array(law.alpha)
    return np.column_stack((np.asarray(law.alpha), np.asarray(law.beta))).ravel()


def _with(law: Dirichlet | GeneralizedDirichlet, xi: Array) -> Dirichlet | GeneralizedDirichlet:
    return Dirichlet(xi) if isinstance(law, Dirichlet) else GeneralizedDirichlet(xi[::2], xi[1::2])


def _described(s: Surface, mapping: SimplexMap) -> dict[str, Any]:
    parts = {k: manifest.encode(getattr(mapping, k)) for k in ("n", "centre", "radius") if hasattr(mapping, k)}
    return {"surface": manifest.encode(s), "mapping": {"type": type(mapping).__name__, **parts}}


def _check(s: Surface, mapping: SimplexMap) -> None:
    check_instance("s", s, Surface, "a Surface such as landscapes.sphere(2)")
    check_instance("mapping", mapping, SimplexMap, "a RadialMap or StickBreaking")
    if mapping.n != s.dim:
        raise ValueError(f"mapping must have the dimension {s.dim} of {s.name}, got {mapping.n}")
