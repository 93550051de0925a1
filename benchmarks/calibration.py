"""Does a race call equal rules different? At most one time in twenty, on every landscape.

    python benchmarks/calibration.py [--seeds 200] [--output benchmarks/results/calibration.json]

SGD beside two rules that equal it in all but their names, each tuned on starts of its own: a diagonal NGDM with a
constant alpha, which tries the same effective rates, and SGD with steps 1.37 times as long, which tries others. On four
of the landscapes there are so few steps that hardly anybody hits, and last values decide. Written are the counts (see
`calibration` in ngdm_lab/experiments/race/calibration.py) and a figure of the same name.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

import landscapes as ls
from ngdm_lab.environment import environment
from ngdm_lab.experiments.race.calibration import FAR, FEW, calibration
from ngdm_lab.experiments.statistics.compare import wilson
from ngdm_lab.plots.drawing.style import COLUMN, style

NAMES = {"ngdm": "NGDM, constant α", "scaled": "SGD, longer steps"}
HERE = Path(__file__).parent / "results" / "calibration.json"


def figure(rows: list[dict[str, Any]]) -> Figure:
    """Share of races that call equal rules different, with and without the noise of tuning in the tests."""
    surfaces = list(dict.fromkeys(row["surface"] for row in rows))
    with style():
        made = Figure(figsize=(COLUMN, 0.9 + 0.32 * len(surfaces)), layout="constrained")
        ax = made.subplots()
        ax.axvline(0.05, color="#888888", linewidth=0.8, linestyle="--", label="5 %")
        for k, row in enumerate(rows):
            y = surfaces.index(row["surface"]) + (0.16 if k % 2 else -0.16)
            colour = "#0B6FA4" if k % 2 else "#C44E00"
            low, high = wilson(row["different"], row["comparisons"])
            first = k < 2
            ax.plot([low, high], [y, y], color=colour, linewidth=1.2)
            ax.plot(row["share"], y, "o", color=colour, markersize=4, label=NAMES[row["rule"]] if first else None)
            plain = row["plain"] / row["comparisons"]
            label = "tests of the runs alone" if k == 1 else None
            ax.plot(plain, y, "o", color=colour, markersize=4, markerfacecolor="white", label=label)
        ax.set_yticks(range(len(surfaces)), [name.replace("[", "\n[").replace(", ", "\n") for name in surfaces])
        ax.set(xlabel="equal rules called different", xlim=(-0.02, 1.02), ylim=(len(surfaces) - 0.5, -0.5))
        ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f} %")
        ax.grid(False, axis="y")
        made.legend(loc="outside lower center", ncols=2)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--output", type=Path, default=HERE)
    given = parser.parse_args()
    began = time.process_time()
    rows = calibration(range(given.seeds))
    far = calibration(range(given.seeds), [ls.parse(text) for text in FAR], steps=FEW)
    rows += [{**row, "surface": f"{row['surface']}, {FEW} steps"} for row in far]
    for row in rows:
        print(f"{row['surface']:36} {row['rule']:7} {row['different']:4} of {row['comparisons']} called different "
              f"[{100 * row['low']:.1f}, {100 * row['high']:.1f} %], {row['plain']} by the runs alone")  # fmt: skip
    made = {"rows": rows, "seeds": given.seeds, "cpu_seconds": time.process_time() - began, **environment()}
    given.output.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    with style():
        figure(rows).savefig(given.output.with_suffix(".png"), dpi=200)


if __name__ == "__main__":
    main()
