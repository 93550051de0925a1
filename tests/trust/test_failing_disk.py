"""A disk that fails at any one call, or stays full: every saver leaves the old file or the new one, and says so."""

from __future__ import annotations

import json

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from broken_disk import Disk, each_failure
from net_runs import STILL, points, same, small
from ngdm_lab import store
from ngdm_lab.claims import Ledger, judge_all
from ngdm_lab.cli import race as race_command
from ngdm_lab.cli.folder import Made, text_files
from ngdm_lab.compiler.files import NotWritten
from ngdm_lab.experiments.jobs import Job, Journal, run
from ngdm_lab.nets.training import checkpoint as checkpoints
from ngdm_lab.nets.training.loop import Training
from ngdm_lab.nets.training.update import Update
from planted_claims import DOUBLED, HALVED
from saved_files import race

RUNS = [lab.ensemble(lab.Adam(0.1), ls.rastrigin(2), m, 5) for m in (2, 3)]
RACES = [race(starts=m) for m in (2, 3)]
LEDGERS = [judge_all([claim], executor="inline") for claim in (DOUBLED, HALVED)]


def checkpoint(k, path):
    model = small(seed=k)
    progress = checkpoints.Progress(epoch=k, rows=[[0.5] * 7] * k)
    checkpoints.save(path, model, Update(lab.Adam(), model), progress, {"seed": k}, "digest")


# name -> (file, what writes the old (0) or the new (1) content there, what reads it)
SAVERS = {
    "runs": ("x.npz", lambda k, path: RUNS[k].save(path), lambda path: len(lab.load(path))),
    "race": ("x.npz", lambda k, path: RACES[k].save(path), lambda path: len(lab.load(path).entries[0].runs)),
    "manifest": ("x.json", lambda k, path: store.write_json(path, {"a": k}), lambda path: json.loads(path.read_text())),
    "checkpoint": ("x.npz", checkpoint, lambda path: store.read(path)[2]["settings"]),
    "table": ("x.txt", lambda k, path: text_files(path.parent, {"x.txt": f"{k}" * 9000})(), lambda p: p.read_text()),
}


@pytest.mark.parametrize("name", SAVERS)
def test_the_old_file_or_the_new_one(name, tmp_path):
    file, save, read = SAVERS[name]
    path, told = tmp_path / file, set()
    save(0, path)
    old = read(path)
    save(1, path)
    new = read(path)
    assert old != new
    for disk in each_failure(tmp_path, lambda: save(1, path)):
        save(0, path)
        failed = False
        try:
            with disk.there():
                save(1, path)
        except NotWritten as error:
            failed = True
            assert str(error) == f"cannot write {path}: No space left on device"
        assert read(path) == (old if failed else new)
        assert [p.name for p in tmp_path.iterdir()] == [file]
        told.add((disk.fails[0], failed))
    assert told >= {("write", True), ("fsync", True), ("replace", True)}


def test_a_ledger_keeps_what_it_can(tmp_path):
    names = {p.name for p in LEDGERS[0].save(tmp_path)}
    for disk in each_failure(tmp_path, lambda: LEDGERS[1].save(tmp_path)):
        LEDGERS[0].save(tmp_path)
        try:
            with disk.there():
                LEDGERS[1].save(tmp_path)
        except NotWritten as error:
            [failed] = error.failed
            assert {p.name for p in error.written} == names - {failed.name}
            kept = LEDGERS[0] if failed.name == "claims.json" else LEDGERS[1]
        else:
            kept = LEDGERS[1]
        assert Ledger.load(tmp_path).entries[0].verdict == kept.entries[0].verdict
        assert {p.name for p in tmp_path.iterdir()} >= names


def test_one_failed_file_of_a_race_costs_no_other(tmp_path):
    names = {"results.csv", "tuning.csv", "race.txt", "race.npz", "manifest.json"}
    failing, count = set(), 0
    for disk in each_failure(tmp_path, lambda: race_command.write(RACES[0], tmp_path)):
        for path in tmp_path.iterdir():
            path.unlink()
        with disk.there():
            made = race_command.write(RACES[0], tmp_path)
        lost = names - {path.name for path in made.paths}
        assert {path.name for path in tmp_path.iterdir()} == names - lost
        if lost:
            [name] = lost
            failing.add(name)
            with pytest.raises(Exception, match=rf"^cannot write .*{name}: No space left on device; 4 other files are"):
                made.end()
        count += 1
    assert failing == names
    assert count >= 3 * len(names)


