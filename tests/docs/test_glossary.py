"""The glossary has the words of the house, each once, and is found from the first page."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORDS = """
lane, block, uniform, varying, fusion, setting, record, hit, arrived, escaped, diverged, stopped, running time,
control, noise floor, frame,
frame invariance, gain, basin share
"""


def test_the_words():
    rows = re.findall(r"^\| ([\w ]+) \| .{20,} \|$", (ROOT / "docs" / "glossary.md").read_text(), re.MULTILINE)
    assert rows == [word.strip() for word in WORDS.split(",")]


def test_pages_lead_to_it():
    for page in ("README.md", "CONTRIBUTING.md"):
        assert "](docs/glossary.md)" in (ROOT / page).read_text(), page
