"""Frames: the same race in plain, flipped and rotated frames, and the gains that other frames take away."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

import landscapes as ls
import ngdm_lab as lab
from equal_rules import rivals
from ngdm_lab.experiments import Race
from ngdm_lab.experiments.race.choice import Noise
from ngdm_lab.experiments.race.frame_invariance import copies, gains
from ngdm_lab.experiments.race.measures import final_values
from ngdm_lab.experiments.statistics.compare import holm, wilson

RULES = {"sgd": lab.SGD(1e-3), "exact": lab.NGDM(1e-3, lab.Dirichlet(4.0), form="exact")}


@pytest.fixture(scope="module")
def found():
    """DESIGN's finding: on Styblinski-Tang the exact form gains on the diagonal alone."""
    return lab.frames(RULES, ls.styblinski_tang(6), 1500, 150, seeds=(0, 1), tuning_starts=256, progress=False)


NOTHING = Noise()


def with_noise(race, plain, others=NOTHING):
    """The race with these variances of both choices in the plain frame, and those in the other ones."""
    entries = [replace(e, tuning=replace(e.tuning, noise=plain if e.surface_name == race.surfaces[0] else others))
               for e in race.entries]  # fmt: skip
    return Race(entries, race.settings, race.control, race.notes)


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
        assert hits.p_invariance < 0.01
        assert last.measure == "last"
    text = " ".join(str(found).split())
    assert "exact reaches the target more often than sgd: +" in text
    assert re.search(r"rotated: lost \(p = 0.00\d+\)\.", text)
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
    given = with_noise(found.race, Noise())  # as at given rates: the field's own tests
    [gain, last] = gains(given, found.surface, found.names["flipped"])
    d = [(found.race.entry("exact", n).runs.hit >= 0).astype(int) - (found.race.entry("sgd", n).runs.hit >= 0)
         for n in (found.surface, *found.names["flipped"])]  # fmt: skip
    assert gain.plain == pytest.approx(d[0].mean())
    assert gain.other == pytest.approx(np.concatenate(d[1:]).mean())
    p = stats.mannwhitneyu(d[0], np.concatenate(d[1:]), method="asymptotic", use_continuity=False).pvalue
    assert gain.p_invariance == pytest.approx(holm(np.array([p]))[0])
    lead, lag = int((d[0] > 0).sum()), int((d[0] < 0).sum())
    assert gain.p_plain == pytest.approx(stats.binomtest(lead, lead + lag).pvalue)
    assert gain.half_plain == pytest.approx(1.96 * d[0].std(ddof=1) / len(d[0]) ** 0.5, rel=1e-4)
    assert last.measure == "last"


def test_the_noise_of_tuning_widens_intervals_and_tests(found):
    """Both rules' choices, in each frame one: in the mean over frames it is a fraction."""
    names, v = found.names["flipped"], 1e-3
    of = [gains(with_noise(found.race, *noise), found.surface, names)[0]
          for noise in ((Noise(), Noise()), (Noise(hits=v), Noise()), (Noise(), Noise(hits=v)))]  # fmt: skip
    bare, plain, other = of
    z = stats.norm.ppf(0.975)
    assert plain.half_plain**2 == pytest.approx(bare.half_plain**2 + z**2 * 2 * v)
    assert plain.half_other == bare.half_other
    assert other.half_other**2 == pytest.approx(bare.half_other**2 + z**2 * 2 * v / 2)  # of two frames the mean
    assert other.half_plain == bare.half_plain
    lead = abs(found.race.entry("exact", found.surface).runs.hit.clip(-1, 0) -
               found.race.entry("sgd", found.surface).runs.hit.clip(-1, 0)).sum()  # fmt: skip
    assert plain.p_plain == pytest.approx(2 * stats.norm.sf(plain.plain / (lead / 1500**2 + 2 * v) ** 0.5))
    for wide, variance in ((plain, 2 * v), (other, v)):  # the relative variances add up
        one, two = (stats.norm.isf(g.p_invariance / 2) ** -2 for g in (bare, wide))
        assert two - one == pytest.approx(variance / (bare.plain - bare.other) ** 2)
    assert (plain.plain, plain.other) == (bare.plain, bare.other)


def test_in_last_values_the_noise_is_relative_to_the_medians(found):
    names, s = found.names["rotated"], found.surface
    bare, known, unknown = (
        gains(with_noise(found.race, Noise(final=v)), s, names)[1] for v in (0.0, 0.01, np.inf)
    )  # fmt: skip
    a, b = (final_values(found.race.entry(label, s).runs) for label in ("exact", "sgd"))
    apart = np.quantile(a, 0.5, method="inverted_cdf") - np.quantile(b, 0.5, method="inverted_cdf")
    wider = (known.half_plain**2 - bare.half_plain**2) / stats.norm.ppf(0.975) ** 2
    assert wider == pytest.approx(min(1.0, 0.02 * (bare.plain / apart) ** 2))
    assert unknown.p_plain == pytest.approx(2 * stats.norm.sf(abs(bare.plain)), rel=0.01)  # the variance of a share: 1
    assert unknown.verdict == "none"
    assert known.half_other == bare.half_other


MANY_MINIMA = 0.25  # last values of many minima: 17 of 100 gains of equal rules are found, and 29 without the noise


@pytest.mark.slow
@pytest.mark.parametrize("s", [ls.rosenbrock(2), ls.styblinski_tang(4)], ids=lambda s: s.name)
def test_gains_of_equal_rules_are_rarely_found(s):
    """At most one of twenty in either frame, and as rarely lost; by the runs alone a third."""
    with_noise, without = [], []
    for seed in range(60):
        made = lab.frames([lab.SGD(1e-3)], s, 300, 300, seed, seeds=(0, 1), kinds="flipped", tuning_starts=64,
                          progress=False)  # fmt: skip
        for noise, found in ((True, with_noise), (False, without)):
            found += gains(rivals(made.race, noise), made.surface, made.names["flipped"])
    many = "multimodal" in s.tags
    for measure in ("hit", "last"):
        share = MANY_MINIMA if many and measure == "last" else 0.05
        one, bare = ([g for g in found if g.measure == measure] for found in (with_noise, without))
        most = stats.binom.ppf(0.99, len(one), share)
        for of in ("p_plain", "p_other", "p_invariance"):
            assert sum(getattr(g, of) < 0.05 for g in one) <= most, of
            assert sum(getattr(g, of) < 0.05 for g in bare) > stats.binom.ppf(0.99, len(one), 0.05), of
        for side in ("plain", "other"):
            covered = sum(abs(getattr(g, side)) <= getattr(g, f"half_{side}") for g in one)
            assert covered >= len(one) - most


def test_equal_rules_gain_nothing():
    rules = {"sgd": lab.SGD(1e-3), "same": lab.NGDM(1e-3, lab.Dirichlet(1.4))}
    made = lab.frames(rules, ls.styblinski_tang(4), 300, 150, seeds=(0,), tuning_starts=32, progress=False)
    assert {g.verdict for kind in ("flipped", "rotated") for g in made.gains(kind)} == {"none"}
    assert "significantly better than sgd on the plain one (flipped)." in " ".join(str(made).split())


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
