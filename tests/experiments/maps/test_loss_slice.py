"""Planes through a loss: the values on them, their directions, projected paths."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.experiments import neurons
from ngdm_lab.experiments.maps.directions import normalised, principal

GROUPS = neurons((2, 8), (8,), (8, 1), (1,))
RNG = np.random.default_rng(0)


class Net:
    """What a slice needs of a model: a ReLU net 6-5-3 with biases, mean squared error."""

    name = "net"

    def __init__(self, dtype: Any = np.float64, scale: float = 1.0) -> None:
        self.vector = np.zeros(6 * 5 + 5 + 5 * 3 + 3, dtype)
        parts = np.split(self.vector, [30, 35, 50])
        shapes = ((6, 5), (5,), (5, 3), (3,))
        names = ("dense1.weight", "dense1.bias", "dense2.weight", "dense2.bias")
        self.parameters = {k: p.reshape(s) for k, p, s in zip(names, parts, shapes, strict=True)}
        self.kinds = {k: k.split(".")[1] for k in names}
        rng = np.random.default_rng(1)
        for k, factor in (("dense1.weight", scale), ("dense2.weight", 1 / scale)):
            self.parameters[k][...] = factor * rng.normal(size=self.parameters[k].shape)

    def evaluate(self, x: Any, y: Any) -> tuple[float, float]:
        w, b, v, c = self.parameters.values()
        loss = float(((np.maximum(x @ w + b, 0) @ v + c - y) ** 2).mean())
        return loss, loss


DATA = RNG.normal(size=(20, 6)), RNG.normal(size=(20, 3))


# -- directions -------------------------------------------------------------------------------------------


def test_neurons() -> None:
    assert [k.tolist() for k in neurons((2, 3), (3,), (3, 1), (1,))] == [[0, 3], [1, 4], [2, 5], [9, 10, 11]]
    assert [k.tolist() for k in neurons((2, 2, 1, 2))] == [[0, 2, 4, 6], [1, 3, 5, 7]]  # two filters of 2 x 2
    assert neurons((4,)) == []
    assert len(GROUPS) == 9


@given(seed=st.integers(0, 10**6), cut=st.integers(1, 8))
def test_normalised_directions_have_the_norms_of_the_centre(seed: int, cut: int) -> None:
    rng = np.random.default_rng(seed)
    centre, pair = rng.normal(size=10), rng.normal(size=(2, 10))
    groups = [np.arange(cut), np.arange(cut, 9)]  # the last coordinate is in no group
    made = normalised(pair, centre, groups)
    for group in groups:
        assert np.linalg.norm(made[:, group], axis=1) == pytest.approx([np.linalg.norm(centre[group])] * 2)
        cosines = (made[:, group] * pair[:, group]).sum(axis=1) / np.linalg.norm(pair[:, group], axis=1)
        assert cosines == pytest.approx(np.linalg.norm(made[:, group], axis=1))
    assert made[:, 9].tolist() == [0.0, 0.0]


def test_a_model_is_normalised_by_its_neurons() -> None:
    net = Net()
    plane = lab.loss_slice(net, data=DATA, pixels=2)
    for k in (0, 1):
        parts = np.split(plane.directions[k], [30, 35, 50])
        w, _, v, _ = net.parameters.values()
        assert np.linalg.norm(parts[0].reshape(6, 5), axis=0) == pytest.approx(np.linalg.norm(w, axis=0))
        assert np.linalg.norm(parts[2].reshape(5, 3), axis=0) == pytest.approx(np.linalg.norm(v, axis=0))
        assert not parts[1].any()
        assert not parts[3].any()


def test_nets_that_compute_the_same_look_the_same() -> None:
    """Li et al. 2018: with ReLU, weights 10 times larger and then 10 times smaller are the same net."""
    one, ten = (lab.loss_slice(Net(scale=s), data=DATA, pixels=5) for s in (1.0, 10.0))
    np.testing.assert_allclose(one.values, ten.values, rtol=1e-12)
    plain = [lab.loss_slice(Net(scale=s), data=DATA, pixels=5, normalise=False).values for s in (1.0, 10.0)]
    assert not np.allclose(*plain, rtol=0.1)


def test_principal_directions_of_a_flat_path_hold_all_of_it() -> None:
    basis = np.linalg.qr(RNG.normal(size=(33, 2)))[0].T
    flat = RNG.normal(size=(40, 2)) * [3.0, 1.0]
    centre = RNG.normal(size=33)
    plane = lab.loss_slice(ls.tiny_spirals(), centre, "principal", paths=centre + flat @ basis)
    assert plane.share == pytest.approx(1.0, abs=1e-12)
    np.testing.assert_allclose(np.abs(np.linalg.det(plane.directions @ basis.T)), 1.0, rtol=1e-12)
    back = plane.points(plane.coordinates(centre + flat @ basis))
    np.testing.assert_allclose(back, centre + flat @ basis, atol=1e-12)


def test_shares_against_the_eigenvalues_of_the_second_moments() -> None:
    away = RNG.normal(size=(50, 6)) * [5, 4, 3, 2, 1, 1] + 0.5
    pair, shares = principal(away)
    values = np.linalg.eigvalsh(away.T @ away)[::-1]
    assert shares == pytest.approx(values[:2] / values.sum())
    assert pair @ pair.T == pytest.approx(np.eye(2), abs=1e-12)
    assert np.square(away @ pair.T).sum() / np.square(away).sum() == pytest.approx(shares.sum())
    # scaled neuron by neuron the plane is another, and so is what it holds
    s, paths = ls.tiny_spirals(), RNG.normal(size=(30, 33))
    made = lab.loss_slice(s, paths[-1], "principal", paths=paths, groups=GROUPS, normalise=True)
    gone = paths - made.points(made.coordinates(paths))
    assert made.share == pytest.approx(1 - np.square(gone).sum() / np.square(paths - paths[-1]).sum())
    assert made.share < lab.loss_slice(s, paths[-1], "principal", paths=paths).share


# -- values -----------------------------------------------------------------------------------------------


@given(seed=st.integers(0, 1000))
def test_the_values_of_a_landscape_are_exact(seed: int) -> None:
    s = ls.tiny_spirals().rotated(2)
    rng = np.random.default_rng(seed)
    centre = rng.normal(size=33)
    plane = lab.loss_slice(s, centre, seed=seed)
    assert np.linalg.norm(plane.directions, axis=1) == pytest.approx([1, 1])
    at = rng.uniform(-2, 2, (3, 2, 2))
    points = centre + at[..., :1] * plane.directions[0] + at[..., 1:] * plane.directions[1]
    np.testing.assert_allclose(plane(at), s(points), rtol=1e-12)
    assert plane(at[0, 0]) == pytest.approx(s(points[0, 0]))
    grad, h = plane.grad(at[0, 0]), 1e-5
    for k, e in enumerate(np.eye(2)):
        assert grad[k] == pytest.approx((plane(at[0, 0] + h * e) - plane(at[0, 0] - h * e)) / (2 * h), abs=1e-8)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_values_of_a_model(dtype: Any) -> None:
    net = Net(dtype)
    before = net.vector.copy()
    plane = lab.loss_slice(net, data=DATA, pixels=5, span=((-1, 1), (-0.5, 0.25)), seed=3)
    assert net.vector.tobytes() == before.tobytes()
    a, b = np.linspace(-1, 1, 5), np.linspace(-0.5, 0.25, 5)
    for i in range(5):
        for j in range(5):
            net.vector[...] = plane.points([a[i], b[j]])
            assert plane.values[j, i] == net.evaluate(*DATA)[0]
            assert plane([a[i], b[j]]) == pytest.approx(plane.values[j, i], rel=1e-12)
    middle = plane([(a[1] + a[2]) / 2, b[3]])
    assert middle == pytest.approx((plane.values[3, 1] + plane.values[3, 2]) / 2)
    assert np.isnan(plane([1.01, 0.0]))
    assert plane(np.zeros((4, 3, 2))).shape == (4, 3)
    with pytest.raises(TypeError, match="the slice of net has values only"):
        plane.grad([0.0, 0.0])


def test_a_model_gets_its_parameters_back_whatever_happens() -> None:
    net = Net()
    before = net.vector.copy()

    def interrupted(x: Any, y: Any) -> Any:
        raise KeyboardInterrupt

    net.evaluate = interrupted  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        lab.loss_slice(net, data=DATA)
    assert net.vector.tobytes() == before.tobytes()


def test_a_net_of_the_lab() -> None:
    """Batch normalisation's parameters and biases stay; the loss at the centre is the model's."""
    model = lab.nets.mlp(sizes=(8,), inputs=64, seed=1)
    x, y = RNG.uniform(size=(30, 64)).astype(np.float32), RNG.integers(0, 10, 30)
    plane = lab.loss_slice(model, data=(x, y), pixels=3)
    assert plane.values[1, 1] == pytest.approx(model.evaluate(x, y)[0], rel=1e-6)
    at = 0
    for name, view in model.parameters.items():
        part = plane.directions[:, at : at + view.size]
        if model.kinds[name] == "weight":
            norms = np.linalg.norm(part.reshape(2, -1, view.shape[-1]), axis=1)
            np.testing.assert_allclose(norms, [np.linalg.norm(view.reshape(-1, view.shape[-1]), axis=0)] * 2, rtol=1e-5)
        else:
            assert not part.any()
        at += view.size


# -- paths ------------------------------------------------------------------------------------------------


def test_a_projected_trace() -> None:
    s = ls.tiny_autoencoder()
    paths = [lab.trace(lab.Adam(0.03), s, RNG.uniform(-1, 1, 59), 200) for _ in range(2)]
    plane = lab.loss_slice(s, directions="principal", paths=paths)
    np.testing.assert_array_equal(plane.centre, paths[0].x[-1])
    flat = plane.project(paths[0])
    assert flat.x.shape == (201, 2)
    assert flat.x[-1] == pytest.approx([0, 0], abs=1e-12)
    np.testing.assert_array_equal(flat.f, paths[0].f)
    assert flat.surface is plane
    assert flat.optimizer is paths[0].optimizer
    low, high = plane.bounds.T
    every = np.concatenate([plane.project(p).x for p in paths])
    assert (every > low).all()
    assert (every < high).all()
    # what is projected away stands at right angles to the plane
    away = paths[1].x - plane.points(plane.coordinates(paths[1].x))
    assert np.abs(away @ plane.directions.T).max() < 1e-10
    with pytest.raises(
        ValueError, match=r"trace must run on what was cut, tiny_autoencoder-59d, got one on sphere-59d"
    ):
        plane.project(lab.trace(lab.Adam(0.1), ls.sphere(59), np.ones(59), 5))
    with pytest.raises(TypeError, match="trace must be a Trace"):
        plane.project(paths[0].x)  # type: ignore[arg-type]


def test_a_path_that_diverges_is_taken_as_far_as_it_goes() -> None:
    s = ls.rosenbrock(4)
    path = lab.trace(lab.SGD(10.0), s, [-1.2, 1.0, 0.5, 1.0], 50)
    assert path.status == "diverged"
    plane = lab.loss_slice(s, np.ones(4), np.eye(4)[:2], paths=path, span=2.0)
    assert plane.f_min == 0.0
    assert np.isfinite(plane.coordinates(path.x[:1])).all()
    assert np.isnan(plane.coordinates(path.x[-1])).all()


# -- what a slice is not ----------------------------------------------------------------------------------


def test_a_slice_is_only_looked_at() -> None:
    plane = lab.loss_slice(ls.tiny_spirals(), np.ones(33), seed=4)
    assert repr(plane) == "<LossSlice tiny_spirals-33d on a plane: random plane>"
    assert plane.seed == 4
    assert (plane.dim, plane.minima.shape, plane.noisy(0) is plane) == (2, (0, 2), True)
    assert copy.deepcopy(plane) is plane
    for call in (
        lambda: plane.shifted(1.0), lambda: plane.rotated(1), lambda: plane.noisy(0.1), lambda: pickle.dumps(plane),
        lambda: lab.ensemble(lab.SGD(0.1), plane, 2, 3),
    ):  # fmt: skip
        with pytest.raises(TypeError, match=r"a slice|surface that has it|slices are only looked at"):
            call()
    with pytest.raises(ValueError, match="read-only"):
        plane.directions[0, 0] = 1.0


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"target": ls.sphere(1)}, ValueError, "target must be a surface of two or more dimensions, got sphere-1d"),
        ({"target": "net"}, TypeError, "target must be a Surface or a model"),
        ({"target": Net()}, TypeError, r"data must be \(x, y\)"),
        ({"centre": None}, ValueError, "centre must be given: a point of 33 coordinates"),
        ({"centre": np.ones(5)}, ValueError, "centre must have a last axis of length 33"),
        ({"centre": np.full(33, np.nan)}, ValueError, "centre must be one finite point"),
        ({"directions": "main"}, ValueError, "directions must be 'random', 'principal' or an array"),
        ({"directions": "principal"}, ValueError, "paths must be given for principal directions"),
        ({"directions": np.ones((2, 33))}, ValueError, "two that are not parallel"),
        ({"directions": np.ones((3, 33))}, ValueError, r"have shape \(2, 33\), got shape \(3, 33\)"),
        ({"directions": "principal", "paths": np.arange(4.0)[:, None] * np.ones(33)}, ValueError, "points on one line"),
        ({"paths": np.full((3, 33), np.nan)}, ValueError, "at least one finite point"),
        ({"paths": np.ones((3, 4))}, ValueError, "paths must have a last axis of length 33"),
        ({"normalise": True}, ValueError, "groups must be given to normalise"),
        ({"groups": [[0, 1], [1, 2]]}, ValueError, r"groups must not share an index, got \[1, 2\] as group 1"),
        ({"groups": [[40]]}, ValueError, "groups must hold indices from 0 to 32"),
        ({"groups": [[0.5]]}, ValueError, "groups must hold lists of indices"),
        ({"groups": [[]]}, ValueError, "groups must hold lists of indices"),
        ({"span": -1.0}, ValueError, "span must be a finite number greater than 0"),
        ({"span": ((1, 0), (0, 1))}, ValueError, "span must be a number or"),
        ({"seed": -1}, ValueError, "seed must be at least 0"),
    ],
)  # fmt: skip
def test_bad_input(change: dict[str, Any], error: type[Exception], message: str) -> None:
    given = {"target": ls.tiny_spirals(), "centre": np.ones(33), **change}
    with pytest.raises(error, match=message):
        lab.loss_slice(**given)


def test_a_path_on_another_surface() -> None:
    path = lab.trace(lab.Adam(0.1), ls.sphere(33), np.ones(33), 5)
    with pytest.raises(ValueError, match="paths must run on tiny_spirals-33d, got one on sphere-33d"):
        lab.loss_slice(ls.tiny_spirals(), paths=path)
