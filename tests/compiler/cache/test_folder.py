"""Whose cache it is: what others could have written is not run, and nothing that we make can be written by them."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cache_checks import ARRAYS, compiled, forget, from_disk, give_away, third
from ngdm_lab.compiler.cache import folder as place
from ngdm_lab.compiler.cache.folder import cache_folder, data_folder, fault, opened, ours, shut
from ngdm_lab.nets.data.cache import cached

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="a system without such owners")
private = place._private


@pytest.fixture(autouse=True)
def shared_group(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups have others in them, whoever runs the tests."""
    monkeypatch.setattr(place, "_private", lambda gid: False)


@pytest.fixture(name="umask", params=[0o000, 0o002, 0o022, 0o077, 0o777])
def set_umask(request: pytest.FixtureRequest) -> Iterator[None]:
    before = os.umask(request.param)
    yield
    os.umask(before)


def test_where_it_lies(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NGDM_LAB_CACHE", str(tmp_path))
    assert (cache_folder(), data_folder()) == (tmp_path, tmp_path / "decoded")
    monkeypatch.setenv("NGDM_LAB_CACHE", "~/there")
    assert cache_folder() == Path.home() / "there"
    monkeypatch.delenv("NGDM_LAB_CACHE")
    assert cache_folder().parts[-2:] == ("ngdm-lab", "compiled")
    assert data_folder().parts[-2:] == ("ngdm-lab", "decoded")


@pytest.mark.usefixtures("umask")
def test_what_is_made_is_closed_to_others(folder: Path) -> None:
    assert opened(folder, make=False) is None
    assert not folder.parent.exists()
    assert opened(folder) == folder
    for part in (folder.parent, folder):
        assert stat.S_IMODE(part.stat().st_mode) == 0o700


@pytest.mark.parametrize("umask", [0o000, 0o002, 0o022], indirect=True)
@pytest.mark.usefixtures("umask")
def test_entries_are_closed_to_others(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled()
    cached("set", "a", lambda: ARRAYS)
    paths = list(folder.rglob("*"))
    assert {path.suffix for path in paths} == {"", ".py", ".nbi", ".nbc", ".npz"}
    assert not [path for path in paths if path.lstat().st_mode & 0o022]
    forget(monkeypatch)
    assert from_disk(compiled())
    assert cached("set", "a", lambda: pytest.fail("it was not kept"))["x"].tolist() == ARRAYS["x"].tolist()


def test_a_group_of_ones_own_is_no_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened(folder)
    folder.chmod(0o770)
    folder.parent.chmod(0o775)
    assert "can be written by its group" in str(fault(folder))
    monkeypatch.setattr(place, "_private", lambda gid: True)
    assert fault(folder) is None
    folder.chmod(0o777)
    assert "can be written by everyone" in str(fault(folder))


def test_whose_group_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    me, other = (SimpleNamespace(pw_name=name, pw_gid=gid) for name, gid in (("me", 7), ("other", 8)))
    users, members = [me, other], []
    monkeypatch.setattr("pwd.getpwuid", lambda uid: me)
    monkeypatch.setattr("pwd.getpwall", lambda: users)
    monkeypatch.setattr("grp.getgrgid", lambda gid: SimpleNamespace(gr_name={7: "me"}.get(gid, "all"), gr_mem=members))
    assert private(7)
    assert not private(8)
    members.append("other")
    assert not private(7)
    members[:] = ["me"]
    assert private(7)
    other.pw_gid = 7
    assert not private(7)


# -- folders ----------------------------------------------------------------------------------------------


def group(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.chmod(0o775)


def everyone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.chmod(0o757)


def sticky(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps others from removing ours, not from adding theirs."""
    folder.chmod(0o1777)


def above(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.parent.chmod(0o770)


def foreign(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give_away(folder, monkeypatch)


def foreign_above(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if os.geteuid() == 0:
        os.chown(folder.parent, 12345, -1)
    else:
        give_away(folder, monkeypatch)


@pytest.mark.parametrize("spoil", [group, everyone, sticky, above, foreign, foreign_above])
def test_a_folder_that_others_can_write_is_not_used(
    folder: Path, spoil: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled()
    cached("set", "a", lambda: ARRAYS)
    spoil(folder, monkeypatch)
    forget(monkeypatch)
    before = {path: path.lstat() for path in (folder, *folder.rglob("*"))}
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        found = compiled()
        assert found(3.0) == 1.5
        assert compiled(third)(3.0) == 1.0
        again = cached("set", "a", lambda: {"x": np.ones(2)})
    assert not from_disk(found)
    # below a sticky folder that of data is still ours alone
    assert again["x"].tolist() == (ARRAYS["x"].tolist() if spoil is sticky else [1.0, 1.0])
    assert {path: path.lstat() for path in (folder, *folder.rglob("*"))}.keys() == before.keys()
    assert all(path.lstat().st_mode == was.st_mode for path, was in before.items()), "it was mended in silence"
    texts = [str(warning.message) for warning in told]
    assert len(texts) == 1
    assert "\n" not in texts[0]
    assert texts[0].startswith(f"cache folder {folder} is not used")
    assert "set NGDM_LAB_CACHE to a folder of your own" in texts[0]
    if spoil in (group, everyone, sticky, above):
        part = folder.parent if spoil is above else folder
        assert f"chmod go-w '{part}'" in texts[0]
        part.chmod(0o755)
        forget(monkeypatch)
        assert from_disk(compiled()), "the advice does not help"
    else:
        assert "belongs to" in texts[0]


def test_above_it_the_sticky_bit_will_do(folder: Path) -> None:
    folder.parent.mkdir()
    folder.parent.chmod(0o1777)
    assert fault(folder) is None
    assert opened(folder) == folder


def test_above_the_home_folder_nothing_is_asked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pwd

    folder.mkdir(parents=True)
    folder.parent.parent.chmod(0o777)
    mine = pwd.getpwuid(os.getuid())
    for home, safe in ((folder.parent, True), (folder, True), (folder.parent.parent, False), (Path("/nowhere"), False)):
        there = pwd.struct_passwd((*mine[:5], str(home), mine[6]))
        monkeypatch.setattr(pwd, "getpwuid", lambda uid, there=there: there)
        monkeypatch.setenv("HOME", str(folder))  # anyone can say that
        assert (fault(folder) is None) == safe


def test_a_link_is_followed_once(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link of ours is as good as where it leads; another user could turn his elsewhere."""
    (tmp_path / "one").mkdir(mode=0o700)
    folder.parent.mkdir()
    folder.symlink_to(tmp_path / "one")
    assert opened(folder) == tmp_path / "one"
    (tmp_path / "one").chmod(0o777)
    assert f"chmod go-w '{tmp_path / 'one'}'" in str(fault(folder))
    (tmp_path / "one").chmod(0o755)
    give_away(folder, monkeypatch)
    if os.geteuid() == 0:
        os.chown(tmp_path / "one", 0, -1)
    assert "is a link of" in str(fault(folder))


def test_a_system_without_owners_is_not_checked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    assert fault(folder) is not None
    monkeypatch.delattr(os, "geteuid")
    assert fault(folder) is None
    assert ours(folder)


def test_it_is_looked_at_once_a_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []
    monkeypatch.setattr(place, "fault", lambda folder: looked.append(folder) or fault(folder))
    opened(folder)
    looked.clear()
    for _ in range(3):
        assert opened(folder) == folder
    assert looked == []
    folder.rmdir()
    assert opened(folder) == folder, "it was not made again"


def test_shut_takes_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir(mode=0o777)
    (tmp_path / "in" / "file").write_text("")
    for mode, left in ((0o777, 0o755), (0o666, 0o644), (0o600, 0o600), (0o670, 0o650)):
        (tmp_path / "in" / "file").chmod(mode)
        shut(tmp_path / "in")
        assert stat.S_IMODE((tmp_path / "in" / "file").stat().st_mode) == left
    assert ours(tmp_path / "in")


def test_two_threads_are_told_once(folder: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    folder.mkdir(parents=True)
    folder.chmod(0o777)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(opened, [folder] * 64)) == [None] * 64
    assert len(told) == 1


def test_a_process_says_it_on_standard_error(folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    code = (
        "from numba import float64\nfrom ngdm_lab.compiler.build import build_text\n"
        "print([build_text(f'def {name}(v):\\n    return v\\n', name, float64(float64))(1.0) for name in 'ab'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[1.0, 1.0]\n"
    assert done.stderr.count("is not used") == 1
    assert list(folder.iterdir()) == []
