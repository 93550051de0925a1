"""`race`: several optimizers on several surfaces, the same budget and the same starts for all."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import landscapes as ls
from landscapes import Surface
from landscapes.checks import check_integer, check_number
from ngdm_lab import optimizers
from ngdm_lab.engine import Ensemble, ensemble, manifest, store
from ngdm_lab.engine.ensemble import check_run
from ngdm_lab.geometry import Dirichlet
from ngdm_lab.optimizers import NGDM, SGD, Optimizer

from . import report
from .tune import Tuning, tune

__all__ = ["Entry", "Plan", "Race", "default_optimizers", "default_surfaces", "plan", "race", "replan", "rerace"]

ROSTER = ("sgd", "adam", "apollo", "ngdm-dirichlet", "ngdm-dirichlet-exact", "ngdm-gendir", "ngdm-gendir-exact")
COURSE = (
    "rosenbrock:2",
    "beale:2",
    "himmelblau:2",
    "rastrigin:2",
    "ackley:4",
    "levy:4",
    "griewank:6",
    "ellipsoid:10:condition=1000",
    "rosenbrock:10",
    "styblinski-tang:10",
    "styblinski-tang:10:flipped",
)
CONTROL = "control"
_TUNING = ("rates", "arrival", "final")


@dataclass(frozen=True, eq=False)
class Entry:
    """One optimizer on one surface: its tuning and its runs at the chosen rate `lr`."""

    label: str
    runs: Ensemble
    tuning: Tuning | None
    surface_name: str

    lr: float


@dataclass(frozen=True, eq=False)
class Race:
    """The result of `race`: `print` shows its tables.

    Attributes
    ----------
    entries : one for each optimizer and surface.
    settings : starts, steps, seed, target and how the rates were chosen.
    control : (label of the control's twin, or "") see `race`.
    notes : what was left out, and why.
    """

    entries: list[Entry]
    settings: dict[str, Any]
    control: str = ""
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return report.text(self)

    def __repr__(self) -> str:
        return f"<Race of {len(self.labels)} optimizers on {len(self.surfaces)} surfaces, {self.settings}>"

    @property
    def labels(self) -> list[str]:
        """The optimizers' labels, the control's last."""
        return list(dict.fromkeys(e.label for e in self.entries))

    @property
    def surfaces(self) -> list[str]:
        """The surfaces' names."""
        return list(dict.fromkeys(e.surface_name for e in self.entries))

    def on(self, surface: str) -> list[Entry]:
        """The entries of one surface, by its name."""
        found = [e for e in self.entries if e.surface_name == surface]
        if not found:
            raise ls.checks.unknown_name("surface", surface, self.surfaces)
        return found

    def entry(self, label: str, surface: str) -> Entry:
        """The entry of one optimizer on one surface."""
        for e in self.on(surface):
            if e.label == label:
                return e
        raise ls.checks.unknown_name("optimizer", label, [e.label for e in self.on(surface)])

    def rows(self) -> list[dict[str, Any]]:
        """One dictionary of numbers for each entry, as in results.csv."""
        return report.rows(self)

    def to_frame(self) -> Any:
        """The rows as a pandas DataFrame. Raises ImportError where pandas is not installed."""
        import pandas

        return pandas.DataFrame(self.rows())

    def manifest(self) -> dict[str, Any]:
        """What was run and what was chosen, in JSON types; `rerace` runs it again, bit for bit."""
        listed = []
        for e in self.entries:
            described = {k: e.runs.manifest()[k] for k in ("optimizer", "surface")}
            listed.append({"label": e.label, "surface_name": e.surface_name, "lr": e.lr, **described})
        return {
            "entries": listed,
            "settings": self.settings,
            "control": self.control,
            "notes": self.notes,
            **manifest.environment(),
        }

    def save(self, path: str | Path) -> Path:
        """Write everything to one npz (`lab.load` reads it); returns the path. Raises ValueError if it cannot."""
        arrays: dict[str, Any] = {}
        inner = []
        for i, e in enumerate(self.entries):
            arrays |= {f"{i}/{k}": v for k, v in e.runs.arrays().items()}
            if e.tuning is not None:
                arrays |= {f"{i}/tuning/{k}": getattr(e.tuning, k) for k in _TUNING}
            kept = {} if e.tuning is None else {"starts": e.tuning.starts, "chosen": e.tuning.chosen}
            inner.append({"runs": e.runs.manifest(), "tuning": kept})
        return store.write(path, "race", arrays, {**self.manifest(), "inner": inner})

    @classmethod
    def restore(cls, arrays: dict[str, Any], described: dict[str, Any]) -> Race:
        """Made again from `store.read`."""
        entries = []
        for i, (listed, inner) in enumerate(zip(described["entries"], described["inner"], strict=True)):
            own = {k.split("/", 1)[1]: v for k, v in arrays.items() if k.startswith(f"{i}/")}
            curve = {k: own.pop(f"tuning/{k}") for k in _TUNING if f"tuning/{k}" in own}
            tuning = Tuning(**curve, **inner["tuning"]) if curve else None
            runs = Ensemble.restore(own, inner["runs"])
            entries.append(Entry(listed["label"], runs, tuning, listed["surface_name"], listed["lr"]))
        return cls(entries, described["settings"], described["control"], described["notes"])


def default_optimizers() -> list[Optimizer]:
    """SGD, Adam, Apollo and NGDM on both distributions in both forms, with the paper's MLP constants."""
    return [optimizers.get(name) for name in ROSTER]


def default_surfaces() -> list[Surface]:
    """Eleven surfaces of 2 to 10 dimensions, Styblinski-Tang plain and sign-flipped among them."""
    return [ls.parse(text) for text in COURSE]


@dataclass(frozen=True, eq=False)
class Plan:
    """A race that has been checked and not yet run."""

    pairs: list[tuple[str, Optimizer, Surface]]
    settings: dict[str, Any]
    control: str
    notes: list[str]

    def run(self, progress: bool = True) -> Race:
        """Run it, pair by pair."""
        from tqdm import tqdm

        entries = []
        # disable=None: no bar where standard error is no terminal
        bar = tqdm(self.pairs, desc="race", leave=False, unit="pair", disable=None if progress else True)
        for label, optimizer, s in bar:
            bar.set_postfix_str(f"{label} on {s.name}")
            entries.append(_enter(label, optimizer, s, self.settings))
        return Race(entries, self.settings, self.control, self.notes)


def race(
    rules: Sequence[Optimizer] | Mapping[str, Optimizer] | None = None,
    surfaces: Sequence[Surface] | Surface | None = None,
    starts: int = 1000,
    steps: int = 2000,
    seed: int = 0,
    *,
    target: float = 1e-3,
    tuning: bool = True,
    tuning_starts: int = 128,
    same_lr: float | None = None,
    control: bool = True,
    progress: bool = True,
) -> Race:
    """Compare optimizers: equal evaluations, equal starts, each at its own tuned learning rate.

    Parameters
    ----------
    rules : optimizers, or a mapping of labels to optimizers; their lr is replaced by the tuned one unless
        `tuning` is off. Default: the roster of the paper, without GenDir on surfaces of odd dimension (a note
        says so).
    surfaces : surfaces. Default: eleven of them.
    starts, steps, seed, target : as in `ensemble`; steps + 1 evaluations for each run.
    tuning : choose each learning rate on starts of its own (see `ngdm_lab.experiments.tune`); False keeps the
        optimizers' own rates.
    tuning_starts : starts for each rate of the tuning grid.
    same_lr : one learning rate for all and no tuning, the paper's way. It compares effective rates.
    control : add a rule that equals one of the others in all but its name: diagonal NGDM with a constant alpha
        beside SGD, or beside a diagonal NGDM with another constant alpha (erratum E7). What the two differ by
        is noise.
    progress : show a progress bar, if the output is a terminal.

    Returns
    -------
    Race

    Raises
    ------
    ValueError
        For an odd dimension with GenDir asked for by name, a negative same_lr, an empty list.
    TypeError
        For arguments of a wrong kind.
    """
    made = plan(
        rules, surfaces, starts, steps, seed, target=target, tuning=tuning, tuning_starts=tuning_starts,
        same_lr=same_lr, control=control,
    )  # fmt: skip
    return made.run(progress)


def plan(
    rules: Sequence[Optimizer] | Mapping[str, Optimizer] | None,
    surfaces: Sequence[Surface] | Surface | None,
    starts: int,
    steps: int,
    seed: int,
    *,
    target: float = 1e-3,
    tuning: bool = True,
    tuning_starts: int = 128,
    same_lr: float | None = None,
    control: bool = True,
) -> Plan:
    """Check everything that `race` takes before anything runs; arguments and errors as there."""
    chosen = default_optimizers() if rules is None else _listed(rules, Optimizer)
    course = default_surfaces() if surfaces is None else _listed(surfaces, Surface)
    settings: dict[str, Any] = {
        "starts": check_integer("starts", starts, 1),
        "steps": check_integer("steps", steps),
        "seed": check_integer("seed", seed),
        "target": check_number("target", target, least=0),
        "tuning": bool(tuning) and same_lr is None,
        "tuning_starts": check_integer("tuning_starts", tuning_starts, 1),
        "same_lr": None if same_lr is None else check_number("same_lr", same_lr, least=0),
    }
    if not chosen or not course:
        raise ValueError("a race needs at least one optimizer and one surface, got an empty list")
    named = _labelled(chosen)
    for s in course:
        check_run(list(named.values())[:1], s, "cpu")
    twin, extra = _control(named) if control else ("", None)
    if extra is not None:
        named[CONTROL] = extra
    pairs, notes = _pairs(named, course, drop=rules is None)
    if control and not twin:
        notes.append("No noise floor: it needs SGD or a diagonal NGDM with a constant alpha among the optimizers.")
    return Plan(pairs, settings, twin, notes)


def rerace(path: str | Path, progress: bool = True) -> Race:
    """Run a race again from its manifest.json; on the same machine and versions the same bits come out.

    Raises ValueError for a file that is no manifest, or that names a user's own rule or landscape.
    """
    return replan(path).run(progress)


def replan(path: str | Path) -> Plan:
    """The plan of a manifest.json; see `rerace`."""
    try:
        told = json.loads(Path(path).read_text())
        listed = [(e["label"], e["optimizer"], e["surface"]) for e in told["entries"]]
        options, control, notes = dict(told["settings"]), told["control"], told["notes"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path} is no manifest of a race ({type(error).__name__}: {error})") from None
    pairs = [(label, manifest.decode(optimizer), manifest.decode(surface)) for label, optimizer, surface in listed]
    return Plan(pairs, options, control, notes)


def _enter(label: str, optimizer: Optimizer, s: Surface, settings: dict[str, Any]) -> Entry:
    common = {k: settings[k] for k in ("steps", "seed", "target")}
    found = None
    if settings["tuning"]:
        found = tune(optimizer, s, starts=settings["tuning_starts"], **common)
        optimizer = optimizer.replace(lr=found.lr)
    elif settings["same_lr"] is not None:
        optimizer = optimizer.replace(lr=settings["same_lr"])
    return Entry(label, ensemble(optimizer, s, settings["starts"], **common), found, s.name, optimizer.lr)


def _listed(value: Any, kind: type) -> Any:
    """One thing, or several, as a list; a mapping stays one."""
    return [value] if isinstance(value, kind) else value if isinstance(value, Mapping) else list(value)


def _labelled(chosen: list[Optimizer] | Mapping[str, Optimizer]) -> dict[str, Optimizer]:
    """The given labels, or the names, numbered where several optimizers share one."""
    named: dict[str, Optimizer] = {}
    if isinstance(chosen, Mapping):
        for label, o in chosen.items():
            if not isinstance(o, Optimizer):
                raise TypeError(f"rules must hold optimizers such as lab.Adam(lr=0.01), got {o!r}")
            if label == CONTROL:
                raise ValueError(f"the label {CONTROL!r} is taken: it is the control's own")
            named[str(label)] = o
        return named
    for o in chosen:
        if not isinstance(o, Optimizer):
            raise TypeError(f"rules must hold optimizers such as lab.Adam(lr=0.01), got {o!r}")
        label, k = o.name, 2
        while label in named or label == CONTROL:
            label, k = f"{o.name} ({k})", k + 1
        named[label] = o
    return named


def _control(named: dict[str, Optimizer]) -> tuple[str, NGDM | None]:
    """(label of the twin, the control): a diagonal NGDM with a constant alpha that equals the twin by E7."""
    for label, o in named.items():
        if isinstance(o, SGD) and o.nesterov:
            options = {k: getattr(o, k) for k in ("momentum", "dampening", "weight_decay", "line8")}
            return label, NGDM(o.lr, Dirichlet(4.0), **options)
        if isinstance(o, NGDM) and o.form == "diagonal" and isinstance(o.distribution, Dirichlet):
            alpha = o.distribution.alpha
            if isinstance(alpha, int | float):
                return label, replace(o, distribution=Dirichlet(4.0 if alpha != 4.0 else 1.4))
    return "", None


def _pairs(
    named: dict[str, Optimizer], course: list[Surface], drop: bool
) -> tuple[list[tuple[str, Optimizer, Surface]], list[str]]:
    """All pairs, surface by surface; what cannot run is dropped with a note, or is an error, before anything runs."""
    pairs, notes = [], []
    names = [s.name for s in course]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"the surface {name} stands twice in the list")
    for s in course:
        for label, o in named.items():
            try:
                o.solver(s.dim)
            except ValueError as error:
                if not drop:
                    raise ValueError(f"{label} on {s.name}: {error}") from None
                notes.append(f"{label} left out on {s.name}: {error}")
            else:
                pairs.append((label, o, s))
    return pairs, notes
