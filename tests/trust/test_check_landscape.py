"""`ls.check_landscape` and `lab.check_rule`: what is right passes, each fault is told in a line."""

from __future__ import annotations

import pytest

import landscapes as ls
import ngdm_lab as lab
from user_modules import landscape, made, rule

BOWL = "f = 0.0\nfor i in range(n):\n    f += x[i] * x[i]\n    g[i] = 2.0 * x[i]\nreturn f"
FAULTS = {
    "a wrong sign": (BOWL.replace("2.0 * x[i]", "-2.0 * x[i]"), "the gradient is that of the values: it differs by"),
    "a slip in the fifth digit": (BOWL.replace("= 2.0 * x[i]", "= 2.0001 * x[i]"), "it differs by 0.005 % at x = "),
    "a part of the gradient": (BOWL.replace("= 2.0 * x[i]", "= 2.0 * x[i] if i else 0.0"), "the gradient is that"),
    "lower elsewhere": (BOWL.replace("return f", "return f if x[0] < 3.0 else f - 30.0"),
                        "no point inside the bounds lies below f_min: f = "),
    "NaN in places": (BOWL.replace("return f", "return f if x[0] < 4.0 else math.sqrt(-x[0])"), "not at x = "),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_faults_of_a_landscape(name, tmp_path):
    body, words = FAULTS[name]
    with pytest.raises(ValueError, match=r"fails \d of 7 checks") as caught:
        ls.check_landscape(made(tmp_path, landscape(body)))
    assert words in str(caught.value)


def test_a_landscape_that_is_right(tmp_path):
    report = ls.check_landscape(made(tmp_path, landscape(BOWL)))
    assert len(report.passed) == len(report) == 7
    assert str(report).startswith("f-4d: 7 of 7 checks hold\nok      values and")


def test_values_alone_are_held_against_differences(tmp_path):
    """Whether the gradient is derived or, where that does not go, formed by differences itself."""
    body = "f, i = 0.0, 0\nwhile i < n:\n    f += x[i] * x[i]\n    i += 1\nreturn f"
    for text in (BOWL.replace("    g[i] = 2.0 * x[i]\n", ""), body):
        s = made(tmp_path, landscape(text, head="f(x, n)"))
        assert len(ls.check_landscape(s).passed) == 7


@pytest.mark.parametrize("name", ["sphere", "ackley", "bukin_6", "rastrigin"])
def test_the_labs_own(name):
    ls.check_landscape(ls.get(name).noisy(0.1).shifted(0.5))


@pytest.mark.slow
@pytest.mark.parametrize("name", ls.names())
def test_all_of_the_labs_own(name):
    ls.check_landscape(ls.families()[name], seed=1)


def test_a_landscape_that_comes_back_as_another_one(monkeypatch):
    s = ls.sphere(2)
    monkeypatch.setattr(type(s), "__reduce__", lambda s: (ls.get, ("booth",)))
    with pytest.raises(ValueError, match="fails 1 of 7 checks\n- it survives a pickle: the copy has other values"):
        ls.check_landscape(s)


def test_another_f_min_is_refused_at_once(tmp_path):
    with pytest.raises(ValueError, match=r"f_min of f is 0, but at its minimum .* the value is 1"):
        made(tmp_path, landscape(BOWL.replace("return f", "return f + 1.0")))


def test_what_is_no_landscape():
    with pytest.raises(TypeError, match="f must be a surface or a family"):
        ls.check_landscape(lambda x: x)
    with pytest.raises(TypeError, match="r must be a rule"):
        lab.check_rule(lambda x: x)


def test_rules(tmp_path):
    r = made(tmp_path, rule("for i in range(n):\n    m[i] = 0.9 * m[i] + g[i]\n    g[i] = m[i]"))
    assert len(lab.check_rule(r, lr=1e-3).passed) == 5
    assert len(lab.check_rule(lab.NGDM(1e-3, lab.Dirichlet(1.4))).passed) == 5
    late = made(tmp_path, rule("for i in range(n):\n    m[i] = g[i]\nif t > 18:\n    m[t] = 0.0"))
    with pytest.raises(ValueError, match=r"(?s)fails 3 of 5 checks.*OutOfRange: f: .*m\[19\]: m has 2 entries"):
        lab.check_rule(late, lr=1e-3)


def test_a_run_below_f_min_is_told(tmp_path):
    s = made(tmp_path, landscape(BOWL.replace("return f", "return f if x[0] < 0.2 else f - 0.5")))
    runs = lab.ensemble(lab.SGD(0.1, momentum=0.0), s, [[1.0] * 4, [40.0] * 4], 1)
    assert runs.undercuts.tolist() == [False, False]
    runs = lab.ensemble(lab.SGD(0.1, momentum=0.0), s, [[1.0] * 4, [4.9] * 4], 8)
    assert runs.undercuts.tolist() == [True, False]
    assert "1 went below the declared f_min inside the bounds" in repr(runs)
    race = lab.race([lab.SGD(0.1), lab.Adam(0.1)], [s], starts=5, steps=200, progress=False)
    assert "The f_min of f-4d is declared wrong: it is 0, and a run met -0." in " ".join(str(race).split())
    assert not lab.ensemble(lab.SGD(0.1), ls.rastrigin(2), 50, 200).undercuts.any()
