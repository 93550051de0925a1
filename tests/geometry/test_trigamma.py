"""psi' and its differences against mpmath, over the whole range and around every switch of formula."""

import subprocess
import sys

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numba import njit

from ngdm_lab.compiler.flags import FLAGS
from ngdm_lab.geometry.trigamma import (
    BERNOULLI,
    SHIFT,
    scaled_trigamma_drop,
    scaled_trigamma_drop_source,
    trigamma,
    trigamma_drop,
    trigamma_drop_source,
    trigamma_source,
)

LOWEST, HIGHEST = 1e-150, 1e150


def power(lowest, highest):
    return st.floats(lowest, highest).map(lambda e: min(max(10.0**e, LOWEST), HIGHEST))


anywhere = st.one_of(power(-150, 150), power(-3, 3), st.floats(SHIFT - 2, SHIFT + 2))
pairs = st.one_of(
    st.tuples(anywhere, anywhere),
    st.tuples(power(-20, 20), power(-18, 18)).map(lambda t: (t[0], t[0] * t[1])),  # b << a and a << b
)


def digits(a, b):
    """Enough for 40 digits after the cancellation, which is at worst (max / b)^2."""
    return 40 + int(2 * max(0.0, np.log10(max(a, b, 1.0)) - min(0.0, np.log10(b / a))))


def exact(a, b):
    """psi'(a) - psi'(a + b) and a psi'(a) - (a + b) psi'(a + b), subtracted with enough digits."""
    with mpmath.workdps(digits(a, b)):
        a, b = mpmath.mpf(a), mpmath.mpf(b)
        first, second = mpmath.psi(1, a), mpmath.psi(1, a + b)
        return first - second, a * first - (a + b) * second


def close(value, rel, floor=0.0):
    return pytest.approx(value, rel=rel, abs=floor)  # approx's own abs would be 1e-12


def relative_error(got, expected):
    return float(abs(mpmath.mpf(float(got)) / expected - 1))


def ulps(got, expected):
    return float(abs(mpmath.mpf(float(got)) - expected) / mpmath.mpf(float(np.spacing(float(expected)))))


@given(anywhere)
@example(LOWEST)
@example(HIGHEST)
@example(1.0)
@example(float(SHIFT))
@example(np.nextafter(SHIFT, 0.0))
def test_trigamma_is_within_four_ulp(x):
    with mpmath.workdps(40):
        assert ulps(trigamma(x), mpmath.psi(1, mpmath.mpf(float(x)))) < 4


def test_trigamma_is_within_four_ulp_on_a_dense_grid():
    x = np.concatenate([np.linspace(0.05, 2 * SHIFT + 1, 701), np.logspace(-150, 150, 301)[1:-1]])
    with mpmath.workdps(40):
        errors = [ulps(y, mpmath.psi(1, mpmath.mpf(float(xi)))) for xi, y in zip(x, trigamma(x), strict=True)]
    assert max(errors) < 4
    assert np.mean(errors) < 0.8


def test_the_coefficients_are_the_bernoulli_numbers():
    assert list(BERNOULLI) == [float(mpmath.bernoulli(2 * k)) for k in range(1, len(BERNOULLI) + 1)]


@pytest.mark.parametrize(
    ("x", "value"),
    [
        (1.0, np.pi**2 / 6),  # Abramowitz & Stegun 6.4.2
        (0.5, np.pi**2 / 2),  # 6.4.4
        (0.25, np.pi**2 + 8 * 0.915965594177219015),  # Catalan's constant
        (12.0, 1 / 11.507231857656173),  # E1
        (np.inf, 0.0),
    ],
)
def test_trigamma_of_special_values(x, value):
    assert trigamma(x) == close(value, rel=1e-15)


@given(power(-100, 100))
def test_trigamma_obeys_the_duplication_formula(x):
    # Abramowitz & Stegun 6.4.8 for m = 2
    assert 4 * trigamma(2 * x) == close(trigamma(x) + trigamma(x + 0.5), rel=4e-15)


@given(pairs)
@example((1.0, 1e-9))
@example((LOWEST, HIGHEST))
@example((HIGHEST, HIGHEST))
@example((LOWEST, LOWEST))
@example((1e10, 1e-130))
@example((float(SHIFT), 3.0))
@example((float(np.nextafter(SHIFT, 0.0)), 3.0))
def test_the_drops_are_exact_to_fifteen_digits(pair):
    a, b = float(pair[0]), float(pair[1])
    for function, expected in zip((trigamma_drop, scaled_trigamma_drop), exact(a, b), strict=True):
        if expected > 1e-290:
            assert relative_error(function(a, b), expected) < 1.2e-15
        else:  # near the smallest doubles an absolute error is all there can be
            assert abs(function(a, b) - float(expected)) <= 1e-304


