"""How fast are the Fisher operators and the fit? Against memory, a dense solve, geomstats and Minka's fixed point.

    python benchmarks/geometry.py [--rounds 15] [--output benchmarks/results/geometry.json] [--quick]

Three tables: F^-1 v on a long vector, in bytes moved a second beside a Numba loop a = b + c over arrays of the same
length; F^-1 v from scratch and repeated, beside dense solvers; maximum likelihood beside the fixed point of Minka
(2000) in plain NumPy, both to the same accuracy. Contestants alternate, and a ratio is the median over the rounds of
the two times taken in the same round. geomstats is left out where it is not installed. Ours runs on one thread; the
dense solvers on as many as their BLAS likes.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import scipy.linalg
from numba import njit
from scipy.special import digamma, polygamma

import ngdm_lab as lab
from ngdm_lab.compiler.flags import FLAGS
from ngdm_lab.engine import manifest
from ngdm_lab.geometry import trigamma

LONG = 1_000_000
SIZES = (10, 100, 1000)
SEED = 20230713


@njit(**FLAGS)
def copy_add(a: Any, b: Any, c: Any) -> None:
    """What memory gives: two reads and a write for each element."""
    for i in range(a.size):
        a[i] = b[i] + c[i]


@njit(**FLAGS)
def add_in_place(a: Any, b: Any) -> None:
    """The same onto what was read, as F^-1 v in place does: that spares the processor a third read."""
    for i in range(a.size):
        a[i] = a[i] + b[i]


def race(contestants: dict[str, Callable[[], Any]], rounds: int, least: float = 2e-3) -> dict[str, list[float]]:
    """Seconds of each contestant in every round, alternating; short ones are repeated within a round."""
    repeats = {}
    for name, go in contestants.items():
        go()
        began = time.perf_counter()
        go()
        repeats[name] = max(1, int(least / max(time.perf_counter() - began, 1e-9)))
    taken: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, go in contestants.items():
            began = time.perf_counter()
            for _ in range(repeats[name]):
                go()
            taken[name].append((time.perf_counter() - began) / repeats[name])
    return taken


def ratio(taken: dict[str, list[float]], over: str, under: str) -> float:
    """Median over the rounds."""
    return statistics.median(a / b for a, b in zip(taken[over], taken[under], strict=True))


def medians(taken: dict[str, list[float]]) -> dict[str, float]:
    """Seconds."""
    return {name: statistics.median(values) for name, values in taken.items()}


# -- a long vector -----------------------------------------------------------------------------------


def bandwidth(rounds: int) -> list[dict[str, Any]]:
    """F^-1 v in place on LONG coordinates; bytes that an ideal cache-less machine would move."""
    rng = np.random.default_rng(SEED)
    v = rng.normal(size=LONG)
    dirichlet = lab.Dirichlet(lab.ramp(1.4, 1e-6)).on(LONG)
    pairs = lab.GeneralizedDirichlet(lab.ramp(1.4, 1e-6), 1.5).on(LONG)
    cases = {
        "diagonal": (dirichlet, "diagonal", 24),  # d and u read, u written
        "Dirichlet, exact": (dirichlet, "exact", 40),  # the same after a pass that reads d and u for the sum
        "generalised, exact": (pairs, "exact", 28),  # u read and written, three numbers for each pair
    }
    arrays = [rng.normal(size=LONG) for _ in range(3)]
    rows = []
    for name, (d, form, size) in cases.items():
        solver, u = d.solver(form), v.copy()[None]

        def solve(solver: Any = solver, u: Any = u) -> None:
            solver.rows(u)

        def reset(u: Any = u) -> None:
            u[0] = v  # repeated solves would overflow

        contestants = {
            "F^-1 v in place": solve,
            "reset": reset,
            "copy-add": lambda: copy_add(*arrays),
            "add in place": lambda: add_in_place(*arrays[:2]),
            "fisher_solve": lambda d=d, form=form: d.fisher_solve(v, form),
        }
        taken = race(contestants, rounds, 0.0)
        ours = [size / t for t in taken["F^-1 v in place"]]
        memory, in_place = ([24 / t for t in taken[name]] for name in ("copy-add", "add in place"))
        rows.append({
            "form": name,
            "n": LONG,
            "bytes_per_coordinate": size,
            "seconds": medians(taken),
            "gigabytes_per_second": statistics.median(ours) * LONG / 1e9,
            "copy_add_gigabytes_per_second": statistics.median(memory) * LONG / 1e9,
            "share_of_copy_add": statistics.median(a / b for a, b in zip(ours, memory, strict=True)),
            "share_of_add_in_place": statistics.median(a / b for a, b in zip(ours, in_place, strict=True)),
        })  # fmt: skip
        row = rows[-1]
        line = (
            f"{name:20} {row['gigabytes_per_second']:5.1f} GB/s, copy-add {row['copy_add_gigabytes_per_second']:5.1f}"
        )
        line += f", share {row['share_of_copy_add']:.2f}, of add in place {row['share_of_add_in_place']:.2f}"
        print(f"{line}; fisher_solve {1e3 * row['seconds']['fisher_solve']:.2f} ms", flush=True)
    return rows


# -- dense solvers -----------------------------------------------------------------------------------


def dense_matrix(alpha: np.ndarray) -> np.ndarray:
    """Eq. 5 as one writes it with scipy."""
    return np.diag(polygamma(1, alpha)) - polygamma(1, alpha.sum())


def geomstats_metric(n: int) -> Any:
    """geomstats' metric, None where it is not installed."""
    vars(np).setdefault("trapz", getattr(np, "trapezoid", None))  # geomstats 2.8 wants what NumPy 2.4 dropped
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = importlib.import_module("geomstats.information_geometry.dirichlet")
    except ImportError:
        return None
    return module.DirichletDistributions(n).metric


