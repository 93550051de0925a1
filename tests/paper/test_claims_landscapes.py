"""Claims about landscapes: planted results for each judge, small real jobs, the registry, the command."""

from __future__ import annotations

import argparse
import copy
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscapes as ls
from ngdm_lab.claims import Claim, judge_all
from ngdm_lab.cli import paper_claims
from ngdm_lab.engine import ensemble
from ngdm_lab.experiments.jobs import Journal
from ngdm_lab.optimizers import NGDM, SGD
from ngdm_lab.paper.claims import arrivals, c3, c4, c5, c6, c9, c10, hitting, ranges, sweep
from ngdm_lab.paper.claims.registry import claims
from ngdm_lab.paper.claims.surfaces import NAMES, NGDMS, bits, bools, optimizer
from ngdm_lab.paper.natural_gradient import gauss_newton, rosenbrock_residuals

OURS = {"C3": c3, "C4": c4, "C5": c5, "C6": c6}


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


def planted_sweep(shared, equal, own, share=0.3, noise=0.0):
    """A result of `sweep`: functions of alpha to measures in the three senses, with noise between batches."""
    rng = np.random.default_rng(0)

    def batch(value):
        return (value + noise * rng.normal(size=sweep.BATCHES)).tolist()

    def view(function):
        return [{key: batch(value) for key, value in function(alpha).items()} for alpha in sweep.ALPHAS]

    places = len(sweep.PLACES)
    curve = [0.5 * np.exp(-(((k - places / 2) / 5) ** 2)) for k in range(places)]
    views = {"own": view(own), "effective": view(equal), **{f"rate {a:g}": view(shared) for a in sweep.ANCHORS}}
    return {
        "effective": np.geomspace(1e-7, 10, places).tolist(), "gains": [a + 0.1 for a in sweep.ALPHAS],
        "curves": [curve] * len(sweep.ALPHAS), "own": [0.1] * len(sweep.ALPHAS), "views": views, "share": share,
        "inside": 300, "starts": 1000, "steps": 10,
    }  # fmt: skip


def nothing(alpha):
    return {"arrival": 0.5, "escape": 0.2, "digits": 3.0, "speed": -2.0, "step": 0.0}


def as_said(given):
    """Measures that follow the claim in its range, by half of 0.2."""

    def measure(alpha):
        told = nothing(alpha)
        for part in given.parts if alpha in given.alphas else ():
            told[part.measure] += 0.1 * part.sign
        return told

    return measure


def judged(module, *results):
    """By form: diagonal, exact."""
    told = list(results) if len(results) == 2 else [results[0]] * 2
    every = [told[sweep.FORMS.index(form)] for _ in sweep.SURFACES for form in sweep.FORMS for _ in sweep.SLOPES]
    return module.judge(every, "quick")


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
    told = planted_sweep(nothing, nothing, nothing)
    against, scaled = ranges.spreads([told], (12.0, 100.0, *ranges.REFERENCE))
    assert scaled == 0.0
    assert 0.1 < against <= 0.5
    moved = copy.deepcopy(told)
    moved["curves"][-1] = moved["curves"][-1][5:] + [0.0] * 5
    assert ranges.spreads([moved], (12.0, 100.0, *ranges.REFERENCE))[1] > 0.1


def test_a_real_sweep_shows_that_constant_diagonal_alphas_are_one_rule():
    told = sweep.sweep("styblinski-tang:2", "diagonal", 0.0, 60, 60)
    curves = np.array(told["curves"])
    assert np.ptp(curves, axis=0).max() <= 0.1  # rounding may turn a run at a rate that nearly diverges
    assert curves.max() > 0.2
    equal = told["views"]["effective"]
    steps = np.array([measures["step"] for measures in equal])
    assert np.ptp(steps, axis=0) == pytest.approx(0.0, abs=1e-9)
    shared = np.array([measures["step"] for measures in told["views"]["rate 6"]])
    assert np.all(np.diff(shared[:, 0]) > 0)
    assert told["share"] == pytest.approx(0.27, abs=0.2)


