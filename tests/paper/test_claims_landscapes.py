"""Claims about landscapes: planted results for each judge, small real jobs."""

from __future__ import annotations

import copy
from itertools import product

import numpy as np
import pytest

import landscapes as ls
from ngdm_lab.claims import Claim
from ngdm_lab.engine import ensemble
from ngdm_lab.optimizers import SGD
from ngdm_lab.paper.claims import arrivals, c3, c9, c10, hitting, ranges, sweep
from ngdm_lab.paper.claims.registry import claims
from ngdm_lab.paper.claims.surfaces import bools, optimizer
from planted_results import OURS, as_said, judged, nothing, only, planted_arrivals, planted_sweep, planted_times

# -- the registry


def test_the_registry():
    known = claims()
    assert len({claim.id for claim in known}) == len(known)
    assert {"C3", "C4", "C5", "C6", "C9", "C10"} <= {claim.id for claim in known}
    for claim in known:
        assert isinstance(claim, Claim)
        assert claim.command == f"ngdm-lab paper claims --only {claim.id}"


@pytest.mark.parametrize("module", [c3, c9, c10])
def test_the_levels_differ_and_jobs_are_distinct(module):
    quick, full = module.CLAIM.jobs("quick"), module.CLAIM.jobs("full")
    assert len(set(quick)) == len(quick)
    assert len(set(full)) == len(full)
    assert not set(quick) & set(full)


def test_the_four_ranges_share_their_jobs():
    assert all(module.CLAIM.jobs("quick") == c3.CLAIM.jobs("quick") for module in OURS.values())


# -- C3 to C6: planted sweeps


@pytest.mark.parametrize("module", OURS.values(), ids=OURS)
def test_a_range_that_differs_by_alpha_alone_holds(module):
    said = as_said(module.RANGE)
    verdict = judged(module, planted_sweep(said, said, said, noise=0.001))
    assert verdict.word == "holds"
    lead = module.RANGE.parts[0]
    scale = ranges.WORDS[lead.measure][1]
    assert verdict.effect.value == pytest.approx(scale * 0.1 * lead.sign, rel=0.2)
    assert verdict.interval.low < verdict.effect.value < verdict.interval.high


@pytest.mark.parametrize("module", OURS.values(), ids=OURS)
def test_a_range_that_differs_by_the_rate_alone(module):
    verdict = judged(module, planted_sweep(as_said(module.RANGE), nothing, nothing))
    assert verdict.word == "holds only under one learning rate for all alpha"


@pytest.mark.parametrize("module", OURS.values(), ids=OURS)
def test_a_range_that_does_not_differ_or_the_other_way(module):
    assert judged(module, planted_sweep(nothing, nothing, nothing)).word == "does not hold"

    def against(alpha):
        return {key: 2 * nothing(alpha)[key] - value for key, value in as_said(module.RANGE)(alpha).items()}

    assert judged(module, planted_sweep(against, against, against)).word == "does not hold"


def test_a_range_in_one_form_alone_and_one_drowned_in_noise():
    said, none = as_said(c3.RANGE), planted_sweep(nothing, nothing, nothing)
    exact = judged(c3, none, planted_sweep(said, said, said))
    assert exact.word == "holds only under the exact form of F^-1"
    shared = judged(c3, none, planted_sweep(said, nothing, nothing))
    assert shared.word == "holds only under one learning rate for all alpha and the exact form of F^-1"
    drowned = judged(c3, planted_sweep(said, said, said, noise=1.0))
    assert drowned.word == "cannot be decided here"


def test_measures_count_where_starts_of_their_kind_are():
    whole = planted_sweep(nothing, nothing, nothing, share=1.0)
    with pytest.raises(ValueError, match="measure escape counts on no landscape"):
        ranges.batches([whole], "own", ranges.REFERENCE, "escape")
    rare = planted_sweep(nothing, nothing, nothing, share=0.01)
    with pytest.raises(ValueError, match="measure digits counts on no landscape"):
        ranges.batches([rare], "own", ranges.REFERENCE, "digits")
    assert ranges.batches([whole, rare], "own", ranges.REFERENCE, "digits") == pytest.approx(3.0)


def test_curves_that_coincide_against_the_scaled_rate_lie_apart_against_the_rate():
    planted = planted_sweep(nothing, nothing, nothing)
    against, scaled = ranges.spreads([planted], (12.0, 100.0, *ranges.REFERENCE))
    assert scaled == 0.0
    assert 0.1 < against <= 0.5
    moved = copy.deepcopy(planted)
    moved["curves"][-1] = moved["curves"][-1][5:] + [0.0] * 5
    assert ranges.spreads([moved], (12.0, 100.0, *ranges.REFERENCE))[1] > 0.1


