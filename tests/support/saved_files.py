"""One small file of each kind that the lab saves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

import landscapes as ls
import ngdm_lab as lab
from net_runs import STILL, points, small
from ngdm_lab import store
from ngdm_lab.experiments import natural_descent, power, rate_map
from ngdm_lab.geometry import StickBreaking, energy_test

POINTS = lab.Dirichlet([2.0, 4.0, 6.0]).rvs(20, random_state=0)


def race(journal=None, **more):
    given = {"starts": 4, "steps": 5, "tuning_starts": 2, "progress": False, **more}
    return lab.race([lab.SGD(1e-3), lab.NGDM(1e-2, lab.Dirichlet(lab.ramp(1.4, 0.005)), form="exact")],
                    [ls.himmelblau(2), ls.sphere(2).rotated(3)], journal=journal, **given)  # fmt: skip


def net_race():
    return lab.nets.race([lab.SGD(0.1), lab.Adam(0.01)], lambda seed: small(), points(), seeds=2, epochs=1,
                         tune=False, batch_size=16)  # fmt: skip


MAKE = {
    "ensemble": lambda: lab.ensemble(lab.Adam(0.1), ls.rastrigin(3).shifted(0.1), 4, 5),
    "trace": lambda: lab.trace(lab.SGD(1e-3), ls.rosenbrock(2), [0.0, 1.0], 5),
    "race": race,
    "basins": lambda: lab.basins(lab.SGD(1e-3), ls.himmelblau(2), 4, 5),
    "rate-map": lambda: rate_map(lab.NGDM(1e-3, lab.Dirichlet(2.0)), ls.sphere(2), [1.0, 2.0], [1e-3, 1e-2], 4, 5),
    "goodness": lambda: energy_test(POINTS, lab.Dirichlet, replicates=19, seed=3),
    "power": lambda: power(lab.Dirichlet([1.0, 2.0]), lab.Dirichlet, points=10, trials=100)["triangle"],
    "simplex": lambda: natural_descent(ls.sphere(2), StickBreaking(2), lab.GeneralizedDirichlet(2.0, 3.0), 5, seed=4),
    "fit": lambda: lab.nets.fit(small(), points(), lab.Adam(), 2, 16, validation=0.1, **STILL),
    "net race": net_race,
}


def save_all(folder):
    """kind -> path of its npz, all that `lab.load` reads."""
    return {name: make().save(Path(folder) / f"{name}.npz") for name, make in MAKE.items()}


# what a file may hold in place of what belongs there
STRANGE = [None, True, False, 0, -1, 3, 10**12, 2**70, 1e308, float("nan"), "", "x", "sphere", [], {}, [[]], [None],
           {"type": "Adam"}, {"surface": 1}, {"$float": "nan"}, "9" * 400]  # fmt: skip


def places(tree, at=()):
    """The paths of all nodes of a JSON tree but the root."""
    members = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in members:
        yield (*at, key)
        yield from places(value, (*at, key))


def mutated(tree, rng):
    """A copy of a JSON tree with one node replaced, removed or doubled."""
    tree = json.loads(json.dumps(tree))
    paths = list(places(tree))
    *way, last = paths[rng.integers(len(paths))]
    node = tree
    for key in way:
        node = node[key]
    kind = rng.integers(4)
    if kind == 0:
        del node[last]
    elif kind == 1 and isinstance(node, list):
        node.append(node[last])
    else:
        node[last] = STRANGE[rng.integers(len(STRANGE))]
    return tree


def mutated_arrays(arrays, rng):
    """The arrays with one removed, renamed, or of another type, shape or content."""
    arrays = dict(arrays)
    if not arrays:
        return arrays
    name = sorted(arrays)[rng.integers(len(arrays))]
    array = arrays.pop(name)
    with np.errstate(over="ignore"):
        narrow = array.astype("f4")
    made = [
        None, narrow, array.astype("U3"), array.astype("i1") if array.dtype.kind in "biu" else array[::-1],
        array[..., None], array.ravel(), array[:0], array[1:], np.array(3.5), np.concatenate([array, array]),
        np.full_like(array, "y" if array.dtype.kind == "U" else 77),
    ][rng.integers(11) if array.ndim else rng.integers(2)]  # fmt: skip
    if made is not None:
        arrays[name] = made
    elif rng.integers(2):
        arrays[f"{name}_"] = array
    return arrays


def damaged(path, target, rng):
    """Write a copy of an npz with its manifest or one of its arrays changed."""
    kind, arrays, manifest = store.read(path)
    if rng.integers(3):
        manifest = mutated(manifest, rng)
    else:
        arrays = mutated_arrays(arrays, rng)
    return store.write(target, kind, arrays, manifest)
