"""What pictures of runs share: traces checked and grouped, their names, starts, minima and notes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from landscapes import Surface
from ngdm_lab.compiler.checks import check_each, check_instance
from ngdm_lab.engine.status import shown
from ngdm_lab.experiments import Trace
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.style import look, tone
from ngdm_lab.plots.drawing.view import leaving_point

__all__ = [
    "ENDS", "STAR", "START", "check_traces", "draw_path", "entries", "entry", "grouped", "marks", "named", "settings",
    "stars", "surface_of_traces", "what_ends_mean",
]  # fmt: skip

Array = NDArray[np.float64]

ENDS = {
    "done": "ended within the target",
    "budget": "not within the target after all steps",
    "diverged": "became infinite or NaN, or grew without end",
    "escaped": "ended outside the bounds and below f_min",
    "stopped": "ended by the optimizer, not within the target",
}
START: dict[str, Any] = {
    "linestyle": "none", "marker": "o", "markersize": 5.5, "color": "white", "markeredgecolor": "black",
    "markeredgewidth": 1.0,
}  # fmt: skip
STAR: dict[str, Any] = {
    "linestyle": "none", "marker": "*", "markersize": 8, "color": "#FFE45C", "markeredgecolor": "black",
    "markeredgewidth": 0.6,
}  # fmt: skip


def stars(ax: Axes, s: Surface) -> None:
    """The minima of a surface; smaller stars on a small Axes."""
    large = ax.bbox.width / ax.figure.dpi > 1.9
    ax.plot(*s.minima.T, zorder=4, **{**STAR, "markersize": 11 if large else 8})


def what_ends_mean(traces: Iterable[Trace]) -> str:
    """A sentence for each word that says how one of these runs ended."""
    met = {trace.status for trace in traces}
    return "".join(f" {shown(word).capitalize()}: {said}." for word, said in ENDS.items() if word in met)


def how_they_ended(traces: Sequence[Trace]) -> str:
    """The end of a sentence on runs that cannot be drawn: which of them diverged, and when."""
    ends = [int(trace.runs.evaluations[0]) - 1 for trace in traces if trace.status == "diverged"]
    return f": {len(ends)} of {len(traces)} diverged, the first at step {min(ends)}" if ends else ""


def check_traces(traces: Any, dim: int | None = 2, name: str = "traces") -> list[Trace]:
    """One or several traces on one surface, of dimension `dim` if it is given, as a list; or the error."""
    listed = check_each(name, traces, Trace, "a Trace (of lab.trace)")
    names = dict.fromkeys(words.surface_of(trace.runs) for trace in listed)
    if len(names) > 1:
        raise ValueError(f"traces must lie on one surface, got {', '.join(names)}")
    if dim is not None and listed[0].x.shape[1] != dim:
        raise ValueError(f"traces must be on a surface of dimension {dim}, got {next(iter(names))}")
    return listed


def surface_of_traces(listed: list[Trace], surface: Any) -> Surface:
    """The surface that the traces have, or the one given for them; or the error."""
    name = words.surface_of(listed[0].runs)
    s = next((t.surface for t in listed if t.surface is not None), None) if surface is None else surface
    if s is None:
        raise ValueError(f"surface must be given: {name} was defined by a user and is not in the file")
    check_instance("surface", s, Surface, "a Surface such as ls.rosenbrock(2) or None")
    if s.name != name:
        raise ValueError(f"surface must be the one of the traces, {name}, got {s.name}")
    return s


def grouped(listed: list[Trace]) -> dict[str, list[Trace]]:
    """Traces by label: runs of one optimizer with equal options share a label, and so a colour."""
    found: dict[Any, list[Trace]] = {}
    for trace in listed:
        key = (words.identity(trace.runs), words.rate_of(trace.runs), str(words.options_of(trace.runs)))
        found.setdefault(key, []).append(trace)
    return dict(zip(words.numbered(key[0] for key in found), found.values(), strict=True))


def named(groups: dict[str, list[Trace]]) -> dict[str, str]:
    """Names of the optimizers by label, each another one."""
    return words.names_of((label, members[0].runs) for label, members in groups.items())


def entry(name: str, members: list[Trace]) -> str:
    """Legend text: name, rate, how the runs ended."""
    rate = None if ", lr " in name else words.rate_of(members[0].runs)
    counts = Counter(shown(trace.status) for trace in members)
    ends = ", ".join(word if len(members) == 1 else f"{count} {word}" for word, count in counts.items())
    if ends == "diverged":
        ends += f" after {int(members[0].runs.evaluations[0]) - 1} steps"
    return f"{name}{'' if rate is None else f', lr {words.number(rate)}'}: {ends}"


def settings(groups: dict[str, list[Trace]]) -> list[str]:
    """Notes: steps, seed, target, what the ends mean, all options."""
    every = [trace for members in groups.values() for trace in members]
    steps, seeds = sorted({t.runs.steps for t in every}), sorted({t.runs.seed for t in every})
    targets = sorted({t.runs.target for t in every})
    note = f"{' or '.join(map(str, steps))} steps, seed {', '.join(map(str, seeds))}, "
    note += f"target {', '.join(map(words.number, targets))}.{what_ends_mean(every)}"
    return [note, *words.option_lines((label, members[0].runs) for label, members in groups.items())]


def entries(groups: dict[str, list[Trace]], s: Surface, minimum: str = "minimum") -> list[Artist]:
    """Legend entries of the optimizers, the start and, where the surface has any, the minima."""
    names = named(groups)
    made: list[Artist] = [layout.handle(label, entry(names[label], ran)) for label, ran in groups.items()]
    return made + marks(s, minimum)


def marks(s: Surface | None, minimum: str = "minimum") -> list[Artist]:
    """Legend entries of the start and, where the surface has any, the minima."""
    made: list[Artist] = [Line2D([], [], label="start", **START)]
    if s is not None and len(s.minima):
        made.append(Line2D([], [], label=minimum, **STAR))
    return made


def draw_path(ax: Axes, label: str, path: Array, box: Array, size: float) -> None:
    """Points (k, 2) as a line with a halo, and the optimizer's marker at the end, or hollow where it leaves the box."""
    seen = look(label)
    x = path[np.isfinite(path).all(axis=1)]
    # halos of all paths lie below all paths, so that the dashes of one show what runs beneath
    ax.plot(*x.T, color=tone(0), linewidth=seen.width + 1.2, alpha=0.7, zorder=2.9)
    ax.plot(*x.T, color=seen.colour, linestyle=seen.dash, linewidth=seen.width, zorder=3, label=label)
    inside = ((x >= box[:, 0]) & (x <= box[:, 1])).all(axis=1)
    if inside.any():
        last = int(np.flatnonzero(inside)[-1])
        point = x[last] if last == len(x) - 1 else leaving_point(x[last], x[last + 1], box)
        edge: dict[str, Any] = {"markerfacecolor": seen.colour, "markeredgecolor": tone(0), "markeredgewidth": 0.5}
        if last < len(path) - 1:
            edge = {"markerfacecolor": tone(0), "markeredgecolor": seen.colour, "markeredgewidth": 1.0}
        ax.plot(*point, linestyle="none", marker=seen.marker, markersize=size, zorder=6, clip_on=False, **edge)
