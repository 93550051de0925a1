"""A cache of its own for each test."""

from __future__ import annotations

from pathlib import Path

import pytest

from cache_checks import forget


@pytest.fixture(name="folder")
def fresh_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Not there yet, below a folder of its own, in a process that has looked at none yet."""
    tmp_path.chmod(0o755)
    monkeypatch.delenv("NGDM_LAB_CACHE_SIZE", raising=False)
    monkeypatch.setenv("NGDM_LAB_CACHE", str(tmp_path / "above" / "cache"))
    forget(monkeypatch)
    return tmp_path / "above" / "cache"
