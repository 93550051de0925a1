"""Who stands in the paper's tables, and who the lab adds: both forms of F, the matched rate, the control.

The paper states the learning rate of NGDM alone. The known methods have the defaults of PyTorch (SGD and Adam) and of
Apollo's author here.
"""

from __future__ import annotations

from ngdm_lab.experiments.net_race.contenders import CONTROL, Contender
from ngdm_lab.nets import presets
from ngdm_lab.optimizers import SGD, Adam, Apollo

__all__ = ["DEFAULTS", "MATCHED", "column_of", "roster"]

MATCHED = "SGD at NGDM's mean rate"
SGD_RATE = 1e-3  # torch.optim.SGD's default
DEFAULTS = (
    f"SGD-Nesterov and Adam at PyTorch's default rate {SGD_RATE:g}, Apollo at its author's 0.01 with 500 steps of "
    "warm-up, momentum 0.9 throughout"
)
_NGDM = {
    "NGDM Dir, diagonal": ("dirichlet", "diagonal"),
    "NGDM Dir, exact": ("dirichlet", "exact"),
    "NGDM GenDir, diagonal": ("gendir", "diagonal"),
    "NGDM GenDir, exact": ("gendir", "exact"),
}
# label -> the paper's column it is compared with
_COLUMNS = {"SGD-Nesterov": "SGDM", "Adam": "Adam", "Apollo": "Apollo", **{
    label: f"NGDM({'Dir' if kind == 'dirichlet' else 'GenDir'})" for label, (kind, _) in _NGDM.items()
}}  # fmt: skip


def roster(model: str) -> list[Contender]:
    """The nine columns for one of the paper's nets, SGD-Nesterov first and its twin last."""
    preset = presets.get(model)
    known = [Contender("SGD-Nesterov", SGD(SGD_RATE)), Contender("Adam", Adam(1e-3)),
             Contender("Apollo", Apollo.official(1e-2))]  # fmt: skip
    ours = [Contender(label, preset.optimizer(*kind), preset.index) for label, kind in _NGDM.items()]
    matched = Contender(MATCHED, SGD(SGD_RATE), follows=ours[0].label)
    return [*known, *ours, matched, Contender(CONTROL, SGD(SGD_RATE), twin=True)]


def column_of(label: str) -> str:
    """The paper's column that a contender stands for; "" for those that the lab adds."""
    return _COLUMNS.get(label, "")
