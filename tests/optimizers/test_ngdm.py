"""Algorithm 4 against dense matrices, its readings, and what the errata say of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.optimize import brentq, rosen_der

import landscapes as ls
import naive
import ngdm_lab as lab
from ngdm_lab.geometry import trigamma

START = np.array([-1.2, 1.0, 0.5, 2.0])
# rounding over some hundred steps, see test_sgd.py; dense solves with these F lose a digit more
SAME = 1e-11

DIRICHLET = [
    lab.Dirichlet(1.4),
    lab.Dirichlet(lab.ramp(1.4, 0.005)),
    lab.Dirichlet([0.5, 3.0, 1.0, 8.0]),
]
GENDIR = [
    lab.GeneralizedDirichlet(3.5, 3.9),
    lab.GeneralizedDirichlet(lab.ramp(3.5, 0.005), lab.ramp(3.9, 0.005)),
    lab.GeneralizedDirichlet([0.7, 4.0], [2.0, 1.0]),
]


def quadratic(x):
    return np.array([1.0, 4.0, 9.0, 2.0]) * x


@pytest.mark.parametrize("distribution", DIRICHLET + GENDIR, ids=repr)
@pytest.mark.parametrize("form", ["diagonal", "exact"])
@pytest.mark.parametrize(("gradient", "lr"), [(quadratic, 1e-4), (rosen_der, 2e-6)])
def test_algorithm_4(distribution, form, gradient, lr):
    opt = lab.NGDM(lr, distribution, dampening=0.1, weight_decay=0.05, form=form)
    reference = naive.path(naive.rule_of(opt, START), gradient, 200)
    assert naive.gap(naive.stepped(opt, START, gradient, 200), reference) < SAME


@pytest.mark.parametrize("line8", ["current", "previous", "accumulated"])
@pytest.mark.parametrize("decay", ["gradient", "momentum"])
@pytest.mark.parametrize("first_step", ["gradient", "dampened"])
@pytest.mark.parametrize("distribution", [DIRICHLET[1], GENDIR[1]])
def test_every_reading(line8, decay, first_step, distribution):
    def path(**readings):
        opt = lab.NGDM(1e-3, distribution, 0.8, 0.3, 0.2, "exact", **readings)
        points = naive.stepped(opt, START, quadratic, 60)
        assert naive.gap(points, naive.path(naive.rule_of(opt, START), quadratic, 60)) < SAME
        return points

    here = path(line8=line8, decay=decay, first_step=first_step)
    # and each reading is another method, but that the accumulated g never looks at lambda theta again
    other = path(line8=line8, decay="momentum" if decay == "gradient" else "gradient", first_step=first_step)
    assert np.array_equal(here, other) == (line8 == "accumulated")
    other = path(line8=line8, decay=decay, first_step="dampened" if first_step == "gradient" else "gradient")
    assert not np.array_equal(here, other)


@given(
    arrays(np.float64, array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=12), elements=st.floats(-50.0, 50.0)),
    st.lists(st.floats(0.3, 12.0), min_size=24, max_size=24),
    st.tuples(st.floats(0.0, 0.1), st.floats(0.0, 0.99), st.floats(0.0, 1.0), st.floats(0.0, 0.5)),
    st.tuples(
        st.sampled_from(["diagonal", "exact"]),
        st.sampled_from(["current", "previous", "accumulated"]),
        st.sampled_from(["gradient", "momentum"]),
        st.sampled_from(["gradient", "dampened"]),
    ),
    st.booleans(),
)
def test_any_gradients_and_any_hyperparameters(gradients, parameters, numbers, readings, pairs):
    n = gradients.shape[1] - gradients.shape[1] % 2
    gradients, x = gradients[:, :n], np.linspace(-1.0, 2.0, n)
    if pairs:
        distribution = lab.GeneralizedDirichlet(parameters[: n // 2], parameters[12 : 12 + n // 2])
    else:
        distribution = lab.Dirichlet(parameters[:n])
    opt, steps = lab.NGDM(numbers[0], distribution, *numbers[1:], *readings), len(gradients)
    reference = naive.path(naive.rule_of(opt, x), naive.replay(gradients), steps)
    ours = naive.stepped(opt, x, naive.replay(gradients), steps)
    # the condition number of these F reaches 1e5, and LAPACK's solution loses so many digits
    assert naive.gap(ours, reference) < 1e-9


def test_equation_2():
    """b_{k+1} = mu b_k + (1 - tau)(grad + lambda theta), b_0 = 0; theta <- theta - gamma F^-1 (grad + mu b_{k+1})."""
    opt = lab.NGDM(
        1e-3, GENDIR[1], momentum=0.7, dampening=0.4, weight_decay=0.3, form="exact",
        decay="momentum", first_step="dampened",
    )  # fmt: skip
    i = np.arange(1, 3)
    F = naive.fisher_gendir(3.5 + 0.005 * i, 3.9 + 0.005 * i)
    theta, b, points = START, np.zeros(4), [START]
    for _ in range(100):
        b = 0.7 * b + (1 - 0.4) * (quadratic(theta) + 0.3 * theta)
        theta = theta - 1e-3 * np.linalg.inv(F) @ (quadratic(theta) + 0.7 * b)
        points.append(theta)
    assert naive.gap(naive.stepped(opt, START, quadratic, 100), np.array(points)) < SAME


def test_the_first_step_and_weight_decay():
    """Erratum E5: Eq. 2 and the algorithms differ in the first b and in where lambda theta goes."""
    g, theta = np.array([2.0, -4.0]), np.array([1.0, 1.0])
    gain = 1.0 / trigamma(1.4)
    mu, tau, lam = 0.5, 0.75, 0.25
    for decay, first_step, u in [
        ("gradient", "gradient", (g + lam * theta) * (1 + mu)),
        ("gradient", "dampened", (g + lam * theta) * (1 + mu * (1 - tau))),
        ("momentum", "gradient", g + mu * (g + lam * theta)),
        ("momentum", "dampened", g + mu * (1 - tau) * (g + lam * theta)),
    ]:
        opt = lab.NGDM(0.1, lab.Dirichlet(1.4), mu, tau, lam, decay=decay, first_step=first_step)
        np.testing.assert_allclose(naive.stepped(opt, theta, lambda x: g, 1)[1], theta - 0.1 * gain * u, rtol=1e-15)


def test_another_distribution_in_the_midst_of_a_run_counts_at_once():
    g, opt = np.array([1.0, 2.0]), lab.NGDM(0.5, lab.Dirichlet(1.4), momentum=0.0)
    x = np.zeros(2)
    state = opt.init(x)
    opt.step(x, g, state)
    opt.replace(distribution=lab.Dirichlet(12.0)).step(x, g, state)
    lab.SGD(0.5, momentum=0.0).step(x, g, state)  # the same rule, without a preconditioner
    np.testing.assert_allclose(x, -0.5 * (1.0 / trigamma(1.4) + 1.0 / trigamma(12.0) + 1.0) * g, rtol=1e-15)


# -- errata -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [0.5, 1.4, 4.0, 12.0])
def test_a_constant_diagonal_is_sgd_with_another_rate(alpha):
    """Erratum E7."""
    for options in ({}, {"momentum": 0.5, "dampening": 0.3, "weight_decay": 0.1}, {"line8": "previous"}):
        ours = naive.stepped(lab.NGDM(1e-4 * trigamma(alpha), lab.Dirichlet(alpha), **options), START, rosen_der, 300)
        assert naive.gap(ours, naive.stepped(lab.SGD(1e-4, **options), START, rosen_der, 300)) < SAME


def test_bit_for_bit_where_the_gain_is_a_power_of_two():
    """Erratum E7 without rounding: an alpha with 1/psi'(alpha) = 2^k exactly, for some k."""
    for gain in 2.0 ** np.arange(8):
        alpha = brentq(lambda a, gain=gain: 1.0 / trigamma(a) - gain, 1.0, 200.0, xtol=1e-15)
        near = alpha + np.spacing(alpha) * np.arange(-8, 9)
        exact = near[1.0 / trigamma(near) == gain]
        if len(exact):
            break
    ours = naive.stepped(lab.NGDM(1e-4 / gain, lab.Dirichlet(exact[0])), START, rosen_der, 500)
    assert np.array_equal(ours, naive.stepped(lab.SGD(1e-4), START, rosen_der, 500))


