"""Descents on the simplex (section 2.2): the paper's reading, and natural gradient descent in the parameters."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.experiments import natural_descent, project_simplex, simplex_descent
from ngdm_lab.geometry import RadialMap, StickBreaking, trigamma

BOWL = ls.sphere(2).shifted([0.5, -0.3])
MAPS = [RadialMap([0.2, 0.1], 3.0), StickBreaking(2)]


@ls.landscape(bounds=(-5, 5), minima=[[-5.0]], f_min=-5.0, dims=(1, 1))
def line(x, g):
    g[0] = 1.0
    return x[0]


@given(st.lists(st.floats(-1e3, 1e3), min_size=2, max_size=8).map(np.array), st.sampled_from([0.0, 1e-6, 0.1]))
def test_the_projection_is_the_nearest_point(v, floor):
    z = project_simplex(v, floor)
    assert z.min() >= floor
    assert z.sum() == pytest.approx(1, abs=1e-15 * len(z))
    corners = floor + np.eye(len(v)) * (1 - len(v) * floor)  # of the set projected to: none lies on v's side of z
    assert ((corners - z) @ (v - z)).max() <= 1e-10 * (1 + np.abs(v).max())


def test_the_projection_of_huge_points():
    assert project_simplex([7e300, -9e300, 2e300]).tolist() == [1.0, 0.0, 0.0]
    assert project_simplex([1.7e308, -1.7e308, 1.7e308]).tolist() == [0.5, 0.0, 0.5]
    assert project_simplex([1e20, 1e20, 0.0], 0.1).tolist() == pytest.approx([0.45, 0.45, 0.1])
    for bad, floor, words in (
        ([np.nan, 1.0], 0.0, "v must be finite, got nan"),
        ([[0.5, 0.5]], 0.0, "v must have 1 axis"),
        ([], 0.0, "v must"),
        ([0.5, 0.5], 0.5, "floor must be a finite number at least 0 and less than 0.5"),
    ):
        with pytest.raises(ValueError, match=words):
            project_simplex(bad, floor)


@pytest.mark.parametrize("mapping", MAPS, ids=["ball", "sticks"])
@pytest.mark.parametrize("form", ["diagonal", "exact"])
def test_descent_reaches_a_minimum_inside(mapping, form):
    opt = lab.NGDM(lr=2e-3, form=form, distribution=lab.Dirichlet(lab.ramp(1.4, 0.05)))
    run = simplex_descent(opt, BOWL, mapping, [0.2, 0.5, 0.3], 400)
    assert run.f[-1] < 1e-8
    assert run.z.min() >= 1e-6
    np.testing.assert_allclose(run.z.sum(axis=1), 1, rtol=1e-14)
    np.testing.assert_allclose(mapping.forward(run.x), run.z, atol=1e-12)
    np.testing.assert_allclose(BOWL(run.x), run.f)
    np.testing.assert_array_equal(run.evaluations, np.arange(1, 402))
    assert run.parameters is None


@pytest.mark.parametrize("mapping", MAPS, ids=["ball", "sticks"])
@pytest.mark.parametrize("alpha", [0.7, 8.0])
def test_with_equal_alphas_both_forms_are_sgd(mapping, alpha):
    """E7 reaches further on the simplex: its gradients have the sum 0, where Eq. 5 is psi'(alpha) I."""
    start, lr = [0.2, 0.5, 0.3], 1e-3
    sgd = simplex_descent(lab.SGD(lr=lr / trigamma(alpha)), BOWL, mapping, start, 100)
    for form in ("diagonal", "exact"):
        opt = lab.NGDM(lr=lr, form=form, distribution=lab.Dirichlet(alpha))
        ngdm = simplex_descent(opt, BOWL, mapping, start, 100)
        np.testing.assert_allclose(ngdm.z, sgd.z, rtol=1e-10)


def test_a_descent_that_leaves_the_numbers_ends_in_nan():
    run = simplex_descent(lab.SGD(lr=1e308), ls.rosenbrock(2), StickBreaking(2), [0.2, 0.5, 0.3], 50)
    assert np.isfinite(run.f[0])
    assert np.isnan(run.f[-1])
    assert np.isnan(run.z[-1]).all()


