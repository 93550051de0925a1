"""What an expression means: the number that Python gives, by every path, or one line that refuses it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import landscapes as ls
import ngdm_lab as lab
from expressions import REFUSED, SAME, W, alike, module, point, step_in_python, value_in_python
from ngdm_lab.compiler.errors import UnsupportedSource

ROOT = Path(__file__).resolve().parents[2]
STEP = lab.SGD(0.25, momentum=0.0)
MANY = 25  # coordinates: more than a word holds of their factorials


@pytest.fixture(scope="module")
def every(tmp_path_factory):
    """(module, landscape, the same outside the language of lanes, rule)."""
    made = module(tmp_path_factory.mktemp("every") / "every_expression.py")
    family = ls.landscape(bounds=(-5, 5), dims=(1, None))
    return made, family(made.every), family(made.early), lab.update_rule(direction=True)(made.rule)


def test_there_are_twice_as_many_as_there_were():
    assert len(SAME) + len(REFUSED) >= 2 * 27


@pytest.mark.parametrize("n", [4, MANY])
@pytest.mark.parametrize("k", range(len(SAME)), ids=SAME)
def test_values(k, n, every, monkeypatch):
    found, families = value_in_python(every[0].every, n, k), every[1:3]
    for family in families:
        s = family(dim=n, w=W, which=float(k))
        assert alike(s.value(point(n)), found)
        run = lab.ensemble(STEP, s, [point(n)] * 2, 0, quantiles=False)
        assert bool(run.slow) == (family is families[1])
        assert alike(run.f[1], found)
    assert alike(lab.trace(STEP, s, point(n), steps=0).f[0], found)
    monkeypatch.setenv("NGDM_LAB_ENGINE", "runs")
    assert alike(lab.ensemble(STEP, s, [point(n)], 0, quantiles=False).f[0], found)


@pytest.mark.slow  # half a minute to compile
@pytest.mark.parametrize("n", [4, MANY])
@pytest.mark.parametrize("k", [k for k, e in enumerate(SAME) if "w[i" not in e and "w[-" not in e],
                         ids=lambda k: SAME[k])  # fmt: skip
def test_steps(k, n, every, monkeypatch):
    opt, s, x = every[3](which=float(k), lr=0.25), ls.sphere(n), point(n)
    found = step_in_python(every[0].rule, n, k)
    assert alike(lab.ensemble(opt, s, [x] * 2, 1, quantiles=False).x[1, 0], found)
    opt.step(x, s.grad(x), opt.init(x))
    assert alike(x[0], found)
    monkeypatch.setenv("NGDM_LAB_ENGINE", "runs")
    assert alike(lab.ensemble(opt, s, [point(n)], 1, quantiles=False).x[0, 0], found)


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text, tmp_path):
    made = module(tmp_path / "refused.py", text)
    with pytest.raises(UnsupportedSource, match=REFUSED[text]) as caught:
        ls.landscape(bounds=(-5, 5), dims=(1, None), default_dim=4)(made.every)(dim=4, w=W)
    assert "\n" not in str(caught.value)
    assert re.search(r"refused\.py:(11|4): ", str(caught.value))


@pytest.mark.slow
def test_on_cuda(tmp_path):
    """On Numba's simulator, in a process of its own."""
    program = (
        "import sys, pathlib; sys.path[:0] = ['tests/support']\n"
        "import landscapes as ls, ngdm_lab as lab, expressions as E\n"
        "m = E.module(pathlib.Path(sys.argv[1]) / 'every_expression.py')\n"
        "family = ls.landscape(bounds=(-5, 5), dims=(1, None))(m.every)\n"
        "rule = lab.update_rule(direction=True)(m.rule)\n"
        "run = lambda opt, s, steps: lab.ensemble(opt, s, [E.point(n)], steps, backend='cuda', quantiles=False)\n"
        "for n in (12,):\n"
        "    for k, e in enumerate(E.SAME):\n"
        "        s = family(dim=n, w=E.W, which=float(k))\n"
        "        assert E.alike(run(lab.SGD(0.25), s, 0).f[0], E.value_in_python(m.every, n, k)), e\n"
        "        x = run(rule(which=float(k), lr=0.25), ls.sphere(n), 1).x[0, 0]\n"
        "        assert 'w[' in e or E.alike(x, E.step_in_python(m.rule, n, k)), e\n"
        "print('alike')\n"
    )
    environment = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], env=environment, cwd=ROOT,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert "alike" in done.stdout
