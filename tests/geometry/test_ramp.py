"""Numbers, arrays and ramps as parameters: values, identity and every refusal."""

import copy
import pickle
from dataclasses import FrozenInstanceError
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngdm_lab.geometry import ramp
from ngdm_lab.geometry.ramp import check_parameter, describe, resolve

sane = st.floats(-1e6, 1e6)


@given(sane, sane, st.integers(1, 50))
def test_the_values_are_start_plus_slope_times_i_from_one(start, slope, n):
    values = ramp(start, slope).values(n)
    assert values.dtype == np.float64
    assert values.shape == (n,)
    for i, value in enumerate(values, 1):
        expected = Fraction(start) + Fraction(slope) * i
        assert abs(Fraction(float(value)) - expected) <= 4e-16 * (abs(start) + abs(slope * i))


def test_the_paper_counts_from_one():
    np.testing.assert_allclose(ramp(1.4, 0.005).values(3), [1.405, 1.41, 1.415], rtol=1e-15)


def test_a_ramp_that_meets_zero_in_decimals_meets_it_in_binary():
    assert 0.9 - 0.3 * 3 > 0  # the rounding error that a Fisher matrix must not be built on
    assert ramp(0.9, -0.3).values(3)[2] == 0
    assert ramp(0.0, 1e-20).values(2).tolist() == [1e-20, 2e-20]
    assert ramp(1e-20, 0.0).values(1)[0] == 1e-20


def test_a_ramp_is_a_frozen_value():
    a = ramp(1.4, 0.005)
    assert a == ramp(1.4, 0.005) != ramp(1.4, 0.006)
    assert hash(a) == hash(ramp(1.4, 0.005))
    assert repr(a) == "ramp(1.4, 0.005)"
    assert eval(repr(a)) == a
    assert pickle.loads(pickle.dumps(a)) == a == copy.deepcopy(a)
    assert repr(ramp(np.float64(2), 1)) == "ramp(2.0, 1.0)"
    assert repr(ramp(Fraction(1, 4), np.array(0.5))) == "ramp(0.25, 0.5)"
    with pytest.raises(FrozenInstanceError):
        a.start = 2.0


@pytest.mark.parametrize("bad", ["1", None, True, np.bool_(True), 1j, [1.0], np.ones(1)])
def test_a_ramp_needs_numbers(bad):
    with pytest.raises(TypeError, match="ramp's slope must be a number, got"):
        ramp(1.0, bad)
    with pytest.raises(TypeError, match="ramp's start must be a number, got"):
        ramp(bad, 1.0)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_ramp_needs_finite_numbers(bad):
    with pytest.raises(ValueError, match=f"ramp's start must be a finite number, got {bad!r}"):
        ramp(bad, 0.0)
    with pytest.raises(ValueError, match=f"ramp's slope must be a finite number, got {bad!r}"):
        ramp(0.0, bad)


@pytest.mark.parametrize("n", [0, -3])
def test_values_needs_a_positive_count(n):
    with pytest.raises(ValueError, match=f"n must be at least 1, got {n}"):
        ramp(1, 1).values(n)


@pytest.mark.parametrize("n", [2.0, "3", None, True])
def test_values_needs_a_whole_count(n):
    with pytest.raises(TypeError, match="n must be a whole number, got"):
        ramp(1, 1).values(n)


# -- parameters ------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2, 2.0, np.float32(2), np.int8(2), np.array(2.0), Fraction(2)])
def test_a_number_becomes_a_float(number):
    parameter = check_parameter(number, "alpha")
    assert type(parameter) is float
    assert resolve(parameter, 3, "alpha").tolist() == [2.0, 2.0, 2.0]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int32, np.uint8])
def test_an_array_becomes_a_private_read_only_copy(dtype):
    given_array = np.array([9, 1, 2, 9, 3], dtype=dtype)
    parameter = check_parameter(given_array[1::2], "alpha")
    given_array[:] = 7
    assert parameter.tolist() == [1.0, 9.0]
    assert parameter.dtype == np.float64
    assert parameter.flags.c_contiguous
    assert not parameter.flags.writeable
    assert not resolve(check_parameter(2.0, "alpha"), 2, "alpha").flags.writeable


def test_the_ends_of_the_range_are_allowed():
    for value in (1e-150, 1e150):
        assert check_parameter(value, "alpha") == value
        assert check_parameter([value], "alpha")[0] == value


@pytest.mark.parametrize("bad", [0.0, -0.0, -1.0, 9e-151, 1.1e150, np.nan, np.inf, -np.inf])
def test_a_bad_value_is_named_with_its_place(bad):
    rule = r"beta must be finite, positive and within \[1e-150, 1e\+150\], got "
    with pytest.raises(ValueError, match=rf"^{rule}{bad!r}$".replace("e+", r"e\+")):
        check_parameter(bad, "beta")
    with pytest.raises(ValueError, match=rf"^{rule}{bad!r} at i = 2$".replace("e+", r"e\+")):
        check_parameter([1.0, bad, -7.0], "beta")


def test_a_number_too_large_for_a_float_is_refused():
    with pytest.raises(ValueError, match="alpha must be finite, positive and within"):
        check_parameter(10**400, "alpha")


@pytest.mark.parametrize(
    ("start", "slope", "first"),
    [(7.4, -0.02, 370), (7.4, -0.05, 148), (8.8, -0.005, 1760), (4.4, -0.005, 880), (0.9, -0.3, 3)],
)
def test_a_ramp_names_the_first_index_that_fails(start, slope, first):
    """The paper's constants: E10 and the first index where each falling ramp is 0."""
    parameter = check_parameter(ramp(start, slope), "alpha")
    assert len(resolve(parameter, first - 1, "alpha")) == first - 1
    with pytest.raises(ValueError, match=rf"alpha must be .* got 0.0 at i = {first} from ramp\(") as info:
        resolve(parameter, first + 10, "alpha", "pairs")
    assert f"up to {first - 1} pairs" in str(info.value)


def test_a_ramp_that_is_bad_from_the_start_fails_at_once():
    with pytest.raises(ValueError, match=r"got -0.5 at i = 1 from ramp\(-1.0, 0.5\); choose another"):
        check_parameter(ramp(-1, 0.5), "alpha")


def test_an_array_of_another_length_is_refused():
    with pytest.raises(ValueError, match="alpha must have 3 values for 3 pairs, got 2"):
        resolve(check_parameter([1, 2], "alpha"), 3, "alpha", "pairs")


@pytest.mark.parametrize(
    "bad",
    [None, "1", ["a"], True, [True, False], 1j, [1j], {1.0}, [None], [10**400], np.array(["1"]), [[1.0], [1.0, 2.0]]],
)
def test_what_is_not_numeric_is_a_type_error(bad):
    with pytest.raises(TypeError, match=r"^alpha must be a"):
        check_parameter(bad, "alpha")


@pytest.mark.parametrize("bad", [[], [[]], np.ones((0, 2))])
def test_an_array_must_be_a_batch_of_rows_and_not_empty(bad):
    with pytest.raises(ValueError, match=r"^alpha must have the shape \(n,\) or \(\.\.\., n\)"):
        check_parameter(bad, "alpha")


def test_a_long_array_is_shortened_in_a_repr():
    assert describe(np.array([1.5, 2.0])) == "[1.5, 2.0]"
    assert describe(np.arange(1.0, 101.0)) == "<100 values: 1.0, 2.0, 3.0, ..., 100.0>"
    assert describe(1.5) == "1.5"
