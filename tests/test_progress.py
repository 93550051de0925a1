"""Progress bars: on a terminal and in a notebook (`tests/notebooks`), not in a pipe; tqdm is known in one place."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from ngdm_lab.progress import bar

ROOT = Path(__file__).resolve().parents[1]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(
    ("stream", "options", "seen"),
    [
        (Terminal, {"show": True}, True),
        (Terminal, {"show": None}, True),
        (Terminal, {"show": False}, False),
        (io.StringIO, {"show": True}, False),
        (io.StringIO, {"show": None}, False),
        (io.StringIO, {"show": True, "always": True}, True),
        (io.StringIO, {"show": False, "always": True}, False),
    ],
)
def test_who_sees_a_bar(stream, options, seen, monkeypatch):
    monkeypatch.setattr(sys, "stderr", stream())
    assert list(bar(range(3), desc="work", mininterval=0, **options)) == [0, 1, 2]
    assert ("work" in sys.stderr.getvalue()) == seen


@pytest.mark.parametrize("stream", [None, "closed"])
def test_without_standard_error_there_is_no_bar(stream, monkeypatch):
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed if stream else None)
    assert list(bar(range(3), show=True)) == [0, 1, 2]


def test_tqdm_is_known_in_one_place():
    using = [path for path in (ROOT / "ngdm_lab").rglob("*.py") if "import tqdm" in path.read_text()]
    assert using == [ROOT / "ngdm_lab" / "progress.py"]


def test_a_hidden_bar_loads_nothing_for_notebooks():
    code = """
import sys
from ngdm_lab.progress import bar
list(bar(range(3), show=True))
print([m for m in ("tqdm.auto", "asyncio", "IPython") if m in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
