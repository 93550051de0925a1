"""Races: equal budget, control, verdicts, tables, saving, running again."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import experiments
from ngdm_lab.experiments.race.verdict import verdict

SMALL = {"starts": 40, "steps": 150, "tuning_starts": 16, "progress": False}


@pytest.fixture(scope="module")
def race():
    rules = [lab.SGD(1e-3), lab.Adam(), lab.NGDM(1e-3, lab.Dirichlet(lab.ramp(1.4, 0.005)), form="exact")]
    return lab.race(rules, [ls.himmelblau(), ls.rastrigin(10)], **SMALL)


def test_everyone_has_the_same_budget_and_the_same_starts(race):
    for surface in race.surfaces:
        entries = race.on(surface)
        assert len(entries) == 4  # three and the control
        for e in entries:
            assert np.array_equal(e.runs.x0, entries[0].runs.x0)
            assert (e.runs.evaluations[e.runs.status != "diverged"] == 151).all()
            assert (e.runs.evaluations <= 151).all()
            assert e.tuning.evaluations == entries[0].tuning.evaluations
            assert e.lr == e.tuning.lr == e.runs.optimizer.lr


def test_rows_are_the_runs(race):
    for row, e in zip(race.rows(), race.entries, strict=True):
        assert row["arrived"] == int(e.runs.arrived.sum())
        assert row["arrival_low"] <= row["arrival"] <= row["arrival_high"]
        assert row["hit"] >= row["arrived"]
        assert row["evaluations"] == int(e.runs.evaluations.sum())
    read = list(csv.DictReader(io.StringIO(race.to_csv())))
    assert [float(r["median_best"]) for r in read] == [r["median_best"] for r in race.rows()]


def test_table_names_everything(race):
    text = f"{race}\n{race.details()}"
    for word in ("40 starts", "151 evaluations", "seed 0", "himmelblau-2d", "rastrigin-10d", "Noise floor", "[95 %]"):
        assert word in text
    assert "Nobody reaches the target" in race.details().split("rastrigin-10d")[1]
    assert "Nobody reaches the target" not in race.details().split("rastrigin-10d")[0]


def test_control_is_the_same_rule(race):
    assert race.control == "sgd"
    control = race.entry("control", "himmelblau-2d").runs.optimizer
    assert isinstance(control, lab.NGDM)
    # E7: at matched rates the control's path is SGD's
    gain = control.gain(2)
    s, start = ls.himmelblau(), [1.0, 2.0]
    one = lab.trace(lab.SGD(1e-3), s, start, 100).x
    other = lab.trace(control.replace(lr=1e-3 / gain), s, start, 100).x
    assert np.allclose(one, other, rtol=1e-9)


def test_control_of_a_constant_diagonal_ngdm_and_without_one():
    s = ls.sphere(2)
    made = lab.race([lab.NGDM(1e-3, lab.Dirichlet(4.0))], [s], **SMALL)
    assert made.control == "ngdm-dirichlet"
    assert made.entry("control", s.name).runs.optimizer.distribution == lab.Dirichlet(1.4)
    assert "Noise floor" not in str(lab.race([lab.SGD(1e-3)], [s], control=False, **SMALL))


def test_every_rule_has_a_twin_of_its_own():
    """The first of the roster once more, the user's too; tuned on other starts, so that it may choose another rate."""
    s, rule = ls.himmelblau(), lab.preconditioned(lab.Adam(), lab.Dirichlet(2.0))
    made = lab.race({"mine": rule, "apollo": lab.Apollo()}, [s], **SMALL)
    assert made.control == "mine"
    own, twin = made.entry("mine", s.name), made.entry("control", s.name)
    assert twin.runs.optimizer.replace(lr=1.0) == own.runs.optimizer.replace(lr=1.0)
    assert not np.array_equal(own.tuning.final, twin.tuning.final)
    floor = lab.compare(made, s.name).floor
    assert 1.0 <= floor.ratio < floor.reach**2
    assert "Noise floor: mine and its equal differ by" in str(made)
    assert "No noise floor" not in str(made)


def test_at_given_rates_equal_rules_do_the_same():
    made = lab.race([lab.Adam()], [ls.sphere(2)], tuning=False, **SMALL)
    assert made.labels == ["adam"]
    assert "Noise floor: 0, for at given rates equal rules do the same" in str(made)


def test_verdicts():
    """The verdict follows from running times, paired differences and the floor."""
    s = ls.himmelblau()
    made = lab.race([lab.SGD(1e-3), lab.Adam()], [s], 200, 200, tuning_starts=64, progress=False)
    rows = [row for row in made.rows() if row["optimizer"] != "control"]
    best = min(rows, key=lambda row: row["ert"])["optimizer"]
    assert verdict(made, lab.compare(made, s.name)).startswith(f"Fastest to the target: {best}, ")
    equal = lab.race([lab.SGD(1e-3), lab.SGD(1e-3)], [ls.himmelblau()], control=False, **SMALL)
    assert verdict(equal, lab.compare(equal, "himmelblau-2d")) == "No difference found between sgd, sgd (2)."
    far = lab.race(
        [lab.SGD(0.1), lab.SGD(1e-9, momentum=0.0)], [ls.sphere(2)], tuning=False, control=False,
        starts=40, steps=150, progress=False,
    )  # fmt: skip
    assert (
        verdict(far, lab.compare(far, "sphere-2d"))
        == "Fastest to the target: sgd, 21.4 evaluations. Fewer hits: sgd (2)."
    )


