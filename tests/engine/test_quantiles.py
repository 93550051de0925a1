"""Quantiles of the best so far: what is kept at the marks, for how many runs at a time, and order statistics of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.engine import LEVELS, driver, lane_run, quantiles
from ngdm_lab.engine.order_statistics import BUCKETS, order_statistics
from ngdm_lab.engine.quantiles import snapshot_steps

STEPS, RUNS = 90, 150
# runs that diverge at many steps, or end by themselves; noise and transforms; several settings, one of which diverges
CASES = {
    "diverging": ([lab.SGD(3e-3, momentum=0.0)], ls.rosenbrock(2)),
    "stopping": ([lab.optimizers.get("lbfgs")], ls.rosenbrock(2)),
    "noisy": ([lab.Adam(0.05)], ls.rastrigin(4).rotated(1).noisy(0.1)),
    "settings": ([lab.SGD(lr, momentum=0.0) for lr in (1e-4, 3e-3, 1e-3)], ls.rosenbrock(2)),
}


def ranks(count):
    """Of the smallest value that at least a share p of so many does not exceed."""
    return [max(int(np.ceil(count * p - 1.0)), 0) for p in LEVELS]


@pytest.fixture(name="case", scope="module", params=CASES)
def one_case(request):
    """(optimizers, surface, starts, the quantiles (settings, marks, levels) of shorter runs' best values)."""
    optimizers, surface = CASES[request.param]
    sizes = np.geomspace(0.1, 30.0, RUNS)[:, None]
    starts = np.random.default_rng(4).normal(size=(RUNS, surface.dim)) * sizes
    shorter = [lab.ensemble(optimizers, surface, starts, int(t), quantiles=False) for t in snapshot_steps(STEPS)]
    expected = [[np.sort(runs.f_best)[ranks(RUNS)] for runs in made] for made in zip(*shorter, strict=True)]
    return optimizers, surface, starts, np.array(expected)


# room for all marks, for some at a time, for one; chunks between marks; packed anew whenever a run is over
@pytest.mark.parametrize("room", [2**23, 7 * RUNS, 1])
@pytest.mark.parametrize(("chunk", "share"), [(2e7, 0.75), (3000, 1.0)])
def test_they_are_those_of_shorter_runs(case, room, chunk, share, monkeypatch):
    """The best at mark t is the best of a run of t steps, to the bit."""
    optimizers, surface, starts, expected = case
    monkeypatch.setattr(quantiles, "ROOM", room)
    monkeypatch.setattr(driver, "CHUNK", chunk)
    monkeypatch.setattr(lane_run, "COMPACT", share)
    for runs, mine in zip(lab.ensemble(optimizers, surface, starts, STEPS), expected, strict=True):
        assert np.array_equal(runs.snapshots, snapshot_steps(STEPS))
        assert runs.quantiles.tobytes() == mine.tobytes()


@pytest.mark.parametrize("room", [2**23, 7 * RUNS, 1])
def test_they_are_those_of_shorter_runs_run_by_run(room, monkeypatch):
    monkeypatch.setenv("NGDM_LAB_ENGINE", "runs")
    monkeypatch.setattr(quantiles, "ROOM", room)
    optimizers, surface = CASES["settings"]
    for runs in lab.ensemble(optimizers, surface, 11, 60):
        for t, mine in zip(runs.snapshots, runs.quantiles, strict=True):
            best = lab.ensemble(runs.optimizer, surface, runs.x0, int(t), quantiles=False).f_best
            assert mine.tobytes() == np.sort(best)[ranks(11)].tobytes()


def test_some_runs_diverge_on_the_way():
    """That the tests above test what they say."""
    optimizers, surface = CASES["diverging"]
    starts = np.random.default_rng(4).normal(size=(RUNS, 2)) * np.geomspace(0.1, 30.0, RUNS)[:, None]
    [runs] = lab.ensemble(optimizers, surface, starts, STEPS)
    assert len(set(runs.evaluations.tolist())) > 5
    assert np.isin(runs.evaluations - 1, runs.snapshots)[runs.status == "diverged"].any()  # at a mark


def spied(monkeypatch):
    """The chunks of steps that lanes go, and how many numbers they keep for quantiles."""
    seen, real = [], lane_run.Lanes.go

    def go(self, t0, t1):
        seen.append((t0, t1, self.job.records.best_at.size))
        real(self, t0, t1)

    monkeypatch.setattr(lane_run.Lanes, "go", go)
    return seen


def test_steps_are_cut_where_there_is_no_room(monkeypatch):
    seen = spied(monkeypatch)
    lab.ensemble(lab.Adam(0.01), ls.sphere(2), 10, 1000)
    marks = snapshot_steps(1000)
    assert seen == [(0, 1001, 10 * len(marks))]
    for room in (10 * len(marks) - 1, 200, 9):
        seen.clear()
        monkeypatch.setattr(quantiles, "ROOM", room)
        lab.ensemble(lab.Adam(0.01), ls.sphere(2), 10, 1000)
        most = max(1, room // 10)
        assert len(seen) == -(-len(marks) // most)
        assert {size for _, _, size in seen} == {10 * most}
        assert [a for a, _, _ in seen[1:]] == [b for _, b, _ in seen[:-1]]
        assert seen[-1][1] == 1001


def test_nothing_is_kept_where_nobody_asks(monkeypatch):
    seen = spied(monkeypatch)
    lab.ensemble(lab.Adam(0.01), ls.sphere(2), 10, 1000, quantiles=False)
    assert seen == [(0, 1001, 0)]


@given(st.integers(0, 10**7))
def test_snapshots_span_the_steps(steps):
    marks = snapshot_steps(steps)
    assert marks[0] == 0
    assert marks[-1] == steps
    assert (np.diff(marks) > 0).all()
    assert len(marks) <= 49
    if steps > 1000:  # evenly over the logarithm, once the steps are no longer all kept
        ratios = marks[20:] / marks[19:-1]
        assert ratios.max() / ratios.min() < 1.2


def test_snapshots_may_be_changed():
    """Those of a result are its own."""
    lab.ensemble(lab.Adam(), ls.sphere(2), 2, 5).snapshots[:] = -1
    assert lab.ensemble(lab.Adam(), ls.sphere(2), 2, 5).snapshots.tolist() == [0, 1, 2, 3, 4, 5]


# -- order statistics -------------------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.floats(allow_nan=False), st.floats(-1.0, 1.0), st.sampled_from([0.0, np.inf, -np.inf, 1e-300, 5e-324, 1.0])
)


@given(st.data(), st.integers(1, 3), st.integers(1, 40), st.integers(1, 3))
def test_order_statistics_are_those_of_sorted_numbers(data, rows, many, columns):
    numbers = np.array(data.draw(st.lists(NUMBERS, min_size=rows * many * columns, max_size=rows * many * columns)))
    numbers = numbers.reshape(rows, -1)
    wanted = np.array(sorted(data.draw(st.lists(st.integers(0, many - 1), min_size=1, max_size=6))))
    before = numbers.copy()
    found = order_statistics(numbers, columns, wanted)
    assert np.array_equal(numbers, before)
    assert np.array_equal(found, np.sort(numbers.reshape(rows, many, columns), axis=1)[:, wanted].swapaxes(1, 2))


def test_of_zeros_the_negative_ones_come_first():
    """So that which of them is told does not depend on how they are looked for."""
    found = order_statistics(np.array([[0.0, -0.0, 0.0, -0.0, 1.0, -1.0]]), 1, np.arange(6))[0, 0]
    assert found.tolist() == [-1.0, 0.0, 0.0, 0.0, 0.0, 1.0]
    assert np.signbit(found).tolist() == [True, True, True, False, False, False]


SPREADS = {
    "normal": lambda rng, size: rng.normal(size=size),
    "over many decades": lambda rng, size: 10.0 ** rng.uniform(-300, 300, size),
    "all the same": lambda rng, size: np.full(size, -2.5),
    "one far away": lambda rng, size: np.where(np.arange(size[1]) == 3, -1e300, rng.integers(9, size=size) * 5e-324),
    "few values": lambda rng, size: rng.integers(-3, 3, size) * 1.0,
    "many infinite": lambda rng, size: np.where(rng.random(size) < 0.3, np.inf, rng.random(size)),
}


@pytest.mark.parametrize("many", [1, 2, 9, 10, 11, 100, BUCKETS, 5000])
@pytest.mark.parametrize("spread", SPREADS)
def test_quantiles_are_those_of_numpy(spread, many):
    rng = np.random.default_rng(many)
    numbers = SPREADS[spread](rng, (3, many))
    expected = np.quantile(numbers, LEVELS, axis=1, method="inverted_cdf").T
    assert np.array_equal(order_statistics(numbers, 1, np.array(ranks(many)))[:, 0], expected)