def test_a_real_sweep_shows_that_constant_diagonal_alphas_are_one_rule():
    result = sweep.sweep("styblinski-tang:2", "diagonal", 0.0, 60, 60)
    curves = np.array(result["curves"])
    assert np.ptp(curves, axis=0).max() <= 0.1  # rounding may turn a run at a rate that nearly diverges
    assert curves.max() > 0.2
    equal = result["views"]["effective"]
    steps = np.array([measures["step"] for measures in equal])
    assert np.ptp(steps, axis=0) == pytest.approx(0.0, abs=1e-9)
    shared = np.array([measures["step"] for measures in result["views"]["rate 6"]])
    assert np.all(np.diff(shared[:, 0]) > 0)
    assert result["share"] == pytest.approx(0.27, abs=0.2)


# -- C9: planted times


def test_times_that_decide_c9():
    assert c9.judge(planted_times(0.5), "quick").word == "holds"
    slow = c9.judge(planted_times(2.0), "quick")
    assert slow.word == "holds only under its second half alone, no falling rate, which SGD does not need there either"
    assert slow.effect.value == pytest.approx(2.0)
    assert c9.judge(planted_times(1.0), "quick").kind == "holds only under"
    assert c9.judge(planted_times(2.0, 1.0, 1.0), "quick").word == "does not hold"
    needed = c9.judge(planted_times(0.5, 1.0, 1.0), "quick")
    assert needed.word == "holds only under its first half, fewer iterations"
    mixed = c9.judge(planted_times(2.0, 0.0, 1.0), "quick")
    assert mixed.condition == (
        "its second half alone, no falling rate, and without noise, which SGD does not need there either"
    )


def test_times_with_exact_f_alone():
    planted = planted_times(1.0, 1.0, 1.0)
    for (_, label), result in zip(product(c9.SURFACES, c9.LABELS), planted, strict=False):
        if label.endswith("-exact"):
            result["spent"] = [t // 2 for t in result["spent"]]
    assert c9.judge(planted, "quick").word == "holds only under the exact form of F^-1 (fewer iterations)"


def test_real_hits_and_digits():
    result = hitting.hits("rosenbrock:2", "sgd", 40, 16, 300)
    again = ensemble(SGD(result["rate"]), ls.rosenbrock(2), 40, 300)
    assert result["spent"] == np.where(again.hit >= 0, again.hit + 1, 301).tolist()
    assert bools(result["seen"]) == (again.hit >= 0).tolist()
    assert hitting.hits("rosenbrock:2", "sgd", 40, 16, 300) == result
    digits = hitting.accuracy("sphere:2", "dir", True, 10, 8, 50)["digits"]
    assert min(digits) > 3


def test_a_rate_that_does_not_fall_is_sgd():
    s = ls.rosenbrock(2)
    plain, falling = SGD(1e-3), hitting.falling(lr=1e-3)
    assert np.array_equal(ensemble(plain, s, 20, 50).x, ensemble(falling, s, 20, 50).x)
    assert not np.array_equal(ensemble(falling.replace(last=50), s, 20, 50).x, ensemble(plain, s, 20, 50).x)
    ngdm = optimizer("gendir")
    turned = hitting._falling(ngdm, 0).replace(lr=1e-3)
    assert np.array_equal(ensemble(turned, s, 20, 50).x, ensemble(ngdm.replace(lr=1e-3), s, 20, 50).x)


# -- C10: planted arrivals


def test_arrivals_that_decide_c10():
    holds = c10.judge(planted_arrivals(only(c10.SURFACES, c10.KINDS)), "quick")
    assert holds.word == "holds"
    assert holds.effect.value == pytest.approx(30.0)
    assert c10.judge(planted_arrivals(only((), ())), "quick").word == "does not hold"
    first = c10.SURFACES[0]
    frame = c10.judge(planted_arrivals(only((first,), ("plain",))), "quick")
    assert frame.word == f"holds only under the frame as published of {first}"
    place = c10.judge(planted_arrivals(only((first,), c10.KINDS)), "quick")
    assert place.word == f"holds only under the landscapes {first}"
    nobody = c10.judge(planted_arrivals(lambda name, kind, label: 0.0), "quick")
    assert nobody.word == "cannot be decided here"
    everybody = c10.judge(planted_arrivals(lambda name, kind, label: 1.0), "quick")
    assert everybody.word == "cannot be decided here"


@pytest.mark.parametrize("twin", ["twin", "adam-twin"])
def test_a_gain_within_the_noise_floor_of_either_known_method_is_none(twin):
    def shares(name, kind, label):
        return {"dir-exact": 0.6, twin: 0.7}.get(label, 0.3)

    assert c10.judge(planted_arrivals(shares), "quick").word == "does not hold"


def test_real_arrivals_and_basins():
    result = arrivals.arrivals("styblinski-tang:2:flipped=1", "dir", 50, 16, 60)
    assert len(result["arrived"]) == 50
    assert 0 < sum(bools(result["arrived"])) < 50
    small, large = (arrivals.basin(f"styblinski-tang:{n}", 300)["share"] for n in (2, 10))
    assert large == pytest.approx(small**5)
