"""What a notebook shows, in a kernel: bars, results, moving pictures and the words behind a question mark."""

from __future__ import annotations

import subprocess
import sys

import nbformat
import pytest

RUN = """
import sys, nbformat
from nbclient import NotebookClient
book = nbformat.read(sys.argv[1], as_version=4)
NotebookClient(book, timeout=300, kernel_name="python3").execute(cwd=sys.argv[2])
nbformat.write(book, sys.argv[1])
"""

CELLS = {
    "import": "import landscapes as ls\nimport ngdm_lab as lab",
    "bar": "race = lab.race([lab.SGD(1e-2)], ls.sphere(2), 4, 20, tuning=False)",
    "quiet": "race = lab.race([lab.SGD(1e-2)], ls.sphere(2), 4, 20, tuning=False, progress=False)",
    "surface": "ls.rosenbrock(2)",
    "runs": "lab.ensemble(lab.SGD(1e-2), ls.sphere(2), 4, 20)",
    "optimizer": "lab.Adam()",
    "law": "lab.Dirichlet([1, 2, 3])",
    "animation": "lab.plots.animate(lab.trace(lab.SGD(1e-2), ls.sphere(2), [1, 2], 3), width=1.5)",
    # what `ls.ellipsoid?` pages
    "question": "print(get_ipython().inspector.info(ls.ellipsoid, 'ls.ellipsoid')['docstring'])",
}  # fmt: skip


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """{cell: its outputs}."""
    folder = tmp_path_factory.mktemp("notebook")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS.values()])
    nbformat.write(book, folder / "book.ipynb")
    command = [sys.executable, "-c", RUN, str(folder / "book.ipynb"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    cells = nbformat.read(folder / "book.ipynb", as_version=4).cells
    return {name: cell.outputs for name, cell in zip(CELLS, cells, strict=True)}


def written(outputs):
    return "".join(o.text for o in outputs if o.output_type == "stream" and o.name == "stderr")


def test_a_bar_is_shown_without_a_warning(outputs):
    assert "race:" in written(outputs["bar"])
    assert "sgd on sphere-2d" in written(outputs["bar"])
    assert "Warning" not in written(outputs["bar"])
    assert written(outputs["bar"]).rstrip(" ").endswith("\r")  # gone when it has ended
    assert written(outputs["quiet"]) == ""


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("surface", "<strong>rosenbrock-2d</strong>"),
        ("runs", "<strong>sgd on sphere-2d</strong>"),
        ("optimizer", "<strong>Adam</strong>"),
        ("law", "<strong>Dirichlet</strong>"),
        ("animation", "data:image/gif;base64,"),
    ],
)
def test_results_show_themselves(outputs, cell, words):
    [shown] = [o.data["text/html"] for o in outputs[cell] if o.output_type == "execute_result"]
    assert words in shown


def test_a_question_mark_tells_the_formula(outputs):
    words = "".join(o.text for o in outputs["question"])
    assert words.startswith("f(x) = sum_i condition^((i - 1)/(n - 1)) x_i^2 on [-5, 5]^n")
    assert "condition : above 0 (default 1e+06)" in words
