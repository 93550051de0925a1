"""Faults that depend on the point or the step: found when they happen, on every path, by the exception of Python.

None shows in the text or in the first calls in Python. A run that meets one has NaN in compiled code, and no memory
outside its vectors is touched.
"""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.compiler import pickling
from ngdm_lab.compiler.errors import OutOfRange
from user_modules import AT, HEAD, landscape, made, rule

ROOT = Path(__file__).resolve().parents[2]
FAR = [4.9, 1.0, 2.0, 3.0]  # where the faults are; the calls in Python do not get there
NEAR = [0.5, 1.0, 2.0, 3.0]
HELPERS = """
def at(v, k):
    return v[k]

def put(v, k):
    v[k] = 1.0

def through(v, k):
    return at(v, k) + 1.0

"""
FILL = "for i in range(n):\n    g[i] = 0.0\n"
# name: (text, line of the fault from `def` or None for a helper's, what the message has); far is true at FAR only
LANDSCAPES = {
    "reads behind the end": (FILL + "f = x[n if far else 0]\nreturn f", 4, r"x\[4\]: x has 4 entries, 0 to 3"),
    "reads where the point says": (FILL + "return x[int(x[0])]", 3, r"x\[4\]: x has 4"),
    "a loop too long": (FILL + "f = 0.0\nfor i in range(n + 1 if far else n):\n    f += x[i] * x[i]\nreturn f", 6,
                        r"x\[4\]"),
    "writes behind the end": (FILL + "if far:\n    g[n] = 1.0\nreturn x[0]", 5, r"g\[4\]: g has 4 entries"),
    "adds behind the end": (FILL + "if far:\n    g[n + 3] += 1.0\nreturn x[0]", 5, r"g\[7\]"),
    "reads before the start": (FILL + "return x[-n - 1 if far else 0]", 4, r"x\[-5\]"),
    "reads far behind": (FILL + "return x[10_000_000 if far else 0]", 4, r"x\[10000000\]"),
    "a chain of conditions": (FILL + "f = 1.0 if x[0] < 4.5 or x[n] > 0.0 else 2.0\nreturn f", 3, r"x\[4\]"),
    "the test of an if": (FILL + "if far and x[n] > 0.0:\n    return 1.0\nreturn 2.0", 4, r"x\[4\]"),
    "a helper": (FILL + "return at(x, n if far else 0)", None, r"x\[4\]: x has 4"),
    "a helper whose result is lost": (FILL + "f = 1.0\nif at(x, n if far else 0) > 100.0:\n    f = 2.0\nreturn f",
                                      None, r"x\[4\]"),
    "a helper of a helper": (FILL + "f = through(x, n if far else 0)\nreturn max(1.0, f)", None, r"x\[4\]"),
    "a helper that writes": (FILL + "put(g, n if far else 0)\nreturn x[0]", None, r"g\[4\]: g has 4"),
    "a search that runs out": (FILL + "k = 0\nwhile x[k] > 0.0:\n    k += 1\nreturn 1.0 * k", 4, r"x\[4\]"),
    "a search by doubling": (FILL + "k = 1\nwhile k < (n + 1 if far else n - 1) and x[k] > 0.0:\n    k *= 2\n"
                            "return 1.0 * k", 5, r"x\[4\]"),
    "an array of its own": (FILL + "w = np.zeros(3)\nreturn x[0] + w[3 if far else 0]", 5, "index 3 is out of bounds"),
    "an array of two axes": (FILL + "w = np.zeros((2, 3))\nreturn x[0] + w[1, 3 if far else 0]", 5, "index 3 is out"),
    "an array from outside": (FILL + "return x[0] + TABLE[3 if far else 0]", 4, "index 3 is out of bounds"),
    "a list of its own": (FILL + "return x[0] + [1.0, 2.0][int(x[0]) // 2 if far else 0]", 4,
                          "list index out of range"),
}  # fmt: skip
# in step 30; the calls in Python take 15
RULES = {
    "state as a history": ("if t > 27:\n    m[t - 27] = 1.0", 2, r"m\[4\]: m has 4 entries, 0 to 3, in step 31"),
    "where the point says": ("m[int(abs(x[0]))] = 0.0", 1, r"m\[4\]"),
    "a helper": ("put(m, t // 8)", None, r"m\[4\]: m has 4"),
    "reads behind the end": ("for i in range(n + t // 30):\n    g[0] += x[i]", 2, r"x\[4\]"),
    "a search that runs out": ("k = 0\nwhile k < t // 8 + 1:\n    g[0] += 0.0 * m[k]\n    k += 1", 3, r"m\[4\]"),
}  # fmt: skip
FREE = "@ls.landscape(bounds=(-5, 5), dim=4)"  # some of the values are not 0 at 0
TABLE = "TABLE = np.array([1.0, 2.0, 3.0])\n"


def some(table, *quick):
    """The names of a table, of which all but a few are slow."""
    return [name if name in quick else pytest.param(name, marks=pytest.mark.slow) for name in table]


