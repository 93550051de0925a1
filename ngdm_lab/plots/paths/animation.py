"""`animate`: a race of optimizers from one start, as a moving picture."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray
from PIL import Image, ImageColor

from landscapes import Surface
from ngdm_lab.compiler.checks import check_choice, check_flags, check_integer, check_number, check_path
from ngdm_lab.compiler.files import write_file
from ngdm_lab.experiments import Trace
from ngdm_lab.plots.drawing import layout, words
from ngdm_lab.plots.drawing.field import Field, fill
from ngdm_lab.plots.drawing.style import COLUMN, INK, dress, look, style
from ngdm_lab.plots.drawing.view import leaving_point, view_box

from .traces import STAR, START, check_traces, entries, grouped, settings, stars, surface_of_traces

__all__ = ["Animation", "animate", "frame_steps"]

Array = NDArray[np.float64]

PACES = ("log", "linear")
_DOTS = 150  # an inch: a screen's width for a column
_COLOURS = 128  # of the palette that all frames share
_HOLD = 1.5  # seconds that the last frame stands


@dataclass(frozen=True, repr=False)
class Animation:
    """A moving picture that `animate` made.

    Attributes
    ----------
    gif : the picture, as the bytes of a GIF.
    path : the file that has it; None for none.
    """

    gif: bytes
    path: Path | None = None

    def save(self, file: str | Path) -> Animation:
        """Write it, .gif added where it is missing; returns it with its path.

        Raises ValueError for another suffix and where the file cannot be written, TypeError for what is no path.
        """
        return Animation(self.gif, write_file(_target(file), self.gif))

    def __fspath__(self) -> str:
        """Its file, for what takes paths. Raises ValueError where there is none."""
        if self.path is None:
            raise ValueError("the animation is in no file yet: save it first")
        return str(self.path)

    def __repr__(self) -> str:
        return f"<Animation of {len(self.gif)} bytes{f' in {self.path}' if self.path else ''}>"

    def _repr_html_(self) -> str:
        """What a notebook shows: the picture itself."""
        data = base64.b64encode(self.gif).decode()
        return f'<img style="max-width:100%" alt="animation" src="data:image/gif;base64,{data}">'


def animate(
    traces: Trace | Sequence[Trace],
    file: str | Path | None = None,
    surface: Surface | None = None,
    *,
    fps: int = 20,
    seconds: float = 5.0,
    pace: str = "log",
    view: str | ArrayLike = "paths",
    width: float = COLUMN,
    legend: bool = True,
    notes: bool = False,
) -> Animation:
    """A GIF in which runs move over the contours of their surface, step by step, and repeat.

    Each run draws its path behind its marker; the number of steps stands above. A run that leaves the view for good,
    or diverges, stays at its edge with a hollow marker.

    Parameters
    ----------
    traces : a Trace or several on one surface of dimension 2, from `lab.trace`.
    file : where to write it, too; .gif is added where it is missing.
    surface : needed only where the traces do not have it: a loaded run on a user's landscape.
    fps, seconds : pictures a second (1 to 50) and the length without the last picture, which stands a while. There
        are fewer pictures where there are fewer steps.
    pace : "log", early steps slowly and late ones fast, or "linear", all alike.
    view, legend, notes : as in `trajectories`.
    width : in inches, of 150 dots.

    Returns
    -------
    Animation
        As the last line of a notebook's cell it shows itself.

    Raises
    ------
    ValueError
        For what `trajectories` refuses, an unknown pace, another suffix than .gif, or if the file cannot be written.
    TypeError
        For what is no trace.
    """
    check_flags(legend=legend, notes=notes)
    listed = check_traces(traces)
    s = surface_of_traces(listed, surface)
    box = view_box(view, listed, s)
    fps = check_integer("fps", fps, 1, 50)
    count = max(2, round(fps * check_number("seconds", seconds, above=0, most=60)))
    check_choice("pace", pace, PACES)
    width = check_number("width", width, least=1.5, most=10)
    target = None if file is None else _target(file)
    shown = frame_steps(max(len(trace.x) for trace in listed) - 1, count, pace)
    with style():
        figure, ax = _stage(listed, s, box, width, legend, notes)
        pictures = _pictures(figure, ax, listed, box, shown)
        plt.close(figure)
    kept = ["#FFFFFF", "#000000", STAR["color"], *(look(label).colour for label in grouped(listed))]
    made = Animation(_gif(pictures, kept, fps, count))
    return made if target is None else made.save(target)


def frame_steps(steps: int, count: int, pace: str) -> NDArray[np.int64]:
    """The steps that frames show, ascending from 0 to the last, at most `count` of them."""
    if steps == 0:
        return np.array([0])
    if pace == "linear" or steps < count:
        return np.unique(np.round(np.linspace(0, steps, min(count, steps + 1))).astype(np.int64))
    # one step a frame at first, then by equal factors: the factor at which all steps fit into the frames
    factors = np.geomspace(1 + 1e-6, 100, 2000)
    for factor in factors:
        marks = [0]
        while marks[-1] < steps and len(marks) <= count:
            marks.append(min(steps, max(marks[-1] + 1, round(marks[-1] * factor))))
        if len(marks) <= count and marks[-1] == steps:
            return np.array(marks)
    return np.array([0, steps])


def _target(file: Any) -> Path:
    target = check_path("file", file)
    if target.suffix == "":
        target = target.with_name(f"{target.name}.gif")
    if target.suffix.lower() != ".gif":
        raise ValueError(f"file must end in .gif, got {file}")
    return target


def _stage(listed: list[Trace], s: Surface, box: Array, width: float, legend: bool, notes: bool) -> tuple[Figure, Axes]:
    """All that does not move."""
    figure, ax = plt.subplots(figsize=(width, 0.8 * width), dpi=_DOTS)
    FigureCanvasAgg(figure)
    dress(ax)
    fill(ax, Field(s, box))
    ax.grid(False)
    ax.plot(*np.unique([trace.x[0] for trace in listed], axis=0).T, zorder=2, **START)
    stars(ax, s)
    ax.set(xlim=box[0], ylim=box[1], xlabel="$x_1$", ylabel="$x_2$")
    ax.set_title(words.plain(s.name, 60))
    groups = grouped(listed)
    handles = entries(groups, s) if legend else []
    layout.below(ax, True, handles, settings(groups), notes)
    return figure, ax


def _pictures(figure: Figure, ax: Axes, listed: list[Trace], box: Array, shown: NDArray[np.int64]) -> list[Image.Image]:
    """A picture for each of the steps: what moves, drawn on the stage, which is drawn once."""
    canvas: Any = figure.canvas
    moving: list[tuple[Trace, Any, Any, int]] = []
    for label, members in grouped(listed).items():
        seen = look(label)
        for trace in members:
            [line] = ax.plot([], [], color=seen.colour, linestyle=seen.dash, linewidth=seen.width, zorder=3)
            [end] = ax.plot([], [], marker=seen.marker, markersize=6, color=seen.colour, zorder=6, clip_on=False)
            moving.append((trace, line, end, _last_seen(trace, box)))
    count = ax.text(1, 1.012, "", transform=ax.transAxes, ha="right", va="bottom", fontsize=8, color=INK)
    for artist in (count, *(a for _, line, end, _ in moving for a in (line, end))):
        artist.set_animated(True)
        artist.set_in_layout(False)
    with layout.laid_out(figure):
        canvas.draw()
    stage = canvas.copy_from_bbox(figure.bbox)
    made = []
    for step in shown:
        canvas.restore_region(stage)
        count.set_text(f"step {step}")
        ax.draw_artist(count)
        for trace, line, end, last in moving:
            _move(line, end, trace, box, int(step), last)
            ax.draw_artist(line)
        for _, _, end, _ in moving:
            ax.draw_artist(end)
        made.append(Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3].copy()))
    return made


def _last_seen(trace: Trace, box: Array) -> int:
    """The last step inside the view, after which the run stays outside or is no more; -1 for none."""
    inside = np.flatnonzero(((trace.x >= box[:, 0]) & (trace.x <= box[:, 1])).all(axis=1))
    return int(inside[-1]) if len(inside) else -1


def _move(line: Any, end: Any, trace: Trace, box: Array, step: int, last: int) -> None:
    """The path up to a step, and its marker where the run is, or hollow where it left the view."""
    x = trace.x[: step + 1]
    x = x[np.isfinite(x).all(axis=1)]
    line.set_data(*x.T)
    gone = last < min(step, len(trace.x) - 1)
    colour = line.get_color()
    end.set_markerfacecolor("white" if gone else colour)
    end.set_markeredgecolor(colour if gone else "white")
    end.set_markeredgewidth(1.0 if gone else 0.5)
    if not gone:
        here = x[-1:]
        point = here[((here >= box[:, 0]) & (here <= box[:, 1])).all(axis=1)]  # outside for a while: no marker
    elif last >= 0:
        point = leaving_point(trace.x[last], np.nan_to_num(trace.x[last + 1]), box)[None]
    else:
        point = np.empty((0, 2))
    end.set_data(*point.T)


def _gif(pictures: list[Image.Image], colours: Sequence[str], fps: int, count: int) -> bytes:
    """One palette for all, from the first, middle and last picture and the colours that must not be lost.

    So nothing flickers, and only what moves changes.
    """
    some = [pictures[0], pictures[len(pictures) // 2], pictures[-1]]
    some += [Image.new("RGB", (some[0].width, some[0].height // 20), colour) for colour in colours]
    sample = Image.new("RGB", (some[0].width, sum(p.height for p in some)))
    for k, picture in enumerate(some):
        sample.paste(picture, (0, sum(p.height for p in some[:k])))
    palette = sample.quantize(_COLOURS, dither=Image.Dither.NONE)
    table = np.array(palette.getpalette()).reshape(-1, 3)
    for colour in colours:  # exactly: white paper is white. Pillow compares to 8 in 256
        exact = np.array(ImageColor.getrgb(colour))
        apart = np.abs(table - exact).max(axis=1)
        table[(apart <= 8) | (apart == apart.min())] = exact
    palette.putpalette(table.ravel().tolist())
    frames = [p.quantize(palette=palette, dither=Image.Dither.NONE) for p in pictures]
    each = 10 * round(100 * count / fps / len(frames))  # a GIF counts hundredths of a second
    times = [min(max(each, 20), 500)] * (len(frames) - 1) + [round(1000 * _HOLD)]
    content = io.BytesIO()
    frames[0].save(content, format="GIF", save_all=True, append_images=frames[1:], duration=times, loop=0, disposal=1)
    return content.getvalue()
