"""NGDM_LAB_ORACLES=required: what is skipped has failed, unless the machine itself lacks what it takes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from oracles import MACHINE

TESTS = Path(__file__).resolve().parents[1]
SOURCE = """
import pytest

def test_that_lacks_a_package():
    pytest.importorskip("no_such_package_at_all")

@pytest.mark.skipif(True, reason="no folder of pictures")
def test_that_lacks_a_folder():
    pass

@pytest.mark.skipif(True, reason="one thread only")
def test_that_lacks_a_core():
    pass

@pytest.mark.xfail(reason="meant to fail")
def test_that_fails_as_it_should():
    assert False

def test_that_passes():
    pass
"""


def run(tmp_path, wanted):
    """pytest's own account of these tests: exit code, and what it printed."""
    (tmp_path / "test_some.py").write_text(SOURCE)
    (tmp_path / "test_whole_module.py").write_text("import pytest\npytest.importorskip('no_such_package_at_all')\n")
    (tmp_path / "conftest.py").write_text("from oracles import pytest_make_collect_report, pytest_runtest_makereport\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    environment = {**os.environ, "PYTHONPATH": str(TESTS / "support")}
    environment.pop("NGDM_LAB_ORACLES", None)
    if wanted:
        environment["NGDM_LAB_ORACLES"] = wanted
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--continue-on-collection-errors"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


def test_without_it_tests_are_skipped(tmp_path):
    code, told = run(tmp_path, "")
    assert code == 0
    assert "1 passed, 4 skipped, 1 xfailed" in told


def test_with_it_every_skip_is_a_failure_but_the_machines(tmp_path):
    code, told = run(tmp_path, "required")
    assert code == 1
    # what is skipped before the test begins, or with its module, is an error of its setup or of the collection
    assert "1 failed, 1 passed, 1 skipped, 1 xfailed, 2 errors" in told
    assert "NGDM_LAB_ORACLES=required allows none: no folder of pictures" in told
    assert told.count("allows none: could not import 'no_such_package_at_all'") >= 2


def test_another_word_is_refused(tmp_path):
    code, told = run(tmp_path, "yes")
    assert code != 0
    assert "NGDM_LAB_ORACLES must be 'required' or unset, got 'yes'" in told


@pytest.mark.parametrize("reason", MACHINE)
def test_each_allowed_reason_is_one_that_a_test_gives(reason):
    given = re.compile(rf'(?:reason=|skip\()"{re.escape(reason)}"')
    assert any(given.search(path.read_text()) for path in TESTS.rglob("test_*.py") if path != Path(__file__))
