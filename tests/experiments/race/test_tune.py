"""The tuning rounds: their grids, their moves, their choice and its price, and that their starts are their own."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.experiments.race.tune import TUNING_RUNS, effective_gain, following, rate_grid, tune

PLACE = 1 / 16  # of a decade


def apart(rate, other):
    """Distance in decades."""
    return abs(np.log10(rate / other))


def test_first_grid_has_four_rates_a_decade():
    rates = rate_grid(lab.SGD(1.0), 2)
    assert np.allclose(np.diff(np.log10(rates)), 1 / 4)
    assert rates[0] == pytest.approx(1e-6)
    assert rates[-1] == pytest.approx(10)


@pytest.mark.parametrize(
    ("optimizer", "n", "gain"),
    [
        (lab.NGDM(1.0, lab.Dirichlet(0.5)), 4, 0.20264),
        (lab.NGDM(1.0, lab.Dirichlet(12.0)), 4, 11.5072),
        (lab.Apollo(), 3, 100.0),
        (lab.Adam(), 3, 1.0),
    ],
)
def test_grid_moves_with_the_gain(optimizer, n, gain):
    assert optimizer.gain(n) == pytest.approx(gain, rel=1e-4)
    rates = rate_grid(optimizer, n)
    assert len(rates) == len(rate_grid(lab.SGD(1.0), n))
    assert rates * gain == pytest.approx(rate_grid(lab.SGD(1.0), n), rel=1e-4)


@pytest.mark.parametrize("n", [2, 6, 40])
@pytest.mark.parametrize("form", ["diagonal", "exact"])
def test_gain_is_the_largest_eigenvalue(n, form):
    for d in (lab.Dirichlet(lab.ramp(1.4, 0.005)), lab.GeneralizedDirichlet(lab.ramp(3.5, 0.005), 3.9)):
        on = d.on(n)
        inverse = np.linalg.inv(on.fisher()) if form == "exact" else np.diag(on.fisher_solve(np.ones(n), form=form))
        gain = lab.NGDM(1.0, d, form=form).gain(n)
        assert gain == pytest.approx(np.linalg.eigvalsh(inverse).max(), rel=0.02)


places_tried = st.lists(st.integers(-500, 500), min_size=3, max_size=60, unique=True).map(sorted)


@given(st.sampled_from([8, 12, 16, 40]), places_tried, st.data(), st.booleans())
def test_every_next_round_holds_the_choice_and_costs_the_same(per_decade, places, data, last):
    tried = np.array(places)
    chosen = data.draw(st.integers(0, len(tried) - 1))
    found, stride = following(tried, chosen, per_decade, last), per_decade // 4
    assert len(found) == len(following(np.array([0, 1, 2]), 1, per_decade, False))
    assert (np.diff(found) >= 1).all()
    assert tried[chosen] in found
    if 0 < chosen < len(tried) - 1:
        assert (np.diff(found) == (1 if last else 2)).all()  # a finer grid, beyond the neighbours of the first
        assert found[0] < tried[chosen] - stride
        assert found[-1] > tried[chosen] + stride
    else:
        side = -1 if chosen == 0 else 1
        beyond = side * (found - tried[chosen])
        assert beyond.min() == 0
        assert beyond.max() >= 6 * per_decade
        if last:
            assert sorted(beyond)[1] == 1


def test_tuning_finds_the_known_rate():
    """On the sphere SGD without momentum converges in one step at lr = 1/2 and for no rate above 1."""
    found = tune(lab.SGD(1.0, momentum=0.0), ls.sphere(3), starts=16, steps=20)
    assert apart(found.lr, 0.5) < PLACE
    assert not found.at_edge
    assert (found.arrival[found.rates > 1.0] == 0).all()
    m = found.counts[found.chosen]
    reached = f"100.0 % of {m} starts reach the target, 3 evaluations expected"
    assert repr(found) == f"<Tuning: lr {found.lr:.3g} of {len(found.rates)} rates; {reached}>"


@pytest.mark.parametrize("condition", [3.0, 30.0])
@pytest.mark.parametrize("optimizer", [lab.SGD(1.0, momentum=0.0), lab.NGDM(1.0, lab.Dirichlet(12.0), momentum=0.0)])
def test_best_rate_of_gradient_descent(optimizer, condition):
    """Polyak (1964): on a quadratic with curvatures from mu to L it is 2 / (mu + L)."""
    s = ls.ellipsoid(4, condition=condition)
    curvature = [s.grad(e)[i] for i, e in enumerate(np.eye(4))]
    best = 2 / (min(curvature) + max(curvature)) / effective_gain(optimizer, 4)
    found = tune(optimizer, s, starts=32, steps=150, target=0.0)  # nobody arrives at 0: the last value decides
    assert apart(found.lr, best) < PLACE
    assert not found.at_edge


def test_rates_far_below_any_usual_one():
    """Exact, alpha = 1000: on the sphere the bowl that descent sees has the curvatures of 2 F^-1, up to 5e6."""
    optimizer = lab.NGDM(1.0, lab.Dirichlet(1000.0), momentum=0.0, form="exact")
    fisher = np.linalg.eigvalsh(lab.Dirichlet(1000.0).on(4).fisher())
    best = 1 / (1 / fisher.min() + 1 / fisher.max())
    found = tune(optimizer, ls.sphere(4), starts=16, steps=2000, target=0.0)
    assert best < 1e-6
    assert apart(found.lr, best) < 2 * PLACE
    assert not found.at_edge
    steep = tune(optimizer, ls.sphere(4).scaled(1e6), starts=16, steps=2000, target=0.0)
    assert apart(steep.lr, best / 1e6) < 2 * PLACE
    assert not steep.at_edge


@pytest.mark.parametrize("scale", [1e-5, 1e-3, 1e4, 1e9])
def test_range_moves_to_where_the_best_rate_is(scale):
    optimizer, s = lab.SGD(1.0, momentum=0.0), ls.sphere(2).scaled(scale)
    found = tune(optimizer, s, starts=8, steps=20, target=1e-9)
    assert apart(found.lr, 0.5 / scale) < PLACE
    assert not found.at_edge


def test_two_moves_find_the_region():
    found = tune(lab.SGD(1.0, momentum=0.0), ls.sphere(2).scaled(1e-9), starts=8, steps=20, target=1e-9)
    assert apart(found.lr, 0.5e9) < 1
    assert not found.at_edge


@pytest.mark.parametrize(("scale", "first"), [(1e30, True), (1e-15, False)])
def test_edge_is_marked(scale, first):
    found = tune(lab.SGD(1.0), ls.sphere(2).scaled(scale), starts=4, steps=10, target=0.0)
    assert found.at_edge
    assert found.chosen == (0 if first else len(found.rates) - 1)
    assert found.rates[-1] / found.rates[0] > 1e18  # it went far


EVERYONE = [
    lab.SGD(1.0), lab.SGD(1.0, momentum=0.0), lab.Adam(), lab.Apollo(),
    lab.NGDM(1.0, lab.Dirichlet(1000.0), form="exact"), lab.NGDM(1.0, lab.GeneralizedDirichlet(3.5, 3.9)),
]  # fmt: skip


@pytest.mark.parametrize("s", [ls.rastrigin(2), ls.sphere(2).scaled(1e30), ls.griewank(2)], ids=lambda s: s.name)
def test_everyone_pays_the_same(s):
    made = [tune(o, s, starts=5, steps=30) for o in EVERYONE]
    assert len({found.evaluations for found in made}) == 1
    for found in made:
        assert found.evaluations == found.counts.sum() * 31
        assert found.starts == 5
        assert (np.diff(found.rates) > 0).all()
        assert set(found.rounds) <= {1, 2, 3}
        assert (found.rounds == 1).sum() == len(rate_grid(lab.SGD(1.0), 2))
        assert found.counts[found.chosen] >= 5  # not the first round alone
        assert set(found.counts) <= {3, 5, 8, 10, 13}


def test_tuning_costs_less_than_its_rates_in_one_grid():
    found = tune(lab.SGD(1.0), ls.sphere(2), starts=128, steps=2)
    assert found.evaluations / 3 < 128 * (8 * 7 + 1)  # an eighth of a decade over the same range


@given(st.floats(0.3, 30.0))
def test_equal_rules_get_equal_tunings(alpha):
    """E7: whatever its alpha, diagonal NGDM tries SGD's effective rates, and chooses the same, run by run."""
    rule = lab.NGDM(1.0, lab.Dirichlet(alpha))
    own, other = (tune(o, ls.ellipsoid(2, condition=10.0), starts=8, steps=100) for o in (lab.SGD(1.0), rule))
    assert own.gain == 1
    assert own.chosen == other.chosen
    assert np.allclose(own.rates, other.rates * other.gain, rtol=1e-12)
    assert np.array_equal(own.arrival, other.arrival)
    assert np.array_equal(own.times, other.times)
    assert np.allclose(own.final, other.final, rtol=1e-3)
    assert own.noise.time == pytest.approx(other.noise.time)


