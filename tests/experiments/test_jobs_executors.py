"""Results do not depend on where jobs run: in this process, in processes, on Dask, on a given executor."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from job_functions import THREADS
from ngdm_lab.experiments.jobs import Job, JobError, Journal, run


def tenths(count, **more):
    return [Job("job_functions:tenth", {"x": x, **more}) for x in range(count)]


class Backwards:
    """An executor that has no more than it must, and ends its jobs in a random order."""

    def __init__(self, seed):
        self.random, self.waiting = random.Random(seed), []

    def submit(self, function, *arguments):
        if not self.waiting:
            threading.Thread(target=self.work, daemon=True).start()
        future = Future()
        self.waiting.append((future, function, arguments))
        return future

    def work(self):
        time.sleep(0.05)
        while self.waiting:
            future, function, arguments = self.waiting.pop(self.random.randrange(len(self.waiting)))
            future.set_result(function(*arguments))
            time.sleep(0.001)


@pytest.mark.parametrize(
    "arguments",
    [{"workers": 1}, {"workers": 3}, {}, {"executor": Backwards(1)}, {"executor": Backwards(2)}],
    ids=["one", "three", "default", "random order", "another order"],
)
def test_the_same_results_everywhere(arguments, tmp_path):
    jobs = tenths(12)
    expected = repr(run(jobs, executor="inline"))
    assert repr(run(jobs, tmp_path / "journal", **arguments)) == expected
    assert repr(run(jobs, tmp_path / "journal", executor="inline")) == expected


def test_workers_have_one_thread_each_and_the_environment_is_as_before(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    before = dict(os.environ)
    seen = []
    results = run([Job("job_functions:threads", {})], on_result=lambda *_: seen.append(dict(os.environ)))
    assert results == [{"environment": ["1"] * len(THREADS), "numba": 1}]
    assert seen == [before]
    assert dict(os.environ) == before


def test_no_more_jobs_at_once_than_workers_on_a_given_executor():
    running, most = 0, 0

    class Counting(ThreadPoolExecutor):
        def submit(self, *arguments):
            nonlocal running, most
            running += 1
            most = max(most, running)
            future = super().submit(*arguments)

            def ended(_):
                nonlocal running
                running -= 1

            future.add_done_callback(ended)
            return future

    with Counting(4) as executor:
        run(tenths(20), executor=executor, workers=3)
        assert 1 <= most <= 3
        most = 0
        run(tenths(20, seconds=0.01), executor=executor)
        assert most == 20
        assert executor.submit(int, "3").result() == 3  # it stays open


def test_a_given_executor_has_its_waiting_jobs_cancelled_on_an_interrupt():
    class Never:
        def __init__(self):
            self.futures = []

        def submit(self, function, *arguments):
            self.futures.append(Future())
            if len(self.futures) == 1:
                self.futures[0].set_result(function(*arguments))
            return self.futures[-1]

    def stop(*_):
        raise KeyboardInterrupt

    never = Never()
    with pytest.raises(KeyboardInterrupt):
        run(tenths(3), executor=never, on_result=stop)
    assert [f.cancelled() for f in never.futures] == [False, True, True]


def test_a_cancelled_job_is_a_failed_one():
    class Cancelling:
        def submit(self, function, *arguments):
            future = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future

    with pytest.raises(JobError, match=r"tenth\(x=0\) failed: CancelledError"):
        run(tenths(1), executor=Cancelling())


def test_dask_on_this_machine(tmp_path):
    jobs = tenths(12)
    *results, threads = run([*jobs, Job("job_functions:threads", {})], tmp_path / "journal", executor="dask", workers=2)
    assert repr(results) == repr(run(jobs, executor="inline"))
    assert threads == {"environment": ["1"] * len(THREADS), "numba": 1}
    assert Journal(tmp_path / "journal").lines()[0]["executor"] == "dask"


def test_dask_with_a_worker_killed_while_it_runs(tmp_path):
    import distributed

    jobs = [Job("job_functions:tells_process", {"x": x, "folder": str(tmp_path), "seconds": 1.0}) for x in range(6)]
    killed = []

    def kill_one():
        while len(list(tmp_path.glob("?-*"))) < 2:
            time.sleep(0.01)
        first = min(tmp_path.glob("?-*"))
        killed.append(first.name)
        os.kill(int(first.name.split("-")[1]), signal.SIGKILL)

    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
    ) as cluster:
        killer = threading.Thread(target=kill_one)
        killer.start()
        results = run(jobs, tmp_path / "journal", executor=f"dask:{cluster.scheduler_address}")
        killer.join()
        with pytest.raises(JobError, match=r"x=-1\) failed: KeyError: 'no -1'"):  # and the cluster is still up
            run([Job("job_functions:fails", {"x": -1})], executor=f"dask:{cluster.scheduler_address}")
    assert repr(results) == repr(run(tenths(6), executor="inline"))
    again = killed[0].split("-")[0]
    assert len(list(tmp_path.glob(f"{again}-*"))) == 2  # it was run elsewhere
    assert len(Journal(tmp_path / "journal").results()) == 6


def test_a_scheduler_that_is_not_there_is_reported():
    import dask

    soon = dask.config.set({"distributed.comm.timeouts.connect": "1s"})
    with soon, pytest.raises(ValueError, match=r"no Dask scheduler answers at 127\.0\.0\.1:9"):
        run(tenths(1), executor="dask:127.0.0.1:9")
