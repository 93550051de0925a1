"""Commands killed at random moments, again and again, and gone on with: they come to what an unbroken run comes to."""

from __future__ import annotations

import contextlib
import os
import signal
import time

import numpy as np
import pytest

import ngdm_lab as lab
from command_server import Server
from ngdm_lab import store

COMMANDS = {
    "race": ["race", "--landscapes", "himmelblau,rastrigin:4", "--optimizers", "sgd,adam,ngdm-dirichlet-exact",
             "--starts", "200", "--steps", "1000", "--tuning-starts", "16", "--no-figures"],
    "train": ["train", "mlp", "--data", "digits", "--epochs", "8", "--optimizer", "adam", "--dropout", "0.2"],
    "table": ["paper", "table", "4", "--executor", "inline"],
}  # fmt: skip
SECONDS = ("seconds", "history_seconds")


def content(folder):
    """What the files of a run hold, but for the time that it took."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.suffix == ".npz" and path.name != "checkpoint.npz":
            lab.load(path)
            kind, arrays, manifest = store.read(path)
            kept = {k: v.tobytes() for k, v in arrays.items() if k.rsplit("/", 1)[-1] not in SECONDS}
            found[path.name] = kind, kept, untimed(manifest)
        elif path.suffix in (".csv", ".txt", ".md") and path.name != "history.csv":
            found[path.name] = path.read_bytes()
    return found


def untimed(tree):
    if isinstance(tree, dict):
        return {k: untimed(v) for k, v in tree.items() if k not in SECONDS}
    return [untimed(v) for v in tree] if isinstance(tree, list) else tree


def going_on(words, folder):
    """The words that go on in a folder, if it is there."""
    if not folder.is_dir():
        return [*words, "--output", str(folder)]
    return [*words, "--resume", str(folder)] if words[0] == "train" else [*words, "--resume", "--output", str(folder)]


def whole_files(folder):
    """Every result that lies there while a run is killed can be read."""
    for path in folder.glob("[!.]*.npz"):
        assert store.read(path)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kills", [3, pytest.param(100, marks=pytest.mark.slow)])
@pytest.mark.parametrize("command", COMMANDS)
def test_killed_at_random_it_comes_to_the_same(command, kills, tmp_path):
    words, rng = COMMANDS[command], np.random.default_rng([kills, list(COMMANDS).index(command)])
    server = Server(tmp_path)
    with contextlib.closing(server):
        began = time.perf_counter()
        server.start([*words, "--output", "whole"])
        assert server.wait() == 0
        lasts = time.perf_counter() - began
        wanted, killed, turn = content(tmp_path / "whole"), 0, 0
        assert wanted
        folder = tmp_path / "run0"
        while killed < kills or not turn or folder.exists():
            process = server.start(going_on(words, folder))
            if killed < kills:
                time.sleep(rng.uniform(0, 0.6 * lasts))
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
            status = server.wait()
            if status != -signal.SIGKILL:
                assert status == 0
                assert content(folder) == wanted
                assert not list(folder.glob(".*"))
                turn += 1
                folder = tmp_path / f"run{turn}"
            else:
                killed += 1
                whole_files(folder)
