"""Claims, verdicts, registration, and the ledger's files."""

from __future__ import annotations

import importlib
import json
import re
from dataclasses import FrozenInstanceError, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ngdm_lab.claims
import planted_claims
from ngdm_lab.claims import Claim, Effect, Interval, Ledger, Verdict, judge_all
from ngdm_lab.experiments.exact_json import decode, encode
from ngdm_lab.experiments.jobs import Job, Journal
from planted_claims import DOUBLED, HALVED, IDENTICAL

FLOATS = st.floats(allow_nan=False)
VERDICTS = st.builds(
    Verdict, kind=st.sampled_from(["holds", "does not hold", "cannot be decided here"]), sentence=st.text(min_size=1),
    effect=st.none() | st.builds(Effect, FLOATS, st.text(), st.text()),
    interval=st.none() | st.tuples(FLOATS, FLOATS).map(lambda e: Interval(min(e), max(e), 0.95)),
    statistics=st.dictionaries(st.text(), FLOATS, max_size=3),
    numbers=st.dictionaries(st.text(), FLOATS | st.integers() | st.lists(st.text()), max_size=3),
    data=st.lists(st.text(), max_size=3), seeds=st.integers(0, 100), budget=st.text(),
)  # fmt: skip


def figure(results, path):
    path.write_text(f'<svg xmlns="http://www.w3.org/2000/svg"><text>{len(results)}</text></svg>')


def another_judge(results, level):
    return planted_claims.judge_descent(results, level)


def judge_to_nothing(results, level):
    return "holds"


@pytest.fixture(scope="module")
def ledger():
    return judge_all([IDENTICAL, replace(DOUBLED, figure=figure), HALVED], executor="inline")


@given(VERDICTS)
def test_a_verdict_comes_back_from_json(verdict):
    assert Verdict.from_json(decode(encode(verdict.to_json(), "v"))) == verdict


def test_words_of_a_verdict():
    assert Verdict("holds only under", "Yes.", condition="a fine grid").word == "holds only under a fine grid"
    assert Verdict("does not hold", "No.").word == "does not hold"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [({"kind": "true"}, ValueError, "kind must be one of holds, holds only under, does not hold, cannot"),
     ({"condition": "x"}, ValueError, "condition must be given for 'holds only under' alone, got 'x'"),
     ({"kind": "holds only under"}, ValueError, "condition must be given"),
     ({"sentence": ""}, ValueError, "sentence"),
     ({"numbers": {"a": {1}}}, TypeError, r"verdict\['numbers'\]\['a'\] must be")],
)  # fmt: skip
def test_bad_verdicts(arguments, error, message):
    with pytest.raises(error, match=message):
        Verdict(**({"kind": "holds", "sentence": "Yes."} | arguments))


def test_bad_intervals():
    with pytest.raises(ValueError, match=r"low must be at most high, got 2\.0 and 1\.0"):
        Interval(2.0, 1.0, 0.95)
    with pytest.raises(ValueError, match="level must be between 0 and 1, got 95"):
        Interval(0.0, 1.0, 95)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [({"id": "a/b"}, ValueError, "id must be of letters"), ({"rule": " "}, ValueError, "rule of claim identical must"),
     ({"words": ""}, ValueError, "words of claim"), ({"judge": print}, TypeError, "must be a function written"),
     ({"judge": eval("lambda r, l: None")}, ValueError, "must be written in a file")],
)  # fmt: skip
def test_bad_claims(changes, error, message):
    with pytest.raises(error, match=message):
        replace(IDENTICAL, **changes)
    with pytest.raises(FrozenInstanceError):
        IDENTICAL.rule = "another"


def test_what_is_registered():
    same = replace(IDENTICAL, words="other words", place="elsewhere", command="x", figure=figure, jobs=DOUBLED.jobs)
    assert same.registration == IDENTICAL.registration
    others = [
        replace(IDENTICAL, **change)
        for change in ({"rule": "r"}, {"hypothesis": "h"}, {"judge": another_judge}, {"id": "i"})
    ]
    assert len({claim.registration for claim in (IDENTICAL, *others)}) == 5


