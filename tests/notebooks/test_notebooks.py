"""Every notebook runs from top to bottom, and is committed without outputs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))

# in a process of its own: the kernel's client would bring its event loop and its warnings into ours
RUN = """
import sys, nbformat
from nbclient import NotebookClient
book = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(book, timeout=300, kernel_name="python3").execute(cwd=sys.argv[2])
nbformat.write(book, sys.argv[3])
"""

# how many pictures a notebook shows at least, and what it prints; what its own cells assert is checked by running it
EXPECTED = {
    "paper_in_ten_minutes": (4, "11.5072", "bowl-2d", "clipped"),  # landscape and rule of its own cells were raced
    "dirichlet_geometry": (5, "11.5072", "triangle test p", "Gauss-Newton"),
    "race_your_own_optimizer": (3, "wrong must begin with", "restarted 0.97 - adam", "Noise floor", "seed 3"),
    "your_own_landscape": (
        4,
        "ngdm exact reaches the target more often than sgd",
        "its gradient at (1, 1), derived: [0.04081633 0.20408163]",
        "refused: minima of wrong",
    ),
    "the_claims": (3, "5 does not hold", "does not hold - rule registered before the data"),
    "the_tables": (11, "1 mlp printed", "effective rate", "Table 1, mlp: NGDM Dir, exact", "test MSE then"),
    "training_a_net": (4, "first neuron, largest difference", "mean effective rate", "i = 1760", "Noise floor"),
}


def shown(text):
    """What is there to see of a text in the end: bars write over their line, and leave it empty."""
    return "\n".join(line.rsplit("\r", 1)[-1] for line in text.split("\n")).strip()


def test_there_are_notebooks():
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_committed_without_outputs(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_every_notebook_is_known():
    assert {path.stem for path in NOTEBOOKS} == set(EXPECTED)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_runs_from_top_to_bottom(path, tmp_path):
    out, place = tmp_path / "out.ipynb", tmp_path / "notebooks"
    place.mkdir()
    (tmp_path / "paper_figures").symlink_to(FOLDER.parent / "paper_figures")  # committed results lie beside notebooks/
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(path), str(place), str(out)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    outputs = [o for c in nbformat.read(out, as_version=4).cells if c.cell_type == "code" for o in c.outputs]
    printed = "".join(o.text for o in outputs if o.get("name") == "stdout")
    warned = shown("".join(o.text for o in outputs if o.get("name") == "stderr"))  # a bar may come in several outputs
    pictures = [o for o in outputs if {"image/png", "image/svg+xml"} & o.get("data", {}).keys()]
    least, *words = EXPECTED[path.stem]
    assert warned == ""
    assert len(pictures) >= least
    assert [word for word in words if word not in printed] == []
