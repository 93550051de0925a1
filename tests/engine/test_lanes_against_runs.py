"""Lanes against the per-run engine: what both record of the same runs."""

import numpy as np
import pytest

import landscapes as ls
import naive
import ngdm_lab as lab
from ngdm_lab.engine import LEVELS, driver
from ngdm_lab.optimizers import get, names
from ngdm_lab.optimizers.registry import row

# rates at which 100 steps are not chaotic on any of the surfaces, so that differences in rounding stay small
CALM = {name: row(name).calm_lr for name in names()}
STEPS = 100


@pytest.fixture(name="both")
def both_engines(monkeypatch):
    """The same call through lanes and through the per-run engine."""

    def call(function, *arguments, **options):
        monkeypatch.setenv("NGDM_LAB_ENGINE", "lanes")
        lanes = function(*arguments, **options)
        monkeypatch.setenv("NGDM_LAB_ENGINE", "runs")
        return lanes, function(*arguments, **options)

    return call


def apart(a, b):
    """|a - b|, where things that are not finite are apart by 0 if they are the same, else by infinity."""
    finite = np.isfinite(a) & np.isfinite(b)
    far = np.where((a == b) | (np.isnan(a) & np.isnan(b)), 0.0, np.inf)
    return np.where(finite, np.abs(np.where(finite, a, 0.0) - np.where(finite, b, 0.0)), far)


def close(lanes, runs, tolerance=1e-12):
    """What is counted is equal; points and values agree up to rounding."""
    assert len(lanes) == len(runs)
    for counted in ("x0", "code", "hit", "evaluations", "snapshots"):
        assert np.array_equal(getattr(lanes, counted), getattr(runs, counted)), counted
    # the scale of a run: where it began and where it ended, since what it lost on the way had the first one's size
    scale = np.maximum(1.0, np.abs(np.concatenate([runs.x0, runs.x], axis=1)).max(axis=1))
    assert (np.abs(lanes.x - runs.x).max(axis=1) <= tolerance * scale).all()
    at_start = np.abs(runs.surface.noisy(0.0)(runs.x0))
    for of in ("f", "f_best"):
        a, b = getattr(lanes, of), getattr(runs, of)
        height = np.maximum(np.maximum(1.0, at_start), np.where(np.isfinite(b), np.abs(b), 0.0))
        assert (apart(a, b) <= tolerance * height).all(), of
    assert apart(lanes.quantiles, runs.quantiles).max(initial=0.0) <= tolerance * max(1.0, at_start.max())


# -- every landscape, every rule --------------------------------------------------------------------------


# the generalised Dirichlet pairs the coordinates up
PAIRS = [(name, s) for name in names() for s in ls.names() if "gendir" not in name or ls.get(s).dim % 2 == 0]


@pytest.mark.parametrize(("name", "family"), PAIRS)
def test_every_rule_on_every_landscape(both, name, family):
    surface = ls.get(family)
    opt = get(name, lr=CALM[name] * (0.01 if np.ptp(surface.bounds) <= 1 else 1.0))  # Hartmann's boxes are small
    starts = 70
    if family == "easom":  # anywhere else nothing moves
        starts = surface.minima[0] + np.random.default_rng(4).uniform(-1, 1, (70, 2))
    target = 0.3 * float(np.median(surface(np.random.default_rng(1).uniform(*surface.bounds.T, (50, surface.dim)))))
    # such that some runs have their hit at once, some late, some never; where f_min is not known, nobody has one
    target = max(target - surface.f_min, 1e-3) if np.isfinite(surface.f_min) else 1.0
    lanes, runs = both(lab.ensemble, opt, surface, starts, STEPS, 3, target=target)
    close(lanes, runs)
    assert not np.array_equal(lanes.x, lanes.x0)


@pytest.mark.parametrize("line8", ["current", "previous", "accumulated"])
@pytest.mark.parametrize("decay", ["gradient", "momentum"])
def test_the_readings_of_algorithm_4(both, line8, decay):
    opt = get("ngdm-gendir-exact", lr=1e-5, line8=line8, decay=decay, weight_decay=0.1, first_step="dampened",
              dampening=0.25)  # fmt: skip
    close(*both(lab.ensemble, opt, ls.rosenbrock(4), 65, STEPS, 3))


@pytest.mark.parametrize(
    "opt",
    [
        lab.SGD(1e-4, nesterov=False),
        lab.RMSProp(1e-3, momentum=0.5, centered=True),
        lab.Apollo(1e-5, warmup=50),
        lab.preconditioned(lab.Adam(1e-3), lab.Dirichlet(lab.ramp(1.4, 0.005)), "exact"),
    ],
    ids=lambda opt: opt.options(),
)
def test_rules_beyond_the_registry(both, opt):
    close(*both(lab.ensemble, opt, ls.rosenbrock(4), 65, STEPS, 3))


