"""How the cost of an ensemble grows in coordinates, runs, settings and threads: the figure of `ensemble.py`.

Adam on Rosenbrock's function everywhere. Times are the least of the rounds, both sides alternating, those of the
processor except where threads are counted. The limit is what one core needs for the least arithmetic, all units full.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from contestants import Contestant, ours
from contestants_c import Libraries, in_c, least_ns
from contestants_python import in_numba_best, in_numpy
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.plots.drawing.style import FAINT, PAGE, style

Rows = dict[str, list[float]]  # by contestant, one value for each count
LOOKS = {  # colour, marker
    "ours, default": ("#0B6FA4", "o"), "good C": ("#333333", "s"), "Numba by hand": ("#C44E00", "^"),
    "NumPy by hand": ("#7FAE5A", "v"),
}  # fmt: skip
LIMIT, IDEAL = "limit of one core", "as many times as threads"


def alternate(racers: dict[str, Contestant | None], rounds: int) -> dict[str, float]:
    """The least seconds of each."""
    present = {name: go for name, go in racers.items() if go is not None}
    for go in present.values():
        go()
    taken: dict[str, list[float]] = {name: [] for name in present}
    for _ in range(rounds):
        for name, go in present.items():
            taken[name].append(go())
    return {name: min(seconds) for name, seconds in taken.items()}


def over(counts: list[int], racers: Callable[[int], tuple[dict[str, Contestant | None], dict[str, float]]],
         rounds: int) -> dict[str, Any]:  # fmt: skip
    """Nanoseconds a unit of work, for each count; `racers` gives who races and the work of each."""
    rows: Rows = {}
    for count in counts:
        who, work = racers(count)
        for name, seconds in alternate(who, rounds).items():
            rows.setdefault(name, []).append(1e9 * seconds / work[name])
    return {"counts": counts, "ns": rows}


def measure(libraries: Libraries, most: dict[str, float], quick: bool) -> dict[str, Any]:
    """The four panels' numbers."""
    rounds, steps, cores = (1, 100, 2) if quick else (5, 1000, numba.config.NUMBA_NUM_THREADS)
    cores = min(cores, numba.config.NUMBA_NUM_THREADS)
    two = ls.rosenbrock(2)

    def coordinates(n: int) -> Any:
        surface, runs, part = ls.rosenbrock(n), 64 * max(1, 1000 // n), max(steps // 10, 10)
        long, short = float(runs * steps * n), float(runs * part * n)
        case = (surface, "adam", runs, steps)
        return {
            "ours, default": ours(*case, 1, quantiles=True), "good C": in_c(libraries, "good_lanes", *case),
            "Numba by hand": in_numba_best(*case), "NumPy by hand": in_numpy(surface, "adam", runs, part),
        }, {"ours, default": long, "good C": long, "Numba by hand": long, "NumPy by hand": short}  # fmt: skip

    def runs(count: int) -> Any:
        case = (two, "adam", count, 2 * steps)
        who: dict[str, Contestant | None] = {
            "ours, default": ours(*case, 1, quantiles=True),
            "good C": in_c(libraries, "good_lanes", *case),
            "Numba by hand": in_numba_best(*case),
            "NumPy by hand": in_numpy(two, "adam", count, steps // 5),
        }
        work = dict.fromkeys(who, 2.0 * count * steps * 2)
        return who, work | {"NumPy by hand": float(count * (steps // 5) * 2)}

    def settings(count: int) -> Any:
        optimizers = [lab.Adam(rate) for rate in np.geomspace(1e-5, 1e-4, count)]
        starts = np.random.default_rng(0).uniform(*two.bounds.T, (4096 // count, 2))

        def go() -> float:
            numba.set_num_threads(1)
            began = time.process_time()
            lab.ensemble(optimizers, two, starts, 5 * steps)
            return time.process_time() - began

        return {"ours, default": go}, {"ours, default": 2.0 * 4096 * 5 * steps}

    def threads(count: int) -> Any:
        runs = 6400 if quick else 64_000
        go = ours(two, "adam", runs, 2 * steps, count, quantiles=True, wall=True)
        return {"ours, default": go}, {"ours, default": 2.0 * runs * 2 * steps}

    return {
        "limit_ns": least_ns(most, "rosenbrock", "adam"),
        "coordinates": over([2, 10, 100] if quick else [2, 3, 5, 10, 20, 50, 100, 200], coordinates, rounds),
        "runs": over([64, 1024] if quick else [64, 256, 1024, 4096, 16_384, 65_536], runs, rounds),
        "settings": over([1, 64] if quick else [1, 4, 16, 64, 256, 1024], settings, rounds),
        "threads": over(list(range(1, cores + 1)), threads, rounds),
    }


def figure(grown: dict[str, Any]) -> Figure:
    """Four panels of what `measure` gives; nanoseconds of a step of one coordinate of one run."""
    titles = {
        "coordinates": "coordinates", "runs": "runs (two coordinates)",
        "settings": "settings that share 4,096 runs (two coordinates)", "threads": "threads",
    }  # fmt: skip
    with style():
        made = Figure(figsize=(PAGE, 4.4), layout="constrained")
        axes = made.subplots(2, 2).ravel()
        for ax, (name, title) in zip(axes, titles.items(), strict=True):
            counts, rows = grown[name]["counts"], grown[name]["ns"]
            ax.set(xlabel=title, xscale="log", xlim=(0.8 * counts[0], 1.25 * counts[-1]))
            if name == "threads":
                our = np.array(rows["ours, default"])
                rows = {"ours, default": our[0] / our}
                ax.plot(counts, counts, color=FAINT, linestyle=":", label=IDEAL)
                ax.set(ylabel="times as fast as one thread", ylim=(0, 1.1 * counts[-1]))
            else:
                ax.set(ylabel="ns per step and coordinate", yscale="log")
                ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
                ax.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
                if np.isfinite(grown["limit_ns"]):
                    ax.axhline(grown["limit_ns"], color=FAINT, linestyle="--", linewidth=1, label=LIMIT)
            for who, (colour, marker) in LOOKS.items():
                if who in rows:
                    ax.plot(counts, rows[who], color=colour, marker=marker, markersize=3.5, label=who)
            ax.set_xticks(counts, [f"{count:,}" for count in counts])
            ax.minorticks_off()
        shown = {label: handle for ax in axes for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)}
        names = [name for name in (*LOOKS, LIMIT, IDEAL) if name in shown]
        made.legend([shown[name] for name in names], names, loc="outside lower center", ncols=3)
    return made
