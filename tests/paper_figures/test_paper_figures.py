"""Every figure script runs as a reader would run it, and prints and draws what it says."""

from __future__ import annotations

import re
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from ngdm_lab.plots import save
from ngdm_lab.plots.drawing.style import COLUMN

FOLDER = Path(__file__).resolve().parents[2] / "paper_figures"
SCRIPTS = sorted(set(FOLDER.glob("*.py")) - {FOLDER / "command.py"})


def run(script, *arguments):
    return subprocess.run([sys.executable, str(script), *arguments], capture_output=True, text=True, check=False)


def width(png):
    """The width in inches that a PNG says it has."""
    pixels, dots = int.from_bytes(png[16:20]), png.index(b"pHYs") + 4
    return pixels / round(0.0254 * int.from_bytes(png[dots : dots + 4]))


def sizes(pdf):
    """Size in points -> the most glyphs that a PDF of Matplotlib's shows between two changes of the font."""
    most = {}
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            content = zlib.decompress(packed)
        except zlib.error:
            continue
        for size, shown in re.findall(rb"/F\d+ ([\d.]+) Tf(.*?)(?=/F\d+ [\d.]+ Tf|\Z)", content, re.DOTALL):
            pieces = re.findall(rb"\(((?:\\.|[^\\)])*)\)", shown, re.DOTALL)
            glyphs = len(re.sub(rb"\\(.)", rb"\1", b"".join(pieces), flags=re.DOTALL)) // 2
            most[float(size)] = max(most.get(float(size), 0), glyphs)
    return most


def too_small(pdf, least=6.5):
    """The sizes of a PDF's text below `least` points, but for exponents and indices: few glyphs, 0.7 of a size."""
    found = sizes(pdf)
    scripts = [0.7 * size for size in found if size >= least]
    return [size for size, most in found.items() if size < least
            and not (most <= 4 and any(abs(size - script) < 1e-6 for script in scripts))]  # fmt: skip


def test_small_text_and_widths_are_seen(tmp_path):
    """Exponents may be small, a label may not."""
    for label, small in (("label", [4.9]), ("", [])):
        figure = Figure(figsize=(COLUMN, 2.0))
        figure.text(0.1, 0.5, "a and $10^{-12}$", fontsize=7)
        figure.text(0.1, 0.1, label, fontsize=4.9)
        png, pdf = save(figure, tmp_path / "figure")
        assert 7.0 in sizes(pdf.read_bytes())
        assert 4.9 in sizes(pdf.read_bytes())
        assert too_small(pdf.read_bytes()) == small
        assert width(png.read_bytes()) == COLUMN


def test_there_are_scripts():
    assert SCRIPTS


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_writes_its_figure_as_png_and_pdf_of_a_readable_column(script, tmp_path):
    done = run(script, "--output", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    made = {p.suffix: p.read_bytes() for p in tmp_path.iterdir()}
    drawn_by_plots = script.stem in ("c1_c6_gain", "e2_e3_exact_and_diagonal", "eq4_eq6_simplex")
    captioned = {".txt"} if script.stem.startswith("figure") or drawn_by_plots else set()
    assert set(made) == {".png", ".pdf"} | captioned
    assert made[".png"].startswith(b"\x89PNG")
    assert made[".pdf"].startswith(b"%PDF")
    assert width(made[".png"]) == COLUMN
    assert sizes(made[".pdf"])
    assert not too_small(made[".pdf"])


def test_equations_8_and_9_printed_and_right(tmp_path):
    done = run(next(p for p in SCRIPTS if p.stem.startswith("eq8")), "--output", str(tmp_path))
    for word in ("1.428", "11.507", "0.203", "24.38", "16.38", "8.40", "3.30", "23.00", "19.98"):
        assert word in done.stdout, word


def test_equations_3_5_and_7_printed_and_right(tmp_path):
    """The quotient in the last column tends to the coefficient of the third order, and E6's sign is seen."""
    done = run(next(p for p in SCRIPTS if p.stem.startswith("eq3")), "--output", str(tmp_path))
    for law in ("Dirichlet", "GenDir"):
        part = done.stdout[done.stdout.index(law) :].split("\n\n")[0]
        assert float(part.split("farthest entry: ")[1].split()[0]) < 5
        third = float(part.split("t^3 (")[1].split(")")[0])
        rows = [[float(v) for v in line.split()] for line in part.splitlines()[-5:]]
        assert [row[0] for row in rows] == pytest.approx([2.0**-k for k in range(0, 13, 3)], abs=1e-5)
        assert rows[-1][-1] == pytest.approx(third, rel=1e-3)
        for _, kl, plus, minus, _ in rows[2:]:
            assert kl == pytest.approx(plus, rel=0.02)
            assert minus == -plus < 0 < kl


def test_e7_e10_e12_printed_and_right(tmp_path):
    printed = run(next(p for p in SCRIPTS if p.stem.startswith("e7")), "--output", str(tmp_path)).stdout
    cifar = printed.split("CNN, CIFAR-10: ")
    assert "(576)     impossible from i = 370" in cifar[1]
    assert "(576)     impossible from i = 148" in cifar[2]
    assert "(128)                        possible" in cifar[1]
    assert printed.split("LeNet-5")[0].count("impossible") == 0  # the MLP's ramps rise
    assert "from i = 1760" in printed
    assert "from i = 880" in printed
    far = [float(line.split("at most ")[1]) for line in printed.splitlines() if "paths differ" in line]
    assert far[0] < 1e-13
    assert far[0] < 1e-9 < far[1] < far[2]
    assert "b = 0        F = [[0.0]]" in printed


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_unwritable_folder_is_one_line(script, tmp_path):
    (tmp_path / "file").write_text("")
    done = run(script, "--output", str(tmp_path / "file" / "below"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
