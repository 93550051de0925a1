"""Runs of different settings in one block: the bits that each has alone, whatever lies beside it."""

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.compiler.flags import FLAGS
from ngdm_lab.compiler.lanes.numbers import CUT, whole_power
from ngdm_lab.engine import blocks, driver, fused_kernel, lane_run
from ngdm_lab.engine.mixing import UNIFORM, Mixed
from ngdm_lab.engine.state import Setting

FIELDS = ("x0", "x", "f", "f_best", "hit", "code", "evaluations", "quantiles")
STEPS = 40


@lab.update_rule(state=("m",))
def fading(x, g, m, n, t, lr, beta, bend, after):
    """Powers of what differs by the step, by another exponent and beside a vector; a condition that lanes share not."""
    kept = (beta * beta) ** t + bend**0.3
    if after > 0.0:
        kept = 0.5 * kept + beta**t
    for i in range(n):
        m[i] = beta * m[i] + (1.0 - beta) * g[i]
        x[i] -= (lr + 0.1 * kept + bend ** (0.125 * n)) * m[i] if t > after else lr * g[i]


@lab.update_rule(direction=True)
def lane_by_lane(x, g, n, t, c):
    i = 0
    while i < n:
        g[i] = c**t + g[i]
        i += 1


RATE, SHARE, ALPHA = (1e-5, 3e-2), (0.0, 0.999), (0.3, 30.0)
# an optimizer of numbers, the ends of each, a surface
CASES = {
    "rate": (lab.Adam, [RATE], ls.rastrigin(3)),
    "betas": (lambda lr, a, b: lab.Adam(lr, (a, b)), [RATE, SHARE, SHARE], ls.rosenbrock(2)),
    "diagonal": (
        lambda lr, a: lab.NGDM(lr, lab.Dirichlet(a)), [RATE, ALPHA],
        ls.rosenbrock(4).rotated(1).shifted(0.5).noisy(0.1),
    ),
    "exact": (
        lambda lr, a, m: lab.NGDM(lr, lab.Dirichlet(lab.ramp(a, 0.5)), m, form="exact"), [RATE, ALPHA, SHARE],
        ls.styblinski_tang(3),
    ),
    "pairs": (
        lambda lr, a, b, w: lab.NGDM(lr, lab.GeneralizedDirichlet(a, b), weight_decay=w, form="exact"),
        [RATE, ALPHA, ALPHA, SHARE], ls.rosenbrock(4),
    ),
    "steps": (lambda lr, b, w: lab.Apollo(0.01 * lr, b, warmup=int(w)), [RATE, SHARE, (0, 2 * STEPS)], ls.levy(3)),
    "own rule": (
        lambda lr, b, c, d: fading(lr=lr, beta=b, bend=c, after=d), [RATE, SHARE, (0.0, 0.5), (-5.0, 9.0)],
        ls.sphere(3),
    ),
    "lane by lane": (
        lambda lr, c, a: lab.preconditioned(lane_by_lane(lr=lr, c=c), lab.Dirichlet(a), "exact"), [RATE, SHARE, ALPHA],
        ls.sphere(3),
    ),
}  # fmt: skip


def bits(runs):
    """All that is recorded, as bytes."""
    return [getattr(runs, field).tobytes() for field in FIELDS]


def differing(optimizers, n):
    """What differs between settings."""
    solvers = [o.solver(n) for o in optimizers]
    return Mixed.of(Setting.of(optimizers, solvers, n), len(solvers[0].arrays) if solvers[0] else 0)


def layouts(monkeypatch):
    """A list that gets, whenever blocks are laid out, whether they are mixed and how many they are."""
    laid, real = [], lane_run.packed

    def packed(*runs, mixed):
        made = real(*runs, mixed=mixed)
        laid.append((mixed, len(made.x)))
        return made

    monkeypatch.setattr(lane_run, "packed", packed)
    return laid


def always_mixed(monkeypatch):
    """Settings are mixed wherever they differ; the layouts."""
    monkeypatch.setattr(lane_run, "MIXED", np.inf)
    monkeypatch.setattr(lane_run, "MIXED_FROM", -np.inf)
    return layouts(monkeypatch)


@pytest.fixture(name="mixed")
def mixed_layouts(monkeypatch):
    """The layouts of settings that are always mixed."""
    return always_mixed(monkeypatch)


