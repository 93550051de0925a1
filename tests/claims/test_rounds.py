"""Claims whose later jobs depend on earlier results."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ngdm_lab.claims import judge_all
from ngdm_lab.claims.runner import registrations
from ngdm_lab.experiments.jobs import Job, Journal
from ngdm_lab.experiments.rounds import Rounds
from planted_claims import DOUBLED, IDENTICAL


def descents(rates):
    return [Job("job_functions:descent", {"seed": s, "rate": rate, "name": arm})
            for arm, rate in enumerate(rates) for s in range(8)]  # fmt: skip


def better_rate_again(level, go):
    """A first round at two rates; the better one then against half of it."""
    first = go(descents((0.1, 0.2)))
    lower = 0.1 if sum(r["value"] for r in first[:8]) > sum(r["value"] for r in first[8:]) else 0.05
    return go(descents((0.2, lower)))


IN_ROUNDS = replace(DOUBLED, id="in-rounds", jobs=None, rounds=better_rate_again)


def test_rounds_are_judged_and_their_jobs_counted(tmp_path):
    path = tmp_path / "journal"
    ledger = judge_all([IN_ROUNDS, IDENTICAL], "quick", path, executor="inline")
    entry = ledger["in-rounds"]
    assert entry.verdict.kind in ("holds", "does not hold", "cannot be decided here")
    assert entry.registered == "before the data"
    assert entry.jobs >= 16
    assert entry.seconds > 0
    lines = len(path.read_bytes().splitlines())
    again = judge_all([IN_ROUNDS, IDENTICAL], "quick", path, executor="inline")
    assert [e.verdict for e in again.entries] == [e.verdict for e in ledger.entries]
    assert len(path.read_bytes().splitlines()) == lines  # nothing ran again
    with pytest.raises(ValueError, match="resume, or name another file"):
        judge_all([IN_ROUNDS], "quick", path, executor="inline", resume=False)


def test_without_a_journal_equal_jobs_of_two_rounds_run_once():
    go = Rounds(executor="inline")
    first = go(descents((0.1,)))
    assert go(descents((0.1,))) == first
    assert judge_all([IN_ROUNDS], executor="inline")["in-rounds"].registered == "in no journal"


def test_a_new_journal_may_be_used_by_all_rounds_without_resume(tmp_path):
    go = Rounds(tmp_path / "journal", resume=False, executor="inline")
    assert go(descents((0.1,))) == go(descents((0.1,)))
    go(descents((0.2,)))


def test_a_claim_has_jobs_or_rounds():
    with pytest.raises(ValueError, match="claim identical must have either jobs or rounds"):
        replace(IDENTICAL, rounds=better_rate_again)
    with pytest.raises(ValueError, match="either jobs or rounds"):
        replace(IDENTICAL, jobs=None)


def test_what_makes_a_claims_data_first_may_register_it(tmp_path):
    path = tmp_path / "journal"
    Rounds(path, executor="inline", notes=registrations([IN_ROUNDS], "quick"))(descents((0.1, 0.2)))
    assert "in-rounds" in Journal(path).lines()[0]["notes"]["claims"]
    assert judge_all([IN_ROUNDS], "quick", path, executor="inline")["in-rounds"].registered == "before the data"
