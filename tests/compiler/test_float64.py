"""Elementary functions against mpmath over their whole range, at special values, and as vector code."""

from __future__ import annotations

import importlib.util
import json
import math
import platform
import re
from functools import cache
from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngdm_lab.compiler.build import FLAGS, IMPORTS
from ngdm_lab.compiler.math import turns
from ngdm_lab.compiler.math.float64 import LARGEST

DATA = Path(__file__).resolve().parent.parent / "data"
_spec = importlib.util.spec_from_file_location("make_elementary_ulp", DATA / "make_elementary_ulp.py")
make = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make)

TABLE = json.loads((DATA / "elementary_ulp.json").read_text())
NAMES = list(make.FUNCTIONS)
LIMITS = {**dict.fromkeys(["sin", "cos", "sinpi", "cospi", "exp", "log"], 1.0), "expm1": 2.0, "power": 2.0, "tanh": 2.5}
# fused multiply-add rounds once where other processors round twice
SLACK = 0.25
INF, NAN = math.inf, math.nan

apply = cache(make.on_arrays)


def value(name: str, *arguments: float) -> float:
    return float(apply(name)(*([a] for a in arguments))[0])


def bits(x: Any) -> list[int]:
    return np.asarray(x, dtype=float).view(np.int64).tolist()


def same(a: Any, b: Any) -> bool:
    """Equal with signs of zero; all NaNs are alike."""
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    return bool(np.all((np.isnan(a) & np.isnan(b)) | ((a == b) & (np.signbit(a) == np.signbit(b)))))


