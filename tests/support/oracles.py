"""With ``NGDM_LAB_ORACLES=required`` a skipped test has failed, whatever it lacks: so no oracle is left out unseen.

Only what the machine itself lacks may be skipped then; those reasons stand in `MACHINE`. Whatever can be installed
(PyTorch and geomstats of the extra `oracles`, the packages of `test`) must be there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

__all__ = ["MACHINE", "pytest_make_collect_report", "pytest_runtest_makereport"]

# the reason that a test gives, and why nothing that is installed can change it
MACHINE = {
    "NVIDIA has no CUDA packages for macOS": "kernels are assembled by NVIDIA's tools",
    "this machine has one core": "two threads are compared with one",
    "one thread only": "two threads are compared with one",
    "needs an x86-64 processor with AVX2": "the test reads that processor's assembly",
    "not an x86 processor": "the test reads that processor's assembly",
    "a system without such owners": "files have no owner and mode there",
    "only root can give files away": "the test gives a file to another user",
    "a system without fork": "there is none to be afraid of",
}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """A test that was skipped."""
    judge((yield).get_result())


@pytest.hookimpl(hookwrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    """A module that was skipped."""
    judge((yield).get_result())


def judge(report: Any) -> None:
    """Turn a skip into a failure where oracles are required. What fails as expected reads as skipped, and is none."""
    wanted = os.environ.get("NGDM_LAB_ORACLES", "")
    if wanted not in ("", "required"):
        raise pytest.UsageError(f"NGDM_LAB_ORACLES must be 'required' or unset, got {wanted!r}")
    if not wanted or report.outcome != "skipped" or hasattr(report, "wasxfail"):
        return
    reason = str(report.longrepr[2]).removeprefix("Skipped: ")
    if reason not in MACHINE:
        report.outcome = "failed"
        report.longrepr = f"skipped, and NGDM_LAB_ORACLES=required allows none: {reason}"
