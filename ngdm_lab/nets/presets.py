"""The paper's constants for its five experiments, with the index reading (R2) that each needs. All are the paper's.

>>> from ngdm_lab.nets import presets
>>> presets.get("cifar_cnn").index
'fan_out'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ngdm_lab.compiler.checks import check_choice, unknown_name
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, ramp
from ngdm_lab.optimizers import NGDM

from .registry import spelled

__all__ = ["Preset", "get", "names"]


@dataclass(frozen=True)
class Preset:
    """One experiment of the paper. Momentum, batch size and epochs are not the paper's: it does not state them.

    Attributes
    ----------
    model : name of the architecture.
    trains_on : the paper's data.
    table : where its results stand.
    dirichlet, gendir : its distributions.
    lr : its learning rate of NGDM.
    index : what i counts here (reading R2): "fan_in", Algorithm 5's, where the constants allow it.
    why : why this index.
    """

    model: str
    trains_on: str
    table: str
    dirichlet: Dirichlet
    gendir: GeneralizedDirichlet
    lr: float
    index: str
    why: str

    def optimizer(self, distribution: str = "dirichlet", form: str = "diagonal", **options: Any) -> NGDM:
        """NGDM with these constants; `distribution` is "dirichlet" or "gendir", options are NGDM's own.

        Raises ValueError for another distribution or form.
        """
        check_choice("distribution", distribution, ("dirichlet", "gendir"))
        return NGDM(**{"lr": self.lr, "distribution": getattr(self, distribution), "form": form, **options})


def _preset(
    model: str, trains_on: str, table: str, a: tuple[float, float], pairs: tuple[float, float, float, float], lr: float,
    index: str = "fan_in", why: str = "Algorithm 5: F acts on w_k, and the constants stay positive",
) -> Preset:  # fmt: skip
    gendir = GeneralizedDirichlet(ramp(*pairs[:2]), ramp(*pairs[2:]))
    return Preset(model, trains_on, table, Dirichlet(ramp(*a)), gendir, lr, index, why)


_RNN = ((4.4, -0.005), (4.4, -0.005, 5.4, -0.005), 0.007)
_CIFAR = ((7.4, -0.02), (7.4, -0.05, 7.6, -0.01), 0.004)
_E10 = "erratum E10: along w_k, 7.4 - 0.02 i reaches 0 at i = 370, and a convolution of 64 channels has 576 inputs"

_PRESETS = {
    preset.model: preset
    for preset in (
        _preset("mlp", "MNIST", "Table 1", (1.4, 0.005), (3.5, 0.005, 3.9, 0.005), 0.1),
        _preset("lenet5", "MNIST", "Table 2", (8.8, -0.005), (6.8, 0.005, 5.5, 0.005), 0.001),
        _preset("cifar_cnn", "CIFAR-10", "Table 3", *_CIFAR, index="fan_out", why=_E10),
        _preset("lstm_forecaster", "noisy sinusoid", "Table 4", *_RNN),
        _preset("gru_forecaster", "noisy sinusoid", "Table 4", *_RNN),
    )
}


def names() -> list[str]:
    """The five experiments, by their models' names, in the paper's order."""
    return list(_PRESETS)


def get(model: str) -> Preset:
    """The experiment of a model; hyphens and short names are understood as by `registry.full_name`.

    Raises ValueError for another name, TypeError for no name.
    """
    key = spelled(model)
    if key not in _PRESETS:
        raise unknown_name("experiment", model, _PRESETS)
    return _PRESETS[key]
