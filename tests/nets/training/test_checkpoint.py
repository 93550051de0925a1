"""A checkpoint resumes to the same bits, wherever the run was stopped; what is no checkpoint is refused."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

import ngdm_lab as lab
from net_runs import STILL, points, same, small
from ngdm_lab.nets import Cosine, fit
from ngdm_lab.optimizers import get

OPTIMIZERS = ["sgd", "adam", "apollo", "adadelta", "ngdm-dirichlet", "ngdm-gendir-exact"]


class StopAt:
    """Ctrl-C as a callback sees it, after so many steps."""

    def __init__(self, step):
        self.step = step

    def on_step(self, run):
        if run.steps == self.step:
            raise KeyboardInterrupt


def run(path, opt, *, stop=None, resume=False, epochs=4, seed=3, dtype=np.float32, **options):
    """45 samples to train on in batches of 16: three steps an epoch, the last one of 13 samples."""
    stops = [StopAt(stop)] if stop else []
    model = small(dropout=0.2, dtype=dtype)
    options = {"validation": 0.1, "schedule": Cosine(), **options, **STILL}
    return fit(model, points(), opt, epochs, 16, seed, checkpoint=path, resume=resume, callbacks=stops, **options)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("stop", [1, 4, 6, 11])
def test_resumes_to_the_same_bits(tmp_path, name, stop):
    opt = get(name, lr=0.003)
    whole = run(tmp_path / "whole.npz", opt)
    part = run(tmp_path / "part.npz", opt, stop=stop)
    assert (part.status, part.steps) == ("interrupted", stop)
    again = run(tmp_path / "part.npz", opt, resume=True)
    assert same(whole, again)
    assert again.status == "done"
    for key, value in whole.buffers.items():
        assert np.array_equal(value, again.buffers[key]), key


def test_resumes_again_and_again_in_double_precision(tmp_path):
    opt, path = lab.Apollo(1e-3, scope="tensor"), tmp_path / "run.npz"
    whole = run(None, opt, dtype=np.float64, norms_every=3)
    for stop in (2, 3, 7, 12):
        assert run(path, opt, dtype=np.float64, stop=stop, resume=True, norms_every=3).steps == stop
    assert same(whole, run(path, opt, dtype=np.float64, resume=True, norms_every=3))


def test_a_finished_run_may_be_prolonged(tmp_path):
    opt = lab.Adam(0.01)
    whole = run(None, opt, epochs=5, schedule=None)
    run(tmp_path / "run.npz", opt, epochs=2, schedule=None)
    longer = run(tmp_path / "run.npz", opt, epochs=5, schedule=None, resume=True)
    assert same(whole, longer)
    again = run(tmp_path / "run.npz", opt, epochs=5, schedule=None, resume=True)  # nothing is left to do
    assert same(whole, again)


def test_a_run_that_is_over_stays_so(tmp_path):
    path = tmp_path / "run.npz"
    opt = lab.SGD(0.5)
    stopped = run(path, opt, epochs=60, patience=1)
    assert stopped.status == "stopped"
    assert same(stopped, run(path, opt, epochs=60, patience=1, resume=True))


def test_resume_without_a_file_starts(tmp_path):
    assert same(run(None, lab.Adam()), run(tmp_path / "none.npz", lab.Adam(), resume=True))


@pytest.mark.parametrize(
    ("changed", "text"),
    [
        ({"opt": lab.Adam(0.02)}, "its optimizer's lr is 0.01, not 0.02$"),
        ({"opt": lab.NGDM(0.01, lab.Dirichlet(2.0))}, "its optimizer's type is 'Adam', not 'NGDM'$"),
        ({"seed": 4}, "its seed is 3, not 4"),
        ({"validation": 0.2}, "its validation is 0.1, not 0.2"),
        ({"schedule": None}, r"its schedule is 'Cosine\(final=0.0, warmup=0.0\)', not None"),
        ({"dtype": np.float64}, "its dtype is 'float32', not 'float64'"),
        ({"index": "flat"}, "its index is 'fan_in', not 'flat'"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(tmp_path, changed, text):
    path = tmp_path / "run.npz"
    run(path, lab.Adam(0.01), stop=2)
    with pytest.raises(ValueError, match=text):
        run(path, **{"opt": lab.Adam(0.01), "resume": True, **changed})


def test_another_distribution_is_described_in_one_number(tmp_path):
    path, alpha = tmp_path / "run.npz", lab.ramp(1.4, 0.005)
    run(path, lab.NGDM(0.01, lab.Dirichlet(alpha)), stop=2)
    with pytest.raises(ValueError, match=r"its optimizer's distribution's alpha's slope is 0.005, not 0.01$"):
        run(path, lab.NGDM(0.01, lab.Dirichlet(lab.ramp(1.4, 0.01))), resume=True)


def test_a_damaged_checkpoint_is_refused(tmp_path):
    path = tmp_path / "run.npz"
    run(path, lab.Adam(), stop=2)
    content = path.read_bytes()
    for length in range(0, len(content), max(1, len(content) // 23)):
        path.write_bytes(content[:length])
        with pytest.raises(ValueError, match="no result saved by this lab"):
            run(path, lab.Adam(), resume=True)
    fit(small(), points(), lab.Adam(), 1, **STILL).save(path)
    with pytest.raises(ValueError, match="holds a result of kind 'fit', not 'checkpoint'"):
        run(path, lab.Adam(), resume=True)


def test_checkpoints_are_written_as_often_as_asked(tmp_path):
    path, seen = tmp_path / "run.npz", []
    fit(small(), points(), lab.Adam(), 5, checkpoint=path, checkpoint_every=2,
        callbacks=[lambda run: seen.append(path.exists())], **STILL)  # fmt: skip
    assert seen == [False, False, True, True, True]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["run.npz"]


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="cannot write"):
        run(tmp_path / "file" / "run.npz", lab.Adam())


def test_a_signal_waits_for_the_end_of_the_step(tmp_path):
    path, opt = tmp_path / "run.npz", lab.Adam(0.01)
    model = small(dropout=0.2)
    plain = model.loss_and_gradient

    def pressed(x, y, **options):
        if options["rng"] & 0xFFFFFFFF == 5:
            os.kill(os.getpid(), signal.SIGINT)
        return plain(x, y, **options)

    model.loss_and_gradient = pressed
    before = signal.getsignal(signal.SIGINT)
    part = fit(model, points(), opt, 4, 16, 3, checkpoint=path, validation=0.1, schedule=Cosine(), **STILL)
    assert (part.status, part.steps) == ("interrupted", 6)
    assert signal.getsignal(signal.SIGINT) is before
    assert same(run(None, opt), run(path, opt, resume=True))