def test_the_drops_underflow_to_zero():
    assert trigamma_drop(HIGHEST, LOWEST) == 0
    assert scaled_trigamma_drop(HIGHEST, LOWEST) == 0


def test_plain_subtraction_would_not_do():
    """The reason for these functions, and proof that the oracle above can tell."""
    expected = exact(1.0, 1e-9)[0]
    assert relative_error(trigamma(1.0) - trigamma(1.0 + 1e-9), expected) > 1e-9
    assert relative_error(trigamma_drop(1.0, 1e-9), expected) < 1e-15


@given(power(-70, 70))
def test_a_drop_by_one_is_the_recurrence(x):
    assert trigamma_drop(x, 1.0) == close(x**-2.0, rel=2e-15)  # Abramowitz & Stegun 6.4.6


@given(power(-50, 50), power(-50, 50), power(-50, 50))
def test_drops_add_up(a, b, c):
    for drop in (trigamma_drop, scaled_trigamma_drop):
        assert drop(a, b) + drop(a + b, c) == close(drop(a, b + c), rel=4e-15)


@given(anywhere)
def test_drops_at_the_ends(a):
    assert trigamma_drop(a, 0.0) == 0
    assert scaled_trigamma_drop(a, 0.0) == 0
    if a < 1e100:
        far = 1e40 * max(a, 1.0)
        assert trigamma_drop(a, far) == close(trigamma(a), rel=1e-15)


@pytest.mark.parametrize("bad", [0.0, -0.0, -1.0, -1e-300, -np.inf, np.nan])
def test_outside_the_domain_is_nan(bad):
    assert np.isnan(trigamma(bad))
    assert np.isnan(trigamma_drop(bad, 1.0))
    assert np.isnan(scaled_trigamma_drop(bad, 1.0))
    if bad != 0:
        assert np.isnan(trigamma_drop(1.0, bad))
        assert np.isnan(scaled_trigamma_drop(1.0, bad))


def test_numbers_arrays_lists_and_dtypes():
    x = np.array([[0.5, 1.0, 3.0], [12.0, 40.0, np.nan]])
    expected = [[trigamma_source(float(v)) for v in row] for row in x]
    np.testing.assert_allclose(trigamma(x), expected, rtol=4e-16)
    np.testing.assert_array_equal(trigamma(x.T), trigamma(x).T)
    np.testing.assert_array_equal(trigamma(x.tolist()), trigamma(x))
    np.testing.assert_array_equal(trigamma(np.arange(1, 4)), trigamma(np.arange(1.0, 4.0)))
    assert trigamma(np.float32(0.5)) == trigamma(0.5)
    assert trigamma(np.arange(1, 4, dtype=np.float32)).dtype == np.float64
    assert trigamma(3) == trigamma(3.0)
    assert trigamma_drop(3, 2) == trigamma_drop(3.0, 2.0)
    assert trigamma_drop(x[:, :2], np.array([1.0, 2.0])).shape == (2, 2)
    assert trigamma(np.empty(0)).shape == (0,)


@given(pairs)
def test_the_plain_source_and_the_compiled_function_agree(pair):
    a, b = pair
    assert trigamma(a) == close(trigamma_source(a), rel=1e-15)
    assert trigamma_drop(a, b) == close(trigamma_drop_source(a, b), rel=1e-15, floor=1e-305)
    expected = scaled_trigamma_drop_source(a, b)
    assert scaled_trigamma_drop(a, b) == close(expected, rel=1e-15, floor=1e-305)


def test_they_can_be_called_from_compiled_code():
    @njit(**FLAGS)
    def gain(x):
        total = 0.0
        for i in range(len(x)):
            total += 1.0 / trigamma(x[i]) + trigamma_drop(x[i], 2.0)
        return total

    x = np.array([0.5, 12.0])
    assert gain(x) == close((1 / trigamma(x) + trigamma_drop(x, 2.0)).sum(), rel=1e-15)


def test_importing_compiles_nothing_and_leaves_scipy_special_alone():
    code = (
        "import sys; from ngdm_lab import geometry; "
        "from ngdm_lab.geometry import solver, trigamma as f, ramp; "
        "assert type(ramp(1, 0)).__name__ == 'ramp'; "
        "assert f.types == [] and geometry.trigamma_drop.types == [], f.types; "
        "assert not any(rows.signatures for _, rows in solver._KINDS.values()); "
        "assert 'scipy.special' not in sys.modules; print('done', f(3))"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert out.stdout.startswith("done 0.39493406"), out.stderr
