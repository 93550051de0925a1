"""A rule in the words of lanes does in Python what it did before."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.compiler.passes.flat import flat


def branches(x, f, g, pairs, kept, n, t):
    if f < kept[0] or t == 1:
        kept[0] = f
        for j in range(3):
            for i in range(n):
                pairs[j, i] += g[i] * (j + 1)
                if pairs[j, i] > 1.0:
                    for k in range(2):
                        pairs[j, i] -= 0.25 * k
        total = 0.0
        for i in range(n):
            total += x[i]
        if total > 0.0:
            for i in range(n):
                x[i] -= total
        else:
            kept[0] = -1.0
    else:
        for i in range(n):
            x[i] = pairs[t % 3, i] if i > 0 else f
        x[0] += kept[0]


def rebound(x, f, g, pairs, kept, n, t):
    f = f * 2.0
    if f > 1.0:
        for i in range(n):
            x[i] += f
        f = 0.5
    pairs[0, 0] = f
    kept[0] += f


@pytest.mark.parametrize("rule", [branches, rebound])
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(1, 5))
def test_it_means_the_same(rule, seed, n, t):
    rng = np.random.default_rng(seed)
    x, g, pairs, kept = rng.normal(size=n), rng.normal(size=n), rng.normal(size=(3, n)), rng.normal(size=1)
    f = float(rng.normal())
    vectors = [a.copy() for a in (x, g, pairs.ravel(), kept)]
    rule(x, f, g, pairs, kept, n, t)
    value = np.array([f])
    flat(rule, ["f"], ["pairs"])(vectors[0], value, *vectors[1:], n, t)
    for mine, theirs in zip(vectors, (x, g, pairs.ravel(), kept), strict=True):
        assert np.array_equal(mine, theirs)
    assert value[0] == f  # it is the engine's


def test_a_rule_that_gives_f_another_value_goes_the_same_way_in_lanes(monkeypatch):
    @lab.update_rule(numbers=("kept",))
    def halving(x, f, g, kept, n, t, lr):
        f = 0.5 * f
        kept[0] = f
        for i in range(n):
            x[i] -= lr * g[i] / (1.0 + f)

    made = []
    for engine in ("lanes", "runs"):
        monkeypatch.setenv("NGDM_LAB_ENGINE", engine)
        made.append(lab.ensemble(halving(lr=0.01), ls.rosenbrock(3), 70, 50))
    assert np.array_equal(made[0].x, made[1].x)
    assert np.array_equal(made[0].f, made[1].f)
