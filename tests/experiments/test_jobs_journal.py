"""The journal: what was finished is never lost, and what is damaged is never believed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngdm_lab.experiments.jobs import Job, Journal, run

JOBS = [Job("job_functions:tenth", {"x": x}) for x in range(4)]
META = {"seconds": {"cpu": 0.5, "wall": 1.0}}


def echo(**arguments):
    return Job("job_functions:echo", arguments)


@pytest.fixture
def made(tmp_path):
    """A journal of a session and four jobs."""
    path = tmp_path / "journal"
    run(JOBS, path, executor="inline", notes={"why": "a test"})
    return path


def test_the_lines_are_strict_json_with_all_there_is_to_know(made):
    def none(word):
        raise AssertionError(word)

    session, *jobs = [json.loads(line, parse_constant=none) for line in made.read_text().splitlines()]
    assert session["kind"] == "session"
    assert session["versions"]["python"] == sys.version.split()[0]
    assert session["machine"]["cores"] == os.cpu_count()
    assert session["notes"] == {"why": "a test"}
    assert (session["executor"], session["workers"], session["process"]) == ("inline", 1, os.getpid())
    for job, line in zip(JOBS, jobs, strict=True):
        assert (line["kind"], line["key"], line["function"]) == ("job", job.key, job.function)
        assert line["arguments"] == job.arguments
        assert line["seconds"]["wall"] >= 0
        assert list(line)[-1] == "sha256"


def test_a_journal_by_itself(tmp_path):
    path = tmp_path / "new" / "journal"
    assert Journal(path).results() == {}
    with Journal(path) as journal:
        journal.append(JOBS[0], {"a": float("inf")}, META)
        journal.append(JOBS[1], [1.0], META)
        assert journal.results() == {JOBS[0].key: {"a": float("inf")}, JOBS[1].key: [1.0]}
    assert Journal(path).entries()[JOBS[1].key]["seconds"] == META["seconds"]
    journal = Journal(path)  # an append locks by itself
    journal.append(JOBS[2], None, META)
    with pytest.raises(ValueError, match="is being written by another run"):
        Journal(path).append(JOBS[3], None, META)
    journal.close()
    Journal(path).append(JOBS[3], 4, META)
    assert list(Journal(path).results().values()) == [{"a": float("inf")}, [1.0], None, 4]


@pytest.mark.parametrize("last", ["session", "job"])
def test_every_length_of_a_torn_last_line(tmp_path, last):
    path = tmp_path / "journal"
    with Journal(path) as journal:
        if last == "job":
            journal.begin({"notes": {}})
            journal.append(JOBS[0], {"nan": float("nan"), "words": 'a "b"}\n'}, META)
        kept = path.read_bytes()
        if last == "job":
            journal.append(JOBS[1], {"x": [1.5, '","sha256":"0123456789abcdef"}'], "y": {"$x": 1}}, META)
        else:
            journal.begin({"notes": {"a": 1}})
    whole = path.read_bytes()
    for length in range(len(kept), len(whole) + 1):
        path.write_bytes(whole[:length])
        complete = length >= len(whole) - 1  # all but the newline: the record is there
        count = len(Journal(path).lines())
        assert count == len(kept.splitlines()) + complete
        with Journal(path) as journal:
            assert path.read_bytes() == (whole if complete else kept)
            journal.append(JOBS[2], "after", META)
        results = Journal(path).results()  # a warning would be an error: no line is damaged
        assert results[JOBS[2].key] == "after"
        assert (JOBS[1].key in results) is (complete and last == "job")
        assert (JOBS[0].key in results) is (last == "job")


def test_a_run_after_a_torn_line_gives_the_same_results(made):
    whole, expected = made.read_bytes(), run(JOBS, executor="inline")
    start = whole[:-1].rfind(b"\n") + 1
    for length in range(start, len(whole), 7):
        made.write_bytes(whole[:length])
        ran = []
        results = run(JOBS, made, executor="inline", on_result=lambda job, result, ran=ran: ran.append(job))
        assert repr(results) == repr(expected)
        assert ran == ([JOBS[-1]] if length < len(whole) - 1 else [])


@given(st.integers(0, 4), st.floats(0, 1, exclude_max=True), st.integers(1, 255))
def test_a_damaged_line_in_the_middle_is_named_and_its_job_runs_again(tmp_path_factory, number, where, shift):
    path = tmp_path_factory.mktemp("damaged") / "journal"
    run(JOBS, path, executor="inline")
    lines = path.read_bytes().split(b"\n")
    # a line's length differs from run to run, as the seconds do
    place = int(where * len(lines[number]))
    other = (lines[number][place] + shift) % 256
    if other == 10:  # a newline would make two damaged lines of it
        other = 0
    lines[number] = lines[number][:place] + bytes([other]) + lines[number][place + 1 :]
    path.write_bytes(b"\n".join(lines))
    ran = []
    with pytest.warns(UserWarning, match=f"line {number + 1} is damaged; the job that it held runs again"):
        results = run(JOBS, path, executor="inline", on_result=lambda job, result: ran.append(job))
    assert repr(results) == repr(run(JOBS, executor="inline"))
    assert ran == ([JOBS[number - 1]] if number else [])
    with pytest.warns(UserWarning, match=f"line {number + 1} is damaged"):  # it stays, and so do the others
        assert len(Journal(path).results()) == 4


def test_whole_lines_swapped_or_gone_are_no_damage(made):
    session, *jobs = made.read_bytes().splitlines(keepends=True)
    made.write_bytes(b"".join([jobs[3], session, jobs[0]]))
    assert set(Journal(made).results()) == {JOBS[3].key, JOBS[0].key}


def test_of_two_lines_on_a_job_the_later_counts(made):
    Journal(made).append(JOBS[0], "later", META)
    assert Journal(made).results()[JOBS[0].key] == "later"


@pytest.mark.parametrize("content", [b"# A README\n\nwith lines\n", b"no newline", b"\x00\xff", b'{"a": 1}\n'])
def test_a_file_that_is_none_is_left_alone(tmp_path, content):
    path = tmp_path / "README.md"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="is no journal of jobs; name another file"):
        run(JOBS, path, executor="inline")
    assert path.read_bytes() == content


def test_a_file_that_cannot_be_written_is_reported(tmp_path):
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file" / "journal"):
        with pytest.raises(ValueError, match=f"cannot (read|write) {re.escape(str(path))}: "):
            run(JOBS, path, executor="inline")


def test_a_full_disk_leaves_whole_lines(made, monkeypatch):
    before = made.read_bytes()
    write = os.write

    def full(file, content):
        if len(content) > 40:
            return write(file, content[:40])
        raise OSError(28, "No space left on device")

    with Journal(made) as journal:
        monkeypatch.setattr(os, "write", full)
        with pytest.raises(ValueError, match="No space left on device"):
            journal.append(echo(a=1), "x" * 100, META)
        monkeypatch.undo()
        assert made.read_bytes() == before
        journal.append(echo(a=1), "x", META)
    assert len(Journal(made).results()) == 5


def test_an_interrupt_while_a_line_is_written_keeps_it_if_it_is_whole(made, monkeypatch):
    def interrupt(file):
        raise KeyboardInterrupt

    with Journal(made) as journal:
        monkeypatch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            journal.append(echo(a=1), "x", META)
        monkeypatch.undo()
    assert Journal(made).results()[echo(a=1).key] == "x"


def test_short_writes_are_gone_on_with(made, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda file, content: write(file, content[:5]))
    Journal(made).append(echo(a=1), "x" * 100, META)
    assert Journal(made).results()[echo(a=1).key] == "x" * 100


def test_a_second_writer_is_refused_and_a_dead_one_is_none(tmp_path):
    path = tmp_path / "journal"
    code = f"""
