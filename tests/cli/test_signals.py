"""SIGTERM, SIGHUP, one and two Ctrl-C: what is finished is kept, the status says what came, nothing is left running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import ngdm_lab as lab
from ngdm_lab.cli import signals
from ngdm_lab.experiments.jobs import Journal

COMMAND = [sys.executable, "-c", "from ngdm_lab.cli.main import run; run()"]
# one pair that is finished in a moment, and one that takes minutes
RACE = ["race", "--landscapes", "sphere:2,rastrigin:50", "--optimizers", "sgd", "--starts", "3000", "--steps", "30000",
        "--same-lr", "1e-3", "--output", "out"]  # fmt: skip
TRAIN = ["train", "mlp", "--data", "digits", "--epochs", "100000", "--output", "out"]


def begun(words, folder, ready):
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    running = subprocess.Popen([*COMMAND, *words], cwd=folder, text=True, **pipes)
    while not ready():
        assert running.poll() is None, running.communicate()
        time.sleep(0.02)
    return running


def finished_jobs(folder):
    path = folder / "out" / "journal.jsonl"
    return len(Journal(path).results()) if path.exists() else 0


def left(folder):
    return [path.name for path in folder.rglob(".*")]


@pytest.mark.parametrize(
    ("number", "told"),
    [(signal.SIGINT, "interrupted"), (signal.SIGTERM, "ended by SIGTERM"), (signal.SIGHUP, "ended by SIGHUP")],
)
def test_a_race_keeps_what_is_finished(number, told, tmp_path):
    running = begun(RACE, tmp_path, lambda: finished_jobs(tmp_path) >= 2)
    running.send_signal(number)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (128 + number, "")
    assert out.startswith("Interrupted: 2 of 4 pairs were run, up to sgd on rastrigin-50d.")
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files == {"journal.jsonl", "results.csv", "race.txt", "race.npz", "manifest.json"}
    assert lab.load(tmp_path / "out" / "race.npz").status == "interrupted"


def test_two_at_once_end_it_at_once(tmp_path):
    running = begun(RACE, tmp_path, lambda: finished_jobs(tmp_path) >= 1)
    running.send_signal(signal.SIGINT)
    while running.poll() is None:
        running.send_signal(signal.SIGINT)
        time.sleep(0.05)
    err = running.communicate(timeout=60)[1]
    assert running.returncode in (130, -signal.SIGINT)
    assert "Traceback" not in err or running.returncode == -signal.SIGINT
    assert finished_jobs(tmp_path) >= 1
    assert left(tmp_path) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_training_ends_after_its_step(number, tmp_path):
    running = begun(TRAIN, tmp_path, (tmp_path / "out" / "checkpoint.npz").exists)
    running.send_signal(number)
    out, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (128 + number, "")
    assert "interrupted. The run was stopped from outside" in out
    assert lab.load(tmp_path / "out" / "fit.npz").status == "interrupted"
    assert left(tmp_path) == []


def test_no_worker_is_left(tmp_path):
    words = ["paper", "table", "4", "--workers", "2", "--output", "out"]
    running = begun(words, tmp_path, lambda: finished_jobs(tmp_path) >= 1)
    group = [int(p) for p in Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()]
    assert len(group) >= 2
    running.send_signal(signal.SIGTERM)
    _, err = running.communicate(timeout=60)
    assert (running.returncode, err) == (143, "ngdm-lab paper: ended by SIGTERM\n")
    for _ in range(200):
        if not any(os.path.exists(f"/proc/{process}") for process in group):
            break
        time.sleep(0.05)
    assert not any(os.path.exists(f"/proc/{process}") for process in group)
    assert finished_jobs(tmp_path) >= 1
    assert left(tmp_path) == []


def test_nohup_is_respected(tmp_path):
    words = ["bash", "-c", "trap '' HUP; exec \"$@\"", "-", *COMMAND, *TRAIN]
    words[words.index("100000")] = "3"
    with subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.DEVNULL) as running:
        while not (tmp_path / "out" / "checkpoint.npz").exists():
            assert running.poll() is None
            time.sleep(0.02)
        running.send_signal(signal.SIGHUP)
    assert running.returncode == 0


def test_a_signal_that_is_taken_is_looked_at_no_more():
    with signals.heeding() as heed:
        with pytest.raises(signals.Ended):
            os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(signals.Ended):
            heed.look()
        signals.take()
        heed.look()
        assert heed.first == signal.SIGTERM
        assert signals.ending(heed.first) == "ended by SIGTERM"
        with pytest.raises(signals.Ended):
            os.kill(os.getpid(), signal.SIGINT)
        assert heed.first == signal.SIGTERM
    signals.take()  # nothing is heeded here
    assert signals.ending(None) == "interrupted"


class Finalised:
    """A signal comes while it is finalised, where Python drops every exception."""

    def __init__(self, number):
        self.number = number

    def __del__(self):
        os.kill(os.getpid(), self.number)
        time.sleep(0.001)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_that_python_drops_comes_again(number, capfd):
    with signals.heeding() as heed:
        Finalised(number)
        with pytest.raises(signals.Ended):
            time.sleep(5.0)
        assert heed.first == number
    assert capfd.readouterr().err == ""


def test_a_dropped_signal_that_was_looked_at_does_not_come_again():
    with signals.heeding() as heed:
        Finalised(signal.SIGTERM)
        with pytest.raises(signals.Ended):
            heed.look()
        time.sleep(10 * signals.AGAIN)


def test_without_a_handler_of_ones_own_a_training_leaves_sigterm_alone():
    from ngdm_lab.nets.training.interrupts import waiting_interrupts

    with waiting_interrupts() as interrupted:
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        os.kill(os.getpid(), signal.SIGINT)
        assert interrupted()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
