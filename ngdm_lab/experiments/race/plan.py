"""A race before it is run: its roster and course, its control, and every check of what it was given."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import landscapes as ls
from landscapes import Surface
from ngdm_lab import optimizers, store
from ngdm_lab.compiler.checks import (
    check_flags,
    check_instance,
    check_integer,
    check_number,
    check_path,
    check_seed,
)
from ngdm_lab.compiler.random import LARGEST
from ngdm_lab.engine import manifest
from ngdm_lab.engine.backend import check_backend
from ngdm_lab.engine.ensemble import check_run
from ngdm_lab.experiments.one_by_one import OneByOne
from ngdm_lab.experiments.statistics.compare import CONTROL
from ngdm_lab.geometry import Dirichlet
from ngdm_lab.optimizers import NGDM, SGD, Optimizer
from ngdm_lab.progress import bar
from ngdm_lab.schema import TEXT, Within, check

from .entries import Entry
from .pair import enter
from .result import SCHEMA, Race

__all__ = ["Plan", "default_optimizers", "default_surfaces", "plan", "replan"]

ROSTER = ("sgd", "adam", "apollo", "ngdm-dirichlet", "ngdm-dirichlet-exact", "ngdm-gendir", "ngdm-gendir-exact",
          "lbfgs")  # fmt: skip
# each says something: benchmarks/default_landscapes.py has the numbers that chose them
COURSE = (
    "rosenbrock:2",
    "beale:2",
    "himmelblau:2",
    "six-hump-camel:2",
    "rastrigin:2",
    "zakharov:4",
    "powell:4",
    "ellipsoid:10:condition=1000",
    "rosenbrock:10",
    "diagonal-trough:10",
    "diagonal-trough:10:flipped",
)


def default_optimizers() -> list[Optimizer]:
    """SGD, Adam, Apollo and NGDM on both distributions in both forms, with the paper's MLP constants, beside L-BFGS.

    L-BFGS is for reference: what a method that looks at values needs, its line searches counted.
    """
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

    def run(self, progress: bool = True, journal: str | Path | None = None, resume: bool = True) -> Race:
        """Run it, pair by pair. An interrupt after the first pair leaves a race of those that are finished."""
        check_flags(progress=progress, resume=resume)

        entries: list[Entry] = []
        with OneByOne(journal, resume=resume, notes={"race": self.described()} if journal is not None else {}) as go:
            try:
                with bar(self.pairs, show=progress, desc="race", unit="pair") as pairs:
                    for label, optimizer, s in pairs:
                        pairs.set_postfix_str(f"{label} on {s.name}")
                        entries.append(enter(label, optimizer, s, self.settings, go))
            except KeyboardInterrupt:
                if not entries:
                    raise
        missing = [self._listed(*pair) for pair in self.pairs[len(entries) :]]
        return Race(entries, self.settings, self.control, self.notes, missing)

    def described(self) -> dict[str, Any]:
        """What is to be run, in JSON types."""
        return {"settings": self.settings, "control": self.control, "entries": [self._listed(*p) for p in self.pairs]}

    def _listed(self, label: str, optimizer: Optimizer, s: Surface) -> dict[str, Any]:
        described = {"optimizer": manifest.encode(optimizer), "surface": manifest.encode(s)}
        return {"label": label, "surface_name": s.name, **described}


def plan(
    rules: str | Sequence[Optimizer | str] | Mapping[str, Optimizer | str] | None,
    surfaces: str | Surface | Sequence[Surface | str] | None,
    starts: int,
    steps: int,
    seed: int,
    *,
    target: float = 1e-3,
    tuning: bool = True,
    tuning_starts: int = 128,
    same_lr: float | None = None,
    control: bool = True,
    backend: str = "cpu",
) -> Plan:
    """Check everything that `race` takes before anything runs; arguments and errors as there."""
    check_flags(tuning=tuning, control=control)
    chosen = optimizers.registry.read_optimizers("rules", default_optimizers() if rules is None else rules)
    course = default_surfaces() if surfaces is None else ls.registry.read_surfaces("surfaces", surfaces)
    check_backend(backend)
    settings: dict[str, Any] = {
        "starts": check_integer("starts", starts, 1),
        "steps": check_integer("steps", steps, 1),
        "seed": check_seed("seed", seed, LARGEST),
        "target": check_number("target", target, least=0),
        "tuning": tuning and same_lr is None,
        "tuning_starts": check_integer("tuning_starts", tuning_starts, 1),
        "same_lr": None if same_lr is None else check_number("same_lr", same_lr, least=0),
        **({} if backend == "cpu" else {"backend": backend}),
    }
    if not chosen:
        raise ValueError("rules must hold at least one optimizer, got none")
    named = _labelled(chosen, isinstance(rules, Mapping))
    for s in course:
        check_run(list(named.values())[:1], s, backend)
    twin, extra = _control(named, settings["tuning"]) if control else ("", None)
    if extra is not None:
        named[CONTROL] = extra
    pairs, notes = _pairs(named, course, drop=rules is None)
    if control and not twin:
        notes.append("Noise floor: 0, for at given rates equal rules do the same from the same starts.")
    return Plan(pairs, settings, twin, notes)


def replan(path: str | Path) -> Plan:
    """The plan of a manifest.json; see `rerace`."""
    file = check_path("path", path)
    try:
        read = json.loads(file.read_text())
        check(read, SCHEMA)
        options = dict(read["settings"])
        listed = [*read["entries"], *(read.get("missing") or [])]
        for e in listed:
            _check_room(e["surface"].get("surface"), options["starts"])
        parts = [(e["label"], manifest.decode(e["optimizer"]), manifest.decode(e["surface"])) for e in listed]
        for label, optimizer, surface in parts:
            _check_pair(label, optimizer, surface)
    except manifest.Own as error:
        raise ValueError(f"{path}: {error}") from None
    except Exception as error:  # a damaged file can fail in any way
        reason = " ".join(str(error).split())
        raise ValueError(f"{path} is no manifest of a race ({type(error).__name__}: {reason})") from None
    check_backend(options.get("backend") or "cpu")
    return Plan(parts, options, read["control"], read["notes"])


def _check_room(spec: Any, starts: int) -> None:
    """Raise ValueError for a surface, as a file describes it, that no memory has room for, before it is made."""
    check(spec, {"dim": Within(1, 2**40), "transforms": [{"kind": TEXT}]}, "surface")
    n, memory = spec["dim"], store.memory()
    rotated = any(step["kind"] == "rotated" for step in spec["transforms"])
    wanted = 16 * n * (starts + (n if rotated else 0))
    if wanted > memory:
        raise ValueError(f"surface.dim must leave room in {memory} bytes of memory, got {n}")


def _check_pair(label: str, optimizer: Any, s: Any) -> None:
    """Raise ValueError for what is no pair of an optimizer and a surface on which it can run."""
    if not isinstance(optimizer, Optimizer) or not isinstance(s, Surface):
        raise ValueError(f"the entry {label!r} must have an optimizer and a surface, got {optimizer!r} and {s!r}")
    optimizer.solver(s.dim)


def _labelled(chosen: list[tuple[str, Optimizer]], given: bool) -> dict[str, Optimizer]:
    """The optimizers by their labels: those that were given, or others, numbered where several share one."""
    named: dict[str, Optimizer] = {}
    for own, o in chosen:
        check_instance("each of rules", o, Optimizer, optimizers.registry.AN_OPTIMIZER)
        if given and own == CONTROL:
            raise ValueError(f"the label {CONTROL!r} is taken: it is the control's own")
        label, k = own, 2
        while label in named or label == CONTROL:
            label, k = f"{own} ({k})", k + 1
        named[label] = o
    return named


def _control(named: dict[str, Optimizer], tuned: bool) -> tuple[str, Optimizer | None]:
    """(label of the twin, the control): a rule that equals the twin.

    Diagonal NGDM with a constant alpha for SGD or for such an NGDM (E7), else the first optimizer a second time, which
    says something only where its rate is tuned.
    """
    for label, o in named.items():
        if isinstance(o, SGD) and o.nesterov:
            options = {k: getattr(o, k) for k in ("momentum", "dampening", "weight_decay", "line8")}
            return label, NGDM(o.lr, Dirichlet(4.0), **options)
        if isinstance(o, NGDM) and o.form == "diagonal" and isinstance(o.distribution, Dirichlet):
            alpha = o.distribution.alpha
            if isinstance(alpha, int | float):
                return label, replace(o, distribution=Dirichlet(4.0 if alpha != 4.0 else 1.4))
    return next(iter(named.items())) if tuned else ("", None)


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
