"""A race in words: rows of numbers, tables, and what can be told apart."""

from __future__ import annotations

import csv
import io
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from .compare import paired_difference, wilson
from .tune import final_values

if TYPE_CHECKING:
    from .race_result import Race

__all__ = ["noise_floor", "rows", "text", "to_csv"]


def rows(race: Race) -> list[dict[str, Any]]:
    """One dictionary for each entry; shares are in [0, 1], counts are runs, lr is the rate that was run."""
    out = []
    for e in race.entries:
        r = e.runs
        m, arrived, hits = len(r), int(r.arrived.sum()), r.hit[r.hit >= 0]
        low, high = wilson(arrived, m)
        out.append(
            {
                "surface": e.surface_name,
                "optimizer": e.label,
                "lr": e.lr,
                "lr_at_edge": bool(e.tuning and e.tuning.at_edge),
                "starts": m,
                "steps": r.steps,
                "seed": r.seed,
                "target": r.target,
                "arrived": arrived,
                "arrival": arrived / m,
                "arrival_low": low,
                "arrival_high": high,
                "hit": len(hits),
                "median_evaluations_to_hit": float(np.median(hits + 1)) if len(hits) else math.nan,
                "median_final": _median(final_values(r)),
                "median_best": _median(r.f_best),
                "diverged": int((r.status == "diverged").sum()),
                "escaped": int((r.status == "escaped").sum()),
                "evaluations": int(r.evaluations.sum()),
            }
        )
    return out


def _median(values: Any) -> float:
    """Median by order statistics: the mean of two infinite values or of one would be no value at all."""
    return float(np.quantile(values, 0.5, method="inverted_cdf"))


def to_csv(race: Race) -> str:
    """The rows as CSV; numbers in full precision."""
    table = rows(race)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, fieldnames=list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return buffer.getvalue()


def noise_floor(race: Race, surface: str) -> float | None:
    """What two equal rules, the control and its twin, differ by in arrival on a surface; None without a control."""
    by_label = {e.label: e for e in race.on(surface)}
    if race.control not in by_label or "control" not in by_label:
        return None
    return float(abs(by_label["control"].runs.arrived.mean() - by_label[race.control].runs.arrived.mean()))


def verdict(race: Race, surface: str) -> str:
    """One or two sentences: who leads, who cannot be told from the leader, what the target says."""
    entries = [e for e in race.on(surface) if e.label != "control"]
    arrival = {e.label: float(e.runs.arrived.mean()) for e in entries}
    if not any(arrival.values()):
        best = min(entries, key=lambda e: _median(final_values(e.runs)))
        value = _median(final_values(best.runs))
        told = f"lowest median last value {value:.4g} ({best.label})" if math.isfinite(value) else "no finite median"
        return f"Nobody reaches the target; {told}."
    leader = max(entries, key=lambda e: arrival[e.label])
    floor = noise_floor(race, surface) or 0.0
    same: list[str] = []
    behind: list[str] = []
    for e in entries:
        if e is not leader:
            difference, half = paired_difference(leader.runs.arrived, e.runs.arrived)
            (same if difference <= max(half, floor) else behind).append(e.label)
    text = f"Most arrivals: {leader.label}."
    if same:
        text += f" Not told apart from it: {', '.join(same)}."
    if not behind and same:
        text = f"No difference beyond noise between {leader.label}, {', '.join(same)}."
    return text


_HEAD = ("optimizer", "arrived [95 %]", "hit", "evals to hit", "median last f", "diverged", "escaped", "lr")


def text(race: Race) -> str:
    """Tables, one for each surface, with the noise floor and a verdict below each."""
    o = race.settings
    how = (
        f"each rate chosen on {o['tuning_starts']} other starts"
        if o["tuning"]
        else "one rate for all"
        if o["same_lr"] is not None
        else "the optimizers' own rates"
    )
    lines = [
        f"Race: {o['starts']} starts, {o['steps'] + 1} evaluations each, seed {o['seed']}, "
        f"target f - f_min <= {o['target']:g}; {how}."
    ]
    by_surface: dict[str, list[dict[str, Any]]] = {}
    for row in rows(race):
        by_surface.setdefault(row["surface"], []).append(row)
    for surface, table in by_surface.items():
        lines += ["", f"{surface}   (f_min = {_f_min(race, surface)})", *_table(race, table)]
        floor = noise_floor(race, surface)
        if floor is not None:
            points = f"{100 * floor:.1f} points"
            lines.append(f"Noise floor: {race.control} and its equal in all but name differ by {points}.")
        lines.append(verdict(race, surface))
    lines += ["", *race.notes] if race.notes else []
    if any(row["lr_at_edge"] for row in rows(race)):
        lines += ["", "* the chosen rate is at the edge of the grid: the best one may lie beyond."]
    return "\n".join(lines)


def _f_min(race: Race, surface: str) -> str:
    s = race.on(surface)[0].runs.surface
    return f"{s.f_min:.6g}" if s is not None else "?"


def _table(race: Race, table: list[dict[str, Any]]) -> list[str]:
    cells = [_HEAD]
    for row in table:
        name = f"control = {race.control}" if row["optimizer"] == "control" else row["optimizer"]
        arrived = f"{100 * row['arrival']:5.1f} % [{100 * row['arrival_low']:.1f}, {100 * row['arrival_high']:.1f}]"
        evals = row["median_evaluations_to_hit"]
        cells.append(
            (
                name,
                arrived,
                f"{100 * row['hit'] / row['starts']:.1f} %",
                "-" if math.isnan(evals) else f"{evals:.0f}",
                f"{row['median_final']:.3g}",
                str(row["diverged"]),
                str(row["escaped"]),
                f"{row['lr']:.2e}{'*' if row['lr_at_edge'] else ' '}",
            )
        )
    widths = [max(len(row[k]) for row in cells) for k in range(len(_HEAD))]
    # the first column and the interval read from the left, numbers from the right
    out = ["  ".join(c.ljust(w) if k < 2 else c.rjust(w) for k, (c, w) in enumerate(zip(row, widths, strict=True)))
           for row in cells]  # fmt: skip
    return [line.rstrip() for line in [out[0], "-" * len(out[0]), *out[1:]]]