def test_tuning_starts_are_nobody_elses(monkeypatch):
    """Not the race's, not another round's, not another set's."""
    seen, run = [], lab.ensemble

    def noted(grid, *given, **options):
        made = run(grid, *given, **options)
        seen.append(made[0].x0)
        return made

    monkeypatch.setattr(sys.modules["ngdm_lab.experiments.race.tune"], "ensemble", noted)
    s = ls.sphere(2)
    for replicate in (0, 1):
        tune(lab.SGD(0.1), s, starts=64, steps=1, replicate=replicate)
    assert [len(x0) for x0 in seen] == 2 * [32, 64, 64]
    every = np.concatenate([*seen, run(lab.SGD(0.1), s, 1000, 1).x0])
    assert len(np.unique(every, axis=0)) == len(every)
    first = run(lab.SGD(0.1), s, 32, 1, first_run=TUNING_RUNS).x0
    assert np.array_equal(seen[0], first)


def test_control_is_tuned_on_starts_of_its_own():
    """Else the noise floor would leave out the noise of the choice."""
    rule = lab.NGDM(1.0, lab.Dirichlet(4.0))
    s = ls.himmelblau()
    race = lab.race([lab.SGD(1.0)], s, starts=4, steps=20, tuning_starts=8, progress=False)
    control = race.entry("control", s.name).tuning
    options = {"starts": 8, "steps": 20}
    assert np.array_equal(control.final, tune(rule, s, **options, replicate=1).final)
    assert not np.array_equal(control.final, tune(rule, s, **options).final)
    assert np.array_equal(race.entry("sgd", s.name).tuning.final, tune(lab.SGD(1.0), s, **options).final)


