"""A race with a journal: the same bits as without, wherever it was ended; a partial race is a result."""

from __future__ import annotations

import json

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab import experiments, store
from ngdm_lab.cli.race import write
from ngdm_lab.experiments.jobs import Job, Journal, run
from ngdm_lab.experiments.race import pair
from ngdm_lab.plots import race_figures

GIVEN = {"starts": 8, "steps": 30, "tuning_starts": 4, "progress": False}


def rules():
    return [lab.SGD(1e-3), lab.NGDM(1e-2, lab.GeneralizedDirichlet(2.0, 3.0), form="exact")]


def surfaces():
    return [ls.himmelblau(2).noisy(0.1), ls.styblinski_tang(2), ls.styblinski_tang(2).flipped(1)]


def race(**more):
    return lab.race(rules(), surfaces(), **GIVEN, **more)


def content(result, folder):
    """Everything that a race's file holds but the time it took."""
    kind, arrays, manifest = store.read(result.save(folder / "race.npz"))
    for entry in manifest["inner"]:
        entry["runs"]["settings"].pop("seconds")
    for path in manifest.get("pictures", {}).values():
        for one in [m for by_label in path.values() for m in by_label.values()]:
            one["settings"].pop("seconds")
    return kind, {k: (v.dtype.str, v.shape, v.tobytes()) for k, v in arrays.items()}, manifest


class Stopped:
    """Lets a race be interrupted at its k-th tuning or run."""

    def __init__(self, monkeypatch, k):
        self.left = k
        for name in ("tune", "ensemble"):
            monkeypatch.setattr(pair, name, self.counted(getattr(pair, name)))

    def counted(self, plain):
        def called(*given, **more):
            if self.left == 0:
                raise KeyboardInterrupt
            self.left -= 1
            return plain(*given, **more)

        return called


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    result = race()
    return result, content(result, tmp_path_factory.mktemp("whole"))


def test_a_journal_changes_nothing(whole, tmp_path):
    result, bits = whole
    first = race(journal=tmp_path / "journal")
    assert str(first) == str(result)
    assert content(first, tmp_path) == bits
    assert len(Journal(tmp_path / "journal").results()) == 2 * 9
    again = race(journal=tmp_path / "journal")
    assert content(again, tmp_path) == bits
    for one, other in zip(first.entries, again.entries, strict=True):
        assert one.runs.seconds == other.runs.seconds
        assert one.runs.optimizer == other.runs.optimizer
        assert one.runs.surface is not None
        assert other.runs.x.flags.writeable
    with pytest.raises(ValueError, match="holds finished jobs already"):
        race(journal=tmp_path / "journal", resume=False)


SOME = (0, 1, 2, 7, 12, 17)  # of the 18 tunings and runs


