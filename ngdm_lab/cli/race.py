"""`ngdm-lab race`: compare optimizers on landscapes and write tables, figures and a manifest."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import time
from pathlib import Path
from typing import Any

from ngdm_lab.experiments.race.tuning_table import tuning_csv

from . import options, signals
from .ahead import compiling_ahead
from .figures import Drawing
from .folder import JOURNAL, Made, begun, text_files
from .page import page

_EXAMPLES = """\
landscapes: family[:dimension][:transform or parameter=value]..., for example
  ngdm-lab race --landscapes rosenbrock:2,styblinski-tang:10:flipped,ellipsoid:5:condition=100:rotated=3
by tag (see ngdm-lab list), for example
  ngdm-lab race --tag convex,conditioned
optimizers: id[:option=value]..., for example
  ngdm-lab race --optimizers sgd,adam,ngdm-dirichlet:alpha=4,ngdm-dirichlet-exact:alpha=1.4+0.005i --same-lr 1e-3
A race that was ended, by Ctrl-C, a signal or a full disk, keeps its finished pairs in journal.jsonl: the same command
with --resume goes on, to the bits of a race without a break.
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
    command.add_argument("--starts", type=options.whole, default=1000, help="starts for each optimizer (default 1000)")
    command.add_argument(
        "--tuning-starts", type=options.whole, default=128,
        help="starts on which each learning rate is tried, half as many in the first, coarse round (default 128)",
    )  # fmt: skip
    command.add_argument("--same-lr", type=float, metavar="LR", help="one rate for all, untuned: the paper's way")
    command.add_argument("--manifest", metavar="FILE", help="run the race of a manifest.json again, bit for bit")
    command.add_argument("--resume", action="store_true", help="go on with the race in --output; other words as before")
    command.add_argument("--no-figures", action="store_true", help="no figures")
    command.add_argument("--notes", action="store_true", help="print captions below figures, not in NAME.txt alone")
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
    with begun(given.output, "ngdm-race", given.resume) as folder:
        journal = folder / JOURNAL
        if given.resume and not journal.exists() and (folder / "race.npz").exists():
            race, seconds, made = _finished(plan, folder), 0.0, Made(folder)
            made.paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
        else:
            if given.resume:
                _check_same(plan, journal)
            began = time.perf_counter()
            wanted = contextlib.nullcontext() if given.no_figures else Drawing(folder, given.notes)
            with compiling_ahead(plan), wanted as drawing:
                race = plan.run(journal=journal)
                seconds = time.perf_counter() - began
                signals.take()  # what is finished is to be written; another signal ends that too
                made = write(race, folder, drawing, html=given.html)
        print(race)
        print(f"\n{len(race.entries)} pairs in {seconds:.0f} s. Written:")
        for path in made.paths:
            print(f"  {_shown(path)}")
        made.end()
        if race.missing:
            return 130
        with contextlib.suppress(OSError):  # all of it is in race.npz
            journal.unlink()
    return 0


def write(race: Any, folder: Path, drawing: Drawing | None = None, *, html: bool = False) -> Made:
    """Write results.csv, tuning.csv (if rates were tuned), race.txt, race.npz, manifest.json, figures, race.html.

    Of an interrupted race no figures: `plots.race_figures` draws them from race.npz.
    """
    from ngdm_lab import store

    drawing = None if race.missing else drawing
    if drawing is not None:
        drawing.begin(race)
    made = Made(folder)
    texts = {"results.csv": race.to_csv(), "tuning.csv": tuning_csv(race), "race.txt": f"{race}\n\n{race.details()}\n"}
    if not race.settings["tuning"]:
        del texts["tuning.csv"]
    saved = folder / "race.npz"
    made.add(
        text_files(folder, texts), lambda: [race.save(saved)],
        lambda: [store.write_json(folder / "manifest.json", race.manifest())],
    )  # fmt: skip
    drawn: list[Path] = []
    if drawing is not None:
        before = len(made.paths)
        made.add(lambda: drawing.draw(race))
        drawn = made.paths[before:]
    if html:
        made.add(text_files(folder, {"race.html": page(race, drawn)}))
    return made


def _check_same(plan: Any, journal: Path) -> None:
    """Raise ValueError where the folder is that of another race, which would be written over."""
    from ngdm_lab.experiments.journal import Journal

    for line in Journal(journal).lines():
        if line["kind"] == "session":
            _compare(plan, line["notes"].get("race"), journal.parent)
            return


def _finished(plan: Any, folder: Path) -> Any:
    """The race of a folder in which there is nothing left to do. Raises ValueError where it is another one."""
    from ngdm_lab import experiments

    race = experiments.load(folder / "race.npz")
    if not isinstance(race, experiments.Race):
        raise ValueError(f"{folder / 'race.npz'} holds no race, got {race!r}")
    manifest = race.manifest()
    entries = [{k: e[k] for k in ("label", "surface_name", "optimizer", "surface")} for e in manifest["entries"]]
    _compare(plan, {"settings": manifest["settings"], "control": manifest["control"], "entries": entries}, folder)
    return race


def _compare(plan: Any, before: Any, folder: Path) -> None:
    from ngdm_lab import store

    now = json.loads(json.dumps(plan.described()))  # as it comes back from a file
    if before == now:
        return
    if isinstance(before, dict) and "entries" in before:
        before, now = ({**d, "entries": {f"{e['label']} on {e['surface_name']}": e for e in d["entries"]}}
                       for d in (before, now))  # fmt: skip
    what, was, wanted = store.difference("plan", before, now)
    raise ValueError(f"{folder} holds another race: its {what} is {_short(was)}, not {_short(wanted)}; give the words "
                     "that it was begun with, or leave out --resume")  # fmt: skip


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:57]}..."


def _shown(path: Path) -> str:
    with contextlib.suppress(ValueError):
        return os.path.relpath(path)
    return str(path)
