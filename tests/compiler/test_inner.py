"""Functions that only become part of others: no machine code of their own, the same results, errors that arrive."""

from __future__ import annotations

import math

import pytest
from numba import float64, njit

from ngdm_lab.compiler import build, inner
from ngdm_lab.compiler.flags import FLAGS


def cube(x):
    return x * x * x


def halved(x):
    if x < 0.0:
        raise ValueError("below 0")
    return cube(x) / 2.0 + math.sqrt(x)


def both(x):
    return halved(x) + halved(2.0 * x) + cube(x)


@pytest.fixture
def parts(monkeypatch):
    """Code that was made as a part of other code."""
    made, begin = [], inner.Part.__init__

    def noted(self, *given):
        made.append(self)
        begin(self, *given)

    monkeypatch.setattr(inner.Part, "__init__", noted)
    return made


@pytest.fixture
def anew(tmp_path, monkeypatch):
    monkeypatch.setenv("NGDM_LAB_CACHE", str(tmp_path / "cache"))

    def made():
        monkeypatch.setattr(build, "_memory", {})
        return build.build(both, float64(float64))

    return made


@pytest.fixture
def ordinary():
    scope = {"math": math}
    scope["cube"] = njit(**FLAGS)(cube)
    scope["halved"] = njit(**FLAGS)(type(halved)(halved.__code__, scope))
    return njit(**FLAGS)(type(both)(both.__code__, scope))


def test_the_same_results_without_machine_code(anew, parts, ordinary):
    compiled = anew()
    assert [compiled(x) for x in (0.0, 0.3, 7.1)] == pytest.approx([both(x) for x in (0.0, 0.3, 7.1)], rel=1e-15)
    assert compiled(0.7) == pytest.approx(ordinary(0.7), rel=1e-15)
    assert len(parts) == 2  # cube and halved
    assert all(part._finalized and part.get_function(name) for part in parts for name in _defined(part))
    engine = parts[0].codegen._engine
    assert not any(engine.is_symbol_defined(name) for part in parts for name in _defined(part))


def _defined(part):
    return [function.name for function in part.get_defined_functions()]


def test_what_a_part_raises_arrives(anew):
    with pytest.raises(ValueError, match="below 0"):
        anew()(-1.0)


def test_code_from_the_disk_needs_no_parts(anew, parts):
    first, made = anew(), len(parts)
    again = anew()
    assert again is not first
    assert len(parts) == made
    assert again(0.7) == first(0.7)