# -- dimensions, numbers of runs, transforms, noise -------------------------------------------------------


@pytest.mark.parametrize("n", [1, 2, 3, 16, 17, 100])
@pytest.mark.parametrize("name", ["adam", "apollo", "ngdm-dirichlet-exact"])
def test_dimensions(both, n, name):
    if n == 1:
        name = name.removesuffix("-exact")  # the Dirichlet's matrix of one coordinate has no inverse
    surface = ls.ellipsoid(n).shifted(0.5)
    close(*both(lab.ensemble, get(name, lr=CALM[name]), surface, 66, STEPS, 8))


@pytest.mark.parametrize("count", [1, 63, 64, 65, 1000])
def test_numbers_of_runs(both, count):
    surface = ls.rastrigin(2).shifted([0.5, -0.25])
    lanes, runs = both(lab.ensemble, lab.Adam(0.01), surface, count, STEPS, 9)
    close(lanes, runs)
    assert lanes.x.shape == (count, 2)


CHAINS = {
    "shifted": lambda s: s.shifted(0.5),
    "flipped": lambda s: s.flipped(3),
    "rotated": lambda s: s.rotated(1),
    "scaled": lambda s: s.scaled(2.5),
    "rotated shifted flipped scaled": lambda s: s.rotated(1).shifted(0.5).flipped(3).scaled(2.5),
    "scaled shifted rotated flipped": lambda s: s.scaled(0.125).shifted(-1.0).rotated(4).flipped(2),
    "rotated twice, scaled twice": lambda s: s.rotated(1).rotated(2).scaled(3.0).scaled(0.5),
}


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("base", [ls.rosenbrock(4), ls.monkey_saddle(2), ls.sphere(1)], ids=lambda s: s.name)
def test_transforms(both, chain, base):
    surface = CHAINS[chain](base)
    lanes, runs = both(lab.ensemble, lab.SGD(1e-4), surface, 65, STEPS, 2, target=10.0)
    close(lanes, runs)
    there = surface(lanes.x)
    assert (apart(lanes.f, there) <= 1e-12 * np.maximum(np.abs(surface(lanes.x0)), np.abs(there)) + 1e-12).all()


@pytest.mark.parametrize("first_run", [0, 12345])
def test_noise_is_the_same_on_both_paths(both, first_run):
    quiet = ls.sphere(3).rotated(1)
    surface, opt = quiet.noisy(0.5), lab.SGD(0.01, momentum=0.0)
    lanes, runs = both(lab.ensemble, opt, surface, 65, STEPS, 7, first_run=first_run)
    close(lanes, runs)
    # the noise is there, and differs from run to run: two runs from one start part
    twins = lab.ensemble(opt, surface, [[1.0, 2.0, 3.0]] * 2, 1)
    assert np.abs(twins.x[0] - twins.x[1]).max() > 1e-4
    for i, plain in enumerate(naive.ensemble(opt, surface, runs.x0[:2], STEPS, seed=7, first_run=first_run)):
        assert np.abs(lanes.x[i] - plain.x).max() <= 1e-12


def test_lists_of_settings(both):
    grid = [lab.Adam(lr, betas=(beta, 0.999)) for lr in (1e-3, 1e-2, 3e-2) for beta in (0.0, 0.9)]
    for lanes, runs in zip(*both(lab.ensemble, grid, ls.himmelblau(2), 65, STEPS, 5), strict=True):
        close(lanes, runs)
    maps = [get("ngdm-gendir-exact", lr=1e-4).replace(distribution=lab.GeneralizedDirichlet(a, 3.9)) for a in (2, 3.5)]
    results, runs = both(lab.ensemble, maps, ls.rosenbrock(4), 10, STEPS, 5)
    for mine, other in zip(results, runs, strict=True):
        close(mine, other)
    assert not np.array_equal(results[0].x, results[1].x), "both settings used one distribution"


# -- against plain Python ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("surface", [ls.levy(2), ls.styblinski_tang(4).rotated(2).scaled(0.5)], ids=lambda s: s.name)
def test_the_plain_driver(name, surface):
    opt = get(name, lr=CALM[name])
    runs = lab.ensemble(opt, surface, 2, STEPS, seed=5, target=20.0)
    for i, plain in enumerate(naive.ensemble(opt, surface, runs.x0, STEPS, target=20.0, seed=5)):
        assert (runs.status[i], runs.hit[i], runs.evaluations[i]) == (plain.status, plain.hit, plain.evaluations)
        assert np.abs(runs.x[i] - plain.x).max() <= 1e-12 * np.abs(plain.path).max()
        assert abs(runs.f_best[i] - plain.f_best) <= 1e-12 * max(1.0, abs(plain.f_best))


# -- divergence and compaction ----------------------------------------------------------------------------


def spread(count):
    """Starts on Rosenbrock's valley of very different heights: at 3e-3 some stay and others leave at once, or late."""
    return np.random.default_rng(4).normal(size=(count, 2)) * np.geomspace(0.1, 30.0, count)[:, None]


