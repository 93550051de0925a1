"""Faulty landscapes and rules of a user: each is refused when it is made, in one line with file and line number."""

from __future__ import annotations

import re
import sys

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.compiler.errors import UnsupportedSource
from user_modules import AT, landscape, made, rule

# name: (text, line of the fault counted from `def`, words of the message); @L is a landscape, @R a rule with state m
LANDSCAPES = {
    "reads behind the end": ("for i in range(n):\n    g[i] = x[i + 1]\nreturn x[0]", 2, r"x\[4\]: x has 4 entries"),
    "reads far behind": ("g[0] = x[n + 10_000_000]\nreturn 0.0", 1, r"x\[10000004\]: x has 4"),
    "writes behind the end": ("for i in range(n + 1):\n    g[i] = 0.0\nreturn x[0]", 2, r"g\[4\]: g has 4"),
    "reads before the start": ("for i in range(n):\n    g[i] = x[i - n - 1]\nreturn x[0]", 2, r"x\[-5\]: x has 4"),
    "a half index": ("for i in range(n):\n    g[i] = 0.0\nreturn x[n / 2]", 3, "must be a whole number"),
    "writes x": ("for i in range(n):\n    x[i] *= 0.5\n    g[i] = x[i]\nreturn x[0]", 2,
                 "a landscape writes its gradient g"),
    "another x": ("x = 2.0 * x\nfor i in range(n):\n    g[i] = x[i]\nreturn x[0]", 1, "assign to its entries"),
    "another g": ("g = x\nreturn x[0]", 1, "g is a vector: assign to its entries"),
    "a loop over x": ("for x in range(n):\n    g[x] = 0.0\nreturn 1.0", 1, "x is a vector"),
    "x from a helper": ("halve(x, n)\nfor i in range(n):\n    g[i] = x[i]\nreturn x[0]", None, "may only read"),
    "no return": ("for i in range(n):\n    g[i] = x[i]", 1, "without a value"),
    "a path without return": ("for i in range(n):\n    g[i] = x[i]\nif x[0] > 0:\n    return 1.0", 3, "on every path"),
    "a bare return": ("for i in range(n):\n    g[i] = x[i]\nreturn", 3, "it must return the value"),
    "returns None": ("for i in range(n):\n    g[i] = x[i]\nreturn None", 3, "it must return the value"),
    "returns the vector": ("for i in range(n):\n    g[i] = x[i]\nreturn x", 0, "must return one real number"),
    "returns words": ("for i in range(n):\n    g[i] = x[i]\nreturn 'a'", 0, "must return one real number, got str"),
    "returns a complex": ("for i in range(n):\n    g[i] = x[i]\nreturn x[0] + 1j", 0, "must return one real number"),
    "forgets g": ("return x[0]", 0, r"g\[0\] is never written"),
    "forgets the last of g": ("for i in range(n - 1):\n    g[i] = x[i]\nreturn x[0]", 0, r"g\[3\] is never written"),
    "adds to g": ("for i in range(n):\n    g[i] += x[i]\nreturn x[0]", 0, r"g\[0\] is read before it is written"),
    "calls itself": ("g[0] = 0.0\nreturn f(x, g, n - 1)", 2, "f calls itself"),
    "calls itself by another": ("g[0] = ping(x[0])\nreturn 0.0", None, "calls itself"),
    "random numbers": ("for i in range(n):\n    g[i] = np.random.rand()\nreturn 0.0", 2, "surface.noisy"),
    "random numbers of Python": ("for i in range(n):\n    g[i] = random.random()\nreturn 0.0", 2, "surface.noisy"),
    "random numbers of a helper": ("for i in range(n):\n    g[i] = dice()\nreturn 0.0", None, "surface.noisy"),
    "an unknown name": ("g[0] = 0.0\nreturn x[0] * qqq", 2, "qqq has no value"),
    "an endless loop": ("g[0] = 0.0\nwhile True:\n    g[0] += 1.0\nreturn g[0]", 2, "never ends"),
    "division by nothing": ("for i in range(n):\n    g[i] = 0.0\nreturn x[0] * (n // 0)", 3, "by zero"),
    "a word for a number": ("for i in range(n):\n    g[i] = x[i] + 'a'\nreturn x[0]", 2, "."),
    "a method that is not there": ("for i in range(n):\n    g[i] = x[i].real_part\nreturn x[0]", 2, "real_part"),
}  # fmt: skip
RULES = {
    "state as a history": ("m[t] = 1.0", 1, r"m\[4\]: m has 4 entries, 0 to 3"),
    "state behind the end": ("for i in range(n, n + 1000):\n    m[i] = 1.0", 2, r"m\[4\]: m has 4"),
    "x behind the end": ("for i in range(n + 1):\n    g[i] = x[i]", 2, r"x\[4\]: x has 4"),
    "moves x": ("for i in range(n):\n    x[i] -= 0.1 * g[i]", 2, "a direction rule leaves x alone"),
    "returns": ("return 1.0", 1, "a rule returns nothing"),
    "another g": ("g = m", 1, "g is a vector"),
    "another state": ("m = g", 1, "m is a vector"),
    "random numbers": ("for i in range(n):\n    g[i] += np.random.normal()", 2, "surface.noisy"),
    "an unknown name": ("for i in range(n):\n    g[i] *= rate", 2, "rate has no value"),
    "calls itself": ("f(x, g, m, n, t - 1)", 1, "f calls itself"),
}


