"""`ngdm-lab`: the command line's front door.

Exit status: 0 done, 1 a job of a long run failed, a file could not be written, or standard output could not (one line
on standard error; what is finished is kept), 2 bad input (one line, nothing written), 3 something needed is missing,
128 and the number of the signal that ended it (130 for Ctrl-C; 141 where the reader of its words has gone, with all
files).
"""

from __future__ import annotations

import argparse
import errno
import re
import signal
import sys
import warnings
from collections.abc import Sequence
from typing import Any, NoReturn

from .folder import Incomplete
from .signals import Heed, ending, heeding
from .streams import kept_open, losing_streams

__all__ = ["main", "run"]

_NEGATIVE = re.compile(r"-[\d.]")


class _Parser(argparse.ArgumentParser):
    """argparse without the usage dump: one line, exit status 2."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message} (see {self.prog} --help)", file=sys.stderr)
        raise SystemExit(2)


class _Completion(argparse.Action):
    """--print-completion: the script by which a shell completes the command's words."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: Any, values: Any, option_string: Any = None) -> None:
        try:
            import shtab
        except ImportError:
            raise ImportError(f'{option_string} needs the package shtab: pip install "ngdm-lab[completion]"') from None
        print(shtab.complete(parser, values))
        parser.exit(0)


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    import ngdm_lab

    from . import cache, doctor, listing, paper, race, trace, train

    description = "Compare optimizers on landscapes: natural gradient descent with momentum (NGDM) and others."
    top = _Parser(prog="ngdm-lab", description=description)
    top.add_argument("--version", action="version", version=f"ngdm-lab {ngdm_lab.__version__}")
    shells = ("bash", "zsh", "tcsh")
    top.add_argument("--print-completion", action=_Completion, choices=shells, help="print a shell's completion script")
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
    with losing_streams() as out:
        with heeding() as heed, warnings.catch_warnings():
            warnings.showwarning = _warn
            status = _status(words, heed)
        out.flush()
        if out.lost is None or status != 0:
            return status
        if out.lost.errno == errno.EPIPE:
            return 128 + signal.SIGPIPE
        print(f"ngdm-lab: cannot write to standard output: {out.lost.strerror}", file=sys.stderr)
        return 1


def _status(words: list[str], heed: Heed) -> int:
    """The command itself: what it says by its exceptions, in one line."""
    name = "ngdm-lab"
    try:
        try:
            options = parser().parse_args(words)
        except SystemExit as end:  # argparse's way of saying so
            return int(end.code or 0)
        name = f"ngdm-lab {options.command}"
        with heed.watching():
            status = int(options.run(options))
        return status if heed.first is None or status == 0 else 128 + heed.first
    except KeyboardInterrupt:
        print(f"{name}: {ending(heed.first)}", file=sys.stderr)
        return 128 + (heed.first or signal.SIGINT)
    except Exception as error:
        status = _failed(error)
        if not status:
            raise
        print(f"{name}: {' '.join(str(error).split())}", file=sys.stderr)
        return status


def _failed(error: Exception) -> int:
    """The exit status for an error that is told in one line; 0 for one that is our own fault."""
    from ngdm_lab.compiler.errors import Unavailable
    from ngdm_lab.compiler.files import NotWritten
    from ngdm_lab.experiments.jobs import JobError

    kinds: dict[Any, int] = {
        (Incomplete, NotWritten, JobError): 1, ValueError: 2, (Unavailable, ImportError): 3, OSError: 1,
    }  # fmt: skip
    return next((status for kind, status in kinds.items() if isinstance(error, kind)), 0)


def _warn(message: Warning | str, *where: Any, **more: Any) -> None:
    print(f"ngdm-lab: {' '.join(str(message).split())}", file=sys.stderr)


def run() -> NoReturn:
    """Entry point of the installed command."""
    kept_open()
    raise SystemExit(main())


if __name__ == "__main__":
    run()
