"""Publications of landscapes as BibTeX: what a source names is there, whole, and nothing else is."""

from __future__ import annotations

import re

import pytest

import landscapes as ls
from landscapes.bibliography import cited

FIELDS = {"article": "journal", "book": "publisher", "inproceedings": "booktitle", "techreport": "institution",
          "incollection": "publisher", "phdthesis": "school", "mastersthesis": "school", "misc": "title"}  # fmt: skip
OWN = {"diagonal_trough"}  # of this lab


@pytest.mark.parametrize("name", ls.names())
def test_every_publication_of_a_source_has_an_entry(name):
    family = ls.families()[name]
    keys = cited(family)
    years = set(re.findall(r"(?<![\d-])(?:1[89]|20)\d\d(?![\d-])", family.source))
    assert years == {key[-4:] for key in keys if key[-1].isdigit()} & years
    assert bool(keys) == (name not in OWN)


def test_entries_are_whole():
    text = ls.bibtex()
    entries = re.findall(r"^@(\w+)\{(\w+),\n(.*?)^\}$", text, re.DOTALL | re.MULTILINE)
    assert len(entries) == text.count("@") > 45
    assert sorted(key for _, key, _ in entries) == [key for _, key, _ in entries]
    for kind, key, body in entries:
        fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", body, re.MULTILINE))
        assert {"author", "title", FIELDS[kind]} <= fields.keys(), key
        assert len(fields) == body.count("\n"), key
        assert body.count("{") == body.count("}")
        assert key.endswith(fields.get("year", "")), key
        assert re.fullmatch(r"10\.\d{4,}/\S+", fields.get("doi", "10.1000/x")), key


def test_one_or_several_in_any_form():
    assert ls.bibtex("sphere") == ls.bibtex(ls.sphere) == ls.bibtex([ls.sphere(3).rotated(1)])
    assert ls.bibtex("sphere").splitlines()[:3] == ["% sphere: dejong1975", "", "@phdthesis{dejong1975,"]
    assert ls.bibtex(["branin", "shekel"]).count("@incollection{dixon1978") == 1
    assert ls.bibtex("diagonal_trough") == "\n"


def test_what_is_no_landscape():
    with pytest.raises(ValueError, match="rosenbrok"):
        ls.bibtex("rosenbrok")
    with pytest.raises(TypeError, match=r"each of names must be .* got 3"):
        ls.bibtex(["sphere", 3])
