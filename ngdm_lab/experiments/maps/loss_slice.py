"""`loss_slice`: the loss on a plane through the space of all parameters, as a surface of two dimensions.

H. Li, Z. Xu, G. Taylor, C. Studer and T. Goldstein 2018, Visualizing the loss landscape of neural nets: random
directions are scaled neuron by neuron to the weights they are added to, since a net of larger weights, which computes
the same, would look flatter otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from landscapes import Family, Surface
from ngdm_lab.compiler.checks import (
    brief,
    check_flag,
    check_flags,
    check_integer,
    check_number,
    check_point,
    check_seed,
    is_many,
)
from ngdm_lab.compiler.room import check_memory
from ngdm_lab.experiments.trace import Trace
from ngdm_lab.nets.device import address, of
from ngdm_lab.progress import bar

from .directions import normalised, principal, random_pair
from .slice_surface import LossSlice

__all__ = ["loss_slice"]

Array = NDArray[np.float64]

MARGIN = 0.2  # of the extent of paths


def loss_slice(
    target: Any,
    centre: ArrayLike | None = None,
    directions: str | ArrayLike = "random",
    *,
    paths: Trace | ArrayLike | Sequence[Trace] | None = None,
    data: tuple[ArrayLike, ArrayLike] | None = None,
    groups: Sequence[ArrayLike] | None = None,
    normalise: bool | None = None,
    span: float | ArrayLike | None = None,
    pixels: int = 41,
    seed: int = 0,
    progress: bool = False,
) -> LossSlice:
    """Cut a plane through a loss: a function of many parameters becomes a surface of two.

    Parameters
    ----------
    target : a Surface of two or more dimensions, or a model of `ngdm_lab.nets`.
    centre : (n,) where the plane goes through; the model's present parameters, or the last point of the first path,
        if it is left out.
    directions : "random", two of them from `seed`; "principal", the first two principal components of all points of
        `paths` less the centre; or an array (2, n).
    paths : a Trace, several, or an array (k, n) of parameter vectors, such as a model's after each epoch.
    data : (x, y) on which a model is evaluated, as in training's validation: without dropout, with running
        statistics. All of it, at each of pixels^2 points: take a part of a large data set.
    groups : for normalising on a surface, the indices of each neuron's weights (`experiments.neurons` makes them); a
        coordinate in no group stays as it is at the centre. A model has groups of its own: the weights of each
        neuron or filter; biases and normalisation parameters stay.
    normalise : scale each group of a direction to the norm of the centre's; by default for "random" where there are
        groups. Principal directions that are scaled no longer follow the paths.
    span : how far the plane reaches to each side of the centre, or ((low, high), (low, high)); by default 1 each way,
        or what shows all paths.
    pixels : points a side of a model's grid.
    seed : of random directions.
    progress : show a progress bar over a model's grid, in a terminal or a notebook.

    Returns
    -------
    LossSlice
        For `lab.plots.loss_slice`, or any plot of surfaces.

    Raises
    ------
    ValueError
        For arguments that do not fit, a centre of no finite numbers, directions that are parallel.
    TypeError
        For a target of another kind, or a model without data.
    """
    check_flags(progress=progress)
    n, name = _size(target)
    seed, pixels = check_seed("seed", seed), check_integer("pixels", pixels, 2)
    check_memory(f"pixels = {pixels}", 4 * pixels**2)
    if normalise is not None:
        check_flag("normalise", normalise)
    model = not isinstance(target, Surface)
    if model and not (isinstance(data, list | tuple) and len(data) == 2):
        raise TypeError(f"data must be (x, y), on which the model is evaluated, got {brief(data)}")
    if not model and data is not None:
        raise TypeError(f"data must be left out for a surface, got {brief(data)}")
    clouds = _clouds(paths, target, n)
    if centre is not None:
        c = check_point("centre", centre, n)
    elif model:
        c = of(target.vector).host(target.vector).astype(np.float64)
    elif clouds:
        c = clouds[0][-1].copy()
    else:
        raise ValueError(f"centre must be given: a point of {n} coordinates through which the plane goes")
    if c.ndim != 1 or not np.isfinite(c).all():
        raise ValueError(f"centre must be one finite point of shape ({n},), got {brief(c.tolist())}")
    pair, labels, how, share = _pair(directions, n, c, clouds, seed)
    known = _model_groups(target) if groups is None and model else groups
    if normalise is None:
        normalise = isinstance(directions, str) and directions == "random" and known is not None
    if normalise:
        if known is None:
            raise ValueError("groups must be given to normalise directions on a surface")
        pair = normalised(pair, c, known)
        how += ", filter-normalised"
        share = _share(pair, c, clouds) if not np.isnan(share) else share
    if np.linalg.matrix_rank(pair) < 2:
        wanted = "groups must leave two directions" if normalise else "directions must be two"
        raise ValueError(f"{wanted} that are not parallel, nor 0")
    pair.setflags(write=False)
    c.setflags(write=False)
    f_min = float("nan") if model else target.f_min
    nothing: Any = None  # no plain function: no engine can run it
    made = LossSlice(
        Family(name, nothing, None, None, None, frozenset(), "", (2, 2), 2, {}), 2, (), np.array([[-1.0, 1.0]] * 2),
        np.empty((0, 2)), f_min, frozenset(), (), 0.0, target, c, pair, labels, how,
        seed if how.startswith("random") else None, share,
    )  # fmt: skip
    made = replace(made, bounds=_bounds(span, made, clouds))
    if not model:
        return made
    x, y = data  # type: ignore[misc]
    return replace(made, values=_grid(target, made, x, y, pixels, progress))


def _size(target: Any) -> tuple[int, str]:
    if isinstance(target, Surface):
        if target.dim < 2 or isinstance(target, LossSlice):
            raise ValueError(f"target must be a surface of two or more dimensions, got {target.name}")
        return target.dim, target.name
    if not (hasattr(target, "vector") and callable(getattr(target, "evaluate", None))):
        raise TypeError(f"target must be a Surface or a model with a vector of parameters, got {brief(target)}")
    return int(target.vector.size), str(getattr(target, "name", type(target).__name__))


def _clouds(paths: Any, target: Any, n: int) -> list[Array]:
    """The finite points of each path."""
    if paths is None:
        return []
    listed = [paths] if isinstance(paths, Trace) else paths
    is_list = isinstance(listed, Sequence) and not isinstance(listed, str | bytes)
    if not (is_list and all(isinstance(p, Trace) for p in listed)):
        listed = [listed]
    found = []
    for path in listed:
        if isinstance(path, Trace) and path.surface is not None and path.surface.name != _size(target)[1]:
            raise ValueError(f"paths must run on {_size(target)[1]}, got one on {path.surface.name}")
        points = np.atleast_2d(check_point("paths", path.x if isinstance(path, Trace) else path, n))
        if points.ndim != 2:
            raise ValueError(f"paths must be points (k, {n}), got shape {points.shape}")
        points = points[np.isfinite(points).all(axis=1)]
        if len(points) == 0:
            raise ValueError("paths must hold at least one finite point each")
        found.append(points)
    return found


def _pair(
    directions: Any, n: int, centre: Array, clouds: list[Array], seed: int
) -> tuple[Array, tuple[str, str], str, float]:
    """(directions (2, n), labels of the axes, how they were made, share of the paths that they hold)."""
    plain = ("direction 1", "direction 2")
    if not isinstance(directions, str):
        pair = check_point("directions", directions, n)
        if pair.shape != (2, n) or not np.isfinite(pair).all():
            raise ValueError(f"directions must be finite and have shape (2, {n}), got shape {pair.shape}")
        return pair, plain, "given plane", float("nan")
    if directions == "random":
        return random_pair(n, seed), plain, "random plane", float("nan")
    if directions != "principal":
        raise ValueError(
            f"directions must be 'random', 'principal' or an array of shape (2, {n}), got {brief(directions)}"
        )
    if not clouds:
        raise ValueError("paths must be given for principal directions")
    pair, shares = principal(np.concatenate(clouds) - centre)
    labels = tuple(f"component {k + 1}: {100 * s:.1f} %" for k, s in enumerate(shares))
    return pair, (labels[0], labels[1]), "principal plane", float(shares.sum())


def _share(pair: Array, centre: Array, clouds: list[Array]) -> float:
    away = np.concatenate(clouds) - centre
    rest = away - away @ np.linalg.pinv(pair) @ pair
    return 1.0 - float(np.square(rest).sum() / np.square(away).sum())


def _model_groups(model: Any) -> list[NDArray[np.int64]]:
    """The indices of each neuron's weights in `model.vector`: all axes of a weight but the last."""
    index = np.arange(model.vector.size)
    start, found = address(model.vector), []
    for name, view in model.parameters.items():
        if model.kinds[name] == "weight":
            at = (address(view) - start) // int(model.vector.itemsize)
            found += list(index[at : at + view.size].reshape(-1, view.shape[-1]).T)
    return found


