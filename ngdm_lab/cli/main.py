"""`ngdm-lab`: the command line's front door.

Exit status: 0 done, 1 a job of a long run failed (one line on standard error; finished jobs are kept), 2 bad input (one
line, nothing written), 3 something needed is missing, 130 interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import NoReturn

__all__ = ["main", "run"]

_NEGATIVE = re.compile(r"-[\d.]")


class _Parser(argparse.ArgumentParser):
    """argparse without the usage dump: one line, exit status 2."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(2)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    import ngdm_lab

    from . import cache, doctor, listing, paper, race, trace, train

    description = "Race optimizers on landscapes: NGDM on Dirichlet distributions and company."
    top = _Parser(prog="ngdm-lab", description=description)
    top.add_argument("--version", action="version", version=f"ngdm-lab {ngdm_lab.__version__}")
    words = "race|trace|train|paper|list|cache|doctor"
    commands = top.add_subparsers(dest="command", required=True, metavar=words, parser_class=_Parser)
    for module in (race, trace, train, paper, listing, cache, doctor):
        module.add(commands)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status."""
    words: list[str] = []
    for word in sys.argv[1:] if arguments is None else arguments:
        if words and words[-1] == "--start" and _NEGATIVE.match(word):
            words[-1] = f"--start={word}"  # argparse would take the start -1.2,1 for an option
        else:
            words.append(word)
    try:
        options = parser().parse_args(words)
    except SystemExit as end:  # argparse's way of saying so
        return int(end.code or 0)
    from ngdm_lab.compiler.errors import Unavailable
    from ngdm_lab.experiments.jobs import JobError

    name = f"ngdm-lab {options.command}"
    try:
        with _heeding_interrupts():
            status = int(options.run(options))
        sys.stdout.flush()  # here, so that a closed pipe is met inside this try
        return status
    except ValueError as error:
        print(f"{name}: {' '.join(str(error).split())}", file=sys.stderr)
        return 2
    except JobError as error:
        print(f"{name}: {' '.join(str(error).split())}", file=sys.stderr)
        return 1
    except (Unavailable, ImportError) as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 3
    except KeyboardInterrupt:
        print(f"{name}: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # the reader has gone; keep the interpreter's last flush from complaining
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


@contextlib.contextmanager
def _heeding_interrupts() -> Iterator[None]:
    """Make sure that Ctrl-C ends a run.

    Python drops an exception that is raised while an object is being finalised, and a compiler finalises many.
    So the signal is also remembered, and looked at before each chunk of steps.
    """
    from ngdm_lab.engine import driver

    seen = []

    def interrupt(number: int, frame: object) -> None:
        seen.append(number)
        raise KeyboardInterrupt

    def look() -> None:
        if seen:
            raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # there signals are not ours
        yield
        return
    before = signal.signal(signal.SIGINT, interrupt)
    try:
        with driver.watched(look):
            yield
    finally:
        signal.signal(signal.SIGINT, before)


def run() -> NoReturn:
    """Entry point of the installed command."""
    raise SystemExit(main())


if __name__ == "__main__":
    run()