def test_a_full_disk_names_all_that_is_lost(tmp_path):
    made = Made(tmp_path)
    with Disk(tmp_path, ("write", 1), half=True, for_good=True).there():
        made.add(text_files(tmp_path, {"a": "a", "b": "b"}), text_files(tmp_path, {"c": "c"}))
    assert made.paths == [tmp_path / "a"]
    with pytest.raises(Exception, match=r"^cannot write \S*b, \S*c: No space left on device; 1 other files are in "):
        made.end()


# -- journals -----------------------------------------------------------------------------------------------


def jobs():
    return [Job("job_functions:tenth", {"x": x}) for x in range(3)]


def test_a_journal_loses_nothing_that_was_finished(tmp_path):
    whole, count = list(map(repr, run(jobs(), executor="inline"))), 0  # texts, since NaN is not equal to NaN
    path = tmp_path / "journal"
    for disk in each_failure(tmp_path, lambda: run(jobs(), tmp_path / "other", executor="inline")):
        path.unlink(missing_ok=True)
        try:
            with disk.there():
                run(jobs(), path, executor="inline")
        except NotWritten as error:
            assert str(error) == f"cannot write {path}: No space left on device"
            count += 1
        kept = Journal(path).results()  # a damaged line would warn, which is an error
        assert list(map(repr, kept.values())) == whole[: len(kept)]
        assert list(map(repr, run(jobs(), path, executor="inline"))) == whole
    assert count > 8


def test_a_race_goes_on_where_its_journal_failed(tmp_path):
    path, bits = tmp_path / "journal", RACES[1]
    for disk in list(each_failure(tmp_path, lambda: race(tmp_path / "other", starts=3)))[::7]:
        path.unlink(missing_ok=True)
        with disk.there():
            try:
                race(path, starts=3)
            except NotWritten as error:
                assert str(error) == f"cannot write {path}: No space left on device"
        again = race(path, starts=3)
        assert str(again) == str(bits)
        assert all(np.array_equal(a.runs.x, b.runs.x) for a, b in zip(again.entries, bits.entries, strict=True))


# -- trainings ----------------------------------------------------------------------------------------------


def training(path, epochs=4):
    return lab.nets.fit(small(), points(), lab.Adam(), epochs, 16, 3, checkpoint=path, **STILL)


def test_a_failed_checkpoint_does_not_end_a_training(tmp_path):
    path, whole = tmp_path / "run.npz", training(None)
    failures = list(each_failure(tmp_path, lambda: training(path)))
    last = max(disk.fails[1] for disk in failures if disk.fails[0] == "replace")
    for disk in [d for d in failures if d.fails[0] == "replace"]:
        path.unlink(missing_ok=True)
        with disk.there(), pytest.warns(UserWarning, match=r"^cannot write .*run.npz: No space .*the training goes on"):
            done = training(path)
        assert same(whole, done)
        said = [note for note in done.notes if note.startswith("The last checkpoint is not written: cannot write ")]
        assert len(said) == (disk.fails[1] == last)
        assert same(training(None, 5), lab.nets.fit(small(), points(), lab.Adam(), 5, 16, 3, checkpoint=path,
                                                    resume=True, **STILL))  # fmt: skip


def test_a_place_where_no_checkpoint_can_be_is_refused_before_the_first_step(tmp_path, monkeypatch):
    monkeypatch.setattr(Training, "_step", lambda *given: pytest.fail("a step was taken"))
    with pytest.raises(ValueError, match=r"cannot write .*run.npz: No such file or directory"):
        training(tmp_path / "missing" / "run.npz")


@pytest.mark.filterwarnings("ignore:cannot write:UserWarning")
def test_train_on_a_disk_that_fills_up_says_what_is_lost(tmp_path, capsys):
    from ngdm_lab.cli.main import main

    words = ["train", "mlp", "--data", "digits", "--epochs", "2", "--no-batch-norm", "--output", str(tmp_path / "out")]
    with Disk(tmp_path, ("write", 2), for_good=True).there():
        assert main(words) == 1
    told = capsys.readouterr()
    line = told.err.splitlines()[-1]
    assert line.startswith("ngdm-lab train: cannot write ")
    assert all(name in line for name in ("history.csv", "fit.npz", "manifest.json", "checkpoint.npz", "curves.png"))
    assert "test accuracy" in told.out
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["checkpoint.npz"]  # of the first epoch
    assert main([*words[:-2], "--resume", str(tmp_path / "out")]) == 0
