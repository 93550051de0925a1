"""What a check of a user's landscape or rule found, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

__all__ = ["Report", "vector"]


@dataclass
class Report:
    """The findings of a check.

    Attributes
    ----------
    subject : what was checked.
    passed : what holds, a line each.
    failed : what does not, a line each.
    """

    subject: str
    passed: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def note(self, what: str, wrong: str = "") -> None:
        """One finding: `wrong` says what is wrong, empty where all is well."""
        if wrong:
            self.failed.append(f"{what}: {wrong}")
        else:
            self.passed.append(what)

    def demand(self, checks: Mapping[str, Callable[..., str]], *given: Any) -> Report:
        """The report after some checks of what is given, an exception being a finding.

        Raises ValueError with a line for each failure, if there is one.
        """
        for what, check in checks.items():
            try:
                self.note(what, check(*given))
            except Exception as error:
                self.note(what, f"{type(error).__name__}: {error}")
        if self.failed:
            first = f"{self.subject} fails {len(self.failed)} of {len(self)} checks"
            raise ValueError("\n- ".join([first, *self.failed]))
        return self

    def __len__(self) -> int:
        return len(self.passed) + len(self.failed)

    def __str__(self) -> str:
        lines = [f"ok      {line}" for line in self.passed] + [f"FAILED  {line}" for line in self.failed]
        return "\n".join([f"{self.subject}: {len(self.passed)} of {len(self)} checks hold", *lines])


def vector(x: Any) -> str:
    """A point in a line of a report."""
    return np.array2string(np.asarray(x), precision=6, threshold=6, separator=", ").replace("\n", "")
