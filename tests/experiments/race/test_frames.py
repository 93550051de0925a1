"""Frames: the same race in plain, flipped and rotated frames, and the gains that other frames take away."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.experiments.race.frame_invariance import copies
from ngdm_lab.experiments.statistics.compare import holm, wilson

RULES = {"sgd": lab.SGD(1e-3), "exact": lab.NGDM(1e-3, lab.Dirichlet(4.0), form="exact")}


@pytest.fixture(scope="module")
def found():
    """DESIGN's finding: on Styblinski-Tang the exact form gains on the diagonal alone."""
    return lab.frames(RULES, ls.styblinski_tang(6), 1500, 150, seeds=(0, 1), tuning_starts=64, progress=False)


def test_the_frames_are_the_surfaces_copies(found):
    s = ls.styblinski_tang(6)
    assert found.names["plain"] == [s.name]
    assert found.names["flipped"] == [s.flipped(0).name, s.flipped(1).name]
    assert found.names["rotated"] == [s.rotated(0).name, s.rotated(1).name]
    for e in found.race.entries:  # tuned in each frame
        assert e.lr == e.tuning.lr
    assert found.labels == ["sgd", "exact", "control"]


def test_the_exact_forms_gain_is_lost_in_other_frames(found):
    for kind in ("flipped", "rotated"):
        [hits, last] = found.gains(kind)
        assert (hits.label, hits.reference, hits.measure) == ("exact", "sgd", "hit")
        assert hits.verdict == "lost"
        assert hits.plain > 0.03 > abs(hits.other)
        assert hits.p_invariance < 1e-4
        assert last.measure == "last"
    text = " ".join(str(found).split())
    assert "exact reaches the target more often than sgd: +" in text
    assert "rotated: lost (p < 0.0001)." in text
    assert "Noise floor (plain, flipped): equal rules differ by up to" in text
    assert max(map(len, str(found).split("\n"))) <= 100


def test_numbers_are_the_runs(found):
    won, m = found.hits("exact", "flipped")
    runs = [found.race.entry("exact", name).runs for name in found.names["flipped"]]
    assert (won, m) == (sum(int((r.hit >= 0).sum()) for r in runs), 3000)
    low, high = wilson(won, m)
    assert f"{100 * won / m:.2f} [{100 * low:.2f}, {100 * high:.2f}]" in str(found)
    rows = found.rows()
    assert [row["frame"] for row in rows[::3]] == ["plain", "flipped", "flipped", "rotated", "rotated"]
    [gain] = [g for g in found.gains("flipped") if g.measure == "hit"]
    d = [(found.race.entry("exact", n).runs.hit >= 0).astype(int) - (found.race.entry("sgd", n).runs.hit >= 0)
         for n in (found.surface, *found.names["flipped"])]  # fmt: skip
    assert gain.plain == pytest.approx(d[0].mean())
    assert gain.other == pytest.approx(np.concatenate(d[1:]).mean())
    p = stats.mannwhitneyu(d[0], np.concatenate(d[1:]), method="asymptotic", use_continuity=False).pvalue
    assert gain.p_invariance == pytest.approx(holm(np.array([p]))[0])
    lead, lag = int((d[0] > 0).sum()), int((d[0] < 0).sum())
    assert gain.p_plain == pytest.approx(stats.binomtest(lead, lead + lag).pvalue)


def test_equal_rules_gain_nothing():
    rules = {"sgd": lab.SGD(1e-3), "same": lab.NGDM(1e-3, lab.Dirichlet(1.4))}
    made = lab.frames(rules, ls.styblinski_tang(4), 300, 150, seeds=(0,), tuning_starts=32, progress=False)
    assert {g.verdict for kind in ("flipped", "rotated") for g in made.gains(kind)} == {"none"}
    assert "Nobody gains in the plain frame beyond noise (flipped)." in str(made)


def test_saved_loaded_and_made_from_a_race(found, tmp_path):
    again = lab.Frames.of(lab.load(found.save(tmp_path / "frames")))
    assert str(again) == str(found)
    with pytest.raises(ValueError, match="flipped or rotated copies of sphere-2d"):
        lab.Frames.of(lab.race([lab.SGD(0.1)], [ls.sphere(2)], 5, 5, tuning_starts=2, progress=False))
    with pytest.raises(TypeError, match="race must be a Race"):
        lab.Frames.of(found)


def test_flips_by_the_same_signs_run_once():
    made = lab.frames([lab.SGD(0.1)], ls.sphere(2), 5, 5, seeds=range(8), kinds="flipped", tuning=False, progress=False)
    assert len(made.names["flipped"]) == 2  # in the plane there are but two
    assert made.names["rotated"] == []
    assert "Noise floor (flipped)" not in str(made) or "none" in str(made)


def test_copies_are_found_in_any_race():
    s = ls.rastrigin(2).shifted(0.5)
    surfaces = [s, ls.sphere(2), s.flipped(1), s.flipped(2).rotated(1), ls.sphere(2).noisy(0.1).rotated(1)]
    made = lab.race([lab.SGD(0.01)], surfaces, 5, 5, tuning=False, progress=False)
    made_copies = copies(made)
    assert (s.name, "flipped", [s.flipped(1).name]) in made_copies
    assert (s.name, "flipped and rotated", [surfaces[3].name]) in made_copies
    assert len(made_copies) == 2  # noise makes another surface


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"surface": ls.sphere}, TypeError, "surface must be a Surface"),
        ({"seeds": ()}, ValueError, "seeds must hold at least one seed"),
        ({"seeds": (-1,)}, ValueError, "seeds must be at least 0"),
        ({"kinds": ("mirrored",)}, ValueError, "kinds must be (one|some) of"),
        ({"surface": ls.schwefel(2)}, ValueError, "schwefel-2d is not known when rotated"),
        ({"rules": []}, ValueError, "rules must hold at least one"),
        ({"starts": 0}, ValueError, "starts must be at least 1"),
    ],
)
def test_bad_input(change, error, message):
    with pytest.raises(error, match=message):
        lab.frames(**{"rules": [lab.SGD(0.1)], "surface": ls.sphere(2), "starts": 5, "steps": 5, **change})
