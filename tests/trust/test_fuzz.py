"""One bad value in one argument of everything public, some ten thousand times, from a fixed seed.

Every error is a ValueError, a TypeError or the lab's Unavailable and names the argument in one line; nothing is
accepted that its kind does not take (`fuzz_kinds`), nothing warns, and nothing ends the process or hangs: each room is
tried in a process of its own, with a limit.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import fuzz
import landscapes as ls

SHARES = {"landscapes": 0.1, "geometry": 0.5, "optimizers": 0.5, "experiments": 0.1, "nets": 0.15, "plots": 0.15}
CALLS = {"landscapes": 900, "geometry": 4_000, "optimizers": 3_500, "experiments": 1_800, "nets": 2_500, "plots": 1_700}
LIMIT = 300  # seconds: some 10 are needed, many times as many on a machine that others use


def tried(room, share, folder, limit=LIMIT):
    """What `fuzz.main` prints, from a process of its own."""
    log = folder / "calls.txt"
    command = [sys.executable, fuzz.__file__, room, str(share), str(log)]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        pytest.fail(f"a call hangs: {log.read_text().splitlines()[-1]}")
    where = log.read_text().splitlines()[-1] if log.exists() else done.stderr
    assert done.returncode == 0, f"the process ended by itself: {where}\n{done.stderr[-2000:]}"
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("room", SHARES)
def test_bad_input_is_named(room, tmp_path):
    found = tried(room, SHARES[room], tmp_path)
    assert found["faults"] == []
    assert found["calls"] >= CALLS[room]


@pytest.mark.slow
@pytest.mark.parametrize("room", SHARES)
def test_every_bad_value_in_every_argument_is_named(room, tmp_path):
    assert tried(room, 1, tmp_path, 3600)["faults"] == []


def test_there_are_at_least_ten_thousand():
    assert sum(CALLS.values()) >= 10_000
    assert set(SHARES) == set(CALLS) == set(fuzz.ROOMS)


def test_every_package_that_exports_is_a_room():
    listed = [package for packages in fuzz.ROOMS.values() for package in packages]
    for root in map(Path, fuzz.OURS):
        for init in root.rglob("__init__.py"):
            exports = "__all__ = [" in init.read_text() or init.with_suffix(".pyi").is_file()
            package = ".".join(init.parent.relative_to(root.parent).parts)
            assert not exports or package in [*listed, "ngdm_lab"], package  # the top names what these have


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda lr: None, "accepted"),
        (lambda lr: ls.sphere(lr), "not named"),
        (lambda lr: [][0], "IndexError"),
        (lambda lr: exec("raise ValueError('lr must be better')"), "from inside"),
    ],
)
def test_faults_are_found(call, says):
    assert says in fuzz.fault(call, "lr", "number", "'x'", {"lr": "x"})
