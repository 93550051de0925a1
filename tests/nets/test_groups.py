"""Every parameter is in exactly one vector, and has the alpha that its reading says (R2, R6, R7, E10, E12)."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ngdm_lab as lab
from fake_nets import net
from naive import trigamma
from ngdm_lab.nets import Dense, Model, Update, metrics
from ngdm_lab.nets.groups import INDICES, groups

SHAPES = st.one_of(
    st.tuples(st.integers(1, 7), st.integers(1, 7)),
    st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(1, 4), st.integers(1, 5)),
)


NETS = st.builds(net, st.lists(SHAPES, min_size=1, max_size=3), st.booleans())


@given(NETS, st.sampled_from(INDICES))
def test_every_parameter_is_in_exactly_one_vector(model, index):
    places = np.concatenate([g.places().ravel() for g in groups(model, index)])
    assert np.array_equal(np.sort(places), np.arange(model.vector.size))


@given(NETS, st.sampled_from(INDICES))
def test_places_belong_to_their_parameter(model, index):
    model.vector[:] = np.arange(model.vector.size)
    for g in groups(model, index):
        assert np.array_equal(np.sort(g.places().ravel()), model.parameters[g.name].ravel())


def expected_i(shape, kind, index, number):
    """What i is for every entry of a tensor, by loops over the tensor's own indices."""
    i = np.empty(shape)
    for n, place in enumerate(np.ndindex(*shape)):
        *inputs, neuron = place
        position = int(np.ravel_multi_index(inputs, shape[:-1])) if inputs else 0
        if index == "layer":
            i[place] = number
        elif kind != "weight" or index == "flat":
            i[place] = n + 1
        else:
            i[place] = position + 1 if index == "fan_in" else neuron + 1
    return i


@given(NETS, st.sampled_from(INDICES))
def test_alpha_of_every_parameter(model, index):
    """With a gradient of ones and no momentum the step is lr / psi'(alpha_i)."""
    model.gradient[:] = 1.0
    Update(lab.NGDM(1.0, lab.Dirichlet(lab.ramp(2.0, 0.5)), momentum=0.0), model, index).step()
    for name, view in model.parameters.items():
        i = expected_i(view.shape, model.kinds[name], index, int(name.partition(".")[0][-1]))
        np.testing.assert_allclose(-view, 1 / trigamma(2.0 + 0.5 * i), rtol=1e-13)


@given(NETS, st.sampled_from(INDICES))
def test_pairs_of_every_parameter(model, index):
    """Neighbours along i share a pair: the first of two has alpha, the second beta; i counts pairs."""
    model.gradient[:] = 1.0
    gendir = lab.GeneralizedDirichlet(lab.ramp(2.0, 0.5), lab.ramp(9.0, 0.25))
    Update(lab.NGDM(1.0, gendir, momentum=0.0), model, index).step()
    for name, view in model.parameters.items():
        along = "fan_in" if index == "layer" and model.kinds[name] == "weight" else index
        position = expected_i(view.shape, model.kinds[name], "flat" if along == "layer" else along, 0) - 1
        number = int(name.partition(".")[0][-1])
        pair = np.full(view.shape, number) if index == "layer" else position // 2 + 1
        wanted = np.where(position % 2 == 0, 2.0 + 0.5 * pair, 9.0 + 0.25 * pair)
        np.testing.assert_allclose(-view, 1 / trigamma(wanted), rtol=1e-13)


def test_a_model_gives_its_groups():
    model = lab.nets.mlp(sizes=(6, 4), inputs=5, classes=3)
    by_name = {g.name: g for g in model.groups()}
    first = by_name["dense1.weight"]
    assert (first.count, first.length, first.number, first.layer) == (6, 5, 1, "dense1")
    assert by_name["bn1.gamma"].number == 1
    assert by_name["dense2.bias"].length == 4
    assert by_name["dense3.weight"].number == 3
    assert {g.name for g in model.groups("flat")} == set(model.parameters)


def test_unknown_words_are_named():
    model = net([(3, 4)])
    with pytest.raises(ValueError, match="index must be one of 'fan_in', 'fan_out', 'layer', 'flat', got 'fanin'"):
        groups(model, "fanin")
    ngdm = lab.NGDM(0.1, lab.Dirichlet(2.0))
    with pytest.raises(ValueError, match="odd must be one of 'pad', 'error', got 'drop'"):
        Update(ngdm, model, odd="drop")
    with pytest.raises(ValueError, match="biases must be one of 'same', 'plain', got 'none'"):
        Update(ngdm, model, biases="none")
    with pytest.raises(TypeError, match="opt must be an optimizer"):
        Update("adam", model)


