"""The committed table of errors of densities and scores holds what is demanded, and still holds."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet
from ngdm_lab.geometry.deviance import digamma_rest_drop, log1p_rest

DATA = Path(__file__).resolve().parent.parent / "data"
_spec = importlib.util.spec_from_file_location("make_density_errors", DATA / "make_density_errors.py")
make = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make)

TABLE = json.loads((DATA / "density_errors.json").read_text())
EXACT = 1e-14


def demanded(key):
    return 1e-13 if key.startswith("divergence") else EXACT  # an integral


def test_the_table_has_every_row():
    keys = {f"{name}; {label}" + (f"; {place}" if place else "") for name, label, place in make.rows()}
    assert set(TABLE) == keys
    assert all(row["values"] >= make.COUNT for row in TABLE.values())


@pytest.mark.parametrize("key", TABLE)
def test_the_table_holds_the_demand(key):
    assert 0 < TABLE[key]["largest"] < demanded(key)


@pytest.mark.parametrize(("name", "label", "place"), list(make.rows()))
def test_measured_anew(name, label, place):
    key = f"{name}; {label}" + (f"; {place}" if place else "")
    assert make.largest(name, label, place, 4, seed=7)["largest"] < demanded(key)


# -- the two differences that everything is made of -----------------------------------------------------------------

powers = st.floats(-150, 150).map(lambda e: min(max(10.0**e, 1e-150), 1e150))


@given(st.one_of(st.floats(-0.5, 1.0), st.floats(-0.999, 1e300), powers.map(lambda v: -min(v, 0.5))))
@example(1.0)
@example(-0.5)
def test_what_log1p_leaves(u):
    with mpmath.workdps(360):
        true = mpmath.mpf(u) - mpmath.log1p(mpmath.mpf(u))
        assert abs(mpmath.mpf(float(log1p_rest(u))) - true) <= 2e-15 * true + mpmath.mpf(10) ** -305


@given(powers, powers)
@example(12.0, 1e-150)
@example(1e-150, 1e150)
def test_differences_of_log_minus_digamma(a, b):
    with mpmath.workdps(660):
        first, second = (mpmath.log(v) - mpmath.psi(0, v) for v in (mpmath.mpf(a), mpmath.mpf(a) + mpmath.mpf(b)))
        got = mpmath.mpf(float(digamma_rest_drop(a, b)))
        assert abs(got - (first - second)) <= 4e-15 * (first - second) + mpmath.mpf(10) ** -300
    assert digamma_rest_drop(a, 0.0) == 0
    assert np.isnan(digamma_rest_drop(-a, b))


# -- numbers, and laws over the whole range ---------------------------------------------------------------------------


@pytest.mark.parametrize("make_law", [lambda a: Dirichlet([a, a]), lambda a: GeneralizedDirichlet([a], [a])])
def test_a_symmetric_law_at_its_centre(make_law):
    """Density, score and whitened score of Beta(a, a) at 1/2."""
    for a in (1e-150, 1e-3, 1.0, 1e3, 1e8, 1e12, 1e14, 1e16, 1e18, 1e30, 1e150):
        law = make_law(a)
        with mpmath.workdps(400):
            b = mpmath.mpf(a)
            value = (2 * b - 2) * mpmath.log(0.5) - 2 * mpmath.loggamma(b) + mpmath.loggamma(2 * b)
            score = mpmath.log(0.5) - mpmath.psi(0, b) + mpmath.psi(0, 2 * b)
            whitened = abs(score) * mpmath.sqrt(2 / (mpmath.psi(1, b) - 2 * mpmath.psi(1, 2 * b)))
            # from here on float: the references have their digits
            value, score, whitened = float(value), float(score), float(whitened)
        assert law.logpdf([0.5, 0.5]) == pytest.approx(value, rel=1e-14, abs=1e-14)
        np.testing.assert_allclose(law.score([0.5, 0.5]), score, rtol=1e-14)
        norm = np.linalg.norm(law.fisher_sqrt_solve(law.score([0.5, 0.5])))
        assert norm == pytest.approx(whitened, rel=1e-14)
    assert make_law(1e16).logpdf([0.5, 0.5]) == pytest.approx(18.5414630, abs=1e-7)
    assert make_law(1e18).logpdf([0.5, 0.5]) == pytest.approx(20.8440481, abs=1e-7)


alphas = st.lists(powers, min_size=2, max_size=4).map(np.array)
seeds = st.integers(0, 2**32)


def within(law, x):
    """The density and the score at x, to 1e-14 of their terms' sizes."""
    with mpmath.workdps(460):
        for quantity in (make.density, make.score):
            assert max(quantity(law, x)) < EXACT


