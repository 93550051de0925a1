"""Names, tags, the command line's texts, and the battery over every family."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

import landscapes as ls
from ngdm_lab.compiler.checks import check_integer, check_number, check_point, unknown_name
from surface_battery import check_surface

NAMES = [
    "ackley", "beale", "booth", "ellipsoid", "griewank", "himmelblau", "levy", "monkey_saddle", "rastrigin",
    "rosenbrock", "sphere", "styblinski_tang",
]  # fmt: skip


def test_the_families_are_there() -> None:
    assert set(NAMES) <= set(ls.names())
    assert ls.names() == sorted(ls.families())
    assert set(ls.names()) <= set(dir(ls))
    for name in ls.names():
        family = getattr(ls, name)
        assert family is ls.families()[name]
        assert family.name == name
        assert family.formula
        assert family.source
        assert name in repr(family)
    with pytest.raises(AttributeError, match="no_such"):
        _ = ls.no_such


@pytest.mark.parametrize("name", ls.names())
def test_battery(name: str) -> None:
    surface = ls.get(name)
    check_surface(surface)
    check_surface(surface.flipped(3).shifted(0.125).scaled(0.5).noisy(0.1))
    check_surface(surface.rotated(4).shifted([0.5] * surface.dim).flipped(1))
    if surface.family.dims[1] is None:
        check_surface(ls.get(name, 5 if surface.family.multiple == 1 else 2 * surface.family.multiple))
        check_surface(ls.get(name, surface.family.dims[0]).scaled(3.0))


def test_get() -> None:
    assert ls.get("styblinski-tang", dim=5).name == "styblinski_tang-5d"
    assert ls.get(" Rosenbrock ").dim == 2
    assert ls.get("ellipsoid", 3, condition=100).name == "ellipsoid[condition=100]-3d"
    with pytest.raises(ValueError, match=r"unknown landscape 'rosenbrok': did you mean rosenbrock"):
        ls.get("rosenbrok")
    with pytest.raises(ValueError, match=r"unknown landscape 'qqqq': known: ackley"):
        ls.get("qqqq")
    with pytest.raises(TypeError, match=r"sphere has no parameter 'condition'; its parameters: none"):
        ls.get("sphere", condition=2.0)


def test_names_by_tag() -> None:
    assert ls.names(["convex", "separable"]) == sorted(set(ls.names("convex")) & set(ls.names("separable")))
    assert ls.names([]) == ls.names()
    assert set(ls.tags()) == {tag for family in ls.families().values() for tag in family.tags}
    assert {"convex", "multimodal", "saddle", "valley"} <= set(ls.tags())
    with pytest.raises(ValueError, match=r"no landscape has the tags saddle and convex together; there are"):
        ls.names(("saddle", "convex"))
    assert ls.names("saddle") == ["monkey_saddle"]
    assert {"sphere", "ellipsoid", "booth"} <= set(ls.names("convex"))
    assert "rosenbrock" not in set(ls.names("unimodal")) | set(ls.names("multimodal"))
    with pytest.raises(ValueError, match=r"unknown tag 'convx': did you mean convex"):
        ls.names("convx")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("rosenbrock", "rosenbrock-2d"),
        ("styblinski-tang:10:flipped", "styblinski_tang-10d-flipped"),
        ("ellipsoid:5:condition=100:rotated=3", "ellipsoid[condition=100]-5d-rotated=3"),
        ("sphere:dim=4:shifted=0.5:noisy=0.1", "sphere-4d-shifted=0.5-noisy=0.1"),
        ("sphere : 1 : scaled=2", "sphere-1d-scaled=2"),
    ],
)
def test_parse(text: str, name: str) -> None:
    assert ls.parse(text).name == name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("spere", "did you mean sphere"),
        ("sphere:0", "dim of sphere must be at least 1"),
        ("booth:3", "dim of booth must be 2, got 3"),
        ("sphere:2:3", "two dimensions, 2 and 3"),
        ("sphere:shifted", "shifted needs a value, as in shifted=0.5"),
        ("sphere:rotated=x", "landscape 'sphere:rotated=x'"),
        ("sphere:rotatd", "did you mean rotated"),
        ("sphere:condition=3", "sphere has no parameter 'condition'"),
        ("ellipsoid:condition=x", "landscape 'ellipsoid:condition=x'"),
        ("ellipsoid:condition=-1", "condition must be a finite number greater than 0"),
        ("sphere:scaled=0", "c must be a finite number greater than 0"),
        ("sphere:noisy=-1", "sigma must be a finite number at least 0"),
        ("", "unknown landscape"),
    ],
)
def test_parse_refuses(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ls.parse(text)


def test_spec() -> None:
    surface = ls.ellipsoid(3, condition=10.0).shifted([1, 2, 3]).rotated(5).scaled(2).noisy(0.25)
    spec = json.loads(json.dumps(surface.spec()))
    assert spec == {
        "family": "ellipsoid",
        "dim": 3,
        "parameters": {"condition": 10.0},
        "transforms": [
            {"kind": "shifted", "argument": [1.0, 2.0, 3.0]},
            {"kind": "rotated", "argument": 5},
            {"kind": "scaled", "argument": 2.0},
        ],
        "noise": 0.25,
    }
    surface.spec()["transforms"][0]["argument"][0] = 99.0
    assert surface.spec() == spec
    spec["transforms"][0]["kind"] = "value"
    with pytest.raises(ValueError, match="unknown transform 'value'"):
        ls.from_spec(spec)


def test_import_compiles_nothing() -> None:
    code = "import sys, landscapes as ls; ls.rosenbrock(3).rotated(1).name; print('numba' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"


def test_checks() -> None:
    assert check_integer("k", np.uint8(1)) == 1
    for bad in (True, 1.0, "1", None):
        with pytest.raises(TypeError, match="k must be a whole number"):
            check_integer("k", bad)
    with pytest.raises(ValueError, match="k must be at most 3, got 4"):
        check_integer("k", 4, 1, 3)
    with pytest.raises(ValueError, match="c must be a finite number greater than 0 and at most 1, got 2"):
        check_number("c", 2, above=0, most=1)
    with pytest.raises(ValueError, match="c must be a finite number, got nan"):
        check_number("c", float("nan"))
    with pytest.raises(TypeError, match="c must be a number, got '1'"):
        check_number("c", "1")
    with pytest.raises(ValueError, match=r"x must have at least one axis, got shape \(\)"):
        check_point("x", 3.0)
    assert str(unknown_name("thing", "zzz", ["a", "b"])) == "unknown thing 'zzz': known: a, b"
