"""Each command end to end, in a process of its own, as a user would type it."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab

COMMAND = [sys.executable, "-c", "from ngdm_lab.cli.main import run; run()"]
RACE = ["race", "--landscapes", "himmelblau,sphere:4", "--optimizers", "sgd,adam,ngdm-gendir-exact"]
SMALL = ["--starts", "20", "--steps", "100", "--tuning-starts", "8"]


def start(arguments, folder, **options):
    return subprocess.run([*COMMAND, *arguments], cwd=folder, capture_output=True, text=True, check=False, **options)


def test_installed_command_is_there():
    found = shutil.which("ngdm-lab", path=os.path.dirname(sys.executable))
    assert found
    done = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"ngdm-lab {lab.__version__}"


@pytest.mark.parametrize("module", ["ngdm_lab", "ngdm_lab.cli.main"])
def test_python_m_is_the_command(module):
    done = subprocess.run([sys.executable, "-m", module, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == f"ngdm-lab {lab.__version__}"


@pytest.fixture(scope="module")
def raced(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cli")
    done = start([*RACE, *SMALL], folder)
    assert done.returncode == 0, done.stderr
    return folder, done


def test_race_prints_table_and_paths(raced):
    folder, done = raced
    assert "Noise floor" in done.stdout
    assert done.stderr == ""  # no progress bar where there is no terminal
    listed = [line.strip() for line in done.stdout.split("Written:")[1].splitlines() if line.strip()]
    assert sorted(listed) == sorted(f"ngdm-race/{p.name}" for p in (folder / "ngdm-race").iterdir())
    assert {"ngdm-race/results.csv", "ngdm-race/manifest.json", "ngdm-race/convergence.png"} <= set(listed)
    with (folder / "ngdm-race" / "results.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 8


TINY = ["--optimizers", "sgd", "--starts", "4", "--steps", "5", "--same-lr", "1e-6", "--no-figures"]


def surfaces_of(folder):
    with (folder / "ngdm-race" / "results.csv").open() as file:
        return list(dict.fromkeys(row["surface"] for row in csv.DictReader(file)))


def test_race_by_tag(tmp_path):
    done = start(["race", "--tag", "convex,conditioned", *TINY], tmp_path)
    assert done.returncode == 0, done.stderr
    assert surfaces_of(tmp_path) == [ls.get(name).name for name in ls.names(["convex", "conditioned"])]


def test_race_of_listed_landscapes_by_tag(tmp_path):
    listed = "sphere:4,rastrigin:3,sphere:2:rotated=1"
    done = start(["race", "--landscapes", listed, "--tag", "separable", *TINY], tmp_path)
    assert done.returncode == 0, done.stderr
    assert surfaces_of(tmp_path) == ["sphere-4d", "rastrigin-3d"]


def test_race_over_all(tmp_path):
    done = start(["race", "--all", *TINY], tmp_path)
    assert done.returncode == 0, done.stderr
    assert surfaces_of(tmp_path) == [ls.get(name).name for name in ls.names()]


def test_manifest_gives_the_same_bits(raced):
    folder, _ = raced
    done = start(["race", "--manifest", "ngdm-race/manifest.json", "--output", "again", "--no-figures"], folder)
    assert done.returncode == 0, done.stderr
    for name in ("results.csv", "race.txt"):
        assert (folder / "again" / name).read_bytes() == (folder / "ngdm-race" / name).read_bytes()
    one, other = lab.load(folder / "ngdm-race" / "race.npz"), lab.load(folder / "again" / "race.npz")
    for a, b in zip(one.entries, other.entries, strict=True):
        assert np.array_equal(a.runs.x, b.runs.x, equal_nan=True)


def test_trace_writes_path_and_picture(tmp_path):
    done = start(["trace", "--optimizer", "adam", "--lr", "0.05", "--start", "-1.2,1", "--output", "out"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "adam on rosenbrock-2d" in done.stdout
    figures = {f"trajectory.{kind}" for kind in ("png", "pdf", "txt")}
    assert {p.name for p in (tmp_path / "out").iterdir()} == {"trace.npz", *figures}
    assert lab.load(tmp_path / "out" / "trace.npz").x.shape == (501, 2)


def test_doctor_is_content(tmp_path):
    done = start(["doctor"], tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "64 of 64 test runs arrived" in done.stdout


def test_doctor_tells_of_a_cache_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    done = start(["doctor"], tmp_path, env={**os.environ, "NGDM_LAB_CACHE": str(tmp_path / "file" / "cache")})
    assert done.returncode == 3
    assert "compiled anew in each process" in done.stdout
    assert "64 of 64 test runs arrived" in done.stdout


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGKILL, -signal.SIGKILL)])
def test_interrupted_race_leaves_no_half_written_file(tmp_path, sent, status):
    """A race that would take minutes, stopped in its midst."""
    arguments = ["race", "--landscapes", "rastrigin:10", "--optimizers", "sgd", "--starts", "4000", "--steps", "20000"]
    running = subprocess.Popen(
        [*COMMAND, *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not (tmp_path / "ngdm-race").exists() and running.poll() is None:
        time.sleep(0.05)
    time.sleep(1.0)
    running.send_signal(sent)
    out, err = running.communicate(timeout=60)
    assert running.returncode == status
    assert out == ""
    if sent == signal.SIGINT:
        assert err == "ngdm-lab race: interrupted\n"
        assert list(tmp_path.iterdir()) == []
    else:
        assert {p.name for p in (tmp_path / "ngdm-race").iterdir()} <= {"journal.jsonl"}


def test_second_run_takes_a_new_folder(raced):
    folder, _ = raced
    before = (folder / "ngdm-race" / "manifest.json").read_bytes()
    done = start(["race", "--landscapes", "sphere:2", "--optimizers", "sgd", *SMALL, "--no-figures"], folder)
    assert done.returncode == 0, done.stderr
    assert (folder / "ngdm-race-2" / "results.csv").exists()
    assert (folder / "ngdm-race" / "manifest.json").read_bytes() == before
    assert json.loads(before)["settings"]["starts"] == 20


@pytest.mark.slow
def test_the_default_race_as_the_readme_has_it(tmp_path):
    done = start(["race"], tmp_path)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "ngdm-race" / "results.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert {row["starts"] for row in rows} == {"1000"}
    assert len({row["surface"] for row in rows}) >= 8
    assert len({row["optimizer"] for row in rows} - {"control"}) >= 6
    assert {"styblinski_tang-10d", "styblinski_tang-10d-flipped"} <= {row["surface"] for row in rows}
    figures = {p.name for p in (tmp_path / "ngdm-race").iterdir()}
    for name in ("convergence", "profile", "ecdf", "success", "trajectories", "basins"):
        assert {f"{name}.png", f"{name}.pdf", f"{name}.txt"} <= figures
