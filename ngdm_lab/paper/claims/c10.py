"""C10: NGDM reaches the global minimum where SGD and Adam do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.claims import Claim, Effect, Interval, Verdict
from ngdm_lab.claims.claim import Level
from ngdm_lab.experiments.jobs import Job
from ngdm_lab.experiments.statistics.compare import holm, mcnemar, paired_difference

from .surfaces import NAMES, NGDMS, bools

__all__ = ["CLAIM", "Results"]

Flags = NDArray[np.bool_]

SURFACES = ("styblinski-tang:10", "styblinski-tang:2", "rastrigin:2", "ackley:2", "levy:2", "goldstein-price:2",
            "three-hump-camel:2", "rosenbrock:10")  # fmt: skip
LABELS = ("sgd", "adam", *NGDMS, "twin", "adam-twin")
KNOWN = ("sgd", "adam")
TWINS = {"sgd": "twin", "adam": "adam-twin"}
KINDS = ("plain", "flipped", "rotated")
SEEDS = {"quick": (1, 2), "full": (1, 2, 3, 4)}  # of the flips and of the rotations
SIZES = {"quick": (4000, 512, 1500), "full": (20_000, 2048, 3000)}  # starts in a frame, tuning starts, steps
LEVEL = 0.05

_HERE = f"{__package__}.arrivals"


def _frames(name: str, level: Level) -> list[tuple[str, str]]:
    """(kind, name of the surface) of every frame."""
    turned = [(kind, f"{name}:{kind}={seed}") for kind in KINDS[1:] for seed in SEEDS[level]]
    return [("plain", name), *turned]


def jobs(level: Level) -> list[Job]:
    """Every optimizer in every frame, and the share of each basin."""
    starts, tuning, steps = SIZES[level]
    size = {"starts": starts, "tuning": tuning, "steps": steps}
    made = [
        Job(f"{_HERE}:arrivals", {"name": frame, "label": label, **size})
        for name in SURFACES for _, frame in _frames(name, level) for label in LABELS
    ]  # fmt: skip
    return made + [Job(f"{_HERE}:basin", {"name": name, "starts": starts}) for name in SURFACES]


class Results:
    """Arrivals by landscape, kind of frame and label, the frames of a kind one after the other; and the shares."""

    def __init__(self, results: Sequence[Mapping[str, Any]], level: Level) -> None:
        remaining = iter(results)
        parts: dict[tuple[str, str, str], list[Flags]] = {}
        for name in SURFACES:
            for kind, _ in _frames(name, level):
                for label in LABELS:
                    parts.setdefault((name, kind, label), []).append(np.array(bools(next(remaining)["arrived"])))
        self.arrived = {key: np.concatenate(flags) for key, flags in parts.items()}
        self.shares = {name: float(next(remaining)["share"]) for name in SURFACES}


def _gains(r: Results, rivals: Sequence[str] = KNOWN) -> dict[tuple[str, str], list[str]]:
    """For each landscape and kind of frame: the NGDMs that arrive more often than each of the rivals."""
    keys = list(product(SURFACES, KINDS, NGDMS, KNOWN))
    p = holm(np.array([mcnemar(r.arrived[n, kind, mine], r.arrived[n, kind, k]) for n, kind, mine, k in keys]))
    more = {
        (n, kind, mine, k): corrected < LEVEL and _gain(r, n, kind, mine, k) > _floor(r, n, kind, k)
        for (n, kind, mine, k), corrected in zip(keys, p, strict=True)
    }  # fmt: skip
    return {
        (n, kind): [mine for mine in NGDMS if all(more[n, kind, mine, k] for k in rivals)]
        for n, kind in product(SURFACES, KINDS)
    }  # fmt: skip


def _beyond_sgd(r: Results, names: Sequence[str]) -> list[str]:
    """Of these landscapes those on which an NGDM arrives more often than SGD alone, in the plain frame."""
    gains = _gains(r, ("sgd",))
    return [name for name in names if gains[name, "plain"]]


def _gain(r: Results, name: str, kind: str, mine: str, other: str) -> float:
    return float(r.arrived[name, kind, mine].mean() - r.arrived[name, kind, other].mean())


def _floor(r: Results, name: str, kind: str, known: str) -> float:
    """How much a known method differs from itself, tuned and run from other starts."""
    return abs(_gain(r, name, kind, TWINS[known], known))


def judge(results: Sequence[Mapping[str, Any]], level: Level) -> Verdict:
    """Where NGDM arrives more often than SGD and Adam, in all frames or in the plain one alone; see the rule."""
    r = Results(results, level)
    room = [name for name in SURFACES if _room(r, name)]
    gains = _gains(r)
    everywhere = [n for n in room if set.intersection(*(set(gains[n, kind]) for kind in KINDS))]
    plain = [n for n in room if gains[n, "plain"] and n not in everywhere]
    kind: Any
    condition = ""
    if not room:
        kind = "cannot be decided here"
    elif 2 * len(everywhere) > len(room):
        kind = "holds"
    elif everywhere or plain:
        kind, told = "holds only under", []
        if everywhere:
            told.append(f"the landscapes {', '.join(everywhere)}")
        if plain:
            told.append(f"the frame as published of {', '.join(plain)}")
        condition = " and ".join(told)
    else:
        kind = "does not hold"
    name, mine = _largest(r, everywhere or plain or _beyond_sgd(r, room) or room or SURFACES)
    other = max(KNOWN, key=lambda k: float(r.arrived[name, "plain", k].mean()))
    mean, half = paired_difference(r.arrived[name, "plain", mine], r.arrived[name, "plain", other])
    starts, tuning, steps = SIZES[level]
    numbers: dict[str, Any] = {
        f"{n}, {k}, {NAMES[label]}": 100 * float(r.arrived[n, k, label].mean())
        for n, k, label in product(SURFACES, KINDS, LABELS)
    }  # fmt: skip
    numbers |= {f"basin's share of the box, {n}": 100 * share for n, share in r.shares.items()}
    frames = f"{len(SEEDS[level])} flipped and {len(SEEDS[level])} rotated frames"
    return Verdict(
        kind, _sentence(r, room, everywhere, plain, name, mine), condition,
        Effect(100 * mean, "points of arrivals", f"{NAMES[mine]} less {NAMES[other]}, {name}, plain frame"),
        Interval(100 * (mean - half), 100 * (mean + half), 0.95), numbers=numbers, data=SURFACES, seeds=starts,
        budget=f"{steps} steps a start, {frames}, every rate tuned in its frame by three rounds of {tuning} starts",
    )  # fmt: skip


def _room(r: Results, name: str) -> bool:
    """Whether anybody arrives in the plain frame, and the known methods do not always."""
    known = max(float(r.arrived[name, "plain", k].mean()) for k in KNOWN)
    return known < 0.99 and any(r.arrived[name, "plain", label].any() for label in (*KNOWN, *NGDMS))


def _largest(r: Results, names: Sequence[str]) -> tuple[str, str]:
    """The landscape and the NGDM with the largest gain over the better known method in the plain frame."""
    return max(
        product(names, NGDMS), key=lambda pair: min(_gain(r, pair[0], "plain", pair[1], k) for k in KNOWN)
    )  # fmt: skip


def _sentence(
    r: Results, room: Sequence[str], everywhere: Sequence[str], plain: Sequence[str], name: str, mine: str
) -> str:
    less = _beyond_sgd(r, room)
    names = f" ({', '.join(less)})" if less else ""

    def share(kind: str, label: str) -> str:
        return f"{100 * float(r.arrived[name, kind, label].mean()):.2g}"

    def each(label: str) -> str:
        return f"{NAMES[label]} {', '.join(share(kind, label) for kind in KINDS)} %"

    return (
        f"Of {len(room)} landscapes with room for a gain some NGDM arrives more often than SGD and Adam on "
        f"{len(everywhere)} in all frames and on {len(plain)} in the plain frame but not in all; more often than SGD "
        f"alone on {len(less)} in the plain frame{names}. Largest of these in the plain frame, "
        f"{name} (plain, flipped, rotated): {each(mine)}, {each('sgd')}, {each('adam')}; the minimum's basin takes "
        f"{100 * r.shares[name]:.2g} % of the box."
    )


def figure(results: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Arrivals of every optimizer in the three kinds of frames, with the basin's share."""
    from .arrivals_figure import arrivals_figure

    level: Level = "quick" if len(results) == len(jobs("quick")) else "full"
    r = Results(results, level)
    counts = {key: (int(flags.sum()), len(flags)) for key, flags in r.arrived.items()}
    arrivals_figure(path, SURFACES, KINDS, LABELS, counts, r.shares)


