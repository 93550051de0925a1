"""Descriptions in JSON: what was run can be made again, and what a user defined is never mistaken for ours."""

import inspect
import json
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.engine.manifest import decode, encode, environment
from ngdm_lab.optimizers import get, names


def through_json(value):
    return json.loads(json.dumps(encode(value), allow_nan=False))


OPTIMIZERS = [
    *map(get, names()),
    lab.SGD(0.1, 0.5, 0.25, 0.125, line8="previous"),
    lab.SGD(0.1, nesterov=False),
    lab.Adam(betas=(0.5, 0.75), weight_decay=0.1),
    lab.Apollo.official(0.02),
    lab.NGDM(1.0, lab.Dirichlet(1.4), decay="momentum", first_step="dampened", form="exact"),
    lab.NGDM(1.0, lab.Dirichlet([0.1, 1 / 3, 1e-100])),
    lab.NGDM(1.0, lab.GeneralizedDirichlet([1.0, 2.0], lab.ramp(3.0, 0.5))),
    lab.preconditioned(lab.Adam(0.3), lab.GeneralizedDirichlet(2.0, 3.0), form="exact"),
    lab.RMSProp(centered=True, lr=np.float64(0.1)),
]


@pytest.mark.parametrize("opt", OPTIMIZERS, ids=lambda o: o.name)
def test_optimizers(opt):
    again = decode(through_json(opt))
    assert type(again) is type(opt)
    assert again == opt
    assert hash(again) == hash(opt)
    assert again.options() == opt.options()


SURFACES = [
    *[ls.get(name) for name in ls.names()],
    ls.sphere(7),
    ls.rosenbrock(3).shifted([0.1, 1 / 3, -2.0]).flipped(4).scaled(0.3).noisy(0.7),
    ls.rosenbrock(2).rotated(5).shifted(0.25),
    ls.sphere(2).noisy(0.5).scaled(3.0),
    ls.ellipsoid(3, condition=50.0).rotated(1),
]


@pytest.mark.parametrize("surface", SURFACES, ids=lambda s: s.name)
def test_surfaces(surface):
    encoded = through_json(surface)
    again = decode(encoded)
    assert encoded["name"] == surface.name == again.name
    assert again.spec() == surface.spec()
    for field in ("bounds", "minima", "f_min", "noise", "packed", "program"):
        assert np.array_equal(getattr(again, field), getattr(surface, field), equal_nan=True)


def test_numbers_and_arrays():
    encoded = through_json([np.float64(0.1), np.int64(3), np.arange(3.0), (1, None, "a"), Fraction(1, 4), True, 2**80])
    assert encoded == [0.1, 3, [0.0, 1.0, 2.0], [1, None, "a"], 0.25, True, 2**80]
    assert encode(np.float64(0.1)) is not None
    assert type(encode(np.float64(0.1))) is float


# -- what a user defined ----------------------------------------------------------------------------------


@lab.update_rule(direction=True)
def mine(x, g, n, t, tilt=0.5):
    for i in range(n):
        g[i] = tilt * g[i]


@dataclass(frozen=True)
class Adam(lab.Adam):
    """A user's own Adam, which is not ours in spite of its name."""

    extra: float = 1.0


@ls.landscape(bounds=(-1.0, 1.0), minima=[[0.0, 0.0]], f_min=0.0, name="sphere")
def own_sphere(x, g):
    """Another sphere than ours."""
    g[0] = 8.0 * x[0]
    g[1] = 8.0 * x[1]
    return 4.0 * (x[0] * x[0] + x[1] * x[1])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (mine(lr=0.1), "the rule 'mine' was defined by a user: pass it in again from its own source"),
        (Adam(), "'Adam' was defined by a user"),
        (own_sphere, "'sphere-2d' was defined by a user"),
        (own_sphere.shifted(0.5), "'sphere-2d-shifted=0.5' was defined by a user"),
        (lab.preconditioned(mine(), lab.Dirichlet(1.4)), "the rule 'mine' was defined by a user"),
    ],
)
def test_what_a_user_defined_is_described_but_not_made(value, message):
    with pytest.raises(ValueError, match=message):
        decode(through_json(value))


def test_a_result_with_a_user_s_parts_loads_without_them(tmp_path):
    runs = lab.ensemble(mine(lr=0.125), own_sphere, 4, 10)
    again = lab.load(runs.save(tmp_path / "runs"))
    assert again.optimizer is None
    assert again.surface is None
    assert repr(again) == repr(runs)
    text = inspect.getsource(mine.function).strip()
    described = {"rule": "mine", "values": {"tilt": 0.5, "lr": 0.125}, "name": "mine", "source": text}
    assert again.described["optimizer"] == described
    twice = lab.load(again.save(tmp_path / "twice"))  # and can be saved again, with what is known of them
    assert twice.described == again.described
    half = lab.load(lab.ensemble(mine(lr=0.125), ls.sphere(2), 4, 10).save(tmp_path / "half"))
    assert half.optimizer is None
    assert half.surface.name == "sphere-2d"
    assert "mine on sphere-2d" in repr(lab.load(half.save(tmp_path / "half-again")))


def test_unknown_types_are_named():
    with pytest.raises(ValueError, match="unknown type 'Nadam' in a manifest of this lab"):
        decode({"type": "Nadam", "fields": {"lr": 0.1}})
    with pytest.raises(ValueError, match="the landscape 'spehre' was defined by a user"):
        decode({"surface": {"family": "spehre", "dim": 2, "parameters": {}, "transforms": [], "noise": 0.0}})


def test_the_environment():
    report = environment()
    assert json.loads(json.dumps(report)) == report
    assert set(report["versions"]) >= {"python", "ngdm-lab", "numpy", "scipy", "numba", "llvmlite", "matplotlib"}
    assert report["versions"]["numpy"] == np.__version__
    assert report["machine"]["processor"]