# -- the law ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES)
@settings(max_examples=max(3, settings.default.max_examples // 6))
@given(data=st.data())
def test_a_mix_has_the_bits_of_each_setting_alone(case, data):
    build, ends, surface = CASES[case]
    mix = [build(*side) for side in zip(*ends, strict=True)]  # first, so that in each example the same numbers differ
    mix += data.draw(st.lists(st.tuples(*[st.floats(*pair) for pair in ends]).map(lambda of: build(*of)), max_size=4))
    mix += [mix[k] for k in data.draw(st.lists(st.integers(0, len(mix) - 1), max_size=8))]
    starts, seed = data.draw(st.integers(1, 40)), data.draw(st.integers(0, 9))
    with pytest.MonkeyPatch.context() as patch:
        laid = always_mixed(patch)
        patch.setattr(driver, "CHUNK", data.draw(st.sampled_from([1, 3000])))
        together = lab.ensemble(mix, surface, starts, STEPS, seed, target=1.0)
        assert {how for how, _ in laid} == {True}
        for opt, runs in zip(mix, together, strict=True):
            assert bits(runs) == bits(lab.ensemble(opt, surface, starts, STEPS, seed, target=1.0))


@pytest.mark.parametrize("case", CASES)
def test_a_random_search_has_the_bits_of_its_settings(case, mixed):
    """Of so many settings that one last bit would show."""
    build, ends, surface = CASES[case]
    low, high = np.transpose(ends)
    mix = [build(*map(float, numbers)) for numbers in np.random.default_rng(2).uniform(low, high, (70, len(low)))]
    together = lab.ensemble(mix, surface, 2, STEPS, 3)
    assert {how for how, _ in mixed} == {True}
    for opt, runs in zip(mix, together, strict=True):
        assert bits(runs) == bits(lab.ensemble(opt, surface, 2, STEPS, 3))


@pytest.mark.parametrize("dim", [2, 4])
@pytest.mark.parametrize(
    "mix",
    [
        [lab.Adam(lr, eps=eps) for lr, eps in ((1e-3, 1e-8), (1e-2, 1e-3), (0.1, 1.0))],
        [lab.NGDM(lr, lab.Dirichlet(a), m, form="exact") for lr, a, m in ((1e-4, 1.0, 0.9), (1e-5, 4.0, 0.0))],
        [lab.NGDM(lr, lab.GeneralizedDirichlet(a, 2.0), form="exact") for lr, a in ((1e-4, 1.0), (1e-5, 4.0))],
        [lab.Apollo(lr, eps=eps, warmup=w) for lr, eps, w in ((1e-4, 0.01, 0), (1e-5, 0.1, 20), (1e-5, 0.1, 30))],
    ],
    ids=["adam", "dirichlet", "gendir", "apollo"],
)
def test_a_fused_kernel_of_mixed_blocks(mix, dim, mixed, monkeypatch):
    surface, (rule, solver) = ls.rosenbrock(dim), (mix[0].rule, mix[0].solver(dim))
    assert fused_kernel.compiled(surface, rule, solver, differing(mix, dim)) is not None
    monkeypatch.setattr(lane_run, "FUSED_FROM", 0.0)
    together = lab.ensemble(mix, surface, 30, STEPS, 7)
    assert {how for how, _ in mixed} == {True}
    monkeypatch.setattr(lane_run, "FUSED_FROM", np.inf)
    for opt, runs in zip(mix, together, strict=True):
        assert bits(runs) == bits(lab.ensemble(opt, surface, 30, STEPS, 7))


@given(st.floats(allow_nan=False), st.integers(0, CUT + 9))
def test_whole_powers_are_numbas(a, e):
    """Among them those from which Numba's power is the C library's."""
    for number in (a, a / (1.0 + abs(a)), 1.0 - 1e-5 / (1.0 + abs(a))):
        for whole in (e, CUT, CUT + 1):
            assert np.float64(multiplied(number, whole)).tobytes() == np.float64(power(number, whole)).tobytes()


multiplied = numba.njit(**FLAGS)(whole_power)


@numba.njit(**FLAGS)
def power(a, e):
    """Numba's power."""
    return a**e


def test_steps_beyond_those_that_are_multiplied_out(mixed):
    mix = [lab.Adam(1e-3, betas=(0.9, beta)) for beta in (0.999, 0.9999, 0.99999)]
    together = lab.ensemble(mix, ls.sphere(1), 2, CUT + 50, quantiles=False)
    assert {how for how, _ in mixed} == {True}
    for opt, runs in zip(mix, together, strict=True):
        assert bits(runs) == bits(lab.ensemble(opt, ls.sphere(1), 2, CUT + 50, quantiles=False))


# -- when -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "starts", "steps", "blocks_wanted"),
    [(100, 1, 10_000, (True, 2)), (100, 1, 10, (False, 100)), (20, 64, 10_000, (False, 20)),
     (1, 90, 90_000, (False, 2)), (40, 65, 9_000, (True, 41)), (40, 100, 9_000, (False, 80))],
    ids=["many of one start", "too little work", "full blocks", "one setting", "nearly empty blocks", "full enough"],
)  # fmt: skip
def test_settings_are_mixed_where_that_saves_blocks(count, starts, steps, blocks_wanted, monkeypatch):
    laid = layouts(monkeypatch)
    monkeypatch.setattr(lane_run.Lanes, "go", lambda *_: None)  # what they are laid out as is all that counts
    lab.ensemble([lab.SGD(lr) for lr in np.geomspace(1e-4, 1e-2, count)], ls.sphere(2), starts, steps, quantiles=False)
    assert laid == [blocks_wanted]


def test_blocks_are_mixed_once_their_lanes_are_empty(mixed, monkeypatch):
    """They begin with one setting each, since that fills them; most runs leave at once."""
    monkeypatch.setattr(lane_run, "MIXED", 0.6)
    monkeypatch.setattr(driver, "CHUNK", 1)
    x0 = np.random.default_rng(4).normal(size=(64, 2)) * np.geomspace(0.01, 300.0, 64)[:, None]
    mix = [lab.SGD(lr, momentum=0.0) for lr in np.geomspace(2e-3, 4e-3, 20)]
    together = lab.ensemble(mix, ls.rosenbrock(2), x0, STEPS)
    assert mixed[0] == (False, 20)
    assert mixed[-1][0]
    assert mixed[-1][1] < 20
    for opt, runs in zip(mix, together, strict=True):
        assert bits(runs) == bits(lab.ensemble(opt, ls.rosenbrock(2), x0, STEPS))


@lab.update_rule(state=("m",))
def repeated(x, g, m, n, t, lr, times):
    for _ in range(int(times)):
        for i in range(n):
            m[i] = 0.5 * m[i] + g[i]
    for i in range(n):
        x[i] -= lr * m[i]


@lab.update_rule()
def changed(x, g, n, t, lr):
    lr = lr / t
    for i in range(n):
        x[i] -= lr * g[i]


@pytest.mark.parametrize(
    "mix",
    [[repeated(lr=0.01, times=k) for k in (1, 2, 5)], [changed(lr=lr) for lr in (0.1, 0.01)]],
    ids=["a loop", "written"],
)
def test_what_cannot_differ_between_lanes_is_not_mixed(mix, mixed):
    assert not blocks.step(mix[0].rule, None).slow
    together = lab.ensemble(mix, ls.sphere(2), 3, STEPS)
    assert {how for how, _ in mixed} == {False}
    for opt, runs in zip(mix, together, strict=True):
        assert not runs.slow
        assert bits(runs) == bits(lab.ensemble(opt, ls.sphere(2), 3, STEPS))


def test_an_ordinary_call_compiles_no_mixed_update(monkeypatch):
    """Neither one setting nor settings that fill their blocks."""
    monkeypatch.setattr(Mixed, "rows", lambda self, *_: {} if self == UNIFORM else pytest.fail("a mixed update"))
    monkeypatch.setattr(blocks, "_made", {})
    lab.ensemble(lab.Adam(0.01), ls.sphere(2), 10, 20)
    lab.ensemble([lab.Adam(lr) for lr in (0.1, 0.01)], ls.sphere(2), 64, 5000)


def test_what_differs_is_told_by_bits():
    zeros = [lab.SGD(0.1, weight_decay=w) for w in (0.0, 0.0)]
    assert differing(zeros, 2) == UNIFORM
    laws = [lab.NGDM(0.1, lab.Dirichlet([1.0, a]), form="exact") for a in (2.0, 3.0)]
    assert differing(laws, 2) == Mixed((), (0, 1))
    assert differing([laws[0], laws[0].replace(momentum=0.5, lr=0.2)], 2) == Mixed((0, 5), ())
