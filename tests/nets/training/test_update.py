"""The update of a net against the optimizers' own steps, vector by vector; float32; rules of users; no allocation."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ngdm_lab as lab
from fake_nets import net
from ngdm_lab.nets import Update
from ngdm_lab.nets.groups import INDICES
from ngdm_lab.optimizers import get, names


@lab.update_rule(state=("m",))
def moving(x, g, m, n, t, lr, beta):
    """A rule that moves x itself, and takes its step from what it did before."""
    for i in range(n):
        m[i] = beta * m[i] + g[i]
        x[i] -= lr * m[i] / (1.0 + abs(m[i]))


@lab.update_rule(state=("b",), direction=True)
def coupled(x, g, b, n, t, momentum=0.9):
    """A rule whose coordinates see each other: normalised gradients, and a loop that looks at neighbours."""
    total = 0.0
    for i in range(n):
        total += g[i] * g[i]
    scale = 1.0 / (1.0 + total)
    for i in range(n):
        b[i] = momentum * b[i] + scale * g[i]
    for i in range(n - 1):
        g[i] = b[i] + 0.5 * b[i + 1]
    g[n - 1] = b[n - 1]


WEIGHTS = np.array([1.0, 0.5])


def closed_over(weights):
    @lab.update_rule(state=("b",), direction=True)
    def remembering(x, g, b, n, t):
        for i in range(n):
            b[i] = weights[1] * b[i] + weights[0] * g[i]
            g[i] = b[i]

    return remembering


PLAIN = [
    *(get(name) for name in names() if not name.startswith("ngdm")),
    lab.SGD(0.1, momentum=0.8, dampening=0.3, weight_decay=0.02, line8="previous"),
    lab.SGD(0.01, line8="accumulated"),
    lab.SGD(0.1, nesterov=False),
    lab.RMSProp(0.1, momentum=0.9, centered=True),
    lab.Adam(0.1, weight_decay=0.1),
    moving(lr=0.01, beta=0.5),
    coupled(lr=0.1),
    closed_over(WEIGHTS)(lr=0.1),
]
NATURAL = [
    *(get(name) for name in names() if name.startswith("ngdm")),
    lab.NGDM(0.1, lab.GeneralizedDirichlet(4.5, 6.0), weight_decay=0.1, decay="momentum", form="exact"),
    lab.NGDM(0.1, lab.Dirichlet(lab.ramp(8.8, -0.005)), dampening=0.2, first_step="dampened", line8="previous"),
    lab.preconditioned(lab.Adam(0.01), lab.Dirichlet(1.4), form="exact"),
]
SHAPES = [(7, 5), (1, 6), (3, 3, 2, 70), (5, 1)]
STEPS = 6


def gradients(size, steps=STEPS):
    return np.random.default_rng(2).normal(size=(steps, size))


def started(dtype, shapes=SHAPES):
    model = net(shapes, dtype=dtype)
    model.vector[:] = np.random.default_rng(1).normal(size=model.vector.size)
    return model


def stepped(update, rows):
    for row in rows:
        update.model.gradient[:] = row
        update.step()
    return update.model.vector


def own_steps(opt, x, rows, partner=0):
    """The optimizer's own steps; a partner of the last coordinate has no gradient, and its step is dropped."""
    x, rows = np.pad(x, (0, partner)), np.pad(rows, ((0, 0), (0, partner)))
    state = opt.init(x)
    for row in rows:
        opt.step(x, row, state)
        x[len(x) - partner :] = 0.0
    return x[: len(x) - partner]


@pytest.mark.parametrize("opt", PLAIN, ids=lambda opt: opt.name)
def test_same_steps_as_on_a_landscape(opt):
    model = started(np.float64)
    rows = gradients(model.vector.size)
    wanted = own_steps(opt, model.vector.copy(), rows)
    update = Update(opt, model)
    stepped(update, rows)
    # sums are added in another order, everything else has the same bits
    summing = opt.name in ("apollo", "coupled")
    np.testing.assert_allclose(model.vector, wanted, rtol=1e-12 if summing else 0, atol=1e-14 if summing else 0)
    assert update.t == STEPS


