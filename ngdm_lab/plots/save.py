"""`save`: a figure as PNG for the screen and PDF for print."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from landscapes.compile import write_atomically

__all__ = ["save"]

# Nothing in the files says when or by which version they were made: equal figures, equal bytes.
_METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
}


def save(figure: Figure | Axes, path: str | Path) -> list[Path]:
    """Write a figure as PNG (200 dpi) and as PDF, each whole or not at all.

    Parameters
    ----------
    figure : a Figure, or an Axes of it, as the plot functions return.
    path : where to, without a suffix or with .png or .pdf: ``fig/race`` becomes fig/race.png and fig/race.pdf.

    Returns
    -------
    list of Path
        The two files.

    Raises
    ------
    TypeError
        For what is neither Figure nor Axes.
    ValueError
        If a file cannot be written.
    """
    whole: Any = figure
    while not isinstance(whole, Figure) and getattr(whole, "figure", whole) is not whole:
        whole = whole.figure  # from an Axes, maybe through a part of a figure, to the whole
    if not isinstance(whole, Figure):
        raise TypeError(f"figure must be a Matplotlib Figure or Axes, got {figure!r}")
    base = Path(path)
    if base.suffix.lower() in (".png", ".pdf"):
        base = base.with_suffix("")
    made = []
    engine = whole.get_layout_engine()
    try:
        for kind, metadata in _METADATA.items():
            content = io.BytesIO()
            with mpl.rc_context({"savefig.bbox": "standard", "pdf.fonttype": 42}):
                whole.savefig(content, format=kind, dpi=200, metadata=metadata)
            if engine is not None:  # the second file has the first one's layout, which is the costly part
                whole.set_layout_engine("none")
            target = base.with_name(f"{base.name}.{kind}")
            try:
                write_atomically(target, content.getvalue())
            except OSError as error:
                raise ValueError(f"cannot write {target}: {error.strerror or error}") from error
            made.append(target)
    finally:
        if engine is not None:
            whole.set_layout_engine(engine)
    return made
