"""The lab's optimizers, one row each, and by the ids and short texts of the command line."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from ngdm_lab.compiler.checks import brief, check_each, check_str, unknown_name
from ngdm_lab.compiler.words import check_words, read_words
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, ramp

from .adadelta import Adadelta
from .adagrad import AdaGrad
from .adam import Adam
from .adamw import AdamW
from .adan import Adan
from .amsgrad import AMSGrad
from .apollo import Apollo
from .armijo import Armijo
from .barzilai_borwein import BarzilaiBorwein
from .base import Optimizer
from .conjugate_gradients import ConjugateGradients
from .lbfgs import LBFGS
from .levenberg_marquardt import LevenbergMarquardt
from .lion import Lion
from .nadam import NAdam
from .nag import NAG
from .ngdm import NGDM
from .radam import RAdam
from .rmsprop import RMSProp
from .sgd import SGD
from .step_adaptation import StepAdaptation

__all__ = ["AN_OPTIMIZER", "Look", "Row", "get", "kinds", "names", "parse", "read_optimizer", "read_optimizers", "row",
           "searching"]  # fmt: skip

AN_OPTIMIZER = "an optimizer such as lab.Adam(lr=0.01)"
Other = TypeVar("Other")


def _dirichlet() -> Dirichlet:
    """The paper's constants for its MLP: alpha_i = 1.4 + 0.005 i."""
    return Dirichlet(ramp(1.4, 0.005))


def _gendir() -> GeneralizedDirichlet:
    """The paper's constants for its MLP: alpha_i = 3.5 + 0.005 i, beta_i = 3.9 + 0.005 i."""
    return GeneralizedDirichlet(ramp(3.5, 0.005), ramp(3.9, 0.005))


@dataclass(frozen=True)
class Look:
    """How an optimizer is drawn; dash and marker tell it apart in grey print too.

    Attributes
    ----------
    colour : hexadecimal, such as "#0072B2".
    dash : Matplotlib's line style: "-", or (0, lengths of strokes and gaps in line widths).
    marker : Matplotlib's, such as "s", or (number of points, 1, angle) for a star.
    width : of the line, in points.
    """

    colour: str
    dash: Any
    marker: Any
    width: float = 1.2


@dataclass(frozen=True)
class Row:
    """All that the lab knows of an optimizer besides its rule.

    Attributes
    ----------
    make : gives the optimizer, called with its options.
    label : its name in legends.
    look : how it is drawn.
    calm_lr : a rate at which the first hundred steps on the landscapes are not chaotic: rounding stays small there,
        so engines can be held against each other. A search of rates needs no hint, it follows `Optimizer.gain`.
    net_lr : rate for a first training of a net, found on the MLP with mnist5k (batches of 128, 10 epochs,
        half-decade grid) and good enough for the other nets; a comparison should tune each rule on its own. None
        where the paper's presets have the rate.
    """

    make: Callable[..., Optimizer]
    label: str
    look: Look
    calm_lr: float
    net_lr: float | None = None