@given(alphas, seeds, st.sampled_from(make.PLACES))
def test_any_mix_of_sizes(alpha, seed, place):
    law = Dirichlet(alpha)
    within(law, make.points(np.random.default_rng(seed), law, place).tolist())


@given(st.lists(st.tuples(powers, powers), min_size=1, max_size=3), seeds, st.sampled_from(make.PLACES))
def test_any_mix_of_sizes_in_pairs(pairs, seed, place):
    law = GeneralizedDirichlet(*np.array(pairs).T)
    within(law, make.points(np.random.default_rng(seed), law, place).tolist())


@given(st.integers(-2, 90), seeds)
def test_a_dirichlet_of_any_size_and_its_general_form_agree(exponent, seed):
    law = Dirichlet(2.0**exponent * np.array([1.0, 2.0, 0.5]))
    x = law.rvs(random_state=seed)
    assert law.to_generalized().logpdf(x) == pytest.approx(law.logpdf(x), rel=1e-13, abs=1e-12)


@pytest.mark.parametrize("scale", [1e3, 1e10, 1e20, 1e26])
def test_samples_have_the_entropy_however_narrow_the_law(scale):
    """The mean of -log p, at a fixed seed: rounding of x and of its sum must not show."""
    law = Dirichlet(scale * np.array([0.3, 0.5, 0.2]))
    logs = law.logpdf(law.rvs(20_000, random_state=3))
    assert abs(logs.mean() + law.entropy()) < 5 * logs.std() / np.sqrt(len(logs))
    assert logs.std() == pytest.approx(1.0, rel=0.05)  # half of a chi squared with two degrees of freedom


def test_the_last_component_left_out_is_taken_exactly():
    """1 - x_1 has more digits than a double, and they count."""
    for law, score in ((Dirichlet([3e20, 7e20]), None), (GeneralizedDirichlet([3e20], [7e20]), None)):
        with mpmath.workdps(80):
            x = mpmath.mpf(0.3)
            a, b = mpmath.mpf(3e20), mpmath.mpf(7e20)
            value = (a - 1) * mpmath.log(x) + (b - 1) * mpmath.log(1 - x)
            value -= mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b)
            score = [mpmath.log(x) - mpmath.psi(0, a) + mpmath.psi(0, a + b)]
            score.append(mpmath.log(1 - x) - mpmath.psi(0, b) + mpmath.psi(0, a + b))
        assert law.logpdf([0.3]) == pytest.approx(float(value), rel=1e-14)
        np.testing.assert_allclose(law.score([0.3]), [float(v) for v in score], rtol=1e-13)


def test_points_count_over_their_sum():
    law, x = Dirichlet([2e12, 3e12, 5e12]), np.array([0.2, 0.3, 0.5])
    assert law.logpdf(x * (1 + 2e-10)) == pytest.approx(law.logpdf(x), abs=1e-3)
    assert law.logpdf(x * (1 + 2.0**-32)) == pytest.approx(law.logpdf(x), rel=1e-14)


def test_nothing_warns_and_nothing_is_nan_over_the_whole_range():
    sizes = (1e-150, 1e-75, 1.0, 1e75, 1e150)
    grid = np.stack(np.meshgrid(sizes, sizes, sizes, indexing="ij"), axis=-1).reshape(-1, 3)
    law, pairs = Dirichlet(grid), GeneralizedDirichlet(grid[:, :2], grid[:, 1:])
    x = np.array([[0.5, 0.25, 0.25], [1e-300, 0.5, 0.5], [1.0, 1e-300, 1e-200], [5e-324, 0.5, 0.5]])[:, None]
    for d in (law, pairs):
        for got in (d.logpdf(x), d.score(x), d.entropy(), d.mean(), d.kl(d)):
            assert not np.isnan(got).any()
        for other in grid[[0, 4, 60, 104, 120, 124]]:
            far = Dirichlet(other) if d is law else GeneralizedDirichlet(other[:2], other[1:])
            found = d.kl(far)
            assert (found >= 0).all()
            assert np.isfinite(found).all()
