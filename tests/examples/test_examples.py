"""Every example runs at full size as a reader would run it; its figure is there and its answer is what it computed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = sorted((Path(__file__).resolve().parents[2] / "examples").glob("*.py"))

# the last printed lines, one pattern each; numbers in groups
ANSWERS = {
    "compare_my_rule_with_adam": [
        r"Is the clipped rule faster than Adam\?",
        *[
            rf"  {name}: (faster|slower|no difference found), (.*) \[(.*), (.*)\] times Adam's evaluations"
            for name in ("rosenbrock-2d", "gold.*", "levy-4d")
        ],
    ],
    "larger_than_the_noise": [
        r" +control: (.*) \[(.*), (.*)\] times the evaluations of sgd, the noise floor: (.*)",
        r" +heavy ball: .*, (not shown to be larger|larger) than the noise",
        r"momentum 0.95: .* \[(.*), (.*)\] times the evaluations of sgd, (not shown to be larger|larger) than .*",
    ],
    "momentum_and_basins": [
        r"Gradient flow ends in a global minimum from (.*) % of the box \[(.*), (.*)\]\.",
        *[
            rf"Momentum {mu}: (.*) % of the starts end in one; (.*) % elsewhere than without momentum"
            for mu in ("0", "0.5", "0.9", "0.99")
        ],
    ],
    "valley_condition": [
        rf" *{name}: evaluations grow as condition\^\((.*) \+- (.*)\); (\d+) at 3162"
        for name in ("momentum 0", "momentum 0.9", "momentum by condition", "adam")
    ],
    "where_exact_wins": [
        r"The exact form reaches the target more often than SGD, beyond noise, here:",
        r"  exact 1.4 on styblinski_tang-10d, .*",
        r"  exact 12 on styblinski_tang-10d, .*",
        r"  exact 1.4 on diagonal_trough-10d, .*",
        r"  exact 12 on diagonal_trough-10d, by (.*) points; (?:lost|smaller) when flipped, lost when rotated",
    ],
}


def test_each_example_has_an_answer_to_check():
    assert [p.stem for p in SCRIPTS] == sorted(ANSWERS)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_is_under_40_lines(script):
    assert len(script.read_text().splitlines()) < 40


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda p: p.stem)
def test_runs_draws_and_answers(script, tmp_path):
    """From any folder, into one that is not there yet."""
    done = subprocess.run(
        [sys.executable, str(script), "new/folder"], capture_output=True, text=True, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert (tmp_path / "new" / "folder" / f"{script.stem}.png").read_bytes().startswith(b"\x89PNG")
    lines = done.stdout.splitlines()
    assert max(map(len, lines)) <= 100
    patterns = ANSWERS[script.stem]
    found = [re.fullmatch(p, line) for p, line in zip(patterns, lines[-len(patterns) :], strict=True)]
    assert all(found), lines[-len(patterns) :]
    CHECKS[script.stem]([m.groups() for m in found])


def check_comparison(groups):
    """Clipping costs where steps must be long; an interval without 1 is a difference, but for what the floor covers."""
    for word, _, low, high in groups[1:]:
        if word != "no difference found":
            assert (float(high) <= 1.0) == (word == "faster")
            assert (float(low) >= 1.0) == (word == "slower")
    assert [g[0] for g in groups[1:3]] == ["no difference found", "slower"]


def check_noise(groups):
    """The floor is the equal rules' own interval; a change is larger where its interval lies beyond."""
    _, low, high, floor = map(float, groups[0])
    assert low < 1.0 < high  # equal rules
    assert floor == pytest.approx(max(1 / low, high), abs=0.02)
    low, high = map(float, groups[2][:2])
    assert groups[2][2] == "larger"
    assert low < high
    assert high < 1 / floor
    assert groups[1][0] == "not shown to be larger"


def check_basins(groups):
    """Without momentum the shares are those of gradient flow; large momentum moves most starts."""
    _, low, high = map(float, groups[0])
    shares = [float(share) for share, _ in groups[1:]]
    moved = [float(share) for _, share in groups[1:]]
    assert low - 1 < shares[0] < high + 1
    assert shares[0] <= shares[1] <= shares[2] < shares[3]
    assert moved[0] == 0.0
    assert moved[3] > 30


def check_valley(groups):
    """On a quadratic bowl theory says 1 without momentum and 1/2 with Nesterov's; the valley is near it."""
    slopes = [float(slope) for slope, _, _ in groups]
    assert slopes[0] == pytest.approx(1.0, abs=0.1)
    assert slopes[2] == pytest.approx(0.5, abs=0.1)
    needed = [int(count) for _, _, count in groups]
    assert needed[2] < needed[1] < needed[0]


def check_frames(groups):
    """The trough along the diagonal is where the exact form with a large alpha gains most."""
    assert float(groups[4][0]) > 90


CHECKS = {
    "compare_my_rule_with_adam": check_comparison,
    "larger_than_the_noise": check_noise,
    "momentum_and_basins": check_basins,
    "valley_condition": check_valley,
    "where_exact_wins": check_frames,
}
