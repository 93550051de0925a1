"""Power of the goodness-of-fit tests: the alternatives, the share rejected and its interval."""

import numpy as np
import pytest
from scipy import stats

import ngdm_lab as lab
from ngdm_lab.experiments import logistic_normal, mixture, power

NAMED = {
    "logistic normal": logistic_normal([0.0, 0.0], np.eye(2)),
    "mixture": mixture(lab.Dirichlet([8.0, 4.0, 4.0]), lab.Dirichlet([4.0, 4.0, 8.0])),
}


@pytest.mark.parametrize("kind", [lab.Dirichlet, lab.GeneralizedDirichlet])
def test_under_the_null_the_level(kind):
    law = lab.Dirichlet([2.0, 4.0, 6.0])  # of both kinds
    for made in power(law, kind, points=50, trials=400, references=2).values():
        assert stats.binomtest(round(400 * made.rejected), 400, 0.05).pvalue > 0.001
        assert made.low <= made.rejected <= made.high


@pytest.mark.parametrize("name", NAMED)
def test_named_alternatives_are_found_the_more_often_the_more_points(name):
    few = power(NAMED[name], lab.Dirichlet, points=25, trials=300)
    many = power(NAMED[name], lab.Dirichlet, points=200, trials=300)
    for test in ("energy", "triangle"):
        assert many[test].low > few[test].high
    assert many["energy"].rejected > 0.9


def test_the_interval_is_wilsons():
    made = power(NAMED["mixture"], lab.Dirichlet, points=40, trials=200)["energy"]
    interval = stats.binomtest(round(200 * made.rejected), 200).proportion_ci(method="wilson")
    assert (made.low, made.high) == pytest.approx((interval.low, interval.high), rel=1e-6)
    assert made.rejected == (made.pvalues <= 0.05).mean()


def test_samplers_draw_what_they_say():
    stream = np.random.default_rng(0)
    mean, cov = [0.5, -1.0], [[1.0, 0.3], [0.3, 0.5]]
    z = logistic_normal(mean, cov)(40_000, stream)
    logs = np.log(z[:, :2] / z[:, 2:])
    np.testing.assert_allclose(logs.mean(axis=0), mean, atol=0.02)
    np.testing.assert_allclose(np.cov(logs.T), cov, atol=0.03)
    laws = lab.Dirichlet([8.0, 4.0, 4.0]), lab.Dirichlet([4.0, 4.0, 8.0])
    z = mixture(*laws, weights=[0.25, 0.75])(40_000, stream)
    np.testing.assert_allclose(z.mean(axis=0), 0.25 * laws[0].mean() + 0.75 * laws[1].mean(), atol=0.005)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"points": 5}, "points must be at least 10"),
        ({"trials": 50}, "trials must be at least 100"),
        ({"level": 1.0}, "level must be a finite number greater than 0 and less than 1"),
        ({"sampler": lambda size, stream: np.ones((size, 3))}, "the sampler's result must lie on the simplex"),
    ],
)
def test_bad_input_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        power(**{"sampler": NAMED["mixture"], "kind": lab.Dirichlet, **options})


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: power(3, lab.Dirichlet), TypeError, "sampler must be a function of .* got 3"),
        (lambda: power(NAMED["mixture"], "Dirichlet"), TypeError, "kind must be Dirichlet or Gen.* got 'Dirichlet'"),
        (lambda: logistic_normal([0.0], np.eye(2)), ValueError, "mean and cov must have the shapes"),
        (lambda: logistic_normal([0.0, 0.0], -np.eye(2)), ValueError, "cov must be symmetric and positive"),
        (lambda: logistic_normal([0.0, 0.0], [[1, 0.5], [0, 1]]), ValueError, "cov must be symmetric and positive"),
        (lambda: logistic_normal([0.0], [[np.nan]]), ValueError, "cov must be symmetric and positive"),
        (lambda: mixture(), ValueError, "weights must be one for each of at least one law"),
        (lambda: mixture(lab.Dirichlet([1, 2]), 3), TypeError, "laws must be Dirichlet or .* got 3"),
        (lambda: mixture(lab.Dirichlet([1, 2]), weights=[1, 2]), ValueError, "weights must be one for each .* 2 for 1"),
        (lambda: mixture(lab.Dirichlet([1, 2]), weights=[-1]), ValueError, "weights must be finite, at least 0"),
    ],
)
def test_bad_kinds_are_refused(call, kind, words):
    with pytest.raises(kind, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)
