"""Runs commands of `ngdm-lab` in forks of a process that has imported all: one that is to be killed costs no start.

A line of JSON on standard input, a list of words, starts one; "pid N" and, when it has ended, "status N" come back.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


class Server:
    """The other end: `start` a command, `wait` for its end."""

    def __init__(self, folder):
        path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
        self._process = subprocess.Popen(
            [sys.executable, __file__], cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": path, "NUMBA_NUM_THREADS": "1"},
        )  # fmt: skip

    def start(self, words):
        """The process that runs a command."""
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        return int(self._heard("pid"))

    def wait(self):
        """The exit status of the command, negative for a signal."""
        return int(self._heard("status"))

    def _heard(self, word):
        line = self._process.stdout.readline()
        assert line.startswith(word), line
        return line.split()[1]

    def close(self):
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def serve():
    from ngdm_lab import experiments, nets, plots  # noqa: F401
    from ngdm_lab.cli.main import main
    from ngdm_lab.paper import tables

    sinusoid = tables.Size({"name": "sinusoid", "options": {"length": 150, "window": 6, "period": 20.0}}, 2, 1, 1, 40)
    tables._SIZES["quick"] |= {"lstm_forecaster": sinusoid, "gru_forecaster": sinusoid}
    tables.PROTOCOLS = {"printed": False, "tuned": False}
    nets.data.load("digits")
    for line in sys.stdin:
        process = os.fork()
        if not process:
            sys.stdout = open(os.devnull, "w")  # noqa: SIM115
            os._exit(main(json.loads(line)))
        print(f"pid {process}", flush=True)
        print(f"status {os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])}", flush=True)


if __name__ == "__main__":
    serve()