def body(text):
    return text if "far" not in text else "far = x[0] > 4.5\n" + text


def surface_of(folder, name):
    text, line, words = LANDSCAPES[name]
    return made(folder, HELPERS + TABLE + landscape(body(text), FREE)), line, words


def rule_of(folder, name, direction=True):
    text, line, words = RULES[name]
    made_rule = made(folder, HELPERS + rule(text))
    return made_rule, line, words


def told(caught, line, words, extra):
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("f: "), message
    assert re.search(words, message), message
    at = AT + extra
    wanted = rf"\.py:{at + line}: " if line is not None else r"\.py:\d+: "
    assert re.search(wanted, message), message


def after(text):
    return (HELPERS + text).count("\n")


def paths(s):
    """Every way in which a landscape is computed on the CPU."""
    step = lab.SGD(0.01, momentum=0.0)
    return {
        "value": lambda x: s.value(x),
        "values": lambda x: s.value([NEAR, x]),
        "grad": lambda x: s.grad(x),
        "shifted": lambda x: s.shifted(1.0).value(np.add(x, 1.0)),
        "trace": lambda x: lab.trace(step, s, x, steps=2),
        "ensemble": lambda x: lab.ensemble(step, s, [x] * 70, 2),
        "noisy": lambda x: lab.ensemble(step, s.noisy(0.01), [x] * 3, 2),
    }


QUICK = "reads behind the end", "a helper that writes", "a search that runs out"


@pytest.mark.parametrize("name", some(LANDSCAPES, *QUICK))
def test_landscapes(name, tmp_path, monkeypatch):
    s, line, words = surface_of(tmp_path, name)
    if "search" not in name:
        assert np.isfinite(s.value(NEAR))
    for path in paths(s).values():
        with pytest.raises(OutOfRange) as caught:
            path(FAR)
        told(caught, line, words, after(TABLE))
    monkeypatch.setenv("NGDM_LAB_ENGINE", "runs")
    with pytest.raises(OutOfRange, match=words):
        lab.ensemble(lab.SGD(0.01), s, [FAR], 2)


@pytest.mark.parametrize("name", some(RULES, "state as a history"))
def test_rules(name, tmp_path, monkeypatch):
    r, line, words = rule_of(tmp_path, name)
    opt, s = r(lr=1e-3), ls.sphere(4)
    start = [4.0, 1.0, 2.0, 3.0] if "point" in name else NEAR

    def by_hand():
        x = np.array(start)
        state = opt.init(x)
        for _ in range(40):
            opt.step(x, s.grad(x), state)

    ways = [by_hand, lambda: lab.trace(opt, s, start, steps=40), lambda: lab.ensemble(opt, s, [start] * 70, 40),
            lambda: lab.ensemble([opt, opt.replace(lr=2e-3)], s.noisy(0.1).rotated(1), [start], 40)]  # fmt: skip
    for way in ways:
        with pytest.raises(OutOfRange, match=words) as caught:
            way()
        told(caught, line, words, after(""))
    monkeypatch.setenv("NGDM_LAB_ENGINE", "runs")
    with pytest.raises(OutOfRange, match=words):
        lab.ensemble(opt, s, [start], 40)


def net(dtype="float64"):
    """Of four parameters, as many as the rules above are for."""
    model = lab.nets.mlp(sizes=(), inputs=1, classes=2, dtype=dtype)
    assert model.size == 4
    model.vector[:] = [4.0, 1.0, 2.0, 3.0]
    return model


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", some(RULES, "state as a history"))
def test_rules_on_nets(name, dtype, tmp_path):
    r, line, words = rule_of(tmp_path, name)
    model = net(dtype)
    data = lab.nets.data.Data(*[np.full((8, 1), 0.5), np.arange(8) % 2] * 2)
    with pytest.raises(OutOfRange, match=words) as caught:
        lab.nets.fit(model, data, r(lr=1e-3), epochs=40, batch_size=8, progress=False)
    told(caught, line, words, after(""))
    assert np.isfinite(model.vector).all()  # of the step before
    update, kept = lab.nets.Update(r(lr=1e-3), model), []

    def steps():
        for _ in range(40):
            model.vector[0], model.gradient[:] = 4.0, 0.1
            update.states[:] = 0.25  # so that what is restored shows
            kept.append((update.t, model.vector.copy()))
            update.step()

    with pytest.raises(OutOfRange, match=words):
        steps()
    t, vector = kept[-1]
    assert update.t == t
    for found, before in ((model.vector, vector), (model.gradient, 0.1), (update.states, 0.25)):
        assert np.array_equal(found, np.full_like(found, before))


