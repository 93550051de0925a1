"""Would successive halving tune to the same learning rates, and what would it save?

    python benchmarks/tuning_halving.py [--starts 128] [--steps 2000] [--output benchmarks/results/tuning_halving.json]

The default optimizers are tuned on every family at its default dimension with all rates of a round to the end, as
`lab.tune` does. From what those runs recorded follows what each scheme would have seen, and how many evaluations it
would have made, round by round up to the first other choice:

- halves, thirds: after 1/8, 1/4 and 1/2 (1/9 and 1/3) of the steps the better half (third) of the rates goes on, by
  expected running time so far, or by the median of the best value so far where nobody has hit yet;
- cautious: only after 1/2 of the steps, and the better half goes on;
- exact: at any of some forty marks a rate is given up that cannot win any more, were all of its undecided runs to hit
  at once and all of the best rate's to fail; with it goes what no choice by time asks for, steps after a run's hit, in
  a round of which every rate that goes on has hits.

The last one chooses the same rate always. What it gives up all the same is shown by `tuning.csv`, `success`, and enters
the noise of the choice: shares of arrivals and median last values of every rate.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.engine.ensemble import LEVELS
from ngdm_lab.environment import environment
from ngdm_lab.experiments.race.choice import Batch, Curve, pooled, settle, summed, with_neighbours
from ngdm_lab.experiments.race.tune import PER_DECADE, ROUNDS, TUNING_RUNS, effective_gain, following, rate_grid
from ngdm_lab.experiments.statistics.running_time import expected_times

HERE = Path(__file__).parent / "results" / "tuning_halving.json"
SCHEMES = {
    "halves": ((1 / 8, 2), (1 / 4, 2), (1 / 2, 2)),
    "thirds": ((1 / 9, 3), (1 / 3, 3)),
    "cautious": ((1 / 2, 2),),
}
Array = NDArray[np.float64]


@dataclass
class Round:
    """A round of a tuning: its runs, what was known before, and the index of its choice in the curve of all so far."""

    made: list[lab.Ensemble]
    batch: Batch
    before: list[Batch]
    curve: Curve
    least: int
    wide: bool
    chosen: int

    @property
    def evaluations(self) -> Array:
        """(rates, starts) what each run took."""
        return np.array([runs.evaluations for runs in self.made], dtype=float)


def rounds(optimizer: Any, s: Any, starts: int, steps: int) -> Iterator[Round]:
    """The rounds of `lab.tune` for its goal "time", with everything that their runs recorded."""
    gain = optimizer.gain(s.dim)
    first = np.round(PER_DECADE * np.log10(rate_grid(optimizer, s.dim) * gain)).astype(np.int64)
    places, m, run, batches = first, (starts + 1) // 2, TUNING_RUNS, []
    for number in range(1, ROUNDS + 1):
        grid = [optimizer.replace(lr=float(10.0 ** (k / PER_DECADE) / gain)) for k in places.tolist()]
        made = lab.ensemble(grid, s, m, steps, first_run=run)
        batch = Batch.of(places, made)
        batches.append(batch)
        run, m = run + m, starts
        curve = summed(batches)
        least = 1 if number == 1 or (number < ROUNDS and bool(curve.hits.any())) else starts
        chosen = settle(pooled(curve) if number == 1 else curve, least)
        yield Round(made, batch, batches[:-1], curve, least, number == 1, chosen)
        places = following(curve.places, chosen, PER_DECADE, number + 1 == ROUNDS)


def halved(r: Round, scheme: tuple[tuple[float, int], ...], steps: int) -> tuple[bool, float]:
    """Whether a round that gives up rates by a scheme chooses the same, and how many evaluations it makes."""
    on = np.arange(len(r.made))
    spent = 0.0
    for share, part in scheme:
        t = int(share * steps)
        score = expected_times(np.minimum(r.batch.times, t + 1.0), r.batch.hit & (r.batch.times <= t + 1))
        order, keep = on[np.lexsort((_best_so_far(r, t)[on], score[on]))], -(-len(on) // part)
        spent += np.minimum(r.evaluations[order[keep:]], t + 1).sum()
        on = np.sort(order[:keep])
    spent += r.evaluations[on].sum()
    return _same(r, on), spent


def _best_so_far(r: Round, t: int) -> Array:
    """(rates,) median of the best value up to evaluation t."""
    mark = np.searchsorted(r.made[0].snapshots, t, side="right") - 1
    return np.array([runs.quantiles[mark, LEVELS.index(0.5)] for runs in r.made])


def _same(r: Round, on: Any) -> bool:
    """Whether the choice is the same where only some rates of this round were run to their end."""
    places = r.batch.places[on]
    parts = ("places", "times", "hit", "arrived", "last")
    kept = summed([*r.before, replace(r.batch, **{part: getattr(r.batch, part)[on] for part in parts})])
    # of a rate that was given up in this round, what earlier ones saw of it does not count
    out = np.setdiff1d(r.batch.places, places)
    kept = replace(kept, counts=np.where(np.isin(kept.places, out), 0, kept.counts))
    chosen = settle(pooled(kept) if r.wide else kept, r.least)
    return bool(kept.places[chosen] == r.curve.places[r.chosen])


def exact(r: Round, steps: int) -> tuple[float, float]:
    """(evaluations when rates that cannot win are given up, the same without steps after a hit where times decide)."""
    budget, all_out = steps + 1.0, np.zeros(len(r.made), dtype=bool)
    until = np.full(len(r.made), float(steps))
    places = np.searchsorted(r.curve.places, r.batch.places)
    for t in np.unique(np.geomspace(4, steps - 1, 40).astype(int)).tolist():
        low, high = (np.zeros((2, len(r.curve.places))) for _ in range(2))  # spent and won, at best and at worst
        for b in r.before:
            k = np.searchsorted(r.curve.places, b.places)
            for part in (low, high):
                part[0, k] += b.times.sum(axis=1)
                part[1, k] += b.hit.sum(axis=1)
        hit = r.batch.hit & (r.batch.times <= t + 1)
        dead = ~r.batch.hit & (r.evaluations <= t + 1)
        open_ = ~hit & ~dead
        sure = np.where(hit, r.batch.times, 0.0).sum(axis=1) + budget * dead.sum(axis=1)
        low[0, places] += sure + (t + 2.0) * open_.sum(axis=1)
        low[1, places] += hit.sum(axis=1) + open_.sum(axis=1)
        high[0, places] += sure + budget * open_.sum(axis=1)
        high[1, places] += hit.sum(axis=1)
        if r.wide:
            low, high = (with_neighbours(part) for part in (low, high))
        with np.errstate(divide="ignore", invalid="ignore"):
            least, most = (np.where(won > 0, spent / won, np.inf) for spent, won in (low, high))
        known = r.curve.counts >= r.least
        out = (least > most[known].min())[places]
        if r.wide:  # what neighbours ask for goes on
            padded = np.pad(out, 1, constant_values=True)
            out = padded[:-2] & out & padded[2:]
        now = out & ~all_out
        until[now], all_out = t, all_out | out
    assert not all_out[r.batch.places == r.curve.places[r.chosen]].any()  # the best is never given up
    spent = np.minimum(r.evaluations, until[:, None] + 1.0)
    short = np.minimum(spent, r.batch.times) if np.isfinite(r.curve.times[r.curve.counts >= r.least]).any() else spent
    return float(spent.sum()), float(short.sum())


def study(optimizer: Any, label: str, s: Any, starts: int, steps: int) -> dict[str, Any]:
    """One pair: by scheme, the first round with another choice (0: none) and its share of all evaluations."""
    whole, spent, other = 0.0, dict.fromkeys([*SCHEMES, "exact", "exact, up to hits"], 0.0), dict.fromkeys(SCHEMES, 0)
    lr = float("nan")
    for number, r in enumerate(rounds(optimizer, s, starts, steps), 1):
        whole += r.evaluations.sum()
        for name, scheme in SCHEMES.items():
            same, made = halved(r, scheme, steps)
            spent[name] += made
            other[name] = other[name] or (0 if same else number)
        for name, made in zip(("exact", "exact, up to hits"), exact(r, steps), strict=True):
            spent[name] += made
        lr = float(10.0 ** (r.curve.places[r.chosen] / PER_DECADE) / optimizer.gain(s.dim))
    return {
        "landscape": s.name, "rule": label, "lr": lr, "effective_lr": lr * effective_gain(optimizer, s.dim),
        "other_in_round": other, "share": {name: round(made / whole, 4) for name, made in spent.items()},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--starts", type=int, default=128)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--landscapes", help="some, by name, rather than all")
    parser.add_argument("--output", type=Path, default=HERE)
    given = parser.parse_args()
    began = time.perf_counter()
    named = ",".join(ls.names()) if given.landscapes is None else given.landscapes
    surfaces = ls.registry.read_surfaces("landscapes", named)
    rows = []
    for s in surfaces:
        for o in lab.experiments.default_optimizers():
            try:
                o.solver(s.dim)
            except ValueError:  # no GenDir in an odd number of dimensions
                continue
            rows.append(study(o, o.name, s, given.starts, given.steps))
    summary = {}
    for name in [*SCHEMES, "exact", "exact, up to hits"]:
        differ = sum(row["other_in_round"].get(name, 0) > 0 for row in rows)
        mean = float(np.mean([row["share"][name] for row in rows]))
        summary[name] = {"pairs": len(rows), "another_rate": differ, "share_of_evaluations": mean}
        print(f"{name:18s} another rate in {differ:3d} of {len(rows)} tunings, {100 * mean:3.0f} % of the evaluations")
    report = {
        "environment": environment(), "starts": given.starts, "steps": given.steps,
        "minutes": (time.perf_counter() - began) / 60, "summary": summary,
    }  # fmt: skip
    listed = ",\n".join(f"  {json.dumps(row)}" for row in rows)
    given.output.write_text(f'{json.dumps(report, indent=1)[:-2]},\n "rows": [\n{listed}\n ]\n}}\n')


if __name__ == "__main__":
    main()