def test_a_ramp_is_a_rate_for_each_coordinate():
    distribution = lab.Dirichlet(lab.ramp(1.4, 0.5))
    gains = 1.0 / trigamma(1.4 + 0.5 * np.arange(1, 5))  # i from 1
    ours = naive.stepped(lab.NGDM(1e-3, distribution), START, quadratic, 100)
    for i in range(4):
        alone = naive.stepped(
            lab.SGD(1e-3 * gains[i]), START[i : i + 1], lambda x, i=i: [1.0, 4.0, 9.0, 2.0][i] * x, 100
        )
        assert naive.gap(ours[:, i], alone[:, 0]) < SAME


def test_the_exact_form_is_long_along_the_ones():
    """Erratum E2: 24.4 times the diagonal along (1, ..., 1) at alpha = 12, n = 1000, and the same across it."""
    x, ones, across = np.zeros(1000), np.ones(1000), np.tile([1.0, -1.0], 500)
    steps = {}
    for form in ("diagonal", "exact"):
        opt = lab.NGDM(1.0, lab.Dirichlet(12.0), momentum=0.0, form=form)
        for g in (ones, across):
            steps[form, g is ones] = -naive.stepped(opt, x, lambda x, g=g: g, 1)[1]
    assert (steps["exact", True] / steps["diagonal", True]).mean() == pytest.approx(24.4, abs=0.05)
    np.testing.assert_allclose(steps["exact", False], steps["diagonal", False], rtol=1e-12)
    assert steps["diagonal", True][0] == pytest.approx(11.5072, abs=1e-4)  # erratum E1: not 1.428


