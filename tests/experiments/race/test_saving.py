"""Results of goodness-of-fit tests, of their power and of descents on the simplex come back from their files."""

import dataclasses

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import store
from ngdm_lab.experiments import natural_descent, power, simplex_descent
from ngdm_lab.geometry import RadialMap, StickBreaking, energy_test, triangle_test

POINTS = lab.Dirichlet([2.0, 4.0, 6.0]).rvs(40, random_state=0)
BOWL = ls.sphere(2).shifted([0.5, -0.3])
MAKE = {
    "energy": lambda: energy_test(POINTS, lab.Dirichlet, replicates=19, seed=3),
    "triangle": lambda: triangle_test(POINTS, lab.GeneralizedDirichlet, replicates=19),
    "given": lambda: energy_test(POINTS, lab.Dirichlet(2.0), replicates=19),
    "power of a law": lambda: power(lab.Dirichlet([1.0, 2.0]), lab.Dirichlet, points=10, trials=100)["triangle"],
    "power of a function": lambda: power(lambda m, s: s.dirichlet([1, 2], m), lab.GeneralizedDirichlet, points=10,
                                         trials=100)["energy"],
    "descent": lambda: simplex_descent(lab.NGDM(1e-3, lab.Dirichlet(1.4)), BOWL, RadialMap([0.2, 0.1], 3.0), steps=5),
    "diverged": lambda: simplex_descent(lab.SGD(1e300), BOWL, RadialMap(2, 3.0), steps=5),
    "natural": lambda: natural_descent(BOWL, StickBreaking(2), lab.GeneralizedDirichlet(2.0, 3.0), 5, seed=4),
}  # fmt: skip


def same(a, b):
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=True)
    return type(a) is type(b) and a == b


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_a_result_comes_back(make, tmp_path):
    before = make()
    path = before.save(tmp_path / "result")
    assert path == tmp_path / "result.npz"
    after = lab.load(path)
    assert type(after) is type(before)
    for field in dataclasses.fields(before):
        if field.name != "described":
            assert same(getattr(before, field.name), getattr(after, field.name)), field.name
    assert repr(after) == repr(before)


@pytest.mark.parametrize("make", MAKE.values(), ids=MAKE)
def test_saving_again_keeps_the_versions_that_ran(make, tmp_path, monkeypatch):
    path = make().save(tmp_path / "first")
    kind, arrays, described = store.read(path)
    assert described["versions"]["numpy"] == np.__version__
    described["versions"] = {"numpy": "0.0"}
    old = store.write(tmp_path / "old", kind, arrays, described)
    assert store.read(lab.load(old).save(tmp_path / "again"))[2] == described


def test_the_manifest_says_what_ran(tmp_path):
    described = store.read(MAKE["natural"]().save(tmp_path / "x"))[2]
    assert described["mapping"] == {"type": "StickBreaking", "n": 2}
    assert described["law"]["fields"] == {"alpha": [2.0, 2.0], "beta": [3.0, 3.0]}
    assert described["surface"]["name"].startswith("sphere-2d")
    assert described["settings"] == {"steps": 5, "lr": 0.2, "samples": 20, "seed": 4}
    described = store.read(MAKE["descent"]().save(tmp_path / "x"))[2]
    assert described["mapping"] == {"type": "RadialMap", "n": 2, "centre": [0.2, 0.1], "radius": 3.0}
    assert described["optimizer"]["name"] == "ngdm-dirichlet"
    described = store.read(MAKE["power of a law"]().save(tmp_path / "x"))[2]
    assert described["sampler"]["fields"] == {"alpha": [1.0, 2.0]}
    assert described["fitted"] == "Dirichlet"
    assert described["settings"] == {"points": 10, "trials": 100, "level": 0.05, "references": 10, "seed": 0}
    described = store.read(MAKE["given"]().save(tmp_path / "x"))[2]
    wanted = {"test": "energy", "fitted": False, "distribution": "Dirichlet", "seed": 0}
    assert {k: described[k] for k in wanted} == wanted


def test_where_no_file_can_be(tmp_path):
    with pytest.raises(ValueError, match=r"cannot write .*x.npz"):
        MAKE["energy"]().save(tmp_path / "missing" / "x")
