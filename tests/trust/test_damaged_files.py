"""Damaged files of every kind: what cannot be read is a ValueError of one line that names the file."""

from __future__ import annotations

import json
import struct
import warnings
import zipfile

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from net_runs import STILL, points, small
from ngdm_lab import store
from ngdm_lab.claims import Ledger
from ngdm_lab.experiments.jobs import Journal
from ngdm_lab.experiments.race.plan import replan
from saved_files import MAKE, damaged, mutated, race, save_all

ROUNDS = [pytest.param(60, id="60"), pytest.param(1000, marks=pytest.mark.slow, id="1000")]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return save_all(tmp_path_factory.mktemp("saved"))


def refused(call, path):
    """Whether a call refuses a file, which it must do in one line with the file's name."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call(path)
    except ValueError as error:
        assert "\n" not in str(error), error
        assert str(path) in str(error) or path.name in str(error), error
        return True
    return False


@pytest.mark.parametrize("rounds", ROUNDS)
@pytest.mark.parametrize("kind", MAKE)
def test_results(kind, rounds, saved, tmp_path):
    rng = np.random.default_rng([rounds, list(MAKE).index(kind)])

    def shown(path):
        result = lab.load(path)
        repr(result)  # what is not refused can be looked at

    found = sum(refused(shown, damaged(saved[kind], tmp_path / "x.npz", rng)) for _ in range(rounds))
    assert found > 0


@pytest.mark.parametrize("rounds", ROUNDS)
def test_manifests_of_races(rounds, tmp_path):
    rng, path = np.random.default_rng(rounds), tmp_path / "manifest.json"
    whole = race().manifest()
    count = 0
    for _ in range(rounds):
        path.write_text(json.dumps(mutated(whole, rng)))
        count += refused(replan, path)
    assert count > rounds // 4


@pytest.mark.parametrize("rounds", ROUNDS)
def test_checkpoints(rounds, tmp_path):
    rng = np.random.default_rng(rounds)

    def go_on(path):
        lab.nets.fit(small(), points(), lab.Adam(), 1, 16, validation=0.1, checkpoint=path, resume=True, **STILL)

    lab.nets.fit(small(), points(), lab.Adam(), 1, 16, validation=0.1, checkpoint=tmp_path / "whole.npz", **STILL)
    found = sum(refused(go_on, damaged(tmp_path / "whole.npz", tmp_path / "x.npz", rng)) for _ in range(rounds))
    assert found > rounds // 4


@pytest.mark.parametrize("rounds", ROUNDS)
def test_journals(rounds, tmp_path):
    """Lines that are whole and say something else."""
    from ngdm_lab.experiments import journal as module
    from ngdm_lab.experiments.exact_json import encode

    rng, path = np.random.default_rng(rounds), tmp_path / "journal.jsonl"
    race(journal=path)
    lines = Journal(path).lines()
    for _ in range(rounds):
        k = rng.integers(len(lines))
        bodies = [encode(mutated(line, rng) if i == k else line, "line")[:-1].encode() for i, line in enumerate(lines)]
        path.write_bytes(b"".join(body + module._checksum(body) + b"\n" for body in bodies))
        refused(lambda path: race(journal=path), path)
        refused(lambda path: Journal(path).results(), path)


def test_ledgers(tmp_path):
    from ngdm_lab.claims import judge_all
    from planted_claims import DOUBLED, HALVED

    judge_all([DOUBLED, HALVED], executor="inline").save(tmp_path)
    path, rng = tmp_path / "claims.json", np.random.default_rng(0)
    whole = json.loads(path.read_text())
    count = 0
    for _ in range(100):
        path.write_text(json.dumps(mutated(whole, rng)))
        count += refused(Ledger.load, path)
    assert count > 10


# -- sizes: nothing is allocated for what a file only says --------------------------------------------------


def rewritten(path, target, **changes):
    """The npz with an array's header replaced by one of the same length."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            header = changes.get(name.removesuffix(".npy"))
            if header is not None:
                length = struct.unpack("<H", content[8:10])[0]
                content = content[:10] + header.ljust(length - 1).encode() + b"\n" + content[10 + length :]
            new.writestr(name, content)
    return target


@pytest.mark.parametrize("shape", ["(1000000000000, 2)", "(4,)", "(0, 2)", "(-1, 2)", "(2,) * 3"])
def test_a_shape_that_the_file_does_not_hold(shape, saved, tmp_path):
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}"
    path = rewritten(saved["ensemble"], tmp_path / "x.npz", x=header)
    with pytest.raises(ValueError, match=r"x.npz is no result saved by this lab"):
        lab.load(path)


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    path = store.write(tmp_path / "x.npz", "ensemble", {"x": np.zeros(1_000_000)}, {})
    assert path.stat().st_size < 40_000
    monkeypatch.setattr(store, "memory", lambda: 1_000_000)
    with pytest.raises(ValueError, match=r"its arrays take 8000.* bytes, and this machine has 1000000"):
        store.read(path)


@pytest.mark.parametrize("text", ["sphere", "rotated"])
def test_a_huge_dimension_of_a_manifest_is_refused_before_it_is_made(text, tmp_path):
    s = ls.sphere(2).rotated(1) if text == "rotated" else ls.sphere(2)
    whole = lab.race([lab.SGD(0.1)], [s], starts=2, steps=2, same_lr=0.1, progress=False).manifest()
    for entry in whole["entries"]:
        entry["surface"]["surface"]["dim"] = 10**6 if text == "rotated" else 10**11
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(whole))
    with pytest.raises(ValueError, match=r"manifest.json is no manifest of a race .*surface.dim must leave room"):
        replan(path)


def test_an_ensemble_of_another_dimension_than_its_surface(saved, tmp_path):
    kind, arrays, manifest = store.read(saved["ensemble"])
    manifest["surface"]["surface"]["dim"] = 10**11
    path = store.write(tmp_path / "x.npz", kind, arrays, manifest)
    with pytest.raises(ValueError, match=r"x.npz is a damaged result .*surface.dim must be 3, as the arrays have it"):
        lab.load(path)


def test_a_checkpoint_knows_its_data(tmp_path):
    path, data = tmp_path / "x.npz", points()
    lab.nets.fit(small(), data, lab.Adam(), 1, 16, checkpoint=path, **STILL)
    x = data.x_train.copy()
    x.flat[0] += 1
    other = lab.nets.data.Data(x, data.y_train, data.x_test, data.y_test, name=data.name)
    given = {"checkpoint": path, "resume": True, **STILL}
    with pytest.raises(ValueError, match=r"x.npz is of other data: their sha256 is [0-9a-f]{12}..., not [0-9a-f]{12}"):
        lab.nets.fit(small(), other, lab.Adam(), 2, 16, **given)
    assert other.digest != data.digest
    assert lab.nets.fit(small(), points(), lab.Adam(), 2, 16, **given).epochs == 2