def refused(folder, text, line, words):
    with pytest.raises(UnsupportedSource, match=words) as caught:
        made(folder, text)
    told = str(caught.value)
    assert "\n" not in told
    wanted = rf"\.py:{AT + line}: " if line is not None else r"\.py:\d+: "
    assert re.search(wanted, told), told


@pytest.mark.parametrize("name", LANDSCAPES)
def test_landscapes(name, tmp_path):
    body, line, words = LANDSCAPES[name]
    refused(tmp_path, landscape(body), line, words)


@pytest.mark.parametrize("name", RULES)
def test_rules(name, tmp_path):
    body, line, words = RULES[name]
    refused(tmp_path, rule(body), line, words)


def test_a_function_keeps_its_meaning(tmp_path):
    """A global and a helper of a later notebook cell change nothing, on no path."""
    text = "scale = 2.0\n\ndef double(v):\n    return scale * v\n\n"
    body = "f = 0.0\nfor i in range(n):\n    g[i] = double(x[i])\n    f += x[i] * x[i]\nreturn f"
    s = made(tmp_path, text + landscape(body))
    module = sys.modules[s.family.function.__module__]
    module.scale, module.double = 100.0, lambda v: -v
    x = np.full(4, 0.5)
    assert s.grad(x).tolist() == [1.0] * 4
    step = lab.SGD(0.1, momentum=0.0)
    after = lab.ensemble(step, s, [x], 1)
    assert after.x.tolist() == [[0.4] * 4]
    assert lab.trace(step, s, x, steps=1).x[-1].tolist() == [0.4] * 4
    assert s.family(dim=4).rotated(1).rotated(1).grad(np.zeros(4)).tolist() == [0.0] * 4


@pytest.mark.parametrize("batch", [1, 100])
def test_an_exception_of_ones_own_arrives_as_itself(batch, tmp_path):
    s = made(tmp_path, landscape(
        "if x[0] > 4.0:\n    raise KeyError('too far')\nfor i in range(n):\n    g[i] = -1.0\nreturn x[0]"
    ))  # fmt: skip
    assert s.value([0.0] * 4) == 0.0
    with pytest.raises(KeyError, match="too far"):
        s.value([[0.0] * 4, [4.5, 0.0, 0.0, 0.0]])
    with pytest.raises(KeyError, match="too far"):
        s.shifted(1.0).grad([5.5, 0.0, 0.0, 0.0])
    calm = lab.ensemble(lab.SGD(0.1, momentum=0.0), s, np.zeros((batch, 4)), 5)
    assert len(calm) == batch
    with pytest.raises(KeyError, match="too far"):
        lab.ensemble(lab.SGD(0.1, momentum=0.0), s, np.zeros((batch, 4)), 60)


def test_what_is_right_is_left_alone(tmp_path):
    """Entries from the end, conditions, helpers, a rule for pairs of coordinates."""
    s = made(tmp_path, landscape(
        "f = 0.0\nfor i in range(n):\n    d = x[i] - x[i - 1]\n    g[i] = d if d > 0.0 else -d\n    f = f + d * d\n"
        "if n < 0:\n    return -1.0\nelse:\n    return f"
    ))  # fmt: skip
    x = np.array([1.0, 2.0, 4.0, 8.0])
    assert s.value(x) == 49.0 + 1.0 + 4.0 + 16.0
    assert s.grad(x).tolist() == [7.0, 1.0, 2.0, 4.0]
    weighed = made(tmp_path, "WEIGHT = 3.0\n\n" + landscape(
        "for i in range(n):\n    g[i] = w * x[i]\nreturn 0.0", head="f(x, g, n, w=WEIGHT)"
    ))  # fmt: skip
    assert weighed.grad(x).tolist() == [3.0, 6.0, 12.0, 24.0]
    pairs = made(tmp_path, rule("for i in range(0, n, 2):\n    m[i] = g[i + 1]\n    g[i + 1] = g[i]\n    g[i] = m[i]"))
    assert lab.ensemble(pairs(lr=0.1), ls.sphere(2), [[1.0, 2.0]], 1).x.shape == (1, 2)