# -- what is refused --------------------------------------------------------------------------------------


def test_generalised_dirichlet_needs_pairs():
    opt = lab.NGDM(0.1, GENDIR[0])
    for call in (
        lambda: opt.init(np.zeros(3)),
        lambda: lab.trace(opt, ls.sphere(3), [1.0, 2.0, 3.0], 5),
        lambda: lab.ensemble(opt, ls.sphere(3), 4, 5),
    ):
        with pytest.raises(ValueError, match=r"GeneralizedDirichlet needs an even number of coordinates, .* got n = 3"):
            call()


@pytest.mark.parametrize(
    ("distribution", "n", "index"),
    [
        (lab.Dirichlet(lab.ramp(8.8, -0.005)), 2000, 1760),  # the paper's LeNet-5, read over a flat index
        (lab.Dirichlet(lab.ramp(4.4, -0.005)), 1000, 880),  # its recurrent nets
        (lab.Dirichlet(lab.ramp(7.4, -0.02)), 576, 370),  # erratum E10
        (lab.GeneralizedDirichlet(lab.ramp(7.4, -0.05), lab.ramp(7.6, -0.01)), 576, 148),
    ],
)
def test_an_alpha_that_is_not_positive_is_named(distribution, n, index):
    opt = lab.NGDM(0.1, distribution)
    opt.init(np.zeros(2 * index - 2 if "Gen" in repr(distribution) else index - 1))
    with pytest.raises(ValueError, match=rf"alpha must be .*positive.* at i = {index} from ramp"):
        opt.init(np.zeros(n))
    with pytest.raises(ValueError, match=f"i = {index}"):
        lab.trace(opt, ls.sphere(n), np.zeros(n), 1)


def test_one_coordinate_has_no_exact_metric():
    """Erratum E12."""
    with pytest.raises(ValueError, match="one coordinate"):
        lab.NGDM(0.1, lab.Dirichlet(1.4), form="exact").init(np.zeros(1))
    lab.NGDM(0.1, lab.Dirichlet(1.4)).init(np.zeros(1))


def test_an_array_fixes_the_number_of_coordinates():
    with pytest.raises(ValueError, match="alpha must have 3 values for 3 coordinates, got 2"):
        lab.NGDM(0.1, lab.Dirichlet([1.0, 2.0])).init(np.zeros(3))


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"lr": -1.0}, ValueError, "lr must be a finite number at least 0, got -1.0"),
        ({"distribution": 1.4}, TypeError, "distribution must be a Dirichlet or GeneralizedDirichlet, got 1.4"),
        ({"form": "full"}, ValueError, "form must be one of 'diagonal', 'exact', got 'full'"),
        ({"decay": "none"}, ValueError, "decay must be one of 'gradient', 'momentum', got 'none'"),
        ({"first_step": 1}, ValueError, "first_step must be one of 'gradient', 'dampened', got 1"),
        ({"line8": "printed"}, ValueError, "line8 must be one of 'current', 'previous', 'accumulated', got 'printed'"),
        ({"momentum": 1.0}, ValueError, "momentum must be a finite number at least 0 and less than 1, got 1.0"),
        ({"dampening": -0.1}, ValueError, "dampening must be .* got -0.1"),
    ],
)
def test_errors_name_the_argument_and_its_value(options, error, message):
    with pytest.raises(error, match=message):
        lab.NGDM(**{"lr": 0.1, "distribution": DIRICHLET[0], **options})
