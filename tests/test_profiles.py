"""The hypothesis profile that the environment asks for is the one in force."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from hypothesis import settings

EXAMPLES = {"dev": 30, "ci": 50, "nightly": 1000}


def test_this_run_has_a_known_profile():
    wanted = os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "dev")
    assert settings.default.max_examples == EXAMPLES[wanted]
    assert settings.default.deadline is None
    assert settings.default.derandomize == (wanted == "ci")


@pytest.mark.parametrize("profile", EXAMPLES)
def test_each_profile_loads(profile, request):
    code = "import conftest; from hypothesis import settings; print(settings.default.max_examples)"
    tests = request.config.rootpath / "tests"
    path = os.pathsep.join([str(tests), str(tests / "support")])
    environment = {**os.environ, "HYPOTHESIS_PROFILE": profile, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) == EXAMPLES[profile]