def single(distribution, group):
    """The distribution of a group's vectors under the reading "layer"."""
    values = [getattr(distribution, name) for name in ("alpha", "beta") if hasattr(distribution, name)]
    return type(distribution)(*(v if isinstance(v, float) else v.start + v.slope * group.number for v in values))


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("opt", NATURAL, ids=lambda opt: opt.name)
def test_same_steps_vector_by_vector(opt, index):
    model = started(np.float64)
    rows = gradients(model.vector.size)
    start = model.vector.copy()
    update = Update(opt, model, index)
    stepped(update, rows)
    for group in update.groups:
        alone = opt.replace(distribution=single(opt.distribution, group)) if index == "layer" else opt
        if group.length == 1:
            alone = alone.replace(form="diagonal")
        partner = group.length % 2 if "gendir" in opt.name else 0
        for places in group.places():
            wanted = own_steps(alone, start[places], rows[:, places], partner)
            np.testing.assert_allclose(model.vector[places], wanted, rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("opt", [*PLAIN, *NATURAL[:4]], ids=lambda opt: opt.name)
def test_float32_follows_float64(opt):
    wide, narrow = started(np.float64), started(np.float32)
    wide.vector[:] = narrow.vector
    rows = gradients(wide.vector.size).astype(np.float32)
    stepped(Update(opt, narrow), rows)
    stepped(Update(opt, wide), rows)
    assert narrow.vector.dtype == np.float32
    scale = np.abs(wide.vector).max()
    assert np.abs(narrow.vector - wide.vector).max() < 3e-5 * scale


def test_apollo_by_tensor():
    model = started(np.float64)
    rows = gradients(model.vector.size)
    opt = lab.Apollo(1e-3, scope="tensor")
    start = model.vector.copy()
    update = Update(opt, model)
    stepped(update, rows)
    for group in update.groups:
        part = slice(group.start, group.start + group.size)
        wanted = own_steps(opt, start[part].copy(), rows[:, part])
        np.testing.assert_allclose(model.vector[part], wanted, rtol=1e-11)
    other = started(np.float64)
    stepped(Update(opt.replace(scope="all"), other), rows)
    assert np.abs(other.vector - model.vector).max() > 1e-6


@pytest.mark.parametrize("opt", [lab.Adam(0.1), moving(lr=0.1, beta=0.5), get("ngdm-dirichlet-exact", lr=0.1)],
                         ids=lambda opt: opt.name)  # fmt: skip
def test_another_rate_for_a_step(opt):
    one, other = started(np.float64), started(np.float64)
    rows = gradients(one.vector.size, 2)
    a, b = Update(opt, one), Update(opt.replace(lr=0.025), other)
    one.gradient[:] = other.gradient[:] = rows[0]
    a.step(0.025)
    b.step()
    assert np.array_equal(one.vector, other.vector)
    one.gradient[:] = other.gradient[:] = rows[1]
    a.step()  # keeps the rate it was given last
    b.step()
    assert np.array_equal(one.vector, other.vector)


@settings(max_examples=20)
@given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 130)), min_size=1, max_size=2), st.sampled_from(INDICES),
       st.sampled_from(["ngdm-dirichlet-exact", "ngdm-gendir-exact"]))  # fmt: skip
def test_exact_forms_are_the_distributions_own_solves(shapes, index, name):
    """Any shapes: tiles of neurons that are full, partly filled, or one wide."""
    check_solves(shapes, index, name)


@pytest.mark.parametrize("index", INDICES)
@pytest.mark.parametrize("name", ["ngdm-dirichlet-exact", "ngdm-gendir-exact"])
def test_exact_forms_of_large_tensors(name, index):
    """Tensors of several tiles, with a vector of odd length and a last tile that is partly filled."""
    check_solves([(301, 531)], index, name)


def check_solves(shapes, index, name):
    opt = get(name, lr=1.0, momentum=0.0)
    model = started(np.float64, shapes)
    start, row = model.vector.copy(), gradients(model.vector.size, 1)
    update = Update(opt, model, index)
    stepped(update, row)
    for m in update.metrics:
        n = m.group.length + m.padded
        vectors = np.zeros((m.group.count, n))
        vectors[:, : m.group.length] = row[0][m.group.places()]
        m.solver.rows(vectors)
        moved = (start - model.vector)[m.group.places()]
        np.testing.assert_allclose(moved, vectors[:, : m.group.length], rtol=1e-10, atol=1e-11)


def test_a_preconditioner_of_ones_own():
    class Halves:
        def solver(self, n):
            return lab.Dirichlet(2.0).on(n).solver("diagonal")

    class Halved(lab.SGD):
        preconditioner = Halves()

    one, other = started(np.float64), started(np.float64)
    rows = gradients(one.vector.size)
    stepped(Update(Halved(0.1), one), rows)
    stepped(Update(lab.NGDM(0.1, lab.Dirichlet(2.0)), other), rows)
    assert np.array_equal(one.vector, other.vector)


@pytest.mark.parametrize("name", ["sgd", "apollo", "ngdm-dirichlet", "ngdm-dirichlet-exact", "ngdm-gendir-exact"])
def test_a_step_allocates_no_arrays(name):
    model = started(np.float32, [(200, 150)])
    update = Update(get(name), model)
    update.step()
    tracemalloc.start()
    update.step()
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    for _ in range(3):
        update.step()
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    assert peak < 4_000  # the parameters take 120,000 bytes


def test_nan_gradients_show():
    for name in names():
        model = started(np.float32, [(4, 4)])
        model.gradient[:] = np.nan
        Update(get(name), model).step()
        assert not np.isfinite(model.vector).any(), name
