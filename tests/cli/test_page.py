"""`race --html`: one page, complete in itself, that says what the text says."""

from __future__ import annotations

import base64
import csv
import io
import json
from html.parser import HTMLParser

import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import plots
from ngdm_lab.cli.main import main
from ngdm_lab.cli.page import page

VOID = {"meta", "img", "rect", "line", "br"}


class Reader(HTMLParser):
    """Reads a page and fails where tags do not close in order."""

    def __init__(self):
        super().__init__()
        self.open, self.words, self.sources, self.cells = [], [], [], 0

    def handle_starttag(self, tag, attrs):
        if tag not in VOID:
            self.open.append(tag)
        self.cells += tag == "td"
        self.sources += [value for name, value in attrs if name in ("src", "href") and not value.startswith("#")]

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


def read(text):
    reader = Reader()
    reader.feed(text)
    assert reader.open == []
    return reader


@pytest.fixture(name="race", scope="module")
def small_race():
    rules = {"a<b>": lab.SGD(1e-3), "adam & co": lab.Adam(1e-2)}
    return lab.race(rules, [ls.sphere(2), ls.rastrigin(3)], 20, 30, tuning_starts=8)


def test_it_says_what_the_text_says(race):
    shown = "".join(read(page(race)).words)
    said = " ".join(shown.split())
    for line in str(race).splitlines():
        if line and not line.startswith("-") and "  " not in line.strip():
            assert " ".join(line.split()) in said
    for label in race.labels[:2]:
        assert label in shown  # with its < and &


def test_every_entry_has_its_row(race):
    text = page(race)
    assert text.count("reached the target") == len(race.entries)
    for row in race.rows():
        assert f'aria-label="{100 * row["success"]:.1f} % reached the target"' in text


def test_it_needs_nothing_else(race, tmp_path):
    picture, drawing = tmp_path / "convergence.png", tmp_path / "convergence.pdf"
    picture.write_bytes(b"\x89PNG of a test")
    drawing.write_bytes(b"%PDF")
    sources = read(page(race, [picture, drawing])).sources
    assert [s.split(",")[0] for s in sources] == ["data:image/png;base64", "data:text/csv;base64"]
    assert base64.b64decode(sources[0].split(",")[1]) == b"\x89PNG of a test"
    rows = list(csv.DictReader(io.StringIO(base64.b64decode(sources[1].split(",")[1]).decode())))
    assert [row["optimizer"] for row in rows] == [row["optimizer"] for row in race.rows()]


def test_captions_are_those_of_the_figures(race, tmp_path):
    """One source: what is drawn says what it shows, in NAME.txt, and the page has its words."""
    files = plots.race_figures(race, tmp_path, ["convergence", "ecdf"])
    said = " ".join("".join(read(page(race, files)).words).split())
    for path in files[2::3]:
        assert " ".join(path.read_text().split()) in said
    files[2].unlink()
    assert "convergence" in "".join(read(page(race, files[:2])).words)


def test_the_manifest_in_it_runs_the_race_again(race):
    words = "".join(read(page(race)).words)
    manifest, _ = json.JSONDecoder().raw_decode(words[words.index('{\n "entries') :])
    assert manifest == json.loads(json.dumps(race.manifest()))


def test_the_command(tmp_path, capsys):
    folder = tmp_path / "out"
    asked = "race --landscapes sphere:2 --optimizers sgd,adam --starts 20 --steps 20 --tuning-starts 8 --html"
    assert main([*asked.split(), "--output", str(folder)]) == 0
    assert "race.html" in capsys.readouterr().out
    reader = read((folder / "race.html").read_text())
    assert sum(s.startswith("data:image/png") for s in reader.sources) == 4