def solvers(n: int) -> dict[str, Callable[[], Any]]:
    """Contestants for n coordinates."""
    rng = np.random.default_rng(SEED)
    alpha, v = rng.uniform(0.5, 12, n), rng.normal(size=n)
    d, factor, metric = lab.Dirichlet(alpha), scipy.linalg.cho_factor(dense_matrix(alpha)), geomstats_metric(n)
    contestants = {
        "ours, from alpha": lambda: lab.Dirichlet(alpha).fisher_solve(v),
        "ours, repeated": lambda: d.fisher_solve(v),
        "scipy dense, from alpha": lambda: scipy.linalg.solve(dense_matrix(alpha), v, assume_a="pos"),
        "scipy dense, repeated": lambda: scipy.linalg.cho_solve(factor, v),
    }
    if metric is not None:
        contestants["geomstats, from alpha"] = lambda: np.linalg.solve(metric.metric_matrix(alpha), v)
    expected = contestants["ours, repeated"]()
    for name, go in contestants.items():
        assert np.allclose(go(), expected, rtol=1e-6), name  # they do the same work
    return contestants


def solves(rounds: int) -> list[dict[str, Any]]:
    """F^-1 v for one vector: all from alpha on, and repeated with everything that can be kept."""
    rows = []
    for n in SIZES:
        taken = race(solvers(n), rounds)
        names = [name for name in taken if not name.startswith("ours")]
        ratios = {name: ratio(taken, name, "ours, " + name.split(", ")[1]) for name in names}
        rows.append({"n": n, "seconds": medians(taken), "times_as_slow_as_ours": ratios})
        times = ", ".join(f"{name} x{value:.1f}" for name, value in ratios.items())
        both = [f"{1e6 * rows[-1]['seconds'][f'ours, {k}']:.0f}" for k in ("from alpha", "repeated")]
        print(f"n = {n:5}: ours {both[0]} us from alpha, {both[1]} us repeated; {times}", flush=True)
    return rows


# -- maximum likelihood ------------------------------------------------------------------------------


def inverse_digamma(y: np.ndarray) -> np.ndarray:
    """Minka (2000), appendix C: five Newton steps."""
    x = np.where(y >= -2.22, np.exp(y) + 0.5, -1 / (y - digamma(1)))
    for _ in range(5):
        x = x - (digamma(x) - y) / polygamma(1, x)
    return x


def fixed_point(x: np.ndarray, tolerance: float) -> tuple[np.ndarray, int]:
    """alpha_i <- psi^-1(psi(S) + mean log x_i) (Minka 2000, eq. 9), from the method of moments."""
    mean_log, mean, square = np.log(x).mean(axis=0), x.mean(axis=0), (x[:, 0] ** 2).mean()
    alpha = mean * (mean[0] - square) / (square - mean[0] ** 2)
    for step in range(1, 100_000):
        new = inverse_digamma(digamma(alpha.sum()) + mean_log)
        if np.max(np.abs(new - alpha) / alpha) < tolerance:
            return new, step
        alpha = new
    raise RuntimeError("the fixed point has not settled")


def fits(rounds: int) -> list[dict[str, Any]]:
    """A fit to 1,000 points, to nine digits."""
    rows = []
    for n, size in ((3, 1.0), (10, 1.0), (100, 1.0), (10, 20.0)):
        alpha = size * np.random.default_rng(SEED).uniform(0.5, 2, n)
        x = lab.Dirichlet(alpha).rvs(1000, random_state=SEED)
        ours = lab.Dirichlet.fit(x).alpha
        tolerance = 1e-6
        while np.max(np.abs(fixed_point(x, tolerance)[0] / ours - 1)) > 1e-9:
            tolerance /= 2  # it converges linearly: its last step says little about its error
        steps = fixed_point(x, tolerance)[1]
        contestants = {
            "ours": lambda x=x: lab.Dirichlet.fit(x),
            "fixed point": lambda x=x, t=tolerance: fixed_point(x, t),
        }
        taken = race(contestants, rounds)
        rows.append({
            "n": n,
            "alpha_near": size,
            "points": 1000,
            "seconds": medians(taken),
            "fixed_point_steps": steps,
            "fixed_point_over_ours": ratio(taken, "fixed point", "ours"),
        })  # fmt: skip
        row = rows[-1]
        print(
            f"fit, n = {n:3}, alpha near {size:4}: ours {1e3 * row['seconds']['ours']:.2f} ms, fixed point "
            f"{1e3 * row['seconds']['fixed point']:.2f} ms in {steps} steps, x{row['fixed_point_over_ours']:.1f}",
            flush=True,
        )
    return rows


def functions(rounds: int) -> list[dict[str, Any]]:
    """psi' against scipy's, nanoseconds for a value."""
    x = np.random.default_rng(SEED).uniform(0.1, 30, 100_000)
    taken = race({"ours": lambda: trigamma(x), "scipy": lambda: polygamma(1, x)}, rounds)
    nanoseconds = {name: 1e9 * t / x.size for name, t in medians(taken).items()}
    print(f"trigamma: ours {nanoseconds['ours']:.1f} ns a value, scipy {nanoseconds['scipy']:.1f}")
    return [{"values": x.size, "nanoseconds": nanoseconds, "scipy_over_ours": ratio(taken, "scipy", "ours")}]


def main() -> None:
    """Run all tables and write them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--quick", action="store_true", help="three rounds")
    given = parser.parse_args()
    rounds = 3 if given.quick else given.rounds
    tables = {"bandwidth": bandwidth(4 * rounds), "solves": solves(rounds), "fits": fits(rounds)}
    report = {"rounds": rounds, **manifest.environment(), **tables, "trigamma": functions(rounds)}
    if given.output:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
