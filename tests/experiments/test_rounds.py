"""Rounds of jobs: workers that stay from one to the next, and end with the last."""

from __future__ import annotations

import os

import pytest

from ngdm_lab.experiments.jobs import Job, JobError
from ngdm_lab.experiments.rounds import Rounds


def asked(x, name="process"):
    return [Job(f"job_functions:{name}", {"x": x})]


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_workers_stay_for_the_next_round_and_end_with_the_last():
    with Rounds(executor="processes", workers=1) as go:
        first = go(asked(1))
        assert go(asked(2)) == first
        assert alive(first[0])
    assert not alive(first[0])
    assert go(asked(3)) != first  # without the block each round has its own


def test_workers_end_where_a_job_fails():
    seen = []

    def rounds():
        with Rounds(executor="processes", workers=1) as go:
            seen.extend(go(asked(1)))
            go(asked(-1, "fails"))

    with pytest.raises(JobError, match="no -1"):
        rounds()
    assert not alive(seen[0])


def test_a_bad_executor_is_refused_by_the_first_round():
    with Rounds(executor="threads") as go, pytest.raises(ValueError, match="executor must be processes, inline"):
        go(asked(1))
