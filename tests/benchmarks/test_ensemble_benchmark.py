"""Who races against the ensemble does its work; the aims are judged as they are written; the figure says it all."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
STEPS, RUNS = 40, 128
SURFACES = {"rosenbrock-2": ls.rosenbrock(2), "rastrigin-10": ls.rastrigin(10), "rosenbrock-7": ls.rosenbrock(7)}
PAIRS = [(name, rule) for name in SURFACES for rule in ("adam", "diagonal", "exact")]
MODULES = ("contestants", "contestants_c", "contestants_jax", "contestants_python", "growth", "ensemble")


@pytest.fixture(scope="module")
def bench():
    """The benchmark's modules by name; they lie beside each other and are no package."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(FOLDER))
        yield {name: importlib.import_module(name) for name in MODULES}
        for name in MODULES:
            sys.modules.pop(name)


@pytest.fixture(scope="module")
def libraries(bench, tmp_path_factory):
    return bench["contestants_c"].c_libraries(str(tmp_path_factory.mktemp("c")))


def expected(bench, surface, rule):
    return lab.ensemble(bench["contestants"].rules()[rule], surface, RUNS, STEPS, quantiles=False)


def apart(a, b):
    return np.max(np.abs(a - b) / np.maximum(1.0, np.abs(b)))


@pytest.mark.parametrize(("name", "rule"), PAIRS)
@pytest.mark.parametrize("which", ["lanes", "good_lanes"])
def test_c_ends_where_ours_ends(bench, libraries, which, name, rule):
    if not libraries:
        pytest.skip("no compiler")
    surface = SURFACES[name]
    go = bench["contestants_c"].in_c(libraries, which, surface, rule, RUNS, STEPS)
    assert go() >= 0
    assert apart(go.values, expected(bench, surface, rule).f) < 1e-9


@pytest.mark.parametrize(("name", "rule"), PAIRS)
def test_numpy_ends_where_ours_ends(bench, name, rule):
    surface = SURFACES[name]
    go = bench["contestants_python"].in_numpy(surface, rule, RUNS, STEPS)
    go()
    assert apart(go.x, expected(bench, surface, rule).x.T) < 1e-9


@pytest.mark.slow  # two compilations a pair
@pytest.mark.parametrize("fused", [True, False], ids=["one loop", "two loops"])
@pytest.mark.parametrize(("name", "rule"), PAIRS)
def test_numba_ends_where_ours_ends(bench, name, rule, fused):
    surface = SURFACES[name]
    go = bench["contestants_python"].in_numba(surface, rule, RUNS, STEPS, fused)
    go()
    assert apart(go.x, expected(bench, surface, rule).x.T) < 1e-9


@pytest.mark.slow  # JAX comes with no extra
@pytest.mark.parametrize(("name", "rule"), PAIRS)
def test_jax_and_optax_end_where_ours_ends(bench, name, rule):
    pytest.importorskip("jax")
    surface, jax = SURFACES[name], bench["contestants_jax"]
    ours = expected(bench, surface, rule).x
    whole = jax.in_jax_last(surface, rule, RUNS, STEPS, 4, None)
    blocks = jax.in_jax_last(surface, rule, RUNS, STEPS, 1, 64)
    whole(), blocks()
    assert apart(np.asarray(whole.x).T, ours) < 1e-9
    assert apart(np.asarray(blocks.x).transpose(0, 2, 1).reshape(RUNS, -1), ours) < 1e-9
    for go in (jax.in_jax(surface, rule, RUNS, STEPS, True), jax.in_optax(surface, rule, RUNS, STEPS)):
        if go is not None:
            go()
            assert apart(np.asarray(go.x), ours) < 1e-9


def test_scipy_says_what_a_start_takes_and_whether_it_arrives(bench):
    told = bench["contestants_python"].in_scipy(ls.rosenbrock(2), 3)
    assert told["us_a_start"] > 0
    assert told["arrived"] == 1.0


def test_the_fastest_is_the_one_with_the_least_time(bench):
    made = {name: (lambda seconds=seconds: seconds) for name, seconds in (("slow", 2.0), ("fast", 1.0), ("mid", 1.5))}
    assert bench["contestants"].fastest(made).layout == "fast"


@pytest.mark.parametrize(
    ("good", "others", "met"),
    [
        (1.3, {"numba": 1.3, "numpy": 2.0}, [True, True, True]),
        (1.31, {"numba": 1.29, "numpy": 1.99}, [False, False, False]),
        (None, {"jax": 2.5, "optax": 1.9}, [True, False]),
    ],
    ids=["at the aims", "just beside them", "no compiler, JAX"],
)
def test_aims_are_met_or_missed(bench, good, others, met):
    row = {"surface": "s", "rule": "r", "times_as_slow_as_default": others}
    if good is not None:
        row["default_over_good_c"] = good
    said = bench["ensemble"].verdicts(row)
    assert [one["met"] for one in dict(sorted(said.items())).values()] == met
    text = bench["ensemble"].verdict_table([{**row, "verdicts": said}])
    assert text.count("!") - 1 == met.count(False)  # one explains the sign
    assert f"{sum(met)} of {len(met)} aims met" in text


@pytest.mark.parametrize("limit", [0.86, float("nan")], ids=["with a limit", "without C"])
def test_the_figure_has_four_panels_and_a_limit_where_it_is_known(bench, limit):
    ours = {"ours, default": [4.0, 2.0]}
    panel = {"counts": [1, 2], "ns": ours | {"Numba by hand": [3.0, 3.0]}}
    grown = {"limit_ns": limit, "coordinates": panel, "runs": panel, "settings": {"counts": [1, 2], "ns": ours},
             "threads": {"counts": [1, 2], "ns": ours}}  # fmt: skip
    made = bench["growth"].figure(grown)
    assert [ax.get_xlabel().split(" (")[0] for ax in made.axes] == [
        "coordinates", "runs", "settings that share 4,096 runs", "threads",
    ]  # fmt: skip
    names = [text.get_text() for text in made.legends[0].get_texts()]
    assert ("limit of one core" in names) == (limit == limit)
    speed_up = next(line for line in made.axes[3].lines if line.get_label() == "ours, default")
    assert list(speed_up.get_ydata()) == [1.0, 2.0]


@pytest.mark.slow
def test_it_runs(tmp_path):
    out = tmp_path / "out.json"
    command = [sys.executable, str(FOLDER / "ensemble.py"), "--quick", "--output", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "aims met" in done.stdout
    report = json.loads(out.read_text())
    assert len(report["table"]) == 9
    for row in report["table"]:
        assert {"ours", "ours, default", "numba", "numpy"} <= set(row["ns"])
        assert all(ns > 0 for ns in row["ns"].values())
        # the contestants do the same work, as far as there is a compiler to say so
        assert not row["largest_difference_from_c"] > 1e-9
        assert not row["largest_difference_from_good_c"] > 1e-9
    assert out.with_suffix(".png").stat().st_size > 10_000
