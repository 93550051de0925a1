"""Results on disk: what is saved is what is loaded, and nothing else is taken for it."""

import json
import os
import stat
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import store
from ngdm_lab.engine import Ensemble

RUNS = lab.ensemble(lab.NGDM(1e-3, lab.Dirichlet(lab.ramp(1.4, 0.005))), ls.rosenbrock(2).shifted(0.5), 6, 40, seed=3)
FIELDS = ("x0", "x", "f", "f_best", "hit", "code", "evaluations", "snapshots", "quantiles")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "runs.npz"
    assert RUNS.save(path) == path
    return path.read_bytes()


def test_an_ensemble_comes_back(tmp_path):
    path = RUNS.save(tmp_path / "runs")  # the suffix is added
    assert path == tmp_path / "runs.npz"
    again = lab.load(path)
    assert isinstance(again, Ensemble)
    for field in FIELDS:
        before, after = getattr(RUNS, field), getattr(again, field)
        assert np.array_equal(after, before, equal_nan=True)
        assert after.dtype == before.dtype
    for field in ("steps", "seed", "first_run", "target", "seconds"):
        assert getattr(again, field) == getattr(RUNS, field)
    assert again.optimizer == RUNS.optimizer
    assert again.surface.name == RUNS.surface.name
    assert repr(again) == repr(RUNS)
    assert np.array_equal(lab.ensemble(again.optimizer, again.surface, again.x0, again.steps).x, RUNS.x)


def test_names_with_dots_and_odd_suffixes(tmp_path):
    assert RUNS.save(str(tmp_path / "lr=0.1")).name == "lr=0.1.npz"
    assert RUNS.save(tmp_path / "a.NPZ.npz").name == "a.NPZ.npz"
    assert len(lab.load(tmp_path / "lr=0.1.npz")) == 6


def test_the_manifest_says_what_ran(tmp_path):
    kind, _, manifest = store.read(RUNS.save(tmp_path / "runs.npz"))
    assert kind == "ensemble"
    assert manifest["optimizer"]["name"] == "ngdm-dirichlet"
    assert manifest["surface"]["name"] == "rosenbrock-2d-shifted=0.5"
    assert manifest["settings"] == {
        "steps": 40, "seed": 3, "first_run": 0, "target": 1e-3, "seconds": RUNS.seconds, "slow": "",
    }  # fmt: skip
    assert manifest["versions"]["numpy"] == np.__version__
    assert manifest["machine"]["cores"] == os.cpu_count()


def test_saving_again_keeps_the_versions_that_ran(tmp_path):
    arrays, manifest = RUNS.arrays(), RUNS.manifest()
    manifest["versions"] = {"numpy": "0.0"}
    path = store.write(tmp_path / "old", "ensemble", arrays, manifest)
    _, _, after = store.read(lab.load(path).save(tmp_path / "again"))
    assert after["versions"] == {"numpy": "0.0"}
    assert after == manifest


@given(
    st.dictionaries(
        st.sampled_from(["a", "b", "c"]),
        st.one_of(
            st.lists(st.floats(), max_size=4).map(lambda v: np.array(v, dtype=np.float64)),
            st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4).map(lambda v: np.array(v, dtype=np.int64)),
            st.just(np.empty((0, 3))),
            st.just(np.array(["done", "diverged"])),
        ),
    )
)
def test_any_arrays(arrays):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = store.write(f"{folder}/x", "kind", arrays, {"text": "été", "n": [1, None, 0.5]})
        kind, after, manifest = store.read(path)
    assert kind == "kind"
    assert manifest == {"text": "été", "n": [1, None, 0.5]}
    assert after.keys() == arrays.keys()
    for name, array in arrays.items():
        assert after[name].dtype == array.dtype
        assert after[name].tobytes() == array.tobytes()


def test_what_repeats_is_stored_once(tmp_path):
    zeros = np.zeros(2000)
    arrays = {"a": zeros, "b": zeros.copy(), "c": -zeros, "d": zeros.reshape(2, 1000), "e": np.zeros(9)}
    arrays["f"] = arrays["e"].copy()  # not worth a word
    path = store.write(tmp_path / "x", "kind", arrays, {})
    with zipfile.ZipFile(path) as archive:
        assert [name.removesuffix(".npy") for name in archive.namelist()] == ["manifest", "a", "c", "d", "e", "f"]
    _, after, manifest = store.read(path)
    assert manifest == {}
    assert {name: array.tobytes() for name, array in after.items()} == {k: v.tobytes() for k, v in arrays.items()}
    after["a"][0] = 1.0
    assert after["b"][0] == 0.0  # its own


@pytest.mark.parametrize(
    ("same", "why"),
    [
        pytest.param([], "same must be an object", id="no object"),
        pytest.param({"c": "d"}, "same.c must be one of 'a', 'b', got 'd'", id="of nothing"),
        pytest.param({"c": "c"}, "same.c must be one of 'a', 'b', got 'c'", id="of itself"),
        pytest.param({"b": "a"}, "same.b has an array of its own", id="twice"),
        pytest.param({"c": ["a"]}, "same.c must be one of", id="a list"),
        pytest.param({str(k): "a" for k in range(2000)}, "its arrays take 2002000 bytes", id="too much"),
    ],
)
def test_what_repeats_nothing_is_refused(same, why, tmp_path, monkeypatch):
    path = store.write(tmp_path / "x", "kind", dict.fromkeys("ab", np.zeros(1000, "u1")), {"same": same})
    monkeypatch.setattr(store, "memory", lambda: 1_000_000)
    with pytest.raises(ValueError, match=f"x.npz is no result saved by this lab .*{why}"):
        store.read(path)


