"""What a race's printed text says by itself: equal rules, gains lost in other frames, edges, targets nobody reaches."""

from __future__ import annotations

import csv
import io
import math

import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.experiments import Tuning

SMALL = {"starts": 60, "steps": 200, "tuning_starts": 16, "progress": False}


@pytest.fixture(scope="module")
def race():
    rules = [lab.SGD(1e-3), lab.NGDM(1e-3, lab.Dirichlet(12.0)), lab.Adam()]
    return lab.race(rules, [ls.himmelblau(), ls.rastrigin(8), ls.sphere(2)], **SMALL)


def part(text, surface):
    """The paragraph of one surface, as one line."""
    [found] = [block for block in text.split("\n\n") if block.startswith(f"{surface} ")]
    return " ".join(found.split())


def test_equal_rules_are_named(race):
    assert "No difference found on any landscape: sgd and ngdm-dirichlet." in " ".join(str(race).split())
    assert "Noise floor: sgd and its equal differ by" in race.details()


def test_equal_rules_at_one_rate_are_not_equal():
    """At one shared rate the steps of the same two rules differ by a factor of 11.5: the text must not say equal."""
    rules = [lab.SGD(1e-3), lab.NGDM(1e-3, lab.Dirichlet(12.0))]
    made = lab.race(rules, [ls.rosenbrock(2), ls.zakharov(4)], 200, 300, same_lr=2e-4, progress=False)
    text = " ".join(str(made).split())
    assert "No difference found on any landscape" not in text


def test_the_exact_forms_gain_on_the_diagonal_and_its_loss_in_another_frame():
    rules = [lab.SGD(1e-3), lab.NGDM(1e-3, lab.Dirichlet(4.0), form="exact")]
    s = ls.styblinski_tang(6)
    made = lab.race(rules, [s, s.flipped()], 1500, 150, tuning_starts=256, progress=False)
    text = " ".join(str(made).split())
    frames = "styblinski_tang-6d, plain and flipped: "
    assert f"{frames}ngdm-dirichlet-exact reaches the target more often than sgd: +" in text
    assert "flipped: lost (p " in text


def test_no_gain_is_printed_as_such():
    s = ls.rastrigin(2)
    made = lab.race([lab.SGD(1e-3), lab.NGDM(1e-3, lab.Dirichlet(1.4))], [s, s.rotated(1)], **SMALL)
    text = " ".join(str(made).split())
    assert "rastrigin-2d, plain and rotated: no optimizer is significantly better than sgd on the plain one." in text


def test_a_rate_at_the_grids_edge_is_named(race, monkeypatch):
    assert "No chosen rate is at the edge of those that were tried." in str(race)
    chosen = race.entry("adam", "sphere-2d").tuning
    monkeypatch.setattr(Tuning, "at_edge", property(lambda self: self is chosen))
    assert [line for line in race.details().split("\n") if line.startswith("adam ") and line.endswith("*")]
    text = str(race)
    assert "edge of all that were tried, the best one may lie beyond: adam on sphere-2d." in " ".join(text.split())


def test_a_range_that_was_moved_is_printed(race, monkeypatch):
    assert "the range was moved" not in str(race)
    chosen = race.entry("adam", "sphere-2d").tuning
    monkeypatch.setattr(Tuning, "moved", property(lambda self: self is chosen))
    assert "At the first range's edge, so that the range was moved: adam on sphere-2d." in " ".join(str(race).split())


def test_what_ran_lane_by_lane_is_printed(race):
    assert "lane by lane" not in str(race)

    def counted(x, g):
        k = 0
        while k < 2:  # no loop of the language of lanes
            g[k] = 2.0 * x[k]
            k += 1
        return x[0] ** 2 + x[1] ** 2

    s = ls.landscape(bounds=(-1.0, 1.0), minima=[[0.0, 0.0]], dim=2)(counted)
    text = " ".join(str(lab.race([lab.SGD(0.1)], s, **SMALL)).split())
    assert "Slow, lane by lane: sgd, control on" in text or "Slow, lane by lane: sgd on counted-2d" in text
    assert "`while` is not in the language of lanes" in text


def test_a_target_that_nobody_reaches(race):
    assert "Nobody reaches the target" in part(race.details(), "rastrigin-8d")
    assert "Nobody reaches the target" not in part(race.details(), "himmelblau-2d")
    alone = lab.race([lab.SGD(1e-3)], [ls.rastrigin(8)], control=False, **SMALL)
    assert "Nobody reaches the target; median last value" in str(alone)


def test_the_basins_share_stands_beside_the_arrivals(race):
    text = race.details()
    share = lab.basin_share(ls.rastrigin(8), 60)
    assert f"Basin of the global minimum: gradient flow ends there from {share}." in part(text, "rastrigin-8d")
    assert "100.0 % of the box" in part(text, "himmelblau-2d")
    assert "Basin" not in part(text, "sphere-2d")  # convex: all of it
    rows = {row["surface"]: row for row in race.rows()}
    assert rows["rastrigin-8d"]["basin_share"] == share.share
    assert (rows["rastrigin-8d"]["basin_low"], rows["rastrigin-8d"]["basin_high"]) == share.interval
    assert math.isnan(rows["sphere-2d"]["basin_share"])


def test_kinks_leave_the_share_undecided():
    made = lab.race([lab.SGD(1e-3)], [ls.bukin_6()], **SMALL)
    assert "gradient flow stays undecided from" in str(made)


def test_who_passed_the_target_and_left_is_counted():
    # hardly damped: a run crosses the bottom of the bowl again and again
    rules, options = [lab.SGD(1e-3, momentum=0.999)], {"tuning": False, "control": False, "progress": False}
    made = lab.race(rules, [ls.sphere(1)], 200, 300, target=0.05, **options)
    [row] = made.rows()
    assert row["left"] == row["hit"] - row["arrived"] > 0
    runs = made.entries[0].runs
    assert row["left"] == sum(1 for hit, there in zip(runs.hit, runs.arrived, strict=True) if hit >= 0 and not there)
    assert "passed the target and left it again" in " ".join(str(made).split())


def test_the_floor_is_in_every_table_and_in_the_csv(race):
    text = race.details()
    for surface in race.surfaces:
        assert "Noise floor: sgd and its equal" in part(text, surface)
    for row in csv.DictReader(io.StringIO(race.to_csv())):
        assert float(row["noise_floor"]) == race.findings.floors[row["surface"]]
    bare = lab.race([lab.SGD(1e-3), lab.Adam()], [ls.sphere(2)], control=False, **SMALL)
    assert "No noise floor: the race ran without a control." in str(bare)
    assert all(math.isnan(row["noise_floor"]) for row in bare.rows())


def test_it_fits_a_terminal(race):
    assert max(map(len, f"{race}\n{race.details()}".split("\n"))) <= 100


def test_a_loaded_race_of_a_users_landscape_prints_without_a_share(tmp_path):
    @ls.landscape(bounds=(-5, 5), minima=[[0, 0]])
    def hollow(x, g):
        g[0] = 2 * x[0]
        g[1] = 4 * x[1] ** 3
        return x[0] ** 2 + x[1] ** 4

    made = lab.race([lab.Adam(lr=0.1)], [hollow], **SMALL)
    assert "Basin of the global minimum" in str(made)
    again = lab.load(made.save(tmp_path / "race"))
    assert "Basin" not in str(again)
    assert math.isnan(again.rows()[0]["basin_share"])
