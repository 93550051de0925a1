"""Hypothesis profiles, and what a skipped test counts for."""

from __future__ import annotations

import os
import sys
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:  # before NumPy is imported: threads of BLAS that wait for each other spin
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import matplotlib
import pytest
from hypothesis import HealthCheck, settings

from oracles import pytest_make_collect_report, pytest_runtest_makereport  # noqa: F401 - hooks
from order import pytest_collection_modifyitems, pytest_report_header  # noqa: F401 - hooks
from ways import way  # noqa: F401 - a fixture

matplotlib.use("Agg")

# No deadlines: the first example of many tests compiles. Compiled code lies in its usual folder, so that a second
# test run starts warm; it is keyed by content and cannot go stale.
_COMMON = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("dev", max_examples=30, **_COMMON)
settings.register_profile("ci", max_examples=50, derandomize=True, **_COMMON)
settings.register_profile("nightly", max_examples=1000, **_COMMON)
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev")
settings.load_profile(PROFILE)

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(autouse=True)
def no_figures_left():
    """A figure that one test leaves open is none of the next one's."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
