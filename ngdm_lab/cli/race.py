"""`ngdm-lab race`: compare optimizers on landscapes and write tables, figures and a manifest."""

from __future__ import annotations

import argparse
import contextlib
import os
import time
from pathlib import Path
from typing import Any

from . import options
from .figures import draw
from .folder import reserve

_EXAMPLES = """\
landscapes: family[:dimension][:transform or parameter=value]..., for example
  ngdm-lab race --landscapes rosenbrock:2,styblinski-tang:10:flipped,ellipsoid:5:condition=100:rotated=3
by tag (see ngdm-lab list), for example
  ngdm-lab race --tag convex,conditioned
optimizers: id[:option=value]..., for example
  ngdm-lab race --optimizers sgd,adam,ngdm-dirichlet:alpha=4,ngdm-dirichlet-exact:alpha=1.4+0.005i --same-lr 1e-3
"""


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "race",
        help="compare optimizers on landscapes",
        description="Compare optimizers: equal evaluations, equal starts, each at its own tuned learning rate.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--landscapes", metavar="A,B", help="landscapes (default: eleven, of 2 to 10 dimensions)")
    options.add_tag(command, "all landscapes with this tag, or of --landscapes those with it; several: all must hold")
    command.add_argument("--all", action="store_true", help="all landscapes, each at its default dimension")
    command.add_argument("--optimizers", metavar="A,B", help="optimizers by id (default: the paper's; see list)")
    command.add_argument("--starts", type=options.whole, default=1000, help="runs of each pair (default 1000)")
    command.add_argument(
        "--tuning-starts", type=options.whole, default=128,
        help="runs of each rate in a round of tuning, half in the coarse one (default 128)",
    )  # fmt: skip
    command.add_argument("--same-lr", type=float, metavar="LR", help="one rate for all, untuned: the paper's way")
    command.add_argument("--manifest", metavar="FILE", help="run the race of a manifest.json again, bit for bit")
    command.add_argument("--no-figures", action="store_true", help="tables only")
    command.add_argument("--html", action="store_true", help="one page with everything as well: race.html")
    options.add_common(command, steps=2000)
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Run the race; the table goes to standard output, then the paths of what was written."""
    from ngdm_lab import experiments

    if given.manifest is not None:
        if given.tag or given.all:
            raise ValueError("a manifest names its own landscapes: leave out --tag and --all")
        if given.backend != "cpu":
            raise ValueError("a manifest names its own backend: leave out --backend")
        plan = experiments.replan(given.manifest)
    else:
        plan = experiments.plan(
            None if given.optimizers is None else options.parse_optimizers(given.optimizers),
            options.choose_surfaces(given.landscapes, given.tag, given.all),
            given.starts,
            given.steps,
            given.seed,
            target=given.target,
            tuning_starts=given.tuning_starts,
            same_lr=given.same_lr,
            backend=given.backend,
        )
    with reserve(given.output, "ngdm-race") as folder:
        began = time.perf_counter()
        race = plan.run()
        seconds = time.perf_counter() - began
        print(race)
        print(f"\n{len(race.entries)} pairs in {seconds:.0f} s. Written:")
        for path in write(race, folder, figures=not given.no_figures, html=given.html):
            print(f"  {_shown(path)}")
    return 0


def write(race: Any, folder: Path, *, figures: bool = True, html: bool = False) -> list[Path]:
    """Write results.csv, tuning.csv (if rates were tuned), race.txt, race.npz, manifest.json, figures, race.html."""
    from ngdm_lab import store
    from ngdm_lab.compiler.files import write_atomically
    from ngdm_lab.experiments.race.tuning_table import tuning_csv

    texts = {"results.csv": race.to_csv(), "tuning.csv": tuning_csv(race), "race.txt": f"{race}\n"}
    if not race.settings["tuning"]:
        del texts["tuning.csv"]
    made = [folder / name for name in texts]
    try:
        for path, text in zip(made, texts.values(), strict=True):
            write_atomically(path, text.encode())
    except OSError as error:
        raise ValueError(f"cannot write to {folder}: {error.strerror or error}") from None
    saved = race.save(folder / "race.npz")
    made += [saved, folder / "manifest.json"]
    store.write_json(made[-1], race.manifest())
    drawn = draw(race, saved, folder) if figures else []
    if html:
        from .page import page

        drawn.append(folder / "race.html")
        write_atomically(drawn[-1], page(race, drawn[:-1]).encode())
    return made + drawn


def _shown(path: Path) -> str:
    with contextlib.suppress(ValueError):
        return os.path.relpath(path)
    return str(path)
