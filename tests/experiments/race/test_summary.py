"""The overview of a race: what it counts, and that every format says the same."""

from __future__ import annotations

import csv
import io
import math
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest
from scipy.stats import rankdata

import landscapes as ls
import ngdm_lab as lab

SMALL = {"starts": 60, "steps": 200, "tuning_starts": 16, "progress": False}
HARD = "rastrigin-8d"  # where nobody gets to the target


@pytest.fixture(name="race", scope="module")
def small_race():
    rules = {"sgd": lab.SGD(1e-3), "a_b & c": lab.Adam(), "slow|er": lab.SGD(1e-3, momentum=0.0)}
    return lab.race(rules, [ls.sphere(2), ls.himmelblau(), ls.zakharov(4), ls.rastrigin(8)], **SMALL)


@pytest.fixture(name="summary", scope="module")
def its_summary(race):
    return race.summary()


def test_numbers_are_those_of_the_rows(race, summary):
    rows = {(row["surface"], row["optimizer"]): row for row in race.rows()}
    for row in summary.rows():
        own = rows[row["surface"], row["optimizer"]]
        best = min(r["ert"] for (surface, label), r in rows.items() if surface == row["surface"] and label != "control")
        assert row["ert"] == own["ert"]
        assert row["median_final"] == own["median_final"]
        if row["measure"] == "time":
            assert row["times_best"] == own["ert"] / best
            assert row["best"] == (own["ert"] == best)
        else:
            assert row["surface"] == HARD
            assert math.isinf(best)
    assert len(summary.rows()) == 4 * 3


def test_ranks_are_scipys(summary):
    for found in summary.lines:
        # behind all that hit stand the others, by their last values
        cost = [s.time if math.isfinite(s.time) else 1e300 + 1e299 * s.last for s in found.standings.values()]
        assert [s.rank for s in found.standings.values()] == rankdata(cost).tolist()
    for label, tally in summary.tallies.items():
        assert tally.rank == np.mean([found.standings[label].rank for found in summary.lines])


def test_marks_and_tallies_are_the_comparisons(race, summary):
    won = dict.fromkeys(summary.labels, 0)
    lost = dict.fromkeys(summary.labels, 0)
    for found in summary.lines:
        compared = race.findings.comparisons[found.surface]
        for label, s in found.standings.items():
            assert s.alike == (s.best or not compared.pair(found.best.label, label).differs)
        for pair in compared.pairs:
            if pair.differs:
                worse = pair.verdict in ("slower", "fewer hits", "higher")
                won[pair.b if worse else pair.a] += 1
                lost[pair.a if worse else pair.b] += 1
    assert {label: (t.won, t.lost) for label, t in summary.tallies.items()} == {
        label: (won[label], lost[label]) for label in summary.labels
    }
    assert sum(won.values()) > 0
    for label, t in summary.tallies.items():
        assert t.won + t.tied + t.lost == 2 * len(race.surfaces)
        assert t.alike == sum(found.standings[label].alike for found in summary.lines)


class Table(HTMLParser):
    """Rows of cells as text, and what stands in bold."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.bold, self.tag, self.over = [], [], "", False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tag = tag
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data):
        if not self.over and self.tag in ("td", "th", "b", "u"):
            self.rows[-1][-1] += data
            if self.tag == "b":
                self.bold.append(data)

    def handle_endtag(self, tag):
        self.tag, self.over = "", self.over or tag == "table"


def plain(summary):
    head, body, foot = summary.cells(lambda cell, best, alike: cell)
    return [list(row) for row in (head, *body, *foot)]


def test_html_is_the_table(summary):
    table = Table(summary._repr_html_())
    assert table.rows == plain(summary)
    marked = summary.cells(lambda cell, best, alike: f"{cell} is best" if best else cell).body
    assert table.bold == [cell.removesuffix(" is best") for row in marked for cell in row if cell.endswith("is best")]
    assert len(table.bold) == len(summary.lines)


def test_markdown_is_the_table(summary):
    rows = [line for line in summary.to_markdown().split("\n") if line.startswith("|")]
    cells = [[c.strip() for c in re.split(r"(?<!\\)\|", row)[1:-1]] for row in rows]
    stripped = [[re.sub(r"\\(.)", r"\1", c.strip("*")) for c in row] for row in cells]
    assert stripped[:1] + stripped[2:] == plain(summary)
    assert sum(c.startswith("**") for row in cells for c in row) == len(summary.lines)


def test_latex_is_the_table(summary):
    text = summary.to_latex()
    assert text.count(r"\textbf{1}") == 3
    assert r"a\_b \& c" in text
    body = text[text.index(r"\toprule") : text.index(r"\bottomrule")]
    rows = [line.strip().removesuffix(r"\\").split(" & ") for line in body.split("\n") if line.endswith(r"\\")]
    widths = {len(re.split(r"(?<!\\)&", line)) for line in body.split("\n") if line.endswith(r"\\")}
    assert widths == {5}
    assert len(rows) == len(plain(summary))
    outside = re.sub(r"\\[a-z]+|\\.", "", text)
    assert not set("#$%_^~") & set(outside)
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex here")
def test_pdflatex_compiles_it(summary, tmp_path):
    lines = [r"\documentclass{article}", r"\usepackage[T1]{fontenc}", r"\usepackage{booktabs}", r"\begin{document}"]
    (tmp_path / "race.tex").write_text("\n".join([*lines, summary.to_latex(), r"\end{document}"]))
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "race.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "race.pdf").stat().st_size > 0


def test_csv_and_frame(race, summary):
    rows = list(csv.DictReader(io.StringIO(summary.to_csv())))
    assert [float(row["ert"]) for row in rows] == [row["ert"] for row in summary.rows()]
    pandas = pytest.importorskip("pandas")
    frame = summary.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.index) == race.surfaces
    assert frame.loc["sphere-2d", summary.labels].min() == 1.0


def test_the_text_marks_the_best(summary):
    lines = str(summary).split("\n")
    for found in summary.lines:
        [line] = [line for line in lines if line.startswith(f"{found.surface} ")]
        assert line.count("[") == 1
        assert line.count("~") == sum(s.alike for s in found.standings.values()) - 1


def test_many_optimizers_stand_in_blocks():
    rules = {f"a rather long name {k}": lab.SGD(10.0**-k) for k in range(1, 13)}
    made = lab.race(rules, [ls.sphere(2)], 5, 5, tuning=False, control=False, progress=False)
    lines = str(made.summary()).split("\n")
    assert max(map(len, lines)) <= 100
    assert sum(line.startswith("landscape") for line in lines) > 1
    assert sum(line.startswith("sphere-2d") for line in lines) == sum(line.startswith("landscape") for line in lines)


def test_one_optimizer_alone_has_nobody_to_beat():
    text = str(lab.race([lab.SGD(0.1)], [ls.sphere(2)], 5, 5, tuning=False, control=False, progress=False).summary())
    assert "rank" not in text
    assert "Best" not in text


def test_the_default_race_answers_on_one_screen():
    """Twenty-four lines: who is best where, by how much, and what is noise; sixty for all of it."""
    made = lab.race(None, None, 20, 50, tuning_starts=4, progress=False)
    lines = str(made).split("\n")
    assert max(map(len, lines)) <= 100
    assert len(lines) <= 60
    screen = lines[:24]
    assert screen[1].startswith("Best or not significantly worse on 11 landscapes: ")
    for name in made.surfaces:
        assert any(line.startswith(f"{name} ") for line in screen)
    assert any(line.startswith("mean rank") for line in screen)
