"""Equal rules in a race as users run it: SGD and diagonal NGDM with a constant alpha, few starts, many seeds (E7)."""

from __future__ import annotations

import contextlib
import io
import re
from pathlib import Path

import pytest
from scipy import stats

import landscapes as ls
import ngdm_lab as lab
from equal_rules import rivals

EXAMPLE = Path(__file__).parents[3] / "examples" / "larger_than_the_noise.py"
RULES = {"sgd": lab.SGD(1e-3), "ngdm": lab.NGDM(1e-3, lab.Dirichlet(3.0))}


def apart(seeds, starts):
    """Of SGD and its equal, each tuned on starts of its own: called different at 5 %, by the runs alone, of all."""
    races = [lab.race([lab.SGD(1e-3)], s, starts, 500, seed, tuning_starts=64, progress=False)
             for s in (ls.rosenbrock(2), ls.beale()) for seed in seeds]  # fmt: skip
    found, alone = (sum(lab.compare(rivals(r, noise), r.surfaces[0]).pairs[0].differs for r in races)
                    for noise in (True, False))  # fmt: skip
    return found, alone, len(races)


def test_few_races_of_equal_rules():
    found, alone, every = apart(range(4), 60)
    assert found <= stats.binom.ppf(0.999, every, 0.05)  # 3 of 8
    assert alone > found
    made = lab.race(RULES, ls.beale(), 60, 500, tuning_starts=16, progress=False)
    # from the same tuning starts they get the same effective rates
    assert not lab.compare(made, "beale-2d").pair("sgd", "ngdm").differs


@pytest.mark.slow
def test_forty_seeds_of_equal_rules():
    """29 of these 80 were called different when tests knew nothing of tuning."""
    found, alone, every = apart(range(40), 500)
    assert found <= stats.binom.ppf(0.99, every, 0.05)  # 9 of 80
    assert alone > 9


@pytest.mark.slow
def test_the_examples_interval_covers_no_difference(tmp_path, monkeypatch):
    """Its 95 % interval of an equal rule's time over SGD's, from 8 times 12 seeds: a ratio of 1 is outside of few."""
    source = EXAMPLE.read_text(encoding="utf-8")
    monkeypatch.setattr("sys.argv", [str(EXAMPLE), str(tmp_path)])
    covered = []
    for k in range(8):
        text = source.replace("SEEDS = range(12)", f"SEEDS = range({1000 + 12 * k}, {1012 + 12 * k})")
        assert text != source
        with contextlib.redirect_stdout(io.StringIO()) as said:
            exec(compile(text, str(EXAMPLE), "exec"), {"__name__": "__main__"})
        [low, high] = re.search(r"control: [\d.]+ \[([\d.]+), ([\d.]+)\]", said.getvalue()).groups()
        covered.append(float(low) <= 1.0 <= float(high))
    assert sum(covered) >= stats.binom.ppf(0.01, len(covered), 0.95)  # 6 of 8
