"""`ngdm-lab paper`: what the paper prints, examined. One file for each subcommand, listed here."""

from __future__ import annotations

from typing import Any

from . import paper_all, paper_claims, paper_errata, paper_figures, paper_outcomes, paper_table

# each adds one subcommand, in the order of the help
SUBCOMMANDS = (paper_table, paper_figures, paper_claims, paper_errata, paper_outcomes, paper_all)


def add(commands: Any) -> None:
    """Add the command and its subcommands to the parser."""
    words = "what the paper prints, examined"
    command = commands.add_parser("paper", help=words, description=f"{words[0].upper()}{words[1:]}.")
    within = command.add_subparsers(dest="subcommand", required=True, metavar="|".join(m.NAME for m in SUBCOMMANDS))
    for module in SUBCOMMANDS:
        module.add(within)