def test_large_arrays_are_packed_where_it_pays(tmp_path):
    arrays = {"digits": np.random.default_rng(0).random(20_000), "counts": np.full(20_000, 2001, np.int16)}
    with zipfile.ZipFile(store.write(tmp_path / "x", "kind", arrays, {})) as archive:
        sizes = {member.filename: member.compress_size / member.file_size for member in archive.infolist()}
    assert sizes["digits.npy"] == 1.0
    assert sizes["counts.npy"] < 0.01
    with zipfile.ZipFile(store.write(tmp_path / "x", "kind", arrays, {}, compress=False)) as archive:
        assert {member.compress_type for member in archive.infolist()} == {zipfile.ZIP_STORED}


# -- what is no result ------------------------------------------------------------------------------------


def test_every_truncation_is_refused(saved, tmp_path):
    path = tmp_path / "torn.npz"
    lengths = sorted({*range(40), *range(40, len(saved), 251), *range(len(saved) - 30, len(saved))})
    for length in lengths:
        path.write_bytes(saved[:length])
        with pytest.raises(ValueError, match=r"torn.npz is no result saved by this lab"):
            lab.load(path)


@given(st.data())
def test_a_changed_byte_is_refused_or_changes_nothing(saved, tmp_path_factory, data):
    path = tmp_path_factory.mktemp("changed") / "x.npz"
    at = data.draw(st.integers(0, len(saved) - 1))
    content = bytearray(saved)
    content[at] ^= data.draw(st.integers(1, 255))
    path.write_bytes(content)
    try:
        again = lab.load(path)
    except ValueError:
        return
    for field in FIELDS:  # the byte is one that a zip archive repeats or ignores, such as a date
        assert np.array_equal(getattr(again, field), getattr(RUNS, field), equal_nan=True)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "other.npz"

    def refused():
        with pytest.raises(ValueError, match=r"other.npz is no result saved by this lab"):
            lab.load(path)

    path.write_text("x0,x,f\n1,2,3\n")
    refused()
    with path.open("wb") as stream:  # a plain array
        np.save(stream, np.arange(3))
    refused()
    np.savez(path, x=np.arange(3))  # an archive without a manifest
    refused()
    np.savez(path, manifest=np.frombuffer(b"[1, 2", dtype=np.uint8))  # torn JSON
    refused()
    np.savez(path, manifest=np.frombuffer(b"{}", dtype=np.uint8))  # JSON of something else
    refused()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("manifest.npy", "text")
    refused()
    path.unlink()
    path.mkdir()
    refused()
    with pytest.raises(FileNotFoundError):
        lab.load(tmp_path / "none.npz")


def test_another_kind_is_named(tmp_path):
    path = store.write(tmp_path / "x", "census", {"a": np.arange(2)}, {})
    with pytest.raises(ValueError, match="holds a result of kind 'census'; this version knows ensemble, trace"):
        lab.load(path)


class Bomb:
    def __reduce__(self):
        return os._exit, (1,)


def test_no_pickle_is_ever_opened(tmp_path):
    path = tmp_path / "bomb.npz"
    manifest = np.frombuffer(json.dumps({"kind": "ensemble"}).encode(), dtype=np.uint8)
    np.savez(path, manifest=manifest, x=np.array([Bomb()], dtype=object))
    with pytest.raises(ValueError, match=r"no result saved by this lab .*allow_pickle"):
        lab.load(path)
    with zipfile.ZipFile(RUNS.save(tmp_path / "runs")) as archive:
        assert {name.removesuffix(".npy") for name in archive.namelist()} == {
            "manifest", "x0_bounds", "x0_sha256", *FIELDS[1:],
        }  # fmt: skip
    for value in np.load(tmp_path / "runs.npz", allow_pickle=False).values():
        assert value.dtype != object


# -- writing ----------------------------------------------------------------------------------------------


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = RUNS.save(tmp_path / "runs.npz")
    before = path.read_bytes()

    def broken(*arguments):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", broken)
        with pytest.raises(ValueError, match=r"cannot write .*runs.npz: No space left on device"):
            RUNS.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["runs.npz"]


def test_where_no_file_can_be(tmp_path):
    with pytest.raises(ValueError, match=r"cannot write .*x.npz: No such file or directory"):
        RUNS.save(tmp_path / "missing" / "x")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(ValueError, match=r"cannot write .*folder.npz"):
        RUNS.save(tmp_path / "folder.npz")


def test_colleagues_may_read_the_file(tmp_path):
    mode = stat.S_IMODE(RUNS.save(tmp_path / "x").stat().st_mode)
    (tmp_path / "y").touch()
    assert mode == stat.S_IMODE((tmp_path / "y").stat().st_mode)


def test_json_for_people(tmp_path):
    path = tmp_path / "text.json"
    store.write_json(path, {"a": (1, 2.5), 3: [float("nan"), float("-inf")], "b": None})
    assert json.loads(path.read_text()) == {"a": [1, 2.5], "3": ["nan", "-inf"], "b": None}
    assert path.read_text().endswith("}\n")