# Hues of Okabe and Ito (2008) and Tol (2021), some shifted until every pair also differs in simulated protanopia,
# deuteranopia and tritanopia. An exact form has the hue of its diagonal form, darker and dashed. SGD alone is a solid
# and wider line: diagonal NGDM can coincide with it, and is then seen as dashes on it.
_ROWS = {
    "sgd": Row(
        lambda lr=1e-3, **o: SGD(lr, **o), "SGD-Nesterov",
        Look("#000000", "-", "o", 1.8), calm_lr=1e-4, net_lr=0.1,
    ),
    "adam": Row(Adam, "Adam", Look("#0072B2", (0, (7, 1.5)), "s"), calm_lr=1e-2, net_lr=1e-3),
    "apollo": Row(Apollo, "Apollo", Look("#009E73", (0, (5, 1.5, 1, 1.5)), "^"), calm_lr=1e-7, net_lr=1e-3),
    "ngdm-dirichlet": Row(
        lambda lr=1e-3, **o: NGDM(lr, _dirichlet(), **o), "NGDM Dirichlet (diagonal)",
        Look("#E8601C", (0, (3.2, 1.8)), "D"), calm_lr=1e-5,
    ),
    "ngdm-dirichlet-exact": Row(
        lambda lr=1e-3, **o: NGDM(lr, _dirichlet(), form="exact", **o), "NGDM Dirichlet (exact)",
        Look("#9C2A00", (0, (1.6, 1)), "P"), calm_lr=1e-5,
    ),
    "ngdm-gendir": Row(
        lambda lr=1e-3, **o: NGDM(lr, _gendir(), **o), "NGDM GenDir (diagonal)",
        Look("#D488B4", (0, (4, 1.4, 1, 1.4, 1, 1.4)), "v"), calm_lr=1e-5,
    ),
    "ngdm-gendir-exact": Row(
        lambda lr=1e-3, **o: NGDM(lr, _gendir(), form="exact", **o), "NGDM GenDir (exact)",
        Look("#882E72", (0, (2.4, 1, 0.8, 1)), "X"), calm_lr=1e-6,
    ),
    "adagrad": Row(AdaGrad, "AdaGrad", Look("#E6A400", (0, (9, 2)), "<"), calm_lr=0.1, net_lr=1e-2),
    "adadelta": Row(Adadelta, "Adadelta", Look("#56B4E9", (0, (6, 1, 2, 1)), ">"), calm_lr=0.3, net_lr=1.0),
    "rmsprop": Row(RMSProp, "RMSProp", Look("#8C3CE0", (0, (4, 1)), "h"), calm_lr=1e-3, net_lr=1e-3),
    "adamw": Row(AdamW, "AdamW", Look("#2A253C", (0, (8, 1, 1, 1)), "d"), calm_lr=1e-2, net_lr=1e-3),
    "amsgrad": Row(AMSGrad, "AMSGrad", Look("#680602", (0, (3, 1, 1, 1)), "H"), calm_lr=1e-2, net_lr=1e-3),
    "nadam": Row(NAdam, "NAdam", Look("#5212B9", (0, (5, 1)), "8"), calm_lr=1e-3, net_lr=1e-3),
    "lion": Row(Lion, "Lion", Look("#C43E19", (0, (2, 1)), (4, 1, 0)), calm_lr=1e-3, net_lr=3e-4),
    "adan": Row(Adan, "Adan", Look("#7871DF", (0, (6, 2, 1, 2)), (3, 1, 0)), calm_lr=1e-2, net_lr=3e-3),
    "radam": Row(RAdam, "RAdam", Look("#A7AD8C", (0, (8, 1, 3, 1)), (6, 1, 0)), calm_lr=1e-3, net_lr=3e-3),
}  # fmt: skip

# What searches a surface, but trains no net: it looks at values, which on a net are another batch's at each step, or
# keeps numbers of a whole run.
_SEARCHING = {
    "lbfgs": Row(LBFGS, "L-BFGS", Look("#3F7F00", (0, (1, 1)), "p"), calm_lr=1.0),
    "conjugategradients": Row(
        ConjugateGradients, "Conjugate gradients", Look("#7A5C00", (0, (3, 1, 1, 1, 1, 1)), (5, 1, 0)), calm_lr=1.0
    ),
    "armijo": Row(Armijo, "Armijo", Look("#00798C", (0, (5, 2)), (8, 1, 0)), calm_lr=1.0),
    "stepadaptation": Row(
        StepAdaptation, "Step-size adaptation", Look("#B0305C", (0, (2, 2)), (7, 1, 0)), calm_lr=0.1
    ),
    "barzilaiborwein": Row(
        BarzilaiBorwein, "Barzilai-Borwein", Look("#5C5C5C", (0, (7, 2, 1, 2)), (3, 2, 0)), calm_lr=1e-5
    ),
    "nag": Row(NAG, "NAG", Look("#1B4F9C", (0, (9, 1)), (4, 2, 0)), calm_lr=1e-5),
}
_ALL = {**_ROWS, **_SEARCHING}

_OWN_ALPHA = {"ngdm-dirichlet": ("alpha",), "ngdm-gendir": ("alpha", "beta")}
_RAMP = re.compile(r"(?P<start>.+[\d.])(?P<slope>[+-][^+-]+)i")


def names() -> list[str]:
    """The ids of what takes one gradient a step, on surfaces and nets alike, in the order of the paper's tables."""
    return list(_ROWS)


def searching() -> list[str]:
    """The ids of what is for surfaces alone: line searches and others that look at values or keep numbers of a run."""
    return list(_SEARCHING)


def get(name: str, **options: Any) -> Optimizer:
    """An optimizer by its id or its label, with the paper's MLP constants for the distributions of NGDM.

    Raises ValueError for an unknown id, with near ones.
    """
    return row(name).make(**options)


def row(name: str) -> Row:
    """What the lab knows of the optimizer with an id or a label. Raises ValueError for another name, with near ones."""
    key = _plain(check_str("name", name))
    key = _labels().get(key, key)
    if key not in _ALL:
        raise unknown_name("optimizer", name, _ALL)
    return _ALL[key]


