"""Tuning curves of a race: saved, loaded, written as a table."""

from __future__ import annotations

import csv
import dataclasses
import io

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import store
from ngdm_lab.cli.race import write
from ngdm_lab.experiments.race.tuning_table import tuning_csv


@pytest.fixture(scope="module")
def race():
    rules = [lab.SGD(1.0), lab.NGDM(1.0, lab.Dirichlet(4.0), form="exact")]
    return lab.race(rules, [ls.himmelblau(), ls.sphere(2).scaled(1e30)], 5, 20, tuning_starts=4, progress=False)


def test_the_whole_curve_is_saved_and_loaded(race, tmp_path):
    again = lab.load(race.save(tmp_path / "race"))
    for a, b in zip(again.entries, race.entries, strict=True):
        for field in dataclasses.fields(b.tuning):
            one, other = getattr(a.tuning, field.name), getattr(b.tuning, field.name)
            assert type(one) is type(other)
            assert (
                np.array_equal(one, other, equal_nan=True) if isinstance(one, np.ndarray) else repr(one) == repr(other)
            )
        assert (a.tuning.lr, a.tuning.at_edge) == (b.tuning.lr, b.tuning.at_edge)
    assert repr(again.tuning_rows()) == repr(race.tuning_rows())  # NaN where nobody hit


def test_a_file_of_an_earlier_version_is_refused(race, tmp_path):
    _, arrays, described = store.read(race.save(tmp_path / "race"))
    less = {k: v for k, v in arrays.items() if not k.endswith("tuning/counts")}
    with pytest.raises(ValueError, match="saved by an earlier version: its tunings lack counts"):
        lab.Race.restore(less, described)


def test_the_command_writes_the_curves(race, tmp_path):
    names = [path.name for path in write(race, tmp_path).paths]
    assert names == ["results.csv", "tuning.csv", "race.txt", "race.npz", "manifest.json"]
    read = list(csv.DictReader(io.StringIO((tmp_path / "tuning.csv").read_text())))
    assert len(read) == sum(len(e.tuning.rates) for e in race.entries)
    for e in race.entries:
        own = [row for row in read if (row["surface"], row["optimizer"]) == (e.surface_name, e.label)]
        assert [float(row["lr"]) for row in own] == e.tuning.rates.tolist()
        assert [int(row["arrived"]) / int(row["starts"]) for row in own] == e.tuning.arrival.tolist()
        assert all(float(row["arrival_low"]) <= float(row["arrival"]) <= float(row["arrival_high"]) for row in own)
        [chosen] = [row for row in own if row["chosen"] == "True"]
        assert float(chosen["lr"]) == e.lr
        assert float(chosen["effective_lr"]) == pytest.approx(e.lr * e.tuning.gain)
        assert [row["at_edge"] for row in own].count("True") == e.tuning.at_edge
    assert any(e.tuning.at_edge for e in race.entries)


def test_without_tuning_there_is_no_table(tmp_path):
    race = lab.race([lab.SGD(1.0)], ls.sphere(2), 5, 5, same_lr=0.1, progress=False)
    assert race.tuning_rows() == []
    assert tuning_csv(race).count("\n") == 1
    assert not [path for path in write(race, tmp_path).paths if path.name == "tuning.csv"]
