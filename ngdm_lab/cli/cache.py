"""`ngdm-lab cache`: what the cache holds, and how to make it smaller."""

from __future__ import annotations

import argparse
import time
from typing import Any


def add(commands: Any) -> None:
    """Add the command to the parser."""
    what = "compiled code and decoded data on disk"
    command = commands.add_parser("cache", help=f"show or prune {what}", description=f"Show or prune {what}.")
    action = command.add_mutually_exclusive_group()
    action.add_argument("--prune", action="store_true", help="remove what has not been used for long or is too much")
    action.add_argument("--clear", action="store_true", help="remove all of it")
    command.add_argument("--older-than", type=float, metavar="DAYS",
                         help="with --prune: remove what was not used for so long (default 90)")  # fmt: skip
    command.add_argument("--larger-than", metavar="SIZE",
                         help="with --prune: keep so much of the rest, the last used first, such as 500M "
                              "(default NGDM_LAB_CACHE_SIZE, else 1G)")  # fmt: skip
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Print what is there, after removing what is asked. Status 3 if others can write there."""
    from ngdm_lab.compiler.cache import contents
    from ngdm_lab.compiler.cache.folder import cache_folder, data_folder, fault
    from ngdm_lab.compiler.checks import check_number

    for option, value in (("--older-than", given.older_than), ("--larger-than", given.larger_than)):
        if value is not None and not given.prune:
            raise ValueError(f"{option} says what --prune removes: give both")
    limit, removed = contents.most_bytes(), None
    if given.clear:
        removed = contents.clear()
    elif given.prune:
        days = contents.MOST_DAYS if given.older_than is None else given.older_than
        size = limit if given.larger_than is None else contents.parse_size("--larger-than", given.larger_than)
        removed = contents.prune(check_number("--older-than", days, least=0), size)
    if removed is not None:
        print(f"removed    {contents.describe(removed.entries)}; left by killed processes: "
              f"{contents.describe(removed.leftovers)}")  # fmt: skip
    found = contents.entries()
    for kind, folder in (("compiled", cache_folder()), ("decoded", data_folder())):
        print(f"{kind:<10} {contents.describe([entry for entry in found if entry.kind == kind])}, in {folder}")
    if found:
        last = [time.strftime("%Y-%m-%d", time.localtime(f(entry.used for entry in found))) for f in (min, max)]
        print(f"last used  between {last[0]} and {last[1]}")
    half = contents.leftovers()
    if half:
        print(f"half made  {contents.describe(half)}; removed when an hour old")
    print(f"limits     {contents.show_size(limit)} (NGDM_LAB_CACHE_SIZE), "
          f"{contents.MOST_DAYS:.0f} days without use")  # fmt: skip
    wrong = fault(cache_folder()) or fault(data_folder())
    print(f"safe       {f'no, and not used: {wrong}' if wrong else 'yes: nobody else can write there'}")
    return 3 if wrong else 0
