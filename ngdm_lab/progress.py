"""Progress bars where somebody sees them, in a terminal or a notebook, and the one place that knows tqdm."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterable
from typing import Any

__all__ = ["bar", "line", "locked_by_threads"]


def bar(what: Iterable[Any] | None = None, *, show: bool | None, always: bool = False, **options: Any) -> Any:
    """A bar of tqdm's, gone when it ends: a context manager, or an iterator over `what`.

    Parameters
    ----------
    what : what is gone through; None where the caller counts, by ``update``.
    show : False for none.
    always : show it where nobody is known to look, too: where standard error is a pipe or a file.
    options : tqdm's own, such as ``total``, ``desc``, ``unit``.
    """
    shown = show is not False and (always or _in_notebook() or _on_terminal())
    # tqdm's own disable=None would leave out notebooks: their standard error is no terminal
    return _tqdm(shown)(what, leave=False, disable=not shown, **options)


def line(text: str) -> None:
    """Print a line above a bar that is shown."""
    _tqdm(False).write(text)


def locked_by_threads() -> None:
    """Let bars of this process lock by threads: tqdm's own lock is a semaphore of the system, which a killed process
    leaves behind."""
    _tqdm(False).set_lock(threading.RLock())


def _tqdm(shown: bool) -> Any:
    """tqdm's class, imported when it is used: the one that draws in notebooks, where ipywidgets is, only to be shown.

    Both have the same lock and list of bars.
    """
    if not shown:
        from tqdm import tqdm

        return tqdm
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without ipywidgets it says so; a bar of text does as well
        from tqdm.auto import tqdm as drawn
    return drawn


def _in_notebook() -> bool:
    """Whether this is the kernel of a notebook."""
    shell, interactive = sys.modules.get("ipykernel.zmqshell"), sys.modules.get("IPython")
    return (
        shell is not None
        and interactive is not None
        and isinstance(interactive.get_ipython(), shell.ZMQInteractiveShell)
    )


def _on_terminal() -> bool:
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):  # there is none, or it is closed
        return False
