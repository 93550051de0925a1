"""CONTRIBUTING's section on a record, followed word by word in a copy of the package."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

import landscapes as ls
import ngdm_lab as lab

ROOT = Path(__file__).resolve().parents[2]
FILES, LINES = 3, 15  # at most so many are changed

SCRIPT = """
import json, sys
import landscapes as ls, ngdm_lab as lab
from ngdm_lab.engine import lane_run
lane_run.FUSED_FROM = float(sys.argv[1])
opt = lab.SGD(4e-3, momentum=0.0)  # some leave the box, some diverge
[a, b] = lab.ensemble([opt, opt.replace(lr=1e-4)], ls.rosenbrock(2), 70, 40, seed=3)
path = a.save("runs")
assert (lab.load(path).more["visits"] == a.more["visits"]).all()
runs = {"visits": [r.more["visits"].tolist() for r in (a, b)], "status": [r.status.tolist() for r in (a, b)]}
print(json.dumps([lab.__file__, runs]))
"""


def blocks():
    """(file, [(old, new), ...]) of the section's diffs, and how many lines they change."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = re.search(r"^## Add a record\n(.*?)^## ", text, re.DOTALL | re.MULTILINE).group(1)
    made, changed = [], 0
    for block in re.findall(r"^```diff\n--- (.*?)^```", section, re.DOTALL | re.MULTILINE):
        file, _, body = block.partition("\n")
        hunks = []
        for hunk in re.split(r"^@@\n", body, flags=re.MULTILINE):
            lines = hunk.splitlines(keepends=True)
            changed += sum(line[0] in "+-" for line in lines)
            hunks.append(["".join(line[1:] for line in lines if line[0] in kept) for kept in (" -", " +")])
        made.append((file, hunks))
    return made, changed


def test_the_section_is_short():
    made, changed = blocks()
    assert 0 < len({file for file, _ in made}) <= FILES
    assert 0 < changed <= LINES


def test_the_section_as_it_stands(tmp_path):
    for package in ("ngdm_lab", "landscapes"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    for file, hunks in blocks()[0]:
        text = (tmp_path / file).read_text(encoding="utf-8")
        for old, new in hunks:
            assert text.count(old) == 1, (file, old)
            text = text.replace(old, new)
        (tmp_path / file).write_text(text, encoding="utf-8")

    found = []
    for engine, fused_from in (("lanes", "inf"), ("lanes", "0"), ("runs", "inf")):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, fused_from], capture_output=True, text=True, check=False, cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path), "NGDM_LAB_ENGINE": engine},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        where, runs = json.loads(done.stdout)
        assert Path(where).is_relative_to(tmp_path)
        found.append(runs)
    linked, fused, one_by_one = found
    assert linked == fused
    assert linked["status"] == one_by_one["status"]
    assert {"diverged", "budget"} <= set(linked["status"][0])

    # against the iterates of the package as it is
    for lr, visits in zip((4e-3, 1e-4), one_by_one["visits"], strict=True):
        surface, opt = ls.rosenbrock(2), lab.SGD(lr, momentum=0.0)
        starts = lab.ensemble(opt, surface, 70, 40, seed=3).x0
        low, high = surface.bounds.T
        paths = [lab.trace(opt, surface, x0, 40).x for x0 in starts]
        assert visits == [int(((x >= low) & (x <= high)).all(axis=1).sum()) for x in paths]
        assert len(np.unique(visits)) > (lr > 1e-3)
    assert linked["visits"] == one_by_one["visits"]
