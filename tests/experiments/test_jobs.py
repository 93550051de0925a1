"""Jobs: keys that say what is computed, and results that depend on nothing else."""

from __future__ import annotations

import json
import math
import os
import struct
import subprocess
import sys
import tempfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngdm_lab.experiments.exact_json import decode, encode
from ngdm_lab.experiments.jobs import Job, JobError, run

LEAVES = st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats() | st.text(max_size=5)
NAMES = st.text(max_size=4) | st.sampled_from(["$float", "$dict", "$"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)
ARGUMENTS = st.dictionaries(NAMES, VALUES, max_size=4)


def echo(**arguments):
    return Job("job_functions:echo", arguments)


def tenths(count, log=None, seconds=0.0):
    return [Job("job_functions:tenth", {"x": x, "log": log, "seconds": seconds}) for x in range(count)]


def bits(value):
    """Everything about a value but the signs and payloads of its nans."""
    if isinstance(value, float):
        return "nan" if math.isnan(value) else struct.pack("<d", value)
    if isinstance(value, list):
        return [bits(v) for v in value]
    if isinstance(value, dict):
        return [(key, bits(v)) for key, v in value.items()]
    return type(value), value


def shuffled(value, random):
    """The same value with its dicts in another order."""
    if isinstance(value, dict):
        keys = list(value)
        random.shuffle(keys)
        return {key: shuffled(value[key], random) for key in keys}
    return [shuffled(v, random) for v in value] if isinstance(value, list) else value


@given(VALUES)
def test_what_is_encoded_comes_back_to_the_bit_and_is_strict_json(value):
    text = encode(value, "value")
    assert bits(decode(text)) == bits(value)
    assert "\n" not in text

    def none(word):
        raise AssertionError(word)

    json.loads(text, parse_constant=none)


@given(ARGUMENTS, st.randoms(use_true_random=False))
def test_the_order_of_keys_is_irrelevant(arguments, random):
    job, other = echo(**arguments), echo(**shuffled(arguments, random))
    assert job.key == other.key
    assert job == other
    assert hash(job) == hash(other)
    assert bits(job.arguments) == bits(other.arguments)  # what the function is given is the same, in the same order
    assert bits(decode(encode(job.arguments, "a"))) == bits(job.arguments)


@given(VALUES, VALUES)
def test_keys_differ_where_values_do(a, b):
    same = encode(a, "a", canonical=True) == encode(b, "b", canonical=True)
    assert (echo(a=a).key == echo(a=b).key) is same


@pytest.mark.parametrize(
    ("a", "b"),
    [(1, 1.0), (1, True), (0, False), (0.0, -0.0), ("nan", float("nan")), (None, "null"), (float("inf"), -float("inf")),
     ({"$float": "nan"}, float("nan")), ([], {}), (1, "1"), (0.1 + 0.2, 0.3)],
)  # fmt: skip
def test_what_is_equal_to_python_or_looks_equal_has_keys_of_its_own(a, b):
    assert echo(a=a).key != echo(a=b).key
    assert echo(a=a) != echo(a=b)


def test_a_key_is_the_same_in_every_process_and_version():
    job = Job("package.module:name", {"b": [1, 1.0, float("nan")], "a": "µ"})
    assert job.key == "d8cc740ab17582e003d138ff697f279b"
    assert Job("package.module:other", job.arguments).key != job.key


def test_nan_equals_itself_as_an_argument():
    assert echo(a=float("nan")) == echo(a=float("nan"))
    assert echo(a=1) != "a job"


def test_arguments_are_a_copy():
    given = {"a": [1, 2]}
    job = Job("job_functions:echo", given)
    key = job.key
    given["a"].append(3)
    assert job.arguments == {"a": [1, 2]}
    assert Job("job_functions:echo", job.arguments).key == key


@pytest.mark.parametrize(
    ("arguments", "place"),
    [({"a": (1, 2)}, r"arguments\['a'\]"), ({"a": {"b": [0, {1}]}}, r"arguments\['a'\]\['b'\]\[1\]"),
     ({"a": {1: 2}}, r"arguments\['a'\] must have str keys, got the key 1"), ({"a": 1j}, r"complex 1j"),
     ([1], "must be a dict")],
)  # fmt: skip
def test_arguments_of_other_types_are_named(arguments, place):
    with pytest.raises(TypeError, match=place):
        Job("job_functions:echo", arguments)


@pytest.mark.parametrize("name", ["echo", "job_functions.echo", "a:b:c", "a: b", "__main__:echo", "", 3, "a:b.c"])
def test_functions_are_named_by_module_and_name(name):
    with pytest.raises(ValueError, match="function must"):
        Job(name, {})


@pytest.mark.parametrize("name", ["job_functions:nothing", "no_such_module:echo"])
def test_a_function_that_is_not_there_is_reported_before_anything_runs(name, tmp_path):
    with pytest.raises(ValueError, match=f"function '{name}' cannot be imported"):
        run([*tenths(2), Job(name, {})], tmp_path / "j", executor="inline")
    assert not (tmp_path / "j").exists()
    with pytest.raises(TypeError, match="must be callable"):
        run([Job("job_functions:THREADS", {})], executor="inline")


def test_results_come_in_the_order_of_jobs_and_equal_jobs_run_once(tmp_path):
    log = tmp_path / "log"
    jobs = tenths(4, str(log))
    jobs = [jobs[2], jobs[0], jobs[2], jobs[3], jobs[1], jobs[0]]
    results = run(jobs, executor="inline")
    assert [r["x"] for r in results] == [2, 0, 2, 3, 1, 0]
    assert log.read_text().split() == ["2", "0", "3", "1"]
    results[0]["x"] = 9  # its own copy
    assert results[2]["x"] == 2


def test_no_jobs(tmp_path):
    assert run([]) == []
    assert run([], tmp_path / "j") == []


@given(ARGUMENTS)
def test_a_result_is_the_same_whether_it_was_run_or_read(arguments):
    with tempfile.TemporaryDirectory() as folder:
        job = echo(**arguments)
        first = run([job], f"{folder}/j", executor="inline")
        assert bits(first) == bits(run([job], f"{folder}/j", executor="inline"))
        assert bits(first[0]) == bits(dict(job.arguments))


def test_numbers_of_numpy_come_back_plain(tmp_path):
    job = Job("numpy:float64", {})
    assert type(run([job], executor="inline")[0]) is float


def test_a_journal_is_gone_on_with(tmp_path):
    log, path = tmp_path / "log", tmp_path / "a" / "journal"
    reported = []
    run(tenths(3, str(log)), path, executor="inline", on_result=lambda job, result: reported.append((job, result)))
    assert [job.arguments["x"] for job, _ in reported] == [0, 1, 2]
    assert reported[1][1]["tenth"] == 0.1
    reported.clear()
    results = run(tenths(5, str(log)), path, executor="inline", on_result=lambda job, result: reported.append(job))
    assert [r["x"] for r in results] == [0, 1, 2, 3, 4]
    assert log.read_text().split() == ["0", "1", "2", "3", "4"]
    assert [job.arguments["x"] for job in reported] == [3, 4]
    size = path.stat().st_size
    run(tenths(5, str(log)), path, executor="inline")
    assert path.stat().st_size == size  # nothing ran, nothing is reported


def test_a_callback_cannot_change_results(tmp_path):
    path = tmp_path / "j"
    results = run(tenths(2), path, executor="inline", on_result=lambda job, result: result.clear())
    assert bits(results) == bits(run(tenths(2), executor="inline")) == bits(run(tenths(2), path))


def test_without_resume_a_journal_must_be_new(tmp_path):
    path = tmp_path / "j"
    path.touch()
    run(tenths(2), path, executor="inline", resume=False)
    content = path.read_bytes()
    with pytest.raises(ValueError, match="holds finished jobs already: resume, or name another file"):
        run(tenths(3), path, executor="inline", resume=False)
    assert path.read_bytes() == content


def test_a_failing_job_is_named_and_no_new_one_starts(tmp_path):
    log, path = tmp_path / "log", tmp_path / "j"
    jobs = [Job("job_functions:fails", {"x": x, "log": str(log)}) for x in (0, 1, -5, 2, 3)]
    with pytest.raises(JobError, match=r"job job_functions:fails\(log=.*, x=-5\) failed: KeyError: 'no -5'") as caught:
        run(jobs, path, executor="inline")
    assert caught.value.job == jobs[2]
    assert "in fails" in str(caught.value.__cause__)  # where it happened
    assert log.read_text().split() == ["0", "1"]
    assert b'"x":-5' not in path.read_bytes()
    assert [r["x"] for r in run(jobs[:2] + jobs[3:], path, executor="inline")] == [0, 1, 2, 3]
    assert log.read_text().split() == ["0", "1", "2", "3"]


def test_what_a_job_may_not_do_is_reported():
    with pytest.raises(JobError, match=r"returns_a_set\(\) failed: TypeError: the result\['wrong'\]\[1\] must be None"):
        run([Job("job_functions:returns_a_set", {})], executor="inline")
    with pytest.raises(JobError, match="failed: SystemExit: 3"):
        run([Job("job_functions:leaves", {})], executor="inline")
    with pytest.raises(JobError, match=r"tenth\(y=1\) failed: TypeError: tenth\(\) got an unexpected"):
        run([Job("job_functions:tenth", {"y": 1})], executor="inline")


def test_an_interrupt_keeps_what_is_finished(tmp_path):
    jobs = [Job("job_functions:interrupted", {"x": x}) for x in range(6)]
    with pytest.raises(KeyboardInterrupt):
        run(jobs, tmp_path / "j", executor="inline")
    seen = []
    assert run([jobs[0], jobs[2]], tmp_path / "j", executor="inline", on_result=lambda *a: seen.append(a)) == [0, 2]
    assert seen == []


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [({"executor": "threads"}, ValueError, "executor must be processes, inline, dask or dask:ADDRESS, got 'threads'"),
     ({"executor": 3}, TypeError, "executor must be a name or have the method submit"),
     ({"workers": 0}, ValueError, "workers"), ({"workers": 1.5}, TypeError, "workers")],
)  # fmt: skip
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        run(tenths(1), **arguments)


def test_what_is_no_job():
    with pytest.raises(TypeError, match="jobs must be of type Job, got 3"):
        run([3])


def test_a_long_job_is_named_in_short():
    assert len(str(echo(a="x" * 1000))) == 200
    assert str(echo(a=1, b="c")) == "job_functions:echo(a=1, b='c')"


def test_progress_goes_to_a_terminal_only(capsys):
    run(tenths(2), executor="inline", progress=True)
    assert capsys.readouterr() == ("", "")


def test_importing_the_runner_does_not_load_dask():
    code = "import sys, ngdm_lab.experiments.jobs; print('distributed' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_environment_is_as_before():
    before = dict(os.environ)
    run(tenths(2), workers=1)
    assert dict(os.environ) == before
