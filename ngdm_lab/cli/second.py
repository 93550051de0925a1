"""A second process that does a part of a command's work on another core, and ends with it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from typing import Any

__all__ = ["Process", "begin", "end", "start"]

Process = subprocess.Popen[str]


def start(code: str, **pipes: Any) -> Process | None:
    """Run Python code in a process of its own; None where there is no second core or no process to be had."""
    if (os.cpu_count() or 1) < 2 or not sys.executable:
        return None
    # the modules of this process, whatever lies in the current folder
    code = f"import sys; sys.path[:] = {sys.path!r}\n{code}"
    quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    try:  # in a session of its own: it shall hear of a Ctrl-C once, from us
        return subprocess.Popen([sys.executable, "-c", code], text=True, start_new_session=True, **{**quiet, **pipes})
    except OSError:
        return None


def begin() -> None:
    """The first thing that the second process does: from here on it ends when it is told to, or alone in the world."""
    # its own end is a SIGTERM: a shell's background job ignores SIGINT, and so would this process from the start
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def end(other: Process) -> None:
    """End the second process, gently at first, so that it removes the file that it is writing."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        if other.poll() is None:
            other.terminate()
        other.communicate(timeout=10)
    other.kill()
    other.communicate()


def _end_with(parent: int) -> None:
    """End this process when its parent is gone: who killed that one wants no more files."""
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)