def test_an_exception_of_a_rule_on_a_net_arrives_as_itself(tmp_path):
    text = "if g[0] > 5.0:\n    raise KeyError('too steep')\nfor i in range(n):\n    m[i] = g[i]"
    model = net()
    for opt in (made(tmp_path, rule(text))(lr=0.1), lab.preconditioned(made(tmp_path, rule(text))(lr=0.1),
                                                                       lab.Dirichlet(2.0), form="exact")):  # fmt: skip
        update = lab.nets.Update(opt, model)
        model.gradient[:] = 1.0
        update.step()
        model.gradient[:] = [9.0, 1.0, 1.0, 1.0]
        with pytest.raises(KeyError, match="too steep"):
            update.step()
    model.gradient[:] = np.inf  # nothing that Python raises for: the training diverges
    lab.nets.Update(lab.SGD(0.1), model).step()
    assert not np.isfinite(model.vector).any()


@pytest.mark.slow
def test_on_cuda(tmp_path):
    """All of them on Numba's simulator, in a process of its own."""
    (tmp_path / "helpers.txt").write_text(HEAD)
    program = (
        "import sys, pathlib; sys.path[:0] = ['tests/support', 'tests/trust']\n"
        "import pytest, landscapes as ls, ngdm_lab as lab, test_late_faults as late\n"
        "from ngdm_lab.compiler.errors import OutOfRange\n"
        "folder, count = pathlib.Path(sys.argv[1]), 0\n"
        "def found(words, opt, s, x, steps):\n"
        "    with pytest.raises(OutOfRange, match=words):\n"
        "        lab.ensemble(opt, s, [x], steps, backend='cuda')\n"
        "    return 1\n"
        "for name in late.LANDSCAPES:\n"
        "    if 'of its own' in name or 'two axes' in name or 'from outside' in name:\n"
        "        continue  # refused for CUDA as they are\n"
        "    s, _, words = late.surface_of(folder, name)\n"
        "    count += found(words, lab.SGD(0.01), s, late.FAR, 1)\n"
        "for name in late.RULES:\n"
        "    r, _, words = late.rule_of(folder, name)\n"
        "    start = [4.0, 1.0, 2.0, 3.0] if 'point' in name else late.NEAR\n"
        "    count += found(words, r(lr=1e-3), ls.sphere(4), start, 40)\n"
        "print('found', count)\n"
    )
    environment = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], env=environment, cwd=ROOT,
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert "found 20" in done.stdout


def test_an_exception_of_a_rule_arrives_as_itself(tmp_path):
    text = "if g[0] > 5.0:\n    raise KeyError('too steep')\nfor i in range(n):\n    m[i] = g[i]"
    opt = made(tmp_path, rule(text))(lr=0.1)
    s = ls.sphere(2)
    assert lab.ensemble(opt, s, [[1.0, 1.0]], 3).status.tolist() == ["budget"]
    for way in (lambda: lab.ensemble(opt, s, [[1.0, 1.0], [9.0, 1.0]], 3), lambda: lab.trace(opt, s, [9.0, 1.0], 3),
                lambda: opt.step(np.ones(2), np.full(2, 9.0), opt.init(np.ones(2)))):  # fmt: skip
        with pytest.raises(KeyError, match="too steep"):
            way()


def test_an_assertion_too(tmp_path):
    s = made(tmp_path, landscape("assert x[0] < 4.5, 'too far'\n" + FILL + "return x[0]"))
    assert s.value(NEAR) == 0.5
    for path in paths(s).values():
        with pytest.raises(AssertionError, match="too far"):
            path(FAR)


def test_a_division_by_zero_is_a_runs_divergence(tmp_path):
    s = made(tmp_path, landscape(FILL + "k = int(x[0]) - 4\nreturn x[0] // 1 * (7 // k)"))
    assert np.isnan(s.value(FAR))
    runs = lab.ensemble(lab.SGD(0.01), s, [FAR, NEAR], 2)
    assert runs.status.tolist()[0] == "diverged"
    assert np.isfinite(runs.f[1])


def test_whole_numbers_that_no_word_holds_are_told(tmp_path):
    s = made(tmp_path, landscape(FILL + "return int(x[0] * 1e18) % 7 * 1.0"))
    assert s.value(NEAR) == int(0.5e18) % 7
    with pytest.raises(ValueError, match="whole numbers too large for compiled code"):
        s.value(FAR)


def test_what_travelled_is_guarded_too(tmp_path, monkeypatch):
    """Pickled by value: what comes out is made anew."""
    s, r = surface_of(tmp_path, "a helper")[0], rule_of(tmp_path, "a helper")[0]
    for thing in (s, r):
        name = (s.family if thing is s else r).function.__module__
        monkeypatch.delitem(sys.modules, name)
    sent = pickle.dumps((s, r))
    monkeypatch.setattr(pickling, "_made", {})
    surface, again = pickle.loads(sent)
    assert surface.family is not s.family
    with pytest.raises(OutOfRange, match=r"x\[4\]: x has 4"):
        surface.value(FAR)
    with pytest.raises(OutOfRange, match=r"m\[4\]: m has 4"):
        lab.trace(again(lr=1e-3), ls.sphere(4), NEAR, 40)
