"""The folder of a run is its own: a second one is refused or takes another; the dead block nobody."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from ngdm_lab.cli.folder import begun, reserve
from ngdm_lab.cli.main import main

COMMAND = [sys.executable, "-c", "from ngdm_lab.cli.main import run; run()"]
SMALL = ["--landscapes", "sphere:2", "--optimizers", "sgd", "--starts", "4", "--steps", "5", "--same-lr", "1e-3",
         "--no-figures"]  # fmt: skip
HOLDS = """
import sys, time
from ngdm_lab.cli.folder import reserve
with reserve(sys.argv[1] or None, "out"):
    print("here", flush=True)
    time.sleep(1000)
"""


@pytest.fixture
def holder(tmp_path):
    """Starts a process that holds a folder, the default one if it is ""."""
    running = []

    def start(name):
        running.append(subprocess.Popen([sys.executable, "-c", HOLDS, name], cwd=tmp_path, stdout=subprocess.PIPE))
        assert running[-1].stdout.readline() == b"here\n"
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def test_a_folder_that_another_run_has_is_refused(holder, tmp_path, capsys):
    held = holder("given")
    assert main(["race", *SMALL, "--output", str(tmp_path / "given")]) == 2
    told = capsys.readouterr().err
    assert told.endswith("given is being written by another run: choose another one\n")
    assert told.count("\n") == 1
    assert list((tmp_path / "given").iterdir()) == []
    assert main(["race", *SMALL, "--output", str(tmp_path / "given"), "--resume"]) == 2
    assert "is being written by another run: wait for its end" in capsys.readouterr().err
    held.send_signal(signal.SIGKILL)
    held.wait()
    assert main(["race", *SMALL, "--output", str(tmp_path / "given")]) == 0


def test_the_default_folder_is_given_once(holder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    held = holder("")
    with reserve(None, "out") as second, reserve(None, "out") as third:
        assert (second.name, third.name) == ("out-2", "out-3")
    assert held.poll() is None


def test_many_at_once_mix_nothing(tmp_path):
    words = [*COMMAND, "race", *SMALL]
    runs = [subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = [run.communicate()[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    folders = [text.split("Written:\n  ")[1].split("/")[0] for text in told]
    assert sorted(folders) == ["ngdm-race", "ngdm-race-2", "ngdm-race-3"]
    assert all(len(list((tmp_path / name).iterdir())) == 4 for name in folders)


def test_a_claim_ends_with_its_block(tmp_path):
    for _ in range(2):
        with reserve(str(tmp_path / "a"), "") as path, pytest.raises(ValueError, match="written by another"):
            reserve(str(path), "").__enter__()
        with begun(str(tmp_path / "a"), "", True):
            pass


def test_what_the_dead_left_is_swept(tmp_path):
    left = [tmp_path / ".race.npz-0123456789abcdef", tmp_path / "tables" / ".table1.txt-0123456789abcdef"]
    left[1].parent.mkdir()
    for path in left:
        path.write_text("half")
    with begun(str(tmp_path), "", True):
        assert not any(path.exists() for path in left)
    left[1].parent.rmdir()
    left[0].write_text("half")
    with reserve(str(tmp_path), ""):  # it holds nothing else
        assert not left[0].exists()


def test_a_folder_that_is_removed_while_we_look_is_not_ours(tmp_path, monkeypatch):
    from ngdm_lab.cli import folder

    plain = folder.fcntl.flock

    def removed(handle, how):
        plain(handle, how)
        if (tmp_path / "a").exists():
            (tmp_path / "a").rmdir()

    monkeypatch.setattr(folder.fcntl, "flock", removed)
    with pytest.raises(ValueError, match="written by another run"):
        reserve(str(tmp_path / "a"), "").__enter__()