@pytest.mark.parametrize("law", [lab.Dirichlet([2.5, 0.8]), lab.GeneralizedDirichlet([2.5], [0.8])], ids=str)
def test_a_step_is_the_natural_gradient(law):
    """x = log(z_1/z_2) has the mean psi(a) - psi(b) and the variance psi'(a) + psi'(b); Eq. 5 inverted densely."""
    a, b = 2.5, 0.8
    gradient = np.array([trigamma(a), -trigamma(b)]) / np.sqrt(trigamma(a) + trigamma(b))
    fisher = np.diag([trigamma(a), trigamma(b)]) - trigamma(a + b)
    change = -0.1 * np.linalg.solve(fisher, gradient) / [a, b]
    run = natural_descent(line(dim=1), StickBreaking(1), law, 1, lr=0.1, samples=400_000)
    np.testing.assert_allclose(np.log(run.parameters[1] / run.parameters[0]), change, atol=2e-3)
    assert np.abs(change).max() > 0.05


@pytest.mark.parametrize("mapping", MAPS, ids=["ball", "sticks"])
@pytest.mark.parametrize("law", [lab.Dirichlet(2.0), lab.GeneralizedDirichlet(2.0, 2.0)], ids=str)
def test_natural_descent_finds_the_minimum(mapping, law):
    run = natural_descent(BOWL, mapping, law, 150, seed=1)
    assert run.f[-1] < 1e-3
    assert run.f[0] == pytest.approx(BOWL(mapping.inverse(law.on(3 if run.parameters.shape[1] == 3 else 4).mean())))
    np.testing.assert_array_equal(run.evaluations, 20 * np.arange(151))
    assert (run.parameters > 0).all()
    again = natural_descent(BOWL, mapping, law, 150, seed=1)
    np.testing.assert_array_equal(run.parameters, again.parameters)


@ls.landscape(bounds=(-5, 5), minima=[[0.0, 0.0]], f_min=0.0, dims=(2, 2))
def plain(x, g):
    g[0] = 0.0
    g[1] = 0.0
    return 0.0


@pytest.mark.parametrize(("surface", "lr"), [(BOWL, 0.0), (plain(dim=2), 0.2)], ids=["no rate", "no slope"])
def test_where_nothing_pulls_the_distribution_stays(surface, lr):
    run = natural_descent(surface, StickBreaking(2), lab.Dirichlet(2.0), 5, lr=lr)
    np.testing.assert_array_equal(run.parameters, 2.0)


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"opt": "adam"}, TypeError, "opt must be an Optimizer"),
        ({"s": len}, TypeError, "s must be a Surface"),
        ({"mapping": 2}, TypeError, "mapping must be a RadialMap or StickBreaking"),
        ({"mapping": RadialMap(3)}, ValueError, "the dimension 2 of sphere-2d"),
        ({"z0": [0.5, 0.5]}, ValueError, "z0 must have a last axis of length 3"),
        ({"z0": [[0.5, 0.25, 0.25]]}, ValueError, "z0 must be one point"),
        ({"z0": [0.5, 0.6, 0.1]}, ValueError, "z0 must lie on the simplex"),
        ({"floor": 0.4}, ValueError, "floor must be a finite number at least 0 and less than"),
        ({"steps": -1}, ValueError, "steps must be at least 0"),
        ({"opt": lab.NGDM(lr=0.1, distribution=lab.GeneralizedDirichlet(2.0, 2.0))}, ValueError, "even number"),
    ],
)
def test_bad_descents_are_refused(change, kind, words):
    arguments = {"opt": lab.SGD(lr=0.1), "s": BOWL, "mapping": MAPS[0], **change}
    with pytest.raises(kind, match=words):
        simplex_descent(**arguments)


@pytest.mark.parametrize(
    ("change", "kind", "words"),
    [
        ({"law": 2.0}, TypeError, "law must be a Dirichlet or GeneralizedDirichlet"),
        ({"law": lab.Dirichlet([1.0, 2.0])}, ValueError, "alpha must have 3 values"),
        ({"samples": 1}, ValueError, "samples must be at least 2"),
        ({"lr": -1.0}, ValueError, "lr must be a finite number at least 0"),
    ],
)
def test_bad_natural_descents_are_refused(change, kind, words):
    arguments = {"s": BOWL, "mapping": MAPS[0], "law": lab.Dirichlet(1.0), **change}
    with pytest.raises(kind, match=words):
        natural_descent(**arguments)
