"""The gallery: its page has all figures, its command draws what the page says, with the same bytes again."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
import traceback
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

from ngdm_lab import plots

DOCS = Path(__file__).resolve().parents[2] / "docs"
# what draws no figure of its own: helpers, and figures made of others: of a race, and of learning curves
NO_FIGURE = {"caption", "colour", "look", "style", "save", "race_figures", "learning_figure"}


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def gallery():
    spec = importlib.util.spec_from_file_location("make_gallery", DOCS / "make_gallery.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["make_gallery"] = module  # where a dataclass looks for its module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["make_gallery"]


@pytest.fixture(scope="module")
def page():
    return (DOCS / "gallery.md").read_text(encoding="utf-8")


def test_the_page_has_every_kind_of_figure(gallery, page):
    code = "\n".join(entry.code for entry in gallery.read_page(page)[1])
    shown = set(re.findall(r"lab\.plots\.(\w+)\(", code))
    assert shown == set(plots.__all__) - NO_FIGURE


def test_every_image_is_there_and_no_other(gallery, page):
    _, entries = gallery.read_page(page)
    names = [entry.image for entry in entries]
    assert len(set(names)) == len(names) == page.count("](gallery/")
    assert sorted(path.name for path in (DOCS / "gallery").iterdir()) == sorted(names)
    assert "`python docs/make_gallery.py`" in page[:300]
    sizes = [path.stat().st_size for path in (DOCS / "gallery").iterdir()]
    assert sum(sizes) < 4e6
    assert max(sizes) < 1.5e6


def test_the_command_draws_what_the_page_says(tmp_path):
    """As a reader would run it; twice, with equal bytes."""
    some = ["simplex", "step_angles", "race"]
    for folder in ("one", "two"):
        command = [sys.executable, str(DOCS / "make_gallery.py"), "--output", str(tmp_path / folder), "--only", *some]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        assert "3 figures" in done.stdout
    made = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert made == ["race.gif", "simplex.png", "step_angles.png"]
    for name in made:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


@pytest.mark.slow
def test_the_whole_command(gallery, page, tmp_path):
    made = gallery.make(DOCS / "gallery.md", tmp_path)
    assert [path.name for path in made] == [entry.image for entry in gallery.read_page(page)[1]]
    assert sum(path.stat().st_size for path in made) < 4e6


PAGE = """# A page

```python
import ngdm_lab as lab
```

```python
law = lab.Dirichlet([1.0, 2.0, 3.0])
lab.plots.simplex(law)
```

![A density](gallery/one.png)
"""


def test_a_new_figure_is_a_block_and_an_image(gallery, tmp_path):
    file = tmp_path / "page.md"
    more = "\n```python\nlab.plots.gain()\n```\n\n![Gain](gallery/two.png)\n"
    file.write_text(PAGE + more)
    made = gallery.make(file, tmp_path / "images")
    assert [path.name for path in made] == ["one.png", "two.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in made)


def test_errors_tell_the_line(gallery, tmp_path):
    with pytest.raises(ValueError, match=r"line 1: the image a\.png has no code of its own"):
        gallery.read_page("![A](gallery/a.png)\n")
    file = tmp_path / "page.md"
    file.write_text(PAGE.replace("lab.plots.simplex(law)", "ax = lab.plots.simplex(law)"))
    with pytest.raises(ValueError, match=r"page\.md line 9: the last line of a block must be what is to be shown"):
        gallery.make(file, tmp_path / "images")
    file.write_text(PAGE.replace("3.0]", "-3.0]"))
    with pytest.raises(ValueError, match="alpha must be") as caught:
        gallery.make(file, tmp_path / "images")
    places = [(frame.filename, frame.lineno) for frame in traceback.extract_tb(caught.tb)]
    assert (str(file), 8) in places


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--only", "nothing"], "--only must name figures of gallery.md: trajectories,"),
        (["--output"], "--output must be"),
    ],
)
def test_bad_input_is_one_line(gallery, arguments, text, tmp_path, capsys):
    (tmp_path / "file").write_text("")
    if arguments == ["--output"]:
        arguments = ["--output", str(tmp_path / "file" / "below"), "--only", "gain"]
    assert gallery.main(arguments) == 2
    printed = capsys.readouterr().err
    assert printed.startswith(text)
    assert printed.count("\n") == 1
