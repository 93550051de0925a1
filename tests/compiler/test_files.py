"""Files are whole or as they were; what a killed process left is swept, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from broken_disk import Disk, each_failure
from ngdm_lab.compiler.files import sweep, write_atomically


def test_write_atomically(tmp_path, monkeypatch):
    path = tmp_path / "result"
    write_atomically(path, b"one")
    write_atomically(path, b"two")
    assert path.read_bytes() == b"two"
    umask = os.umask(0)
    os.umask(umask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask

    def fails(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"three")
    assert path.read_bytes() == b"two"
    assert [p.name for p in tmp_path.iterdir()] == ["result"]
    monkeypatch.undo()
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "missing" / "result", b"")


def test_every_call_that_fails_leaves_the_old_file_or_the_new(tmp_path):
    path = tmp_path / "result"
    seen = set()
    for disk in each_failure(tmp_path, lambda: write_atomically(path, b"new")):
        write_atomically(path, b"old one")
        failed = False
        try:
            with disk.there():
                write_atomically(path, b"new")
        except OSError:
            failed = True
        assert path.read_bytes() == (b"old one" if failed else b"new")
        assert [p.name for p in tmp_path.iterdir()] == ["result"]
        seen.add((disk.fails[0], failed))
    assert seen == {("write", True), ("fsync", True), ("replace", True), ("fsync", False)}  # the last: the folder's


def test_a_full_disk_leaves_the_old_file(tmp_path):
    write_atomically(tmp_path / "result", b"old")
    with Disk(tmp_path, ("write", 0), half=True, for_good=True).there(), pytest.raises(OSError, match="No space"):
        write_atomically(tmp_path / "result", b"new")
    assert (tmp_path / "result").read_bytes() == b"old"


HANGS = """
import os, sys, time
from pathlib import Path
from ngdm_lab.compiler.files import write_atomically
os.fsync = lambda stream: time.sleep(1000)
write_atomically(Path(sys.argv[1]), b"half of it")
"""


def test_what_a_killed_writer_left_is_swept_and_a_living_one_keeps_its_file(tmp_path):
    with subprocess.Popen([sys.executable, "-c", HANGS, str(tmp_path / "result.npz")]) as writer:
        while not any(p.stat().st_size for p in tmp_path.iterdir()):
            assert writer.poll() is None
            time.sleep(0.01)
        [left] = tmp_path.iterdir()
        assert sweep(tmp_path) == []
        assert left.exists()
        writer.send_signal(signal.SIGKILL)
    assert sweep(tmp_path) == [left]
    assert list(tmp_path.iterdir()) == []


def test_nothing_else_is_swept(tmp_path):
    names = [".result-0123456789abcde", ".result-0123456789abcdeg", "result-0123456789abcdef", ".hidden"]
    for name in names:
        (tmp_path / name).write_text("mine")
    (tmp_path / ".folder-0123456789abcdef").mkdir()
    (tmp_path / ".link-0123456789abcdef").symlink_to(tmp_path / ".hidden")
    assert sweep(tmp_path) == []
    assert len(list(tmp_path.iterdir())) == 6
    assert sweep(tmp_path / "missing") == []


def test_a_writer_whose_new_file_is_swept_takes_another(tmp_path, monkeypatch):
    """Between the making of the file and its lock there is a moment in which it looks like nobody's."""
    plain, swept = os.open, []

    def opened(path, *rest):
        stream = plain(path, *rest)
        if not swept and os.path.dirname(path) == str(tmp_path):
            swept.append(path)
            os.unlink(path)
        return stream

    monkeypatch.setattr(os, "open", opened)
    write_atomically(tmp_path / "result", b"one")
    monkeypatch.undo()
    assert swept
    assert (tmp_path / "result").read_bytes() == b"one"
    assert [p.name for p in tmp_path.iterdir()] == ["result"]
