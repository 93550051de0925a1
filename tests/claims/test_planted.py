"""Claims whose answer is known are judged right, and chance is seldom taken for an effect."""

from __future__ import annotations

import pytest

from ngdm_lab.claims import judge_all
from planted_claims import DOUBLED, HALVED, IDENTICAL, chance


@pytest.mark.parametrize("level", ["quick", "full"])
def test_planted_answers(level):
    ledger = judge_all([IDENTICAL, DOUBLED, HALVED], level, executor="inline")
    identical, doubled, halved = (ledger[name].verdict for name in ("identical", "doubled", "halved"))
    assert identical.word == "cannot be decided here"
    assert identical.numbers["decision"] == "equal"
    assert identical.effect.value == 0
    assert (identical.interval.low, identical.interval.high, identical.statistics["p"]) == (0, 0, 1)
    assert doubled.word == "holds"
    assert doubled.interval.low > 0
    assert halved.word == "does not hold"
    assert halved.interval.high < 0
    assert halved.effect.value == pytest.approx(-doubled.effect.value)
    assert doubled.seeds == (8 if level == "quick" else 16)


def decided(claims):
    ledger = judge_all(claims, executor="inline")
    return sum(entry.verdict.kind != "cannot be decided here" for entry in ledger.entries)


def test_a_null_experiment_repeated_200_times_gives_few_false_verdicts():
    assert decided([chance(number) for number in range(200)]) <= 0.05 * 200


def test_what_the_null_experiment_would_miss_if_it_decided_nothing():
    assert decided([chance(number, shift=3.0) for number in range(50)]) >= 45
