"""The ledger: what became of each claim, as JSON, as a Markdown table and as a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ngdm_lab.compiler.checks import check_path
from ngdm_lab.compiler.files import NotWritten, write_each
from ngdm_lab.experiments.exact_json import decode, encode

from .claim import Level
from .entry import Entry
from .page import page
from .table import markdown
from .verdict import Verdict

__all__ = ["Ledger"]


@dataclass(frozen=True)
class Ledger:
    """The verdicts on claims.

    Attributes
    ----------
    level : "quick" or "full".
    entries : one for each claim.
    made_by : versions and machine.
    """

    level: Level
    entries: tuple[Entry, ...]
    made_by: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __getitem__(self, name: str) -> Entry:
        """The entry of a claim by its id."""
        for entry in self.entries:
            if entry.id == name:
                return entry
        raise KeyError(f"no claim {name!r}; there are {', '.join(entry.id for entry in self.entries)}")

    def markdown(self) -> str:
        """The claims as one Markdown table."""
        return markdown(self.level, self.entries)

    def html(self) -> str:
        """The claims as one page that needs nothing else."""
        return page(self.level, self.entries, self.made_by)

    def save(self, folder: str | Path) -> list[Path]:
        """Write claims.json, claims.md and claims.html, and the figures as ID.svg; returns the paths.

        Each file is whole or as it was. Raises ValueError, when all others are written, for those that cannot be.
        """
        place = check_path("folder", folder)
        tree = {"kind": "claims", "level": self.level, "entries": [_row(e) for e in self.entries]}
        files = {f"{e.id}.svg": e.picture for e in self.entries if e.picture}
        files |= {"claims.md": self.markdown(), "claims.html": self.html()}
        # last, since it is what is read again and names the figures
        files["claims.json"] = encode({**tree, "made_by": self.made_by}, "ledger", indent=1) + "\n"
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise NotWritten({place: error.strerror or str(error)}) from error
        return write_each({place / name: text.encode() for name, text in files.items()})

    @classmethod
    def load(cls, path: str | Path) -> Ledger:
        """Read what `save` wrote, from the folder or its claims.json.

        Raises ValueError for a file that is no ledger, FileNotFoundError for none.
        """
        file = check_path("path", path)
        if file.is_dir():
            file = file / "claims.json"
        content = file.read_bytes()
        try:
            tree = decode(content)
            if tree["kind"] != "claims":
                raise ValueError(f"its kind is {tree['kind']!r}")
            entries = []
            for row in tree["entries"]:
                picture = file.with_name(f"{row['id']}.svg").read_text(encoding="utf-8") if row.pop("figure") else ""
                entries.append(Entry(**{**row, "verdict": Verdict.from_json(row["verdict"]), "picture": picture}))
            return cls(tree["level"], tuple(entries), tree["made_by"])
        except Exception as error:
            raise ValueError(f"{file} is no ledger of claims ({type(error).__name__}: {error})") from None


def _row(entry: Entry) -> dict[str, Any]:
    row = {**asdict(entry), "verdict": entry.verdict.to_json(), "figure": bool(entry.picture)}
    del row["picture"]  # lies beside it, in a file of its own
    return row