@pytest.mark.parametrize("done", [pytest.param(k, marks=() if k in SOME else pytest.mark.slow) for k in range(18)])
def test_interrupted_anywhere_it_goes_on_to_the_same_bits(whole, done, tmp_path, monkeypatch):
    result, bits = whole
    path = tmp_path / "journal"
    with monkeypatch.context() as patch:
        Stopped(patch, done)
        if done < 2:  # nothing is finished yet
            with pytest.raises(KeyboardInterrupt):
                race(journal=path)
        else:
            part = race(journal=path)
            assert (part.status, len(part.entries), len(part.missing)) == ("interrupted", done // 2, 9 - done // 2)
            check_partial(part, tmp_path)
    assert path.exists() == (done > 0)
    with monkeypatch.context() as patch:
        Stopped(patch, 18 - done)
        again = race(journal=path)
    assert content(again, tmp_path) == bits
    assert str(again) == str(result)


def check_partial(part, folder):
    """It prints, saves, loads and goes to all tables."""
    text = str(part)
    first = part.missing[0]
    assert text.startswith(f"Interrupted: {len(part.entries)} of 9 pairs were run, up to {first['label']} on ")
    (folder / "part").mkdir()
    made = write(part, folder / "part", html=True)
    names = {path.name for path in made.paths}
    assert names == {"results.csv", "tuning.csv", "race.txt", "race.npz", "manifest.json", "race.html"}
    loaded = lab.load(folder / "part" / "race.npz")
    assert (loaded.status, loaded.missing, str(loaded)) == ("interrupted", part.missing, text)
    assert json.loads((folder / "part" / "manifest.json").read_text())["status"] == "interrupted"
    assert "interrupted" in repr(loaded)


def test_a_partial_race_is_drawn_and_its_manifest_runs_the_whole(whole, tmp_path, monkeypatch):
    _, bits = whole
    with monkeypatch.context() as patch:
        Stopped(patch, 9)
        part = race()
    write(part, tmp_path)
    assert {p.stem for p in race_figures(lab.load(tmp_path / "race.npz"), tmp_path / "figures")} == {
        "convergence", "profile", "ecdf", "success", "trajectories", "basins",
    }  # fmt: skip
    again = experiments.rerace(tmp_path / "manifest.json", progress=False, journal=tmp_path / "journal")
    assert again.status == "done"
    assert content(again, tmp_path)[1] == bits[1]


def test_a_job_of_the_journal_gives_what_it_holds(tmp_path):
    """Whoever runs a journal's job, anywhere, comes to the same."""
    race(journal=tmp_path / "journal")
    for entry in list(Journal(tmp_path / "journal").entries().values())[:4]:
        [result] = run([Job(entry["function"], entry["arguments"])], executor="inline")
        kept = entry["result"]
        for one in (result, kept):
            one.pop("seconds", None)
        assert result == kept


def test_what_a_user_defined_is_kept_too(tmp_path):
    def bowl(scale):
        @ls.landscape(bounds=(-1.0, 1.0), minima=lambda n: np.zeros((1, n)), f_min=0.0, dims=(1, None))
        def own(x, g, n):
            f = 0.0
            for i in range(n):
                f += scale * x[i] ** 2
                g[i] = 2.0 * scale * x[i]
            return f

        return own(2)

    def keys():
        lab.race([lab.SGD(0.1)], [bowl(1.0)], starts=4, steps=5, same_lr=0.1, progress=False,
                 journal=tmp_path / "journal")  # fmt: skip
        return list(Journal(tmp_path / "journal").results())

    first = keys()
    assert len(first) == 2  # with the control
    assert keys() == first
    lab.race([lab.SGD(0.1)], [bowl(2.0)], starts=4, steps=5, same_lr=0.1, progress=False, journal=tmp_path / "journal")
    assert len(Journal(tmp_path / "journal").results()) == 4  # another landscape under the same name


def test_a_journal_that_cannot_be_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"^cannot write .*journal: File exists$"):
        race(journal=tmp_path / "file" / "journal")
    with Journal(tmp_path / "journal"), pytest.raises(ValueError, match="is being written by another run"):
        race(journal=tmp_path / "journal")


def test_an_error_of_a_landscape_arrives_as_itself(tmp_path, monkeypatch):
    def broken(*given, **more):
        raise ZeroDivisionError("mine")

    monkeypatch.setattr(pair, "tune", broken)
    with pytest.raises(ZeroDivisionError, match="mine"):
        race(journal=tmp_path / "journal")
    assert list(tmp_path.iterdir()) == []  # nothing was finished


def test_saving_a_loaded_race_keeps_the_versions_that_ran(whole, tmp_path):
    result, _ = whole
    kind, arrays, manifest = store.read(result.save(tmp_path / "race"))
    manifest["versions"] = {"numpy": "0.0"}
    for inner in manifest["inner"]:
        inner["runs"]["versions"] = {"numpy": "0.0"}
    path = store.write(tmp_path / "old", kind, arrays, manifest)
    again = store.read(lab.load(path).save(tmp_path / "again"))[2]
    assert again["versions"] == {"numpy": "0.0"}
    assert again == manifest


def test_the_machine_is_told_with_threads_and_checks():
    machine = lab.ensemble(lab.SGD(0.1), ls.sphere(2), 2, 2).manifest()["machine"]
    assert set(machine) == {"system", "processor", "cores", "threads", "compiled_for", "index_checks"}
    assert machine["threads"] >= 1