def _plain(name: str) -> str:
    """A name as ids are written."""
    return re.sub(r"[\s_-]+", "-", name.strip().lower().replace("(", "").replace(")", ""))


@cache
def _labels() -> dict[str, str]:
    """Label -> id: as rows have it, and as the optimizers themselves."""
    return {_plain(label): key for key, row in _ALL.items() for label in (row.label, row.make().label)}


@cache
def kinds() -> dict[str, type[Optimizer]]:
    """The classes of all rows, and those that stand in none, by their names."""
    made = [*(type(row.make()) for row in _ALL.values()), LevenbergMarquardt]
    return {kind.__name__: kind for kind in made}


def parse(text: str) -> Optimizer:
    """An optimizer from text: ``id[:option=value]...``.

    Options are the optimizer's fields, and ``alpha`` and ``beta`` of NGDM's distributions, each a number or a
    ramp such as ``8.8-0.005i``. Examples: ``adam``, ``sgd:momentum=0``, ``ngdm-dirichlet:alpha=4:line8=previous``,
    ``ngdm-gendir-exact:alpha=3.5+0.005i:beta=3.9+0.005i``.

    Raises ValueError for a text that says something else, and for values that the optimizer refuses.
    """
    name, *words = [word.strip() for word in check_str("text", text).split(":")]
    plain = get(name)
    known = {f.name: getattr(plain, f.name) for f in dataclasses.fields(plain)}  # type: ignore[arg-type]
    own = _OWN_ALPHA.get(plain.name.removesuffix("-exact"), ())
    options: dict[str, Any] = {}
    alphas: dict[str, Any] = {}
    try:
        for word in words:
            key, _, value = word.partition("=")
            if not value or (key not in own and (key not in known or key in ("distribution", "form", "betas"))):
                settable = [*own, *(k for k in known if k not in ("distribution", "form", "betas"))]
                raise ValueError(f"unknown option {word!r}; as option=value there are {', '.join(settable)}")
            if key in own:
                alphas[key] = _number_or_ramp(key, value)
            else:
                options[key] = _like(key, value, known[key])
        if alphas:
            given = known["distribution"]
            options["distribution"] = type(given)(**{k: alphas.get(k, getattr(given, k)) for k in own})
        return plain.replace(**options)
    except (ValueError, TypeError) as error:
        raise ValueError(f"optimizer {brief(text)}: {error}") from None


def read_optimizers(name: str, value: Any) -> list[tuple[str, Optimizer]]:
    """What an argument takes for optimizers, with labels: optimizers, whose label is their name, or texts as `parse`
    reads them, which are their own labels, with commas between several; or a mapping of labels to either.

    Raises ValueError, naming the argument, for a text that says something else, TypeError for what is neither.
    """
    if isinstance(value, Mapping):
        return [(str(label), read_optimizer(f"each of {name}", one)) for label, one in value.items()]
    made: list[tuple[str, Optimizer]] = []
    each: list[Optimizer | str] = check_each(name, value, (Optimizer, str), AN_OPTIMIZER)
    for one in each:
        if isinstance(one, Optimizer):
            made.append((one.name, one))
        else:
            made += zip(check_words(name, one), read_words(name, one, parse), strict=True)
    return made


def read_optimizer(name: str, value: Other | str) -> Other | Optimizer:
    """A text that names one optimizer as that optimizer; all else as it is. Raises ValueError as `read_optimizers`."""
    if not isinstance(value, str):
        return value
    made = read_optimizers(name, value)
    if len(made) > 1:
        raise ValueError(f"{name} must name one optimizer, got {brief(value)}")
    return made[0][1]


def _number_or_ramp(key: str, value: str) -> Any:
    match = _RAMP.fullmatch(value)
    try:
        numbers = [float(match["start"]), float(match["slope"])] if match else [float(value)]
    except ValueError:
        raise ValueError(f"{key} must be a number or a ramp such as 1.4+0.005i, got {brief(value)}") from None
    return ramp(*numbers) if match else numbers[0]


def _like(key: str, value: str, default: Any) -> Any:
    """The text as a value of the default's kind."""
    if isinstance(default, bool):
        if value.lower() not in ("true", "false"):
            raise ValueError(f"{key} must be true or false, got {brief(value)}")
        return value.lower() == "true"
    if isinstance(default, str):
        return value
    try:
        return type(default)(value)
    except ValueError:
        raise ValueError(f"{key} must be a number, got {brief(value)}") from None
