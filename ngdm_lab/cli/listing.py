"""`ngdm-lab list`: the landscapes and optimizers there are, in words or as a figure."""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

from . import options


def add(commands: Any) -> None:
    """Add the command to the parser."""
    what = "landscapes and optimizers"
    command = commands.add_parser("list", help=what, description=f"List {what}.")
    options.add_tag(command, "only landscapes with this tag, such as multimodal; several: all must hold")
    command.add_argument("--figure", metavar="FILE", help="draw the landscapes listed, as FILE.png and FILE.pdf")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Print both lists; with a tag, its landscapes alone."""
    import landscapes as ls
    from ngdm_lab import optimizers

    tags = options.parse_tags(given.tag)
    names = ls.names(tags)
    made = _draw(names, given.figure) if given.figure is not None else []
    families = ls.families()
    with_tags = f" with tag{'s' if len(tags) > 1 else ''} {' and '.join(tags)}" if tags else ""
    print(f"{len(names)} landscape{'s' if len(names) != 1 else ''}{with_tags}:")
    wide = max(map(len, names))
    for name in names:
        family = families[name]
        low, high = family.dims
        span = str(low) if low == high else f"{low}+" if high is None else f"{low}-{high}"
        span = f"{family.multiple}k" if family.multiple > 1 else span
        own = "".join(f" [{k}={v:g}]" for k, v in family.defaults.items() if np.ndim(v) == 0)
        print(f"  {name:<{wide}} dim {span:<4} {', '.join(sorted(family.tags))}{own}")
    if not tags:
        print(f"\ntags: {', '.join(ls.tags())}")
        print("\ntransforms, after a colon: shifted=V, rotated[=SEED], flipped[=SEED], scaled=C, noisy=SIGMA")
        print(f"\n{len(optimizers.names())} optimizers:")
        for name in optimizers.names():
            o = optimizers.get(name)
            print(f"  {name:<22} {o.options()}")
        print("\nFor surfaces alone, line searches and the like:")
        for name in optimizers.searching():
            print(f"  {name:<22} {optimizers.get(name).options()}")
    if made:
        print("\nWritten:")
        for path in made:
            print(f"  {path}")
    return 0


def _draw(names: list[str], target: str) -> list[Any]:
    import landscapes as ls
    from ngdm_lab import plots
    from ngdm_lab.compiler.files import NotWritten

    try:
        return plots.save(plots.contact_sheet([ls.get(name) for name in names]), target)
    except NotWritten as error:  # a name that was typed, and nothing else to keep
        raise ValueError(str(error)) from None
