"""What CONTRIBUTING.md says of the lab's files: the five questions, the paths, and that every block is tested."""

import re

import pytest

from contributing import PAGE, ROOT, blocks, section

QUESTIONS = re.findall(r"^\| (Where .+?\?) \| (.+?) \| `([^`]+)` \|$", section("Five questions"), re.MULTILINE)
CASES = {"Add a landscape", "Add an optimizer", "Add a layer", "Add a data set", "Add a claim"}


def test_there_are_five():
    asked = " ".join(question for question, _, _ in QUESTIONS)
    assert len(QUESTIONS) == 5
    for word in ("Algorithm 4", "Eq. 7", "step", "landscape", "CUDA"):
        assert word in asked


@pytest.mark.parametrize(("question", "answer", "file"), QUESTIONS)
def test_each_has_one_answer_that_is_there(question, answer, file):
    what = re.search(r"`([^`]+)`", answer)[1]
    text = (ROOT / file).read_text()
    assert re.search(rf"^ *{re.escape(what)}\b", text, re.MULTILINE), f"{file} has no {what}"
    if topic := re.search(r"Algorithm 4|Eq\. 7", question):
        assert topic[0] in text
    for other in re.findall(r"`(\w+)` in `([\w.]+)`", answer):
        [path] = [p for p in (ROOT / "ngdm_lab").rglob(other[1]) if p.parent.name in ("optimizers", "geometry")]
        assert f"def {other[0]}(" in path.read_text()


def test_every_path_is_there():
    new = {file for name in CASES for file, language, _ in blocks(section(name)) if language == "python"}
    named = set(re.findall(r"`((?:ngdm_lab|landscapes|tests|benchmarks|docs)/[\w./]+)`", PAGE)) - new
    assert len(named) > 15
    assert not [path for path in sorted(named) if not (ROOT / path).exists()]


@pytest.mark.parametrize("case", sorted(CASES))
def test_a_case_has_something_to_try(case):
    assert [name for name, _, _ in blocks(section(case))].count("try") == 1