# -- E10: where the paper's constants are impossible -------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "distribution", "index", "layer", "parameter", "i"),
    [
        (lab.nets.cifar_cnn, lab.Dirichlet(lab.ramp(7.4, -0.02)), "fan_in", "conv4", "alpha", 370),
        (lab.nets.cifar_cnn, lab.GeneralizedDirichlet(lab.ramp(7.4, -0.05), lab.ramp(7.6, -0.01)), "fan_in", "conv3",
         "alpha", None),
        (lab.nets.lenet5, lab.Dirichlet(lab.ramp(8.8, -0.005)), "flat", "conv2", "alpha", 1760),
        (lab.nets.lstm_forecaster, lab.Dirichlet(lab.ramp(4.4, -0.005)), "flat", "lstm1", "alpha", 880),
    ],
)  # fmt: skip
def test_e10_names_layer_and_first_i(made, distribution, index, layer, parameter, i):
    model = made()
    if i is None:  # 7.4 - 0.05 i is 0 at pair 148: a layer with 296 inputs
        layer, i = next(g.layer for g in model.groups(index) if g.kind == "weight" and g.length >= 296), 148
    with pytest.raises(lab.nets.Impossible, match=f"layer '{layer}'.* at i = {i}, and must be positive") as caught:
        Update(lab.NGDM(0.1, distribution), model, index)
    assert (caught.value.group.layer, caught.value.parameter, caught.value.i) == (layer, parameter, i)


def test_e10_beta_and_layers():
    model = net([(3, 4), (4, 5), (5, 6)])
    with pytest.raises(lab.nets.Impossible, match=r"beta_i = 1 - 0.5 i is 0 at i = 2") as caught:
        Update(lab.NGDM(0.1, lab.GeneralizedDirichlet(2.0, lab.ramp(1.0, -0.5))), model, "layer")
    assert caught.value.group.layer == "dense2"


def test_arrays_must_have_the_length_of_the_vectors():
    fitting = net([(3, 4)], norm=False)
    ngdm = lab.NGDM(0.1, lab.Dirichlet(np.array([1.0, 2.0, 3.0])))
    with pytest.raises(lab.nets.Impossible, match=r"dense1.bias under index 'fan_in': alpha must have 4 values"):
        Update(ngdm, fitting)
    Update(ngdm, fitting, biases="plain")
    Update(lab.NGDM(0.1, lab.Dirichlet(np.array([1.0, 2.0]))), net([(3, 4), (4, 2)]), "layer")
    with pytest.raises(lab.nets.Impossible, match="alpha has 1 values, too few for layer 2"):
        Update(lab.NGDM(0.1, lab.Dirichlet(np.array([1.0]))), net([(3, 4), (4, 2)]), "layer")


# -- R7, E12, R6 -------------------------------------------------------------------------------------------


def test_odd_vectors_are_padded_or_refused():
    model = net([(3, 4)], norm=False)
    opt = lab.NGDM(0.1, lab.GeneralizedDirichlet(3.5, 3.9), form="exact")
    update = Update(opt, model)
    assert [m.padded for m in update.metrics] == [True, False]
    assert any("dense1.weight" in note and "partner" in note for note in update.notes)
    with pytest.raises(ValueError, match=r"dense1.weight under index 'fan_in'.*needs pairs, and 3 is odd"):
        Update(opt, model, odd="error")
    Update(opt, net([(4, 2)]), odd="error")


@pytest.mark.parametrize("distribution", [lab.Dirichlet(2.0), lab.GeneralizedDirichlet(2.0, 5.0)])
def test_e12_one_coordinate_takes_the_diagonal_form_and_says_so(distribution):
    model = net([(1, 3)], norm=False)
    update = Update(lab.NGDM(1.0, distribution, momentum=0.0, form="exact"), model)
    assert any("dense1.weight" in note and "E12" in note for note in update.notes)
    model.gradient[:] = 1.0
    update.step()
    np.testing.assert_allclose(model.parameters["dense1.weight"], -1 / trigamma(2.0), rtol=1e-14)
    assert np.isfinite(model.vector).all()


def test_plain_biases_and_normalisations_have_no_metric():
    model = net([(3, 4), (4, 2)])
    made, _ = metrics(lab.NGDM(0.1, lab.Dirichlet(2.0)), groups(model), biases="plain")
    assert {m.group.kind: m.solver is None for m in made} == {"weight": False, "bias": True, "norm": True}
    model.gradient[:] = 1.0
    Update(lab.NGDM(1.0, lab.Dirichlet(2.0), momentum=0.0, form="exact"), model, biases="plain").step()
    assert np.array_equal(model.parameters["dense1.bias"], -np.ones(4))
    assert np.array_equal(model.parameters["bn2.gamma"], -np.ones(2))
    assert np.abs(model.parameters["dense1.weight"] + 1).min() > 0.1


def test_views_must_be_of_the_vector():
    model = net([(3, 4)])
    model.parameters["dense1.weight"] = model.parameters["dense1.weight"].T
    with pytest.raises(ValueError, match="C-contiguous"):
        groups(model)
    assert Model([Dense(2)], (3,)).groups()[0].name == "dense1.weight"
