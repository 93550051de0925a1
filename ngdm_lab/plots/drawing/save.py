"""`save`: a figure as PNG for the screen and PDF for print, with its caption."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ngdm_lab.compiler.checks import check_path
from ngdm_lab.compiler.files import write_each

from .caption import caption, whole
from .layout import laid_out

__all__ = ["save"]

DPI = 300

# Nothing in the files says when or by which version they were made: equal figures, equal bytes.
_METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def save(figure: Figure | Axes, path: str | Path) -> list[Path]:
    """Write a figure as PNG (300 dpi) and as PDF, and its caption as text, each whole or not at all.

    Parameters
    ----------
    figure : a Figure, or an Axes of it, as the plot functions return.
    path : where to, without a suffix or with .png or .pdf: ``fig/race`` becomes fig/race.png, fig/race.pdf and,
        where the figure has a caption, fig/race.txt.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    TypeError
        For what is neither Figure nor Axes.
    ValueError
        If a file cannot be written; the others are.
    """
    drawn = whole(figure)
    base = check_path("path", path)
    if base.suffix.lower() in (".png", ".pdf"):
        base = base.with_suffix("")
    made = _drawn(drawn)
    if told := caption(drawn):
        made["txt"] = f"{told}\n".encode()
    return write_each({base.with_name(f"{base.name}.{kind}"): content for kind, content in made.items()})


def _drawn(figure: Figure) -> dict[str, bytes]:
    """The contents of both files.

    The figure is laid out once for both, here: with a layout engine, be it "none", savefig draws everything twice.
    """
    made = {}
    settings: Any = {"savefig.bbox": "standard", "pdf.fonttype": 42}
    with mpl.rc_context(settings), laid_out(figure):
        for kind, metadata in _METADATA.items():
            content = io.BytesIO()
            figure.savefig(content, format=kind, dpi=DPI, metadata=metadata)
            made[kind] = content.getvalue()
    return made
