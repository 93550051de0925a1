"""A user's own rule and landscape in saved results: their text is there, and handed in again they run again."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import store

SCALE = 0.5
TABLE = np.array([1.0, 2.0])


def shrunk(v):
    """A helper."""
    return SCALE * math.tanh(v)  # a comment stays


@lab.update_rule(direction=True)
def squashed(x, g, n, t, tilt=1.0):
    for i in range(n):
        g[i] = tilt * shrunk(g[i])


@ls.landscape(bounds=(-1.0, 1.0), minima=lambda n: np.zeros((1, n)))
def bowl_of_mine(x, g, n, steep=2.0):
    f = 0.0
    for i in range(n):
        f += steep * x[i] ** 2
        g[i] = 2.0 * steep * x[i]
    return f


@dataclasses.dataclass(frozen=True)
class Mine(lab.Adam):
    """A class of a user's own."""

    extra: float = 1.0


def test_the_text_of_all_that_was_run():
    sources = lab.ensemble(squashed(lr=0.1), bowl_of_mine(2), 3, 4).sources
    blocks = sources["optimizer"].split("\n\n")
    assert blocks[0] == "SCALE = 0.5"
    assert blocks[1].startswith("def shrunk(v):")
    assert "# a comment stays" in blocks[1]
    assert blocks[2].startswith("@lab.update_rule(direction=True)\ndef squashed")
    assert sources["surface"].startswith("@ls.landscape(bounds=(-1.0, 1.0)")
    assert lab.ensemble(lab.Adam(), ls.sphere(2), 2, 2).sources == {}
    inner = lab.ensemble(lab.preconditioned(squashed(), lab.Dirichlet(2.0)), ls.sphere(2), 2, 2)
    assert inner.sources == {"optimizer": sources["optimizer"]}


def test_an_array_stands_by_its_digest():
    @ls.landscape(bounds=(-1, 1), dim=2)
    def weighed(x, g):
        g[0] = TABLE[0]
        g[1] = TABLE[1]
        return TABLE[0] * x[0] + TABLE[1] * x[1]

    text = lab.trace(lab.SGD(0.1), weighed, [0.5, 0.5], 2).runs.sources["surface"]
    assert text.startswith("# TABLE: an array of shape (2,), float64, CRC-32 ")


@pytest.fixture(scope="module")
def race():
    rules = {"own": squashed(lr=0.1), "adam": lab.Adam(0.1)}
    return lab.race(rules, [bowl_of_mine(2).flipped(), ls.sphere(2)], 12, 40, tuning_starts=4, progress=False)


@pytest.fixture(scope="module")
def saved(race, tmp_path_factory):
    return race.save(tmp_path_factory.mktemp("own") / "race")


def test_a_loaded_race_shows_what_was_run(race, saved):
    assert set(race.sources) == {"own", "control", "bowl_of_mine-2d-flipped"}  # the control is the first rule again
    assert lab.load(saved).sources == race.sources
    assert "def squashed" in lab.load(saved).entry("own", "sphere-2d").runs._repr_html_()


def test_without_them_it_cannot_run_again_and_with_them_it_does(race, saved):
    with pytest.raises(ValueError, match=r"own on bowl_of_mine-2d-flipped again: .* lab.load\(path, own=\.\.\.\)"):
        lab.ecdf(lab.load(saved))
    assert str(lab.performance_profile(lab.load(saved))) == str(lab.performance_profile(race))
    for own in ([squashed, bowl_of_mine], [squashed(), bowl_of_mine(2)]):
        again = lab.load(saved, own=own)
        assert again.entry("own", "sphere-2d").runs.optimizer == race.entry("own", "sphere-2d").runs.optimizer
        assert str(lab.ecdf(again)) == str(lab.ecdf(race))
        assert str(again) == str(race)


def test_a_class_of_ones_own(tmp_path):
    path = lab.ensemble(Mine(0.25, extra=3.0), ls.sphere(2), 2, 2).save(tmp_path / "a")
    assert lab.load(path).optimizer is None
    assert lab.load(path, Mine).optimizer == Mine(0.25, extra=3.0)


def test_another_text_is_refused(saved):
    @lab.update_rule(direction=True)
    def squashed(x, g, n, t, tilt=1.0):
        for i in range(n):
            g[i] = tilt * g[i]

    with pytest.raises(ValueError, match="own must hold 'squashed' as the file has it: its text is another now"):
        lab.load(saved, own=squashed)


@pytest.mark.parametrize("own", ["squashed", 3, [lab.Adam()], int, {"a": 1}])
def test_what_is_no_definition(own, saved):
    with pytest.raises(TypeError, match="own must be rules, landscapes or classes of optimizers"):
        lab.load(saved, own=own)


def test_a_file_of_an_earlier_version_has_no_text(tmp_path):
    path = lab.ensemble(squashed(lr=0.1), bowl_of_mine(2), 3, 4).save(tmp_path / "new")
    kind, arrays, described = store.read(path)
    for part in ("optimizer", "surface"):
        assert described[part].pop("source")
    old = store.write(tmp_path / "old", kind, arrays, described)
    assert lab.load(old).sources == {}
    assert lab.load(old, own=[squashed, bowl_of_mine]).optimizer == squashed(lr=0.1)


def test_journals_are_found_again(tmp_path):
    """The text is in results, not in the keys of jobs."""
    given = {"starts": 3, "steps": 3, "tuning": False, "progress": False, "journal": tmp_path / "race.jsonl"}
    made = lab.race([squashed(lr=0.1)], bowl_of_mine(2), **given)
    before = (tmp_path / "race.jsonl").read_text()
    assert lab.race([squashed(lr=0.1)], bowl_of_mine(2), **given).to_csv() == made.to_csv()
    assert (tmp_path / "race.jsonl").read_text() == before
    assert "source" not in json.loads(before.splitlines()[0])["notes"]["race"]["entries"][0]["optimizer"]
