"""The drawing of an architecture says what the model is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ngdm_lab as lab
from ngdm_lab.nets.summary import summary
from ngdm_lab.plots import architecture, caption

MODELS = {name: getattr(lab.nets, name) for name in ("mlp", "lenet5", "cifar_cnn", "lstm_forecaster", "gru_forecaster")}


def texts(ax):
    """Texts of an Axes by line: line 1 is layer 0."""
    lines = {}
    for text in ax.texts:
        lines.setdefault(text.get_position()[1], []).append(text.get_text())
    return lines


@pytest.mark.parametrize("name", MODELS)
def test_shapes_and_counts_are_the_models(name):
    model = MODELS[name]()
    ax = architecture(model)
    lines, seen = texts(ax), 0
    x = np.zeros((2, *(7 if n is None else n for n in model.input_shape)), model.dtype)
    for k, layer in enumerate(model.layers):
        x = layer.forward(x, False, (0, 0))
        wanted = "×".join(map(str, x.shape[1:]))
        count = sum(view.size for view in layer.p.values())
        row = lines[k + 1]
        assert row[1] == wanted
        assert row[2] == (f"{count:,}" if count else "–")
        seen += count
    assert seen == model.size
    assert len(lines) == len(model.layers) + 2  # head and input
    assert f"{model.size:,} parameters" in caption(ax)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 40), max_size=3), st.integers(1, 30), st.integers(2, 5), st.booleans())
def test_rows_of_any_mlp_sum_to_its_parameters(sizes, inputs, classes, batch_norm):
    model = lab.nets.mlp(sizes=sizes, inputs=inputs, classes=classes, batch_norm=batch_norm)
    before = model.vector.copy()
    rows = summary(model)
    assert sum(row.parameters for row in rows) == model.vector.size
    assert len(rows) == len(model.layers)
    assert rows[-1].shape == model.output_shape
    assert np.array_equal(model.vector, before)


def test_settings_in_words():
    n = lab.nets
    layers = [n.Conv2D(3, (3, 5), stride=2, padding=1, activation="relu"), n.MaxPool2D(2, stride=1), n.Flatten(),
              n.Dense(4, "tanh"), n.Sigmoid(), n.Dropout(0.25), n.Dense(2)]  # fmt: skip
    rows = summary(n.Model(layers, (20, 20, 1)))
    assert [f"{r.kind} {r.settings}".strip() for r in rows] == [
        "Conv2D 3 of 3×5, padding 1, stride 2, ReLU", "MaxPool2D 2×2, stride 1", "Flatten", "Dense 4, tanh", "sigmoid",
        "Dropout 0.25", "Dense 2",
    ]  # fmt: skip


def test_marks_stand_at_their_layers():
    ax = architecture(lab.nets.mlp(), marks={"chosen": [1, 4], "nothing": [], "other": [3]})
    drawn = [list(line.get_ydata()) for line in ax.get_lines() if line.get_marker() in "oD^"]
    assert drawn == [[2, 5], [4]]
    labels = [t.get_text() for t in ax.figure.legends[0].get_texts()]
    assert labels[-3:] == ["chosen", "nothing", "other"]


def test_bad_arguments():
    with pytest.raises(TypeError, match=r"model must be a lab\.nets\.Model, got 'mlp'"):
        architecture("mlp")
    with pytest.raises(ValueError, match="marks must name layers 0 to 9, got 10 under 'x'"):
        architecture(lab.nets.mlp(), marks={"x": [10]})
    with pytest.raises(ValueError, match="marks must be at most 3, got 4"):
        architecture(lab.nets.mlp(), marks={k: [] for k in "abcd"})
