"""`race`: several optimizers on several surfaces, the same budget and the same starts for all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from landscapes import Surface
from ngdm_lab.compiler.checks import check_flags
from ngdm_lab.optimizers import Optimizer

from .plan import plan, replan
from .result import Race

__all__ = ["race", "rerace"]


def race(
    rules: str | Sequence[Optimizer | str] | Mapping[str, Optimizer | str] | None = None,
    surfaces: str | Surface | Sequence[Surface | str] | None = None,
    starts: int = 1000,
    steps: int = 2000,
    seed: int = 0,
    *,
    target: float = 1e-3,
    tuning: bool = True,
    tuning_starts: int = 128,
    same_lr: float | None = None,
    control: bool = True,
    progress: bool = True,
    backend: str = "cpu",
    journal: str | Path | None = None,
    resume: bool = True,
) -> Race:
    """Compare optimizers: equal evaluations, equal starts, each at its own tuned learning rate.

    Parameters
    ----------
    rules : optimizers, or a mapping of labels to optimizers; their lr is replaced by the tuned one unless
        `tuning` is off. A text stands for them as on the command line: ``"sgd,ngdm-dirichlet:alpha=4"``. Default: the
        roster of the paper, without GenDir on surfaces of odd dimension (a note says so).
    surfaces : surfaces, or texts as on the command line: ``"rosenbrock:2,ackley-4d-flipped"``. Default: eleven of them.
    starts, steps, seed, target : as in `ensemble`; steps + 1 evaluations for each run.
    tuning : choose each learning rate on starts of its own (see `ngdm_lab.experiments.race.tune`); False keeps the
        optimizers' own rates.
    tuning_starts : starts for each rate in a round of the tuning; the coarse round has half. From fewer than 64 a
        choice may lie decades off without a sign of it: on Rosenbrock's valley one in eight races then calls equal
        rules different, where one in twenty may.
    same_lr : one learning rate for all and no tuning, the paper's way. It compares effective rates.
    control : add a rule that equals one of the others: diagonal NGDM with a constant alpha beside SGD, or beside a
        diagonal NGDM with another constant alpha (erratum E7), else the first optimizer once more. It is tuned on
        starts of its own. What the two differ by is noise; how much it may be is known from the variances of their
        runs and tunings, so that one control is enough.
    progress : show a progress bar, in a terminal or a notebook.
    backend : as in `ensemble`.
    journal : file of what is finished, each rate and each pair's runs as they end; with it a race that was ended,
        however it was, goes on to the bits of a race without a break.
    resume : whether a journal that has entries may be used.

    Returns
    -------
    Race
        Ctrl-C leaves a race of the pairs that are finished, whose `status` is "interrupted"; without one it is raised.

    Raises
    ------
    ValueError
        For an odd dimension with GenDir asked for by name, a negative same_lr, an empty list; for a journal that is
        there already without `resume`, that another run writes, that is none or cannot be written.
    TypeError
        For arguments of a wrong kind.
    """
    check_flags(progress=progress)
    made = plan(
        rules, surfaces, starts, steps, seed, target=target, tuning=tuning, tuning_starts=tuning_starts,
        same_lr=same_lr, control=control, backend=backend,
    )  # fmt: skip
    return made.run(progress, journal, resume)


def rerace(path: str | Path, progress: bool = True, journal: str | Path | None = None, resume: bool = True) -> Race:
    """Run a race again from its manifest.json; on the same machine and versions the same bits come out.

    Of a race that was interrupted all pairs are run. `journal` and `resume` are those of `race`.

    Raises ValueError for a file that is no manifest, or that names a user's own rule or landscape.
    """
    check_flags(progress=progress, resume=resume)
    return replan(path).run(progress, journal, resume)
