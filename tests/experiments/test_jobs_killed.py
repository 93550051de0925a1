"""Runs that end badly: killed with signal 9 at any moment, interrupted, with workers that die."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from ngdm_lab.experiments.jobs import Job, JobError, Journal, run

TESTS = Path(__file__).resolve().parent.parent / "support"

FORTY = """
import sys
from ngdm_lab.experiments.jobs import Job, run
if __name__ == "__main__":
    path, log, executor, seconds = sys.argv[1:]
    jobs = [Job("job_functions:tenth", {"x": x, "log": log, "seconds": float(seconds)}) for x in range(40)]
    print(repr(run(jobs, path, executor=executor, workers=2)))
"""


@pytest.fixture
def forty(tmp_path):
    script = tmp_path / "forty.py"
    script.write_text(FORTY)
    path = os.pathsep.join([str(TESTS), str(TESTS.parents[1]), os.environ.get("PYTHONPATH", "")])

    def start(journal, executor, seconds=0.02):
        words = [sys.executable, str(script), journal, str(tmp_path / f"{executor}.log"), executor, str(seconds)]
        return subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": path})

    return start


def alive(process):
    """Whether a process runs; one that has ended and waits to be collected does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def count_lines(journal):
    """The jobs that a journal holds, torn ones too."""
    return journal.read_bytes().count(b'{"kind":"job"') if journal.exists() else 0


def tenths(count, **more):
    return [Job("job_functions:tenth", {"x": x, **more}) for x in range(count)]


@pytest.mark.parametrize("executor", ["inline", "processes"])
def test_killed_again_and_again_a_run_ends_with_the_same_results(forty, tmp_path, executor):
    journal, rng, finished, kills = tmp_path / "journal", np.random.default_rng(5), 0, 0
    while finished < 33:
        with forty(str(journal), executor) as process:
            enough = finished + int(rng.integers(0, 14))
            while process.poll() is None and count_lines(journal) < enough:
                time.sleep(0.001)
            time.sleep(float(rng.uniform(0, 0.02)))
            process.kill()
        kills += 1
        finished = len(Journal(journal).results())  # none damaged: a warning is an error
    assert kills > 1
    log = (tmp_path / f"{executor}.log").read_text().split()
    with forty(str(journal), executor) as process:
        out = process.stdout.read()
    assert process.returncode == 0
    assert out == repr(run(tenths(40, log=str(tmp_path / f"{executor}.log"), seconds=0.02), executor="inline")) + "\n"
    assert len(log) <= 40 + 2 * kills  # of each killed run only what was running is run again


def test_workers_end_when_their_parent_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(f"""
from ngdm_lab.experiments.jobs import Job, run
if __name__ == "__main__":
    run([Job("job_functions:tells_process", {{"x": x, "folder": {str(tmp_path)!r}, "seconds": 100}}) for x in (0, 1)],
        workers=2)
""")
    path = os.pathsep.join([str(TESTS), str(TESTS.parents[1])])
    with subprocess.Popen([sys.executable, str(script)], env=os.environ | {"PYTHONPATH": path}) as process:
        while len(list(tmp_path.glob("?-*"))) < 2:
            assert process.poll() is None
            time.sleep(0.01)
        workers = [int(p.name.split("-")[1]) for p in tmp_path.glob("?-*")]
        assert all(map(alive, workers))
        process.kill()
    for _ in range(1000):
        if not any(map(alive, workers)):
            break
        time.sleep(0.01)
    assert not any(map(alive, workers))


def test_an_interrupt_abandons_what_runs_and_keeps_what_is_finished(tmp_path):
    given = {"parent": os.getpid(), "journal": str(tmp_path / "journal")}
    jobs = [Job("job_functions:interrupts_parent", {"x": x, **given}) for x in range(4)]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):  # long before job 0 has slept its minute
            run(jobs, tmp_path / "journal", workers=2)
    finally:
        signal.signal(signal.SIGINT, before)
    results = Journal(tmp_path / "journal").results()
    assert jobs[0].key not in results
    assert 1 <= len(results) <= 3


def test_a_worker_that_dies_is_replaced_and_its_jobs_run_again(tmp_path):
    jobs = [Job("job_functions:dies_once", {"x": 7, "mark": str(tmp_path / "mark")}), *tenths(6)]
    results = run(jobs, tmp_path / "journal", workers=2)
    assert [r["x"] for r in results] == [7, 0, 1, 2, 3, 4, 5]
    assert len(Journal(tmp_path / "journal").results()) == 7


@pytest.mark.parametrize("workers", [1, 3])
def test_a_job_whose_workers_die_each_time_is_named(tmp_path, workers):
    jobs = [*tenths(3), Job("job_functions:dies", {"seconds": 0.1}), *tenths(6, seconds=0.2)[3:]]
    message = r"^job job_functions:dies\(seconds=0\.1\) failed: its worker process died twice$"
    with pytest.raises(JobError, match=message):
        run(jobs, tmp_path / "journal", workers=workers)
    assert jobs[3].key not in Journal(tmp_path / "journal").results()
    assert set(Journal(tmp_path / "journal").results()) >= {job.key for job in jobs[:3]}


def test_jobs_that_run_when_one_fails_are_kept(tmp_path):
    jobs = [Job("job_functions:fails", {"x": x, "seconds": 0.5}) for x in (0, -1, 2, 3, 4, 5)]
    with pytest.raises(JobError, match="x=-1"):
        run(jobs, tmp_path / "journal", workers=2)
    kept = list(Journal(tmp_path / "journal").results())
    assert kept[:1] == [jobs[0].key]
    assert set(kept) <= {jobs[0].key, jobs[2].key}  # a worker may have begun one more before it was told


def test_of_several_failures_the_first_job_is_named():
    jobs = [Job("job_functions:fails", {"x": x}) for x in (-1, -2, -3)]
    with pytest.raises(JobError, match="x=-1"), ThreadPoolExecutor(3) as threads:
        run(jobs, executor=threads)


def test_an_error_that_cannot_travel_is_reported_as_well():
    with pytest.raises(JobError, match=re.escape("raises_what_cannot_travel() failed: Unpicklable: this")):
        run([Job("job_functions:raises_what_cannot_travel", {}), *tenths(2)], workers=1)


def test_a_pool_of_ones_own_that_breaks_is_reported_and_not_renewed(tmp_path):
    with ProcessPoolExecutor(1) as pool, pytest.raises(JobError, match=r"dies\(\) failed: its worker process died$"):
        run([Job("job_functions:dies", {})], executor=pool)