def test_finer_and_less_fine_grids():
    for per_decade in (8, 12, 32):
        found = tune(lab.SGD(1.0, momentum=0.0), ls.sphere(2), starts=8, steps=20, per_decade=per_decade)
        assert apart(found.lr, 0.5) < 1 / per_decade
        places = per_decade * np.log10(found.rates)
        assert np.allclose(places, np.round(places), atol=1e-9)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"per_decade": 4}, "per_decade must be at least 8, got 4"),
        ({"per_decade": 10}, "per_decade must be a multiple of 4, got 10"),
        ({"starts": 0}, "starts must be at least 1, got 0"),
        ({"steps": -1}, "steps must be at least 0, got -1"),
        ({"goal": "speed"}, "goal must be one of 'time', 'arrival', got 'speed'"),
        ({"replicate": -1}, "replicate must be at least 0, got -1"),
        ({"target": -1.0}, "target must be a finite number at least 0, got -1.0"),
        ({"optimizer": lab.NGDM(1.0, lab.Dirichlet(1e-150))}, "tuned: its gain in 2 coordinates must be within"),
        ({"optimizer": lab.NGDM(1.0, lab.Dirichlet(1e150), form="exact")}, "cannot be tuned: its gain"),
    ],
)
def test_bad_values(change, message):
    given = {"optimizer": lab.SGD(1.0), "s": ls.sphere(2), "starts": 2, "steps": 2, **change}
    with pytest.raises(ValueError, match=message):
        tune(given.pop("optimizer"), given.pop("s"), **given)


@pytest.mark.parametrize("change", [{"optimizer": b"sgd"}, {"s": ls.sphere}, {"starts": 1.5}, {"per_decade": "16"}])
def test_bad_kinds(change):
    given = {"optimizer": lab.SGD(1.0), "s": ls.sphere(2), **change}
    with pytest.raises(TypeError, match=next(iter(change))):
        tune(given.pop("optimizer"), given.pop("s"), **given)