# -- C9: planted times


def planted_times(factor, gain=0.0, noisy_gain=0.0):
    """Results of C9's jobs: NGDM takes `factor` of the others' evaluations, a falling rate brings it digits."""
    rng = np.random.default_rng(1)
    base = {name: rng.integers(100, 200, 200) for name in c9.SURFACES}
    told = []
    for name, label in product(c9.SURFACES, c9.LABELS):
        times = base[name] * (factor if label in NGDMS else 1)
        told.append({"spent": times.astype(int).tolist(), "seen": bits([True] * 200), "rate": 0.1, "edge": False})
    for name, label, fall in c9._decays():
        brought = (noisy_gain if "noisy" in name else gain) if fall and label != "sgd" else 0.0
        told.append({"digits": (3 + brought + 0.01 * rng.normal(size=200)).tolist(), "rate": 0.1, "edge": False})
    told += [{"spent": [3] * 200, "seen": bits([True] * 200)} for _ in c9.RESIDUALS]
    return told


def test_times_that_decide_c9():
    assert c9.judge(planted_times(0.5), "quick").word == "holds"
    slow = c9.judge(planted_times(2.0), "quick")
    assert slow.word == "holds only under its second half, no falling rate, which SGD does not need there either"
    assert slow.effect.value == pytest.approx(2.0)
    assert c9.judge(planted_times(1.0), "quick").kind == "holds only under"
    assert c9.judge(planted_times(2.0, 1.0, 1.0), "quick").word == "does not hold"
    needed = c9.judge(planted_times(0.5, 1.0, 1.0), "quick")
    assert needed.word == "holds only under its first half, fewer iterations"
    mixed = c9.judge(planted_times(2.0, 0.0, 1.0), "quick")
    assert mixed.condition == "gradients without noise (no falling rate, which SGD does not need there either)"


