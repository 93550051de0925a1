"""Readers that leave, closed and full streams: all files are there, and the exit status says what was lost."""

from __future__ import annotations

import io
import os
import subprocess
import sys

import pytest

from ngdm_lab.cli.streams import Stream

COMMAND = f"{sys.executable} -c 'from ngdm_lab.cli.main import run; run()'"
RACE = "race --landscapes sphere:2 --optimizers sgd,adam --starts 4 --steps 5 --same-lr 1e-3 --no-figures --output out"
COMMANDS = {
    "race": (RACE, {"results.csv", "race.txt", "race.npz", "manifest.json"}),
    "trace": ("trace --landscape sphere:3 --steps 5 --output out", {"trace.npz"}),
    "train": (
        "train mlp --data digits --epochs 2 --no-batch-norm --output out",
        {"history.csv", "fit.npz", "manifest.json", "checkpoint.npz",
         *(f"learning_curves.{kind}" for kind in ("png", "pdf", "txt"))},
    ),
    "errata": ("paper errata --output out", {"errata.txt", "errata.md", "errata.json"}),
}
CANNOT = "ngdm-lab: cannot write to standard output"
# how the words are lost -> exit status, what standard error says
LOST = {
    "head": ("| head -c 1", 141, ""),
    "gone": ("| true", 141, ""),
    "closed": (">&-", 1, f"{CANNOT}: Bad file descriptor\n"),
    "full": ("> /dev/full", 1, f"{CANNOT}: No space left on device\n"),
    "errors closed": ("2>&-", 0, ""),
    "all closed": ("<&- >&- 2>&-", 1, ""),
}


def shell(words, folder):
    """Run a line of bash; the status is that of the pipe's first command."""
    return subprocess.run(["bash", "-c", f"{words}; exit ${{PIPESTATUS[0]}}"], cwd=folder, capture_output=True,
                          text=True, check=False, env={**os.environ, "PYTHONUNBUFFERED": "1"})  # fmt: skip


PLAIN = {("trace", "head"), ("train", "gone"), ("errata", "full")}
CASES = [
    pytest.param(command, lost, marks=() if command == "race" or (command, lost) in PLAIN else pytest.mark.slow)
    for command in COMMANDS for lost in LOST
]  # fmt: skip


@pytest.mark.parametrize(("command", "lost"), CASES)
def test_lost_words_cost_no_file(command, lost, tmp_path):
    words, files = COMMANDS[command]
    how, status, told = LOST[lost]
    done = shell(f"{COMMAND} {words} {how}", tmp_path)
    assert done.returncode == status or (lost == "head" and done.returncode == 0)  # it may have heard all
    assert done.stderr == told
    assert {path.name for path in (tmp_path / "out").iterdir()} == files
    assert not any(path.read_bytes() == b"" for path in (tmp_path / "out").iterdir())


@pytest.mark.parametrize(("words", "how", "status"), [
    ("list", "| true", 141), ("list", ">/dev/full", 1), ("--help", ">/dev/full", 1), ("race --starts no", "2>&-", 2),
    ("race --starts no", "2>/dev/full", 2),
])  # fmt: skip
def test_commands_that_only_speak(words, how, status, tmp_path):
    done = shell(f"{COMMAND} {words} {how}", tmp_path)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


class Full(io.StringIO):
    def write(self, text):
        raise OSError(28, "No space left on device")


def test_a_stream_keeps_the_first_loss_and_goes_on():
    stream = Stream(Full())
    assert print("a", "b", file=stream) is None
    print("c", file=stream)
    assert stream.lost.errno == 28
    assert not stream.isatty()
    closed = io.StringIO()
    closed.close()
    stream = Stream(closed)
    print("a", file=stream)
    assert stream.lost is not None
    assert not stream.isatty()


def test_a_stream_that_is_well_gets_every_word():
    inner = io.StringIO()
    stream = Stream(inner)
    print("a", file=stream, flush=True)
    assert inner.getvalue() == "a\n"
    assert stream.lost is None
    assert stream.getvalue() == "a\n"  # all else is the stream's own
