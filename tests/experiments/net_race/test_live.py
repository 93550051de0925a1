"""Keys of jobs: a user's rule or landscape by all that it computes with, the lab's own by what it always was."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.experiments.jobs import Job
from ngdm_lab.experiments.net_race import live, training
from ngdm_lab.experiments.race import pair
from ngdm_lab.paper import tables
from user_modules import made

FULL = Path(__file__).parents[3] / "paper_figures" / "results" / "full"
HELPERS = """
SCALE = 0.9
TABLE = np.array([1.0, 2.0])

def inner(v):
    return v * SCALE

def helper(v, k=1.0):
    return k * inner(v) + 0.0 * TABLE[0]

"""
RULE = "@lab.update_rule(state=('m',), direction=True)\ndef f(x, g, m, n, t):\n"
STEP = "    for i in range(n):\n        m[i] = 0.5 * m[i] + helper(g[i])\n        g[i] = m[i]\n"
LANDSCAPE = "@ls.landscape(bounds=(-5, 5), f_min=0.0, dim=2)\ndef f(x, g, n):\n"
LOOP = "    f = 0.0\n    for i in range(n):\n"
VALUE = LOOP + "        f += helper(x[i] * x[i])\n        g[i] = 1.8 * x[i]\n    return f\n"
# what is changed, and to what; the result is another
CHANGES = {
    "a helper": ("k * inner(v)", "2.0 * k * inner(v)"),
    "a helper's helper": ("v * SCALE", "v + SCALE"),
    "a number": ("SCALE = 0.9", "SCALE = 0.8"),
    "an array": ("[1.0, 2.0]", "[1.0, 3.0]"),
    "a default": ("k=1.0", "k=1.5"),
    "itself": ("[i])", "[i] * 1.5)"),
}


def texts(change=("", "")):
    """A rule and a landscape, changed."""
    changed = HELPERS.replace(*change) if change[0] in HELPERS else HELPERS
    return changed + RULE + STEP.replace(*change), changed + LANDSCAPE + VALUE.replace(*change)


def tokens(folder, change=("", "")):
    rule, landscape = texts(change)
    opt, s = made(folder, rule)(lr=0.1), made(folder, landscape)
    optimizers = [opt, lab.preconditioned(opt, lab.Dirichlet(2.0))]
    return [*map(live.optimizer_token, optimizers), *map(live.surface_token, [s, s.flipped(1)])]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_another_key(change, tmp_path):
    for before, after in zip(tokens(tmp_path), tokens(tmp_path, change), strict=True):
        assert before["live"] != after["live"]


@pytest.mark.parametrize("change", [("    for", "\n    # why\n    for"), ("SCALE = 0.9", "OTHER = 3\n\nSCALE = 0.9")])
def test_elsewhere_in_the_file_is_not(change, tmp_path):
    assert tokens(tmp_path) == tokens(tmp_path, change)


def test_how_a_rule_is_called_is_part_of_it(tmp_path):
    text = HELPERS + "@lab.update_rule(state=('m', 'w'))\ndef f(x, g, m, w, n, t, lr):\n    for i in range(n):\n" \
        "        x[i] -= lr * g[i]\n"  # fmt: skip
    found = {live.optimizer_token(made(tmp_path, t)(lr=0.1))["live"] for t in
             (text, text.replace("'m', 'w'", "'w', 'm'").replace("m, w", "w, m"))}  # fmt: skip
    assert len(found) == 2


def test_a_changed_helper_runs_again(tmp_path, monkeypatch):
    """In a race with a journal: nothing that the former function gave is taken for the latter's."""
    given = {"starts": 6, "steps": 20, "tuning_starts": 4, "control": False, "progress": False}
    ran = []
    monkeypatch.setattr(pair, "tune", lambda *a, tune=pair.tune, **k: ran.append(a) or tune(*a, **k))
    races = []
    for change in (("", ""), CHANGES["a helper"], ("", "")):
        opt = made(tmp_path, texts(change)[0])(lr=0.1)
        races.append(lab.race([opt], [ls.rosenbrock(2)], journal=tmp_path / "journal", **given))
        if len(races) == 2:
            bare = lab.race([opt], [ls.rosenbrock(2)], **given)
    first, changed, last = (r.entries[0].runs.x for r in races)
    assert np.array_equal(changed, bare.entries[0].runs.x)
    assert np.array_equal(first, last)
    assert len(ran) == 3  # the last race is the first


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_committed_trainings_have_the_keys_that_they_had(number):
    lines = (FULL / f"table{number}" / "journal.jsonl").read_text(encoding="utf-8").splitlines()
    kept = [record for record in map(json.loads, lines) if record["kind"] == "job"]
    assert kept
    for record in kept:
        job = Job(record["function"], record["arguments"])
        assert job.key == record["key"]
        own = job.arguments["optimizer"]
        assert live.optimizer_token(live.optimizer(own)) == own


def test_a_committed_table_resumes_without_a_training(tmp_path, monkeypatch):
    journal = shutil.copy(FULL / "table4" / "journal.jsonl", tmp_path)
    monkeypatch.setattr(training, "train", lambda **_: pytest.fail("a training was run"))
    made = tables.table(4, "full", journal=journal, executor="inline")
    assert len(made) == 4
