"""Which landscapes tell optimizers apart? The numbers that chose those of the default race.

    python benchmarks/default_landscapes.py [--starts 1000] [--output benchmarks/results/default_landscapes.csv]

The default optimizers race over every family at its default dimension, and over the default race's own landscapes. A
landscape says something if the best reaches the target from at least 5 % of the starts and at least a fifth of all
pairs of optimizers differ significantly. Of those that do, the default race has the paper's two test functions in its
field's usual dimensions, a convex, an ill-conditioned, a curved valley and a multimodal one in few and in more
dimensions, and one on which exact forms of NGDM win, beside its mirrored copy on which they do not.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.compiler.files import write_each
from ngdm_lab.experiments.race.tables import csv_text

HERE = Path(__file__).parent / "results" / "default_landscapes.csv"
HITS, DIFFERENT = 0.05, 0.2


def numbers(race: Any) -> list[dict[str, Any]]:
    """One row for each landscape of a race."""
    chosen = {s.name for s in lab.experiments.default_surfaces()}
    hits: dict[str, list[float]] = {}
    for row in race.rows():
        if row["optimizer"] != "control":
            hits.setdefault(row["surface"], []).append(row["success"])
    made = []
    for line in race.summary().lines:
        pairs = race.findings.comparisons[line.surface].pairs
        different = float(np.mean([pair.differs for pair in pairs]))
        most = max(hits[line.surface])
        made.append({
            "landscape": line.surface, "pairs": len(pairs), "different": different,
            "hits_least": min(hits[line.surface]), "hits_most": most,
            "best": line.best.label, "best_ert": line.best.time,
            "second_times_best": line.second.times_best if line.second is not None else float("nan"),
            "says_something": most >= HITS and different >= DIFFERENT, "default": line.surface in chosen,
        })  # fmt: skip
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--starts", type=int, default=1000)
    parser.add_argument("--output", type=Path, default=HERE)
    given = parser.parse_args()
    surfaces = {s.name: s for s in lab.experiments.default_surfaces()}
    surfaces |= {s.name: s for s in map(ls.get, ls.names())}
    rows = numbers(lab.race(None, list(surfaces.values()), given.starts))
    write_each({given.output: csv_text(rows).encode()})
    for row in rows:
        print(f"{row['landscape']:32} {100 * row['different']:3.0f} % differ, hits {100 * row['hits_least']:5.1f} to "
              f"{100 * row['hits_most']:5.1f} %, {row['best']}{'  default' if row['default'] else ''}")  # fmt: skip


if __name__ == "__main__":
    main()