def test_a_helper_of_the_judge_is_registered(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    made = []
    for name, floor in (("one", 0.0), ("two", 0.5), ("three", 0.0)):
        (tmp_path / f"judged_{name}.py").write_text(
            f"def floor():\n    return {floor}\n\n\ndef judge(results, level):\n    return floor()\n"
        )
        made.append(replace(IDENTICAL, judge=importlib.import_module(f"judged_{name}").judge).registration)
    assert made[0] == made[2] != made[1]


def test_the_rule_is_in_the_journal_before_the_first_job(tmp_path):
    path = tmp_path / "journal"
    ledger = judge_all([IDENTICAL, DOUBLED], "quick", path, executor="inline")
    first = Journal(path).lines()[0]
    assert first["notes"]["level"] == "quick"
    noted = first["notes"]["claims"]["doubled"]
    assert noted == {"registration": DOUBLED.registration, "hypothesis": DOUBLED.hypothesis, "rule": DOUBLED.rule}
    assert [e.registered for e in ledger.entries] == ["before the data"] * 2
    assert ledger["doubled"].registration == DOUBLED.registration
    assert ledger["doubled"].jobs == 16
    assert ledger["doubled"].seconds > 0
    # more data under the same rule
    more = judge_all([IDENTICAL, DOUBLED], "full", path, executor="inline")
    assert [e.registered for e in more.entries] == ["before the data"] * 2


def test_a_rule_made_after_the_data_shows(tmp_path):
    path = tmp_path / "journal"
    judge_all([IDENTICAL, DOUBLED], "quick", path, executor="inline")
    changed = replace(DOUBLED, judge=another_judge)
    for level in ("quick", "full"):  # without and with new jobs, that is a new session
        ledger = judge_all([IDENTICAL, changed], level, path, executor="inline")
        assert [e.registered for e in ledger.entries] == ["before the data", "after the data"]
        assert "Rules written or changed after their data: doubled." in ledger.markdown()
    assert judge_all([DOUBLED], executor="inline")["doubled"].registered == "in no journal"


def test_a_resumed_run_judges_the_same(tmp_path):
    claims = [IDENTICAL, DOUBLED, HALVED]
    path = tmp_path / "journal"
    whole = judge_all(claims, "quick", path, executor="inline")
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:20]) + lines[20][:50])
    again = judge_all(claims, "quick", path, executor="inline")
    assert [e.verdict for e in again.entries] == [e.verdict for e in whole.entries]
    assert [e.registered for e in again.entries] == ["before the data"] * 3
    with pytest.raises(ValueError, match="resume, or name another file"):
        judge_all(claims, "quick", path, executor="inline", resume=False)


def test_the_ledger_comes_back(ledger, tmp_path):
    paths = ledger.save(tmp_path / "new" / "out")
    assert sorted(p.name for p in paths) == ["claims.html", "claims.json", "claims.md", "doubled.svg"]
    assert sorted(paths) == sorted((tmp_path / "new" / "out").iterdir())
    assert Ledger.load(tmp_path / "new" / "out") == ledger
    assert Ledger.load(tmp_path / "new" / "out" / "claims.json") == ledger
    contents = {p: p.read_bytes() for p in paths}
    Ledger.load(tmp_path / "new" / "out").save(tmp_path / "new" / "out")
    assert {p: p.read_bytes() for p in paths} == contents
    tree = json.loads((tmp_path / "new" / "out" / "claims.json").read_text())
    assert tree["made_by"]["versions"]["numpy"]
    assert [e["id"] for e in tree["entries"]] == ["identical", "doubled", "halved"]


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"kind": "race"}', '{"kind": "claims", "entries": [{}]}'])
def test_what_is_no_ledger(tmp_path, content):
    (tmp_path / "claims.json").write_text(content)
    with pytest.raises(ValueError, match="is no ledger of claims"):
        Ledger.load(tmp_path)
    with pytest.raises(FileNotFoundError):
        Ledger.load(tmp_path / "nothing.json")