def test_same_lr_and_own_rates():
    rules, s = [lab.SGD(1e-2), lab.Adam(3e-2)], ls.sphere(2)
    one = lab.race(rules, s, same_lr=0.05, **SMALL)
    assert {e.lr for e in one.entries} == {0.05}
    assert all(e.tuning is None for e in one.entries)
    assert "one rate for all" in str(one)
    own = lab.race(rules, s, tuning=False, **SMALL)
    assert [e.lr for e in own.on(s.name)][:2] == [1e-2, 3e-2]


def test_save_load_and_run_again(race, tmp_path):
    again = lab.load(race.save(tmp_path / "race"))
    assert str(again) == str(race)
    for a, b in zip(again.entries, race.entries, strict=True):
        assert np.array_equal(a.runs.x, b.runs.x)
        assert a.tuning.lr == b.tuning.lr
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps(race.manifest()))
    repeated = lab.rerace(manifest, progress=False)
    for a, b in zip(repeated.entries, race.entries, strict=True):
        assert a.lr == b.lr
        assert np.array_equal(a.runs.x, b.runs.x, equal_nan=True)
        assert np.array_equal(a.runs.f, b.runs.f, equal_nan=True)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"entries": []}', '{"entries": [{}], "settings": {}}'])
def test_no_manifest(tmp_path, content):
    (tmp_path / "m.json").write_text(content)
    with pytest.raises(ValueError, match="is no manifest of a race"):
        lab.rerace(tmp_path / "m.json")


def test_default_roster_drops_gendir_on_odd_dimensions_with_a_note():
    made = experiments.plan(None, [ls.sphere(3)], 10, 10, 0)
    assert not any("gendir" in label for label, _, _ in made.pairs)
    assert len([n for n in made.notes if "gendir" in n and "left out on sphere-3d" in n]) == 2
    with pytest.raises(ValueError, match=r"ngdm-gendir on sphere-3d: .*even number.*n = 3"):
        experiments.plan([lab.NGDM(1.0, lab.GeneralizedDirichlet(2.0, 2.0))], [ls.sphere(3)], 10, 10, 0)


def test_defaults_are_what_the_readme_says():
    made = experiments.plan(None, None, 1000, 2000, 0)
    labels = {label for label, _, _ in made.pairs}
    names = {s.name for _, _, s in made.pairs}
    assert {"sgd", "adam", "apollo", "ngdm-dirichlet", "ngdm-dirichlet-exact", "ngdm-gendir"} <= labels
    assert {"rosenbrock-2d", "rastrigin-2d", "diagonal_trough-10d", "diagonal_trough-10d-flipped"} <= names
    assert len(names) >= 8
    assert all(2 <= s.dim <= 10 for _, _, s in made.pairs)
    assert made.settings["starts"] == 1000


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"same_lr": -1.0}, "same_lr must be a finite number at least 0, got -1.0"),
        ({"starts": 0}, "starts must be at least 1, got 0"),
        ({"steps": -1}, "steps must be at least 1, got -1"),
        ({"target": float("nan")}, "target must be a finite number"),
        ({"rules": []}, "rules must hold at least one"),
        ({"surfaces": []}, "surfaces must hold at least one"),
        ({"surfaces": [ls.sphere(2), ls.sphere(2)]}, "sphere-2d stands twice"),
    ],
)
def test_bad_values(change, message):
    given = {"rules": [lab.SGD(0.1)], "surfaces": [ls.sphere(2)], **change}
    with pytest.raises(ValueError, match=message):
        lab.race(**given)


@pytest.mark.parametrize("change", [{"rules": [b"adam"]}, {"surfaces": [ls.sphere]}, {"starts": 1.5}, {"seed": "0"}])
def test_bad_kinds(change):
    given = {"rules": [lab.SGD(0.1)], "surfaces": [ls.sphere(2)], **change}
    with pytest.raises(TypeError):
        lab.race(**given)


def test_user_rule_and_landscape(tmp_path):
    @lab.update_rule(direction=True)
    def signs(x, g, n, t, shrink=0.01):
        for i in range(n):
            g[i] = (1.0 if g[i] > 0 else -1.0) / (1.0 + shrink * t)

    @ls.landscape(bounds=(-5, 5), minima=[[0, 0]])
    def bowl(x, g):
        g[0] = 2 * x[0]
        g[1] = 20 * x[1]
        return x[0] ** 2 + 10 * x[1] ** 2

    made = lab.race([signs(lr=0.1), lab.Adam(lr=0.1)], [bowl], **SMALL)
    assert made.labels == ["signs", "adam", "control"]
    assert made.entry("adam", "bowl-2d").runs.arrived.any()
    again = lab.load(made.save(tmp_path / "race"))
    assert again.entry("signs", "bowl-2d").runs.optimizer is None  # its source is not in the file
    assert np.array_equal(again.entry("signs", "bowl-2d").runs.x, made.entry("signs", "bowl-2d").runs.x)
    (tmp_path / "m.json").write_text(json.dumps(made.manifest()))
    with pytest.raises(ValueError, match="defined by a user"):
        lab.rerace(tmp_path / "m.json")


def test_labels_of_a_mapping():
    rules = {"slow": lab.SGD(1e-3, momentum=0.0), "fast": lab.SGD(1e-3)}
    made = lab.race(rules, [ls.sphere(2)], **SMALL)
    assert made.labels == ["slow", "fast", "control"]
    assert made.control == "slow"
    with pytest.raises(ValueError, match="'control' is taken"):
        lab.race({"control": lab.SGD(1e-3)}, [ls.sphere(2)], **SMALL)


def test_to_frame(race):
    try:
        import pandas
    except ImportError:
        with pytest.raises(ImportError):
            race.to_frame()
    else:
        assert isinstance(race.to_frame(), pandas.DataFrame)
