"""`ngdm-lab list`: the landscapes and optimizers there are."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Add the command to the parser."""
    told = "landscapes and optimizers"
    command = commands.add_parser("list", help=told, description=f"List {told}.")
    command.add_argument("--tag", help="only landscapes with this tag, such as multimodal")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Print both lists."""
    import landscapes as ls
    from ngdm_lab import optimizers

    names = ls.names(given.tag)
    families = ls.families()
    print(f"{len(names)} landscapes{f' with tag {given.tag}' if given.tag else ''}:")
    for name in names:
        family = families[name]
        low, high = family.dims
        span = str(low) if low == high else f"{low}+" if high is None else f"{low}-{high}"
        own = "".join(f" [{k}={v:g}]" for k, v in family.defaults.items())
        print(f"  {name:<18} dim {span:<4} {', '.join(sorted(family.tags))}{own}")
    if given.tag is None:
        print("\ntransforms, after a colon: shifted=V, rotated[=SEED], flipped[=SEED], scaled=C, noisy=SIGMA")
        print(f"\n{len(optimizers.names())} optimizers:")
        for name in optimizers.names():
            o = optimizers.get(name)
            print(f"  {name:<22} {o.options()}")
    return 0