def test_a_folder_that_cannot_be_written_is_reported(ledger, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ValueError, match=r"cannot write .*file"):
        ledger.save(tmp_path / "file")


def test_the_markdown_table(ledger):
    lines = ledger.markdown().splitlines()
    assert lines[0] == "Claims at level quick: 1 cannot be decided here, 1 holds, 1 does not hold."
    assert lines[2].startswith("| Claim | In its words | Verdict | Effect")
    assert lines[3] == "|" + " --- |" * 7
    said = r"\| doubled \| [^|]+ \| holds \| [\d.]+ decades, other less rule \| [\d.]+ to [\d.]+ \(95 %\) \|"
    assert re.match(said, lines[5])
    assert lines[-3].startswith("- identical, `python -m planted_claims`: ")
    piped = replace(ledger.entries[0], words="a|b\nc", verdict=Verdict("holds", "d\ne"))
    lines = Ledger("full", (piped,)).markdown().splitlines()
    assert lines[4] == "| identical | a\\|b c | holds |  |  |  |  |"
    assert lines[-1].endswith(": d e")


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.text += data


def test_the_page_needs_nothing_else_and_says_all(ledger):
    page = Page(ledger.html())
    for entry in ledger.entries:
        for text in (entry.words, entry.place, entry.hypothesis, entry.rule, entry.command, entry.registration,
                     entry.verdict.sentence, entry.verdict.word):  # fmt: skip
            assert text in page.text
    sources = [value for _, attributes in page.tags for key, value in attributes.items() if key in ("src", "href")]
    assert all(source.startswith(("data:", "#")) for source in sources)
    assert [tag for tag, _ in page.tags].count("img") == 1
    assert "than" not in [tag for tag, _ in page.tags]  # words with marks are words
    assert "script" not in [tag for tag, _ in page.tags]


def test_bad_lists_of_claims():
    with pytest.raises(ValueError, match="claims must have different ids, got doubled more than once"):
        judge_all([DOUBLED, IDENTICAL, DOUBLED], executor="inline")
    with pytest.raises(ValueError, match="level must be one of 'quick', 'full', got 'slow'"):
        judge_all([DOUBLED], "slow", executor="inline")
    with pytest.raises(TypeError, match="judge of claim doubled must return a Verdict, got 'holds'"):
        judge_all([replace(DOUBLED, judge=judge_to_nothing)], executor="inline")
    with pytest.raises(KeyError, match="no claim 'x'; there are identical"):
        judge_all([IDENTICAL], executor="inline")["x"]
    assert judge_all([], executor="inline").markdown().startswith("Claims at level quick: none.")


def test_a_claim_without_an_experiment_can_be_judged():
    claim = replace(IDENTICAL, jobs=lambda level: [], judge=no_data)
    assert judge_all([claim])["identical"].verdict.word == "cannot be decided here"


def no_data(results, level):
    return Verdict("cannot be decided here", f"There are {len(results)} data.")


def test_what_two_claims_need_runs_once(tmp_path):
    other = replace(DOUBLED, id="other")
    judge_all([DOUBLED, other], "quick", tmp_path / "journal", executor="inline")
    assert len(Journal(tmp_path / "journal").lines()) == 1 + len(DOUBLED.jobs("quick"))
    assert all(isinstance(job, Job) for job in DOUBLED.jobs("quick"))
    assert isinstance(other, Claim)


def test_the_object_and_its_runner_know_nothing_of_a_paper_of_ours():
    names = r"ngdm|dirichlet|fisher|natural|gradient|momentum|simplex|adam|apollo|mnist|cifar|psi|learning"
    files = sorted(Path(ngdm_lab.claims.__file__).parent.glob("*.py"))
    assert len(files) >= 7
    for file in files:
        text = file.read_text().lower().replace("ngdm_lab", "")
        assert re.findall(names, text) == [], file.name
