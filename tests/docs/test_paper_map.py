"""README's map of the paper: nothing is missing, and every place is there."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest

from ngdm_lab.cli.main import main

ROOT = Path(__file__).parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAP = README.split("## Where the paper is\n", 1)[1].strip().split("\n\n", 1)[0]
ROWS = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in MAP.splitlines()[2:]]

WANTED = {
    **{f"Eq. {k}": (r"Eqs?\.", k) for k in range(1, 15)},
    **{f"Algorithm {k}": (r"Algorithms?", k) for k in range(1, 6)},
    **{f"Figure {k}": (r"Figures?", k) for k in range(1, 7)},
    **{f"Table {k}": (r"Tables?", k) for k in range(1, 5)},
    **{f"C{k}": (r"claims?", k) for k in range(1, 14)},
    **{f"E{k}": (r"errata", k) for k in range(1, 17)},
}


def numbers(kind: str, text: str) -> set[int]:
    """The numbers that follow a word: "Eqs. 3, 5 and 7", "C1 to C6", "Figures 1 to 6"."""
    found: set[int] = set()
    for listed in re.findall(rf"\b{kind} ((?:[CE]?\d+(?:, | and | to )?)+)", text):
        plain = re.sub(r"[CE](?=\d)", "", listed)
        for low, high in re.findall(r"(\d+)(?: to (\d+))?", plain):
            found |= set(range(int(low), int(high or low) + 1))
    return found


@pytest.mark.parametrize("name", WANTED)
def test_everything_of_the_paper_has_a_row(name):
    kind, number = WANTED[name]
    assert any(number in numbers(kind, there) for there, _ in ROWS), f"no row of the map names {name}"


def places() -> list[tuple[str, str]]:
    """(row, what stands in backticks or behind a link)."""
    marked = re.compile(r"`([^`]+)`|\]\(([^)]+)\)")
    return [(name, "".join(pair)) for name, there in ROWS for pair in marked.findall(there)]


@pytest.mark.parametrize(("row", "place"), places())
def test_every_place_is_there(row, place):
    if place.startswith("ngdm-lab "):
        with contextlib.redirect_stdout(io.StringIO()):
            assert main([*place.split()[1:], "--help"]) == 0
        return
    listed = next(cell for name, cell in ROWS if name == row)
    folders = {Path(word).parent for word in re.findall(r"`([\w/.]+/[\w.]+)`", listed)}
    near = {ROOT / place, *(ROOT / folder / place for folder in folders)}
    assert any(path.exists() for path in near), f"{place}, in the row of {row}, is no file"
