"""Which entries are used: none that another user could have written, and none under another's name."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from cache_checks import ARRAYS, compiled, forget, from_disk, give_away, third
from ngdm_lab.compiler import build as compiler
from ngdm_lab.compiler.cache.contents import SEAL, STAMP
from ngdm_lab.compiler.cache.folder import data_folder
from ngdm_lab.nets.data.cache import cached

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="a system without such owners")


def forge(folder: Path, mark: Path) -> tuple[Path, Path]:
    """The one entry and its index, which makes the folder `mark` when it is loaded, under a seal that fits."""
    (entry,) = (path for path in folder.iterdir() if path.name != STAMP)
    (index,) = entry.rglob("*.nbi")
    index.write_bytes(f"cos\nmkdir\n(S'{mark}'\ntR.".encode())
    (entry / SEAL).write_bytes(compiler._digests(entry))
    return entry, index


@pytest.mark.parametrize("how", ["owner", "group", "file", "link", "hidden folder"])
def test_a_forged_entry_is_not_run(folder: Path, tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled()
    mark = tmp_path / "it ran"
    entry, index = forge(folder, mark)
    seal = (entry / SEAL).read_bytes()
    if how == "owner":
        if os.geteuid():
            pytest.skip("only root can give files away")
        give_away(entry, monkeypatch)
    elif how == "group":
        entry.chmod(0o775)
    elif how == "file":
        index.chmod(0o646)
    elif how == "link":
        index.rename(tmp_path / index.name)
        index.symlink_to(tmp_path / index.name)
    else:
        index.parent.chmod(0o777)
    forget(monkeypatch)
    assert compiled()(3.0) == 1.5
    assert not mark.exists()
    assert (entry / SEAL).read_bytes() != seal, "it was not made again"
    forget(monkeypatch)
    assert from_disk(compiled())
    assert {path.name for path in folder.iterdir()} <= {entry.name, STAMP}


def test_the_forgery_would_run(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without this the test above shows nothing: what its owner forges in a closed entry is loaded."""
    compiled()
    mark = tmp_path / "it ran"
    forge(folder, mark)
    forget(monkeypatch)
    assert compiled()(3.0) == 1.5
    assert mark.is_dir()


def test_an_entry_under_the_name_of_another(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled()
    first = {path.name for path in folder.iterdir() if path.name != STAMP}
    compiled(third)
    (one,) = first
    (other,) = {path.name for path in folder.iterdir() if path.name != STAMP} - first
    (folder / one).rename(folder / "aside")
    (folder / other).rename(folder / one)
    (folder / "aside").rename(folder / other)
    forget(monkeypatch)
    assert (compiled()(3.0), compiled(third)(3.0)) == (1.5, 1.0)
    forget(monkeypatch)
    assert from_disk(compiled())
    assert from_disk(compiled(third))


def test_data_that_others_could_write(folder: Path) -> None:
    cached("set", "a", lambda: ARRAYS)
    file = data_folder() / "set.npz"
    file.chmod(0o664)
    assert cached("set", "a", lambda: {"x": np.ones(1)})["x"].tolist() == [1.0]
    assert cached("set", "a", lambda: pytest.fail("it was not kept"))["x"].tolist() == [1.0]
    file.rename(file.with_name("other"))
    file.symlink_to(file.with_name("other"))
    assert cached("set", "a", lambda: ARRAYS)["x"].tolist() == ARRAYS["x"].tolist()
    assert not file.is_symlink()
