"""Claims of papers: what would show one false is written down first, then it is measured and judged."""

from .claim import Claim
from .entry import Entry
from .ledger import Ledger
from .runner import judge_all
from .verdict import Effect, Interval, Verdict

__all__ = ["Claim", "Effect", "Entry", "Interval", "Ledger", "Verdict", "judge_all"]