@pytest.mark.parametrize("chunk", [1, 5000, 2e7])
def test_lanes_that_die_at_different_steps(both, monkeypatch, chunk):
    monkeypatch.setattr(driver, "CHUNK", chunk)
    lanes, runs = both(lab.ensemble, lab.SGD(3e-3, momentum=0.0), ls.rosenbrock(2), spread(300), 60)
    over = runs.status == "diverged"
    assert len(np.unique(runs.evaluations[over])) > 5
    assert 30 < over.sum() < 270
    for counted in ("code", "hit", "evaluations"):
        assert np.array_equal(getattr(lanes, counted), getattr(runs, counted))
    # errors grow as fast as the runs that leave: at their end only the size counts
    assert np.abs(lanes.x - runs.x)[~over].max() <= 1e-12 * 30
    finite = over & np.isfinite(runs.x).all(axis=1)
    assert (np.abs(lanes.x - runs.x)[finite].max(axis=1) <= 1e-8 * np.abs(runs.x[finite]).max(axis=1)).all()
    assert np.array_equal(lanes.f_best < np.inf, runs.f_best < np.inf)


def test_all_lanes_die(both, monkeypatch):
    monkeypatch.setattr(driver, "CHUNK", 1)
    lanes, runs = both(lab.ensemble, lab.SGD(10.0), ls.rosenbrock(2), spread(70)[-5:], 30)
    assert (lanes.status == "diverged").all()
    for recorded in ("code", "hit", "evaluations", "quantiles", "snapshots"):
        assert np.array_equal(getattr(lanes, recorded), getattr(runs, recorded))


# -- quantiles and traces ---------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [1, 2e7])
def test_quantiles_mean_the_same(both, monkeypatch, chunk):
    """Also where some runs are dead, and for several settings."""
    monkeypatch.setattr(driver, "CHUNK", chunk)
    surface, grid = ls.rosenbrock(2), [lab.SGD(lr, momentum=0.0) for lr in (1e-4, 3e-3)]
    starts = spread(130)
    for opt, lanes, runs in zip(grid, *both(lab.ensemble, grid, surface, starts, 40), strict=True):
        assert np.array_equal(np.isinf(lanes.quantiles), np.isinf(runs.quantiles))
        assert (apart(lanes.quantiles, runs.quantiles) <= 1e-10 * np.maximum(1.0, lanes.quantiles)).all()
        ranks = [int(np.ceil(p * len(starts))) - 1 for p in LEVELS]
        assert np.array_equal(lanes.quantiles[-1], np.sort(lanes.f_best)[ranks])
        best = []
        for start in starts:
            path = lab.trace(opt, surface, start, 40)
            inside = (abs(path.x - surface.bounds.mean(axis=1)) <= np.ptp(surface.bounds, axis=1) / 2).all(axis=1)
            padded = np.full(41, np.inf)
            padded[: len(path.f)] = np.where(inside, path.f, np.inf)
            best.append(np.minimum.accumulate(np.where(np.isnan(padded), np.inf, padded)))
        best = np.sort(best, axis=0)[ranks]
        # `trace` is of the per-run engine here, hence the tolerance
        table = best[:, runs.snapshots].T
        assert np.allclose(lanes.quantiles, table, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("surface", [ls.rastrigin(3).rotated(1).noisy(0.2), ls.rosenbrock(2)], ids=lambda s: s.name)
def test_a_trace_is_a_row_of_the_ensemble(both, surface):
    opt, start = lab.SGD(1e-3), np.array([-0.5, 1.0, 2.0][: surface.dim])
    path, plain = both(lab.trace, opt, surface, start, STEPS, 6)
    for engine, mine in zip(both(lab.ensemble, opt, surface, [start, -start], STEPS, 6), (path, plain), strict=True):
        assert np.array_equal(mine.x[-1], engine.x[0])
        assert mine.f[-1] == engine.f[0]
        assert (mine.hit, mine.status) == (engine.hit[0], engine.status[0])
        assert mine.runs.f_best[0] == engine.f_best[0]
    assert apart(path.x, plain.x).max() <= 1e-12 * np.abs(plain.x).max()
    assert apart(path.f, plain.f).max() <= 1e-12 * np.abs(plain.f).max()


def test_a_trace_that_diverges(both):
    lanes, runs = both(lab.trace, lab.SGD(0.01), ls.rosenbrock(2), [3.0, -3.0], 50)
    assert lanes.status == runs.status == "diverged"
    kept = int(lanes.runs.evaluations[0]) - 1  # the point at which it was found out is not part of the path
    assert 0 < kept < 50
    for path in (lanes, runs):
        assert np.isfinite(path.f[:kept]).all()
        assert np.isnan(path.f[kept:]).all()
        assert np.isnan(path.x[kept:]).all()