@cache
def samples(name: str) -> dict[str, list[Any]]:
    """Some 400 of the points of each range that the table was made from."""
    made = make.ranges(name)
    return {label: [a[:: max(1, len(a) // 400)] for a in arguments] for label, arguments in made.items()}


def test_table_has_every_range() -> None:
    assert {name: list(rows) for name, rows in TABLE.items()} == {name: list(make.ranges(name, 1)) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_error_limits_and_table(name: str) -> None:
    for label, arguments in samples(name).items():
        errors = make.ulps(name, apply(name)(*arguments), *arguments)
        row = TABLE[name][label]
        case = f"{name}, {label}"
        assert errors.max() < LIMITS[name], case
        assert errors.max() <= row["largest"] + SLACK, case
        assert row["largest"] < LIMITS[name], case
        at = [np.array([a]) for a in row["at"]]
        assert abs(make.ulps(name, apply(name)(*at), *at)[0] - row["largest"]) <= SLACK, case


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_hardest_arguments(name: str) -> None:
    """Doubles that almost are multiples of pi / 2: a reduction that drops digits loses everything there."""
    x = make.nearest_multiples()
    hard = np.minimum(np.abs(np.sin(x)), np.abs(np.cos(x)))
    assert hard.min() < 1e-15
    assert make.ulps(name, apply(name)(x), x).max() < 1.0


def test_ulps_of_known_errors() -> None:
    """The yardstick itself."""
    x = np.array([1.0, 1.0, 1000.0, 1000.0, -1000.0])
    near = np.nextafter(math.e, 3.0)
    got = make.ulps("exp", np.array([math.e, near, INF, make.LARGEST, 5e-324]), x)
    assert got[0] < 0.5
    assert got[0] + got[1] == pytest.approx(1.0)
    assert got[2] == 0.0
    assert got[3] > 1e100
    assert got[4] == pytest.approx(1.0)


SPECIAL = {
    "sin": {5e-324: 5e-324, INF: NAN, -INF: NAN, NAN: NAN},
    "cos": {5e-324: 1.0, INF: NAN, -INF: NAN, NAN: NAN},
    "sinpi": {5e-324: 1.5e-323, 0.5: 1.0, 1.5: -1.0, 2.5: 1.0, -0.5: -1.0, 2.0**51 - 0.5: -1.0, 2.0**52 - 0.5: -1.0,
              INF: NAN, -INF: NAN, NAN: NAN},
    "cospi": {5e-324: 1.0, 1.0: -1.0, -1.0: -1.0, 2.0: 1.0, 2.0**52 + 1: -1.0, -(2.0**52) - 1: -1.0, 2.0**53 - 1: -1.0,
              2.0**52 + 2: 1.0, 1 - 2.0**53: -1.0, 2.0**53: 1.0, -make.LARGEST: 1.0, INF: NAN, -INF: NAN, NAN: NAN},
    "exp": {710.0: INF, 1e308: INF, INF: INF, -746.0: 0.0, -1e308: 0.0, -INF: 0.0, NAN: NAN,
            709.782712893384: 1.797693134862273e308, -745.1: 5e-324},
    "expm1": {5e-324: 5e-324, -5e-324: -5e-324, 710.0: INF, INF: INF, -50.0: -1.0, -1e308: -1.0,
              -INF: -1.0, NAN: NAN},
    "log": {1.0: 0.0, INF: INF, -INF: NAN, -5e-324: NAN, -1.0: NAN, NAN: NAN,
            5e-324: -744.4400719213812, make.LARGEST: 709.782712893384},
    "tanh": {5e-324: 5e-324, -5e-324: -5e-324, 19.1: 1.0, 20.0: 1.0, -25.0: -1.0, 1e308: 1.0, INF: 1.0, -INF: -1.0,
             NAN: NAN},
}  # fmt: skip


@pytest.mark.parametrize("name", SPECIAL)
def test_special_values(name: str) -> None:
    for x, expected in SPECIAL[name].items():
        assert same(value(name, x), expected) or value(name, x) == pytest.approx(expected, rel=3e-16, abs=0), x
    # a dict holds 0.0 and -0.0 as one key
    at_zero = {"cos": 1.0, "cospi": 1.0, "exp": 1.0, "log": -INF}
    assert same(value(name, 0.0), at_zero.get(name, 0.0))
    assert same(value(name, -0.0), at_zero.get(name, -0.0))


@pytest.mark.parametrize("name", ["sin", "cos"])
def test_nothing_is_claimed_beyond_the_reduction(name: str) -> None:
    beyond = np.array([np.nextafter(LARGEST, INF), 1e10, 1e16, 1e300, make.LARGEST, INF])
    assert np.isnan(apply(name)(np.r_[beyond, -beyond])).all()
    assert np.isfinite(apply(name)(np.array([LARGEST, -LARGEST]))).all()


@given(st.integers(-(2**53), 2**53) | st.floats(2.0**53, make.LARGEST).map(int))
def test_turns_are_exact_at_whole_and_half_numbers(k: int) -> None:
    sign = -1.0 if k % 2 else 1.0
    assert value("sinpi", float(k)) == 0.0
    assert value("cospi", float(k)) == sign
    if abs(k) < 2**52:
        assert value("sinpi", k + 0.5) == sign
        assert value("cospi", k + 0.5) == 0.0


@given(st.floats(-make.LARGEST, make.LARGEST))
def test_turns_by_their_laws(x: float) -> None:
    s, c = value("sinpi", x), value("cospi", x)
    assert value("sinpi", -x) == -s
    assert value("cospi", -x) == c
    assert s * s + c * c == pytest.approx(1.0, rel=1e-15)
    if abs(x) < 2.0**20:  # x / 2 is a double, and so is the whole number of turns
        assert value("sinpi", 2.0 * x) == pytest.approx(2.0 * s * c, rel=1e-15)


@given(st.floats(-make.LARGEST, make.LARGEST))
def test_python_computes_turns_as_compiled_code_does(x: float) -> None:
    """With two roundings where compiled code has one."""
    assert turns.sinpi(x) == pytest.approx(value("sinpi", x), rel=1e-15, abs=0)
    assert turns.cospi(x) == pytest.approx(value("cospi", x), rel=1e-15, abs=0)


BASES = [0.0, 5e-324, 1e-300, 0.5, 1 - 2**-53, 1.0, 1 + 2**-52, 1.5, 2.0, 3.0, 1e300, make.LARGEST, INF]
EXPONENTS = [0.0, 5e-324, 0.5, 1.0, 1.5, 2.0, 3.0, 1023.0, 1024.0, 1075.0, 2.0**31 + 1, 2.0**51 + 0.5, 2.0**52 - 0.5,
             2.0**52 - 1, 2.0**52, 2.0**52 + 1, 2.0**53 - 1, 2.0**53, 2.0**53 + 2, 2.0**63, 1e300, INF]  # fmt: skip


def test_power_follows_the_rules_of_c() -> None:
    x, y = np.meshgrid([*BASES, *(-b for b in BASES), NAN], [*EXPONENTS, *(-e for e in EXPONENTS), NAN])
    with np.errstate(all="ignore"):
        expected = np.power(x, y)
    got = apply("power")(x, y)
    assert same(np.isnan(got), np.isnan(expected))
    assert same(np.signbit(got)[~np.isnan(got)], np.signbit(expected)[~np.isnan(got)])
    plain = np.isfinite(expected) & (expected != 0.0)
    assert same(got[~plain], expected[~plain])
    tiny = abs(expected) < 1e-300  # the last place of subnormal numbers is coarse
    np.testing.assert_allclose(got[plain & ~tiny], expected[plain & ~tiny], rtol=3e-16)
    np.testing.assert_allclose(got[plain & tiny], expected[plain & tiny], rtol=3e-16, atol=5e-324)


def test_power_next_to_overflow_stays_finite() -> None:
    """y log x rounds up to the logarithm of 2^1024 here; the result is a double all the same."""
    assert value("power", make.LARGEST, 1.0) == make.LARGEST
    assert value("power", -make.LARGEST, 1.0) == -make.LARGEST
    assert value("power", 2.0, 1024.0) == INF
    assert value("power", 2.0, -1074.0) == 5e-324
    assert value("power", math.sqrt(make.LARGEST), 2.0) == pytest.approx(make.LARGEST, rel=1e-15)


def test_power_of_two_is_exact_where_the_logarithm_is() -> None:
    k = np.arange(-1074.0, 1024.0)
    assert bits(apply("power")(np.full(k.size, 2.0), k)) == bits(np.exp2(k))


angles = st.floats(-LARGEST, LARGEST)
exponents = st.floats(-700.0, 700.0)
positive = st.floats(5e-324, make.LARGEST)


@given(angles)
def test_sin_is_odd_and_cos_is_even(x: float) -> None:
    assert bits(value("sin", -x)) == bits(-value("sin", x))
    assert bits(value("cos", -x)) == bits(value("cos", x))


@given(angles)
def test_circle(x: float) -> None:
    s, c = value("sin", x), value("cos", x)
    assert max(abs(s), abs(c)) <= 1.0
    assert s * s + c * c == pytest.approx(1.0, rel=1e-15)


@given(exponents)
def test_exp_and_its_inverse(x: float) -> None:
    assert value("exp", x) * value("exp", -x) == pytest.approx(1.0, rel=1e-15)
    assert value("log", value("exp", x)) == pytest.approx(x, rel=3e-16, abs=3e-16)
    assert value("expm1", x) == pytest.approx(value("exp", x) - 1.0, rel=1e-15, abs=3e-16)


@given(st.floats(-30.0, 30.0))
def test_tanh_is_odd_and_bounded_and_doubles(x: float) -> None:
    t = value("tanh", x)
    assert bits(value("tanh", -x)) == bits(-t)
    assert abs(t) <= 1.0
    assert value("tanh", 2.0 * x) == pytest.approx(2.0 * t / (1.0 + t * t), rel=2e-15)


@given(positive)
def test_log_and_its_inverse(x: float) -> None:
    y = value("log", x)
    # the logarithm is rounded: an error of its last place moves the exponential by y times as much
    assert value("exp", y) == pytest.approx(x, rel=3e-16 * (2.0 + abs(y)), abs=5e-324)


@pytest.mark.parametrize(("name", "low", "high"), [("exp", -746, 710), ("expm1", -60, 710), ("log", 0, make.LARGEST),
                                                 ("tanh", -30, 30)])  # fmt: skip
@given(data=st.data())
def test_order_is_kept(name: str, low: float, high: float, data: st.DataObject) -> None:
    a, b = sorted(data.draw(st.tuples(st.floats(low, high), st.floats(low, high))))
    less, more = value(name, a), value(name, b)
    assert less <= more or less - more <= 2 * math.ulp(more)


@given(positive, st.integers(-40, 40))
def test_power_of_negative_numbers(x: float, k: int) -> None:
    sign = -1.0 if k % 2 else 1.0
    assert bits(value("power", -x, float(k))) == bits(sign * value("power", x, float(k)))


@given(st.floats(1e-150, 1e150))
def test_small_powers(x: float) -> None:
    p = {y: value("power", x, y) for y in (-1.0, 0.5, 1.0, 2.0)}
    assert p == pytest.approx({-1.0: 1.0 / x, 0.5: math.sqrt(x), 1.0: x, 2.0: x * x}, rel=5e-16)


@pytest.mark.parametrize("name", NAMES)
def test_result_does_not_depend_on_the_neighbours(name: str) -> None:
    arguments = [np.concatenate(parts)[:512] for parts in zip(*samples(name).values(), strict=True)]
    together = apply(name)(*arguments)
    alone = [value(name, *(float(a) for a in row)) for row in zip(*arguments, strict=True)]
    assert bits(together) == bits(alone)


def assembly(text: str, call: str) -> str:
    """Machine code of a loop over 64 lanes, compiled in memory: cached code cannot be looked at.

    It works in place on one array: for two, which may overlap, the compiler would keep a scalar loop as well.
    """
    space: dict[str, Any] = {}
    loop = f"def loop(x):\n    for lane in range(64):\n        x[lane] = {call}\n"
    exec(f"{IMPORTS}{text}\n\n{loop}", space)
    return "".join(numba.njit("void(float64[::1])", **FLAGS)(space["loop"]).inspect_asm().values())


def has_avx2() -> bool:
    import llvmlite.binding as llvm

    if platform.machine().lower() not in ("x86_64", "amd64") or numba.config.CPU_NAME or numba.config.CPU_FEATURES:
        return False
    try:
        return bool(llvm.get_host_cpu_features().get("avx2"))
    except RuntimeError:
        return False


PACKED = re.compile(r"\bv(?:mul|add|fm\w+)pd\b[^\n]*%[yz]mm")
SCALAR = re.compile(r"\bv(?:mul|add|div|fm\w+)sd\b")
LIBM = re.compile(r"(?:\bcall\w*\s+|\bmovabsq\s+\$)\"?(?:sin|cos|exp|expm1|log|pow|tanh)\b")


@pytest.mark.skipif(not has_avx2(), reason="needs an x86-64 processor with AVX2")
@pytest.mark.parametrize("name", NAMES)
def test_loop_over_lanes_is_vector_code(name: str) -> None:
    text, entry = make.as_blocks_call_it(name)
    arguments = "x[lane], x[lane + 64]" if name == "power" else "x[lane]"
    made = assembly(text, f"{entry}({arguments})")
    assert len(PACKED.findall(made)) > 10
    assert not SCALAR.search(made)  # nothing is left lane by lane
    assert not LIBM.search(made)
    libm = name.replace("power", "pow").removesuffix("pi")  # it has no sinpi
    theirs = assembly("import math", f"math.{libm}({arguments})")
    assert LIBM.search(theirs)  # what we look for is there to be found