def test_times_with_exact_f_alone():
    told = planted_times(1.0, 1.0, 1.0)
    for (_, label), result in zip(product(c9.SURFACES, c9.LABELS), told, strict=False):
        if label.endswith("-exact"):
            result["spent"] = [t // 2 for t in result["spent"]]
    assert c9.judge(told, "quick").word == "holds only under the exact form of F^-1 (fewer iterations)"


def test_real_hits_and_digits():
    told = hitting.hits("rosenbrock:2", "sgd", 40, 16, 300)
    again = ensemble(SGD(told["rate"]), ls.rosenbrock(2), 40, 300)
    assert told["spent"] == np.where(again.hit >= 0, again.hit + 1, 301).tolist()
    assert bools(told["seen"]) == (again.hit >= 0).tolist()
    assert hitting.hits("rosenbrock:2", "sgd", 40, 16, 300) == told
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


def planted_arrivals(shares, level="quick"):
    """Results of C10's jobs: `shares(name, kind, label)` of 400 starts arrive."""
    told = []
    for name in c10.SURFACES:
        for kind, _ in c10._frames(name, level):
            for label in c10.LABELS:
                count = round(400 * shares(name, kind, label))
                told.append({"arrived": bits(k < count for k in range(400)), "rate": 0.1, "edge": False})
    return told + [{"share": 0.3} for _ in c10.SURFACES]


def only(names, kinds):
    return lambda name, kind, label: 0.6 if label == "dir-exact" and name in names and kind in kinds else 0.3


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


def test_a_gain_within_the_noise_floor_is_none():
    def shares(name, kind, label):
        return {"dir-exact": 0.6, "twin": 0.7}.get(label, 0.3)

    assert c10.judge(planted_arrivals(shares), "quick").word == "does not hold"


def test_real_arrivals_and_basins():
    told = arrivals.arrivals("styblinski-tang:2:flipped=1", "dir", 50, 16, 60)
    assert len(told["arrived"]) == 50
    assert 0 < sum(bools(told["arrived"])) < 50
    small, large = (arrivals.basin(f"styblinski-tang:{n}", 300)["share"] for n in (2, 10))
    assert large == pytest.approx(small**5)


# -- the natural gradient that sees f


@given(st.lists(st.floats(-3, 3), min_size=2, max_size=6))
def test_the_residuals_are_rosenbrocks(point):
    x = np.array(point)
    r, jacobian = rosenbrock_residuals(x)
    s = ls.rosenbrock(len(x))
    assert r @ r == pytest.approx(s.value(x), rel=1e-12, abs=1e-12)
    assert 2 * jacobian.T @ r == pytest.approx(s.grad(x), rel=1e-9, abs=1e-9)


def test_gauss_newton_arrives_in_a_few_evaluations():
    assert gauss_newton([1.0, 1.0]) == 1
    assert 1 < gauss_newton([-1.2, 1.0]) < 40
    assert gauss_newton([-1.2, 1.0], steps=0) == -1
    told = hitting.residual_hits("rosenbrock:2", 20, 100)
    assert all(bools(told["seen"]))
    with pytest.raises(ValueError, match="x0 must be two or more finite coordinates"):
        gauss_newton([1.0])


# -- labels, figures and the command


def test_labels():
    assert all(isinstance(optimizer(label), NGDM) for label in NGDMS)
    assert optimizer("twin") == optimizer("sgd")
    assert all(optimizer(label) for label in NAMES)


@pytest.mark.parametrize("module", [c3, c9, c10])
def test_figures_are_drawn_the_same_twice(module, tmp_path):
    results = {
        c3: [planted_sweep(nothing, nothing, nothing)] * len(c3.CLAIM.jobs("quick")),
        c9: planted_times(0.5), c10: planted_arrivals(only(c10.SURFACES, c10.KINDS)),
    }[module]  # fmt: skip
    for name in ("a.svg", "b.svg"):
        module.figure(results, tmp_path / name)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.svg").read_text().count("<path") > 50


@pytest.fixture
def small(monkeypatch):
    """C10 in a small size."""
    monkeypatch.setattr(c10, "SURFACES", ("styblinski-tang:2",))
    monkeypatch.setitem(c10.SIZES, "quick", (20, 8, 20))


def command(*words):
    parser = argparse.ArgumentParser()
    paper_claims.add(parser.add_subparsers())
    given = parser.parse_args(["claims", *map(str, words)])
    return given.run(given)


def test_the_command(small, tmp_path, capsys):
    out = tmp_path / "out"
    words = ("--only", "c10", "--output", out, "--executor", "inline")
    assert command(*words) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("Claims at level quick:")
    names = ["C10.svg", "claims.html", "claims.json", "claims.md", "journal.jsonl"]
    assert sorted(path.name for path in out.iterdir()) == names
    assert printed.splitlines()[-1] == str(out / "journal.jsonl")
    assert "before the data" in printed
    with pytest.raises(ValueError, match=r"journal\.jsonl holds an earlier run: go on with --resume"):
        command(*words)
    count = len(Journal(out / "journal.jsonl").lines())
    (out / "claims.json").unlink()
    assert command(*words, "--resume") == 0
    assert capsys.readouterr().out == printed
    assert len(Journal(out / "journal.jsonl").lines()) == count


@pytest.mark.parametrize(
    ("words", "told"),
    [(("--only", "C99"), "--only must name claims out of .*C3.*, got 'c99'"), (("--only", ","), "at least one claim")],
)
def test_bad_words(words, told, tmp_path):
    with pytest.raises(ValueError, match=told):
        command(*words, "--output", tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_rules_are_registered_before_the_data(small, tmp_path):
    ledger = judge_all([c10.CLAIM], "quick", tmp_path / "journal", executor="inline")
    assert ledger["C10"].registered == "before the data"
    assert Journal(tmp_path / "journal").lines()[0]["notes"]["claims"]["C10"]["rule"] == c10.CLAIM.rule
