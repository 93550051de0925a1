"""The cache of decoded arrays: what comes back is what was made, whatever happens to the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ngdm_lab.nets.data.cache import cached

ARRAYS = {"x": np.arange(2_000, dtype=np.uint8).reshape(40, 50), "y": np.array([3, -1]), "text": np.array("words")}


def same(made: dict[str, np.ndarray]) -> bool:
    return made.keys() == ARRAYS.keys() and all(
        made[k].dtype == v.dtype and np.array_equal(made[k], v) for k, v in ARRAYS.items()
    )


def test_made_once_for_a_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NGDM_LAB_CACHE", str(tmp_path))
    calls = []

    def make() -> dict[str, np.ndarray]:
        calls.append(1)
        return ARRAYS

    for key, count in (("a", 1), ("a", 1), ("b", 2), ("b", 2), ("a", 3)):
        assert same(cached("set", key, make))
        assert len(calls) == count
    assert [p.name for p in (tmp_path / "decoded").iterdir()] == ["set.npz"]


def test_an_error_is_not_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NGDM_LAB_CACHE", str(tmp_path))

    def broken() -> dict[str, np.ndarray]:
        raise ValueError("this file")

    with pytest.raises(ValueError, match="this file"):
        cached("set", "a", broken)
    assert list(tmp_path.iterdir()) == []


@given(data=st.data())
def test_a_damaged_file_is_made_again(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("cache")
        patch.setenv("NGDM_LAB_CACHE", str(folder))
        cached("set", "a", lambda: ARRAYS)
        file = folder / "decoded" / "set.npz"
        content = bytearray(file.read_bytes())
        at = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content[at] ^= data.draw(st.integers(1, 255))
        else:
            del content[at:]
        file.write_bytes(content)
        assert same(cached("set", "a", lambda: ARRAYS))
        assert same(cached("set", "a", lambda: pytest.fail("it was not made again")))