def _bounds(span: Any, made: LossSlice, clouds: list[Array]) -> Array:
    if span is not None and not is_many(span):
        return np.array([[-1.0, 1.0]] * 2) * check_number("span", span, above=0)
    if span is not None:
        box = check_point("span", span)
        if box.shape != (2, 2) or not np.isfinite(box).all() or not (box[:, 0] < box[:, 1]).all():
            raise ValueError(f"span must be a number or ((low, high), (low, high)), got {brief(span)}")
        return box
    if not clouds:
        return np.array([[-1.0, 1.0]] * 2)
    flat = np.concatenate([made.coordinates(np.concatenate(clouds)), np.zeros((1, 2))])
    low, high = flat.min(axis=0), flat.max(axis=0)
    half = (0.5 + MARGIN) * np.maximum(high - low, 0.3 * (high - low).max() or 1.0)
    return np.stack([(low + high) / 2 - half, (low + high) / 2 + half], axis=1)


def _grid(model: Any, made: LossSlice, x: Any, y: Any, pixels: int, progress: bool) -> Array:
    """Losses [b, a] over the bounds; the model has its own parameters again afterwards, whatever happens."""
    axes = [np.linspace(low, high, pixels) for low, high in made.bounds]
    points = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2)
    device = of(model.vector)
    before, values = model.vector.copy(), np.empty(len(points))
    try:
        for k in bar(range(len(points)), show=progress, desc=f"slice of {made.family.name}"):
            device.put(model.vector, made.points(points[k]))
            values[k] = model.evaluate(x, y)[0]
    finally:
        model.vector[...] = before
    grid = values.reshape(pixels, pixels)
    grid.setflags(write=False)
    return grid