import sys, time
from ngdm_lab.experiments.jobs import Job, Journal
journal = Journal({str(path)!r})
journal.append(Job("job_functions:echo", {{}}), 1, {{}})
print("locked", flush=True)
time.sleep(100)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout.readline() == "locked\n"
            with pytest.raises(ValueError) as caught:
                run(JOBS, path, executor="inline")
            assert str(caught.value) == f"{path} is being written by another run; wait or name another file"
            assert Journal(path).results() == {echo().key: 1}  # reading is free
        finally:
            holder.kill()
    assert [r["x"] for r in run(JOBS, path, executor="inline")] == [0, 1, 2, 3]


def test_the_lock_is_free_after_an_error(tmp_path):
    with pytest.raises(KeyError), Journal(tmp_path / "journal"):
        raise KeyError
    with Journal(tmp_path / "journal"):
        pass


def test_a_finished_job_is_on_the_disk_before_anything_else_happens(tmp_path, monkeypatch):
    path, synced = tmp_path / "journal", []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda file: (synced.append(path.read_bytes()), sync(file)))
    reported = []
    run(JOBS, path, executor="inline", on_result=lambda job, result: reported.append((job.key, synced[-1])))
    assert len(reported) == 4
    for key, content in reported:
        assert content == path.read_bytes()[: len(content)]
        assert key.encode() in content.splitlines()[-1]
