"""The package's style, and one look (colour, dash, marker) for each optimizer in every figure."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import matplotlib as mpl
import matplotlib.style
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex, to_rgb, to_rgba

from ngdm_lab.compiler.checks import check_instance
from ngdm_lab.optimizers.registry import Look, names, row, searching

__all__ = [
    "COLUMN", "FAINT", "INK", "PAGE", "SMALL", "WIDEST", "colour", "dark", "dress", "larger", "look", "small", "style",
    "tone", "users_style",
]  # fmt: skip

COLUMN, PAGE, WIDEST = 3.34, 7.0, 40.0  # widths in inches: 85 mm in whole dots, a page, the most
SMALL = 7.0  # points: notes below a figure
INK, FAINT = "#333333", "#8A8A8A"  # text and reference lines on white, as `tone` has them elsewhere
_FILE = Path(__file__).with_name("ngdm_lab.mplstyle")
_TONES = {"axes.edgecolor": 0.7, "xtick.color": 0.7, "ytick.color": 0.7, "xtick.labelcolor": 1.0,
          "ytick.labelcolor": 1.0, "grid.color": 0.11}  # fmt: skip
RGB = tuple[float, float, float]
_PAPER = ("axes.facecolor", "figure.facecolor", "text.color")

_KNOWN = {name: row(name).look for name in (*names(), *searching())} | {"control": Look("#646464", (0, (1, 2)), "p")}
_RESERVE = ("#290E8A", "#7FAE5A", "#5A3A1E", "#8F8EFF", "#AE5447")
_DASHES: tuple[Any, ...] = ((0, (4, 1.2)), (0, (7, 1.2, 1, 1.2)), (0, (1.6, 1.1)), (0, (10, 1)))
_MARKERS = ("d", "H", "8", "s", "^", "o", "v")
_given: dict[str, Look] = {}  # what other labels got in this process


def style() -> AbstractContextManager[None]:
    """The package's style as a context: ``with lab.plots.style(): ...``; afterwards the settings are as before."""
    return matplotlib.style.context(_FILE, after_reset=True)


def users_style() -> AbstractContextManager[None]:
    """The package's style where the user's settings are Matplotlib's own: his fonts, sizes and colours stay."""
    rc: Any = mpl.rcParams
    plain: Any = mpl.rcParamsDefault
    made: dict[str, Any] = {k: v for k, v in _ours().items() if rc[k] == plain[k]}
    made.pop("savefig.facecolor", None)  # a saved figure has the colour of the shown one
    if any(rc[k] != plain[k] for k in _PAPER):
        own = ("figure.facecolor", *(k for k in _TONES if rc[k] != plain[k] and not (k == "grid.color" and dark())))
        made = {k: v for k, v in made.items() if k not in own}
        made |= {k: tone(share) for k, share in _TONES.items() if k not in own}
    if "font.size" not in made:
        by = rc["font.size"] / _ours()["font.size"]
        made |= {k: by * v for k, v in made.items() if k.endswith("size") and isinstance(v, float) and "tick.m" not in k
                 and not k.startswith("lines.")}  # fmt: skip
    chosen: Any = made
    return mpl.rc_context(chosen)


@cache
def _ours() -> dict[str, Any]:
    read: Any = mpl.rc_params_from_file(_FILE, use_default_template=False)
    return dict(read)


def larger() -> float:
    """How much larger than in the package's style the user wants his type; figures grow with it."""
    return float(mpl.rcParams["font.size"]) / float(_ours()["font.size"])


def small() -> float:
    """Points of small type."""
    return SMALL * larger()


def tone(share: float) -> str:
    """A colour between the paper's (0) and the text's (1): greys on white, lighter ones on black."""
    return _mixed(to_rgb(mpl.rcParams["text.color"]), _paper(), share)


def _mixed(one: RGB, other: RGB, share: float) -> str:
    """So much of one colour in another."""
    red, green, blue = (share * a + (1 - share) * b for a, b in zip(one, other, strict=True))
    return str(to_hex((red, green, blue)))


def dark() -> bool:
    """Whether figures are drawn on a dark ground."""
    return float(np.dot([0.2126, 0.7152, 0.0722], _paper())) < 0.4


def _paper() -> RGB:
    """The colour below a picture, also where it is transparent: then text is on its opposite."""
    *rgb, alpha = to_rgba(mpl.rcParams["axes.facecolor"])
    if alpha < 0.5:
        lit = float(np.mean(to_rgb(mpl.rcParams["text.color"]))) < 0.5
        return (1.0, 1.0, 1.0) if lit else (0.0, 0.0, 0.0)
    return rgb[0], rgb[1], rgb[2]


def look(label: str) -> Look:
    """The look of an optimizer by its label (an id of the command line, "control", or any other).

    Another label gets a colour of a reserve palette: by its hash, so that it is the same in every process, or
    the next free one where an earlier label of this process has that colour. On a dark ground (as after
    ``plt.style.use("dark_background")``) all colours are lighter.
    """
    check_instance("label", label, str, "a str such as 'adam'")
    found = _look(label)
    if not dark():
        return found
    red, green, blue = to_rgb(found.colour)
    if red == green == blue:  # black would be the darkest of all: greys are turned over
        return replace(found, colour=_mixed((1.0, 1.0, 1.0), (0.0, 0.0, 0.0), 1 - red))
    return replace(found, colour=_mixed((red, green, blue), (1.0, 1.0, 1.0), 0.65))


def _look(label: str) -> Look:
    if label in _KNOWN:
        return _KNOWN[label]
    if label not in _given:
        hashed, count = crc32(label.encode(errors="surrogatepass")), len(_RESERVE)
        used = [sum(known.colour == colour for known in _given.values()) for colour in _RESERVE]
        k = min(range(count), key=lambda k: (used[k], (k - hashed) % count))
        turn = hashed // count + used[k]
        _given[label] = Look(_RESERVE[k], _DASHES[turn % len(_DASHES)], _MARKERS[turn % len(_MARKERS)])
    return _given[label]


def colour(label: str) -> str:
    """The colour of an optimizer, the same in every figure; see `look`."""
    return look(label).colour


def dress(ax: Axes) -> None:
    """Fix the style of ticks and grid on an Axes of ours: Matplotlib makes them late, with the settings of then."""
    rc: Any = mpl.rcParams
    family = rc["font.family"][0]
    family = rc["font.sans-serif"][0] if family == "sans-serif" else family
    ax.grid(True, which="major", color=rc["grid.color"], linewidth=rc["grid.linewidth"], linestyle="-")
    for name in ("x", "y"):
        for which in ("major", "minor"):
            ax.tick_params(
                axis=name,
                which=which,
                length=rc[f"{name}tick.{which}.size"],
                width=rc[f"{name}tick.{which}.width"],
                pad=rc["xtick.major.pad"],
                color=rc[f"{name}tick.color"],
                labelcolor=rc[f"{name}tick.labelcolor"],
                labelsize=rc[f"{name}tick.labelsize"],
                labelfontfamily=family,
            )
