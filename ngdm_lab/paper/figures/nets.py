"""Figures 2 and 3: the MLP, LeNet-5 and the CIFAR-10 net, with what the paper leaves open."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from ngdm_lab.nets.model import Model
from ngdm_lab.nets.models import cifar_cnn, lenet5, mlp
from ngdm_lab.nets.summary import summary
from ngdm_lab.plots.drawing.layout import footer
from ngdm_lab.plots.drawing.style import COLUMN, dress, style
from ngdm_lab.plots.nets.architecture import architecture, handles, height

__all__ = ["figure2", "figure3", "open_sizes", "unlisted"]

# the kinds that Figure 2 lists, as Keras calls them, by the lab's names; Figure 3's are not known
LISTED = {
    "mlp": {"Flatten", "Dense", "BatchNorm", "Dropout"},
    "lenet5": {"Conv2D", "MaxPool2D", "Flatten", "Dense"},
    "cifar_cnn": set[str](),
}
OPEN, UNLISTED = "size is the lab's choice", "kind not in the paper's list"


def open_sizes(model: Model) -> list[int]:
    """The layers whose sizes or rates the paper does not state: all that have any, but for the last one's classes."""
    rows = summary(model)
    return [k for k, row in enumerate(rows) if row.settings and k < len(rows) - 1]


def unlisted(model: Model) -> list[int]:
    """The layers of a kind that the paper's list of layers lacks; none where it has no list."""
    listed = LISTED[model.name]
    return [k for k, row in enumerate(summary(model)) if listed and row.kind not in listed]


def figure2() -> tuple[Figure, str]:
    """The MLP and LeNet-5, one above the other, and the caption."""
    models = [mlp(), lenet5()]
    caption = (
        "Figure 2. The nets for MNIST as the lab builds them. "
        + _described("MLP", models[0]) + " " + _described("LeNet-5", models[1])
        + " The paper's figure lists the kinds of layers only (MLP: Flatten, Dense, BatchNormalization, Dropout; "
        "LeNet-5: Conv2D, MaxPooling2D, Flatten, Dense); its sizes are lost. LeNet-5's are those of LeCun et al. 1998 "
        "with ReLU and max pooling. Circles mark sizes and rates that the lab chose, diamonds layers of a kind that is "
        "not in the list. Bars grow with the logarithm of the numbers that a layer hands on."
    )  # fmt: skip
    return _stacked(models, "The paper lists the kinds of layers; their sizes are lost."), caption


def figure3() -> tuple[Figure, str]:
    """The net for CIFAR-10, and the caption."""
    model = cifar_cnn()
    caption = (
        "Figure 3. The net for CIFAR-10 as the lab builds it. " + _described("CNN", model)
        + " The paper's figure is lost and its text names neither layers nor sizes: everything but the 32x32x3 input "
        "and the 10 classes is the lab's choice (circles: sizes). Bars grow with the logarithm of the numbers "
        "that a layer hands on."
    )  # fmt: skip
    return _stacked([model], "Not in the paper: all but the input and the 10 classes."), caption


def _described(name: str, model: Model) -> str:
    rows = summary(model)
    layers = "; ".join(
        f"{row.kind} {row.settings}".strip() + (f" ({row.parameters:,})" if row.parameters else "") for row in rows
    )
    return f"{name}, {model.size:,} parameters in {len(rows)} layers (parameters in brackets): {layers}."


def _stacked(models: Sequence[Model], note: str) -> Figure:
    heights = [height(model) for model in models]
    with style():
        figure = Figure(figsize=(COLUMN, sum(heights)))
        axes = figure.subplots(len(models), 1, squeeze=False, height_ratios=heights)[:, 0]
        known: dict[str, object] = {}
        for ax, model in zip(axes, models, strict=True):
            dress(ax)
            marks = {OPEN: open_sizes(model), UNLISTED: unlisted(model)}
            architecture(model, ax, marks=marks, legend=False, notes=False)
            for handle in handles(model, [name for name, places in marks.items() if places]):
                known.setdefault(str(handle.get_label()), handle)
        sums = ", ".join(f"{model.name} {model.size:,}" for model in models)
        footer(figure, list(known.values()), [f"Numbers trained in all: {sums}. {note}"])  # type: ignore[arg-type]
    return figure