CLAIM = Claim(
    id="C10",
    words=(
        "The proposed approach reaches the global minimum in place of a local one, where known methods, SGDM and "
        "Adam, stay in local minima: F accounts for the curvature of f so that local minima are got round."
    ),
    place="Abstract, introduction, and section 2 after Eq. (2)",
    hypothesis="From common starts, every rate tuned in its frame, NGDM arrives more often than SGD and than Adam.",
    rule=(
        "An NGDM (both distributions, both forms of F^-1) gains on a landscape in a kind of frame (plain, "
        "sign-flipped, rotated) if it arrives more often than SGD and than Adam: McNemar's p below 0.05 after Holm "
        "over all NGDMs, landscapes, kinds and both methods, and by more than the method it is held against differs "
        "from itself when tuned and run from other starts. Landscapes count where somebody arrives and SGD and Adam "
        "arrive from less than 99 % of the starts. Holds if the same NGDM gains in all three kinds of frames on "
        "more than half of them; holds only under the landscapes where that is so, and under the frame as published "
        "of those where a gain is there in the plain frame but not in all; does not hold if there is no gain in the "
        "plain frame; cannot be decided if no landscape counts."
    ),
    jobs=jobs,
    judge=judge,
    figure=figure,
    command="ngdm-lab paper claims --only C10",
)
