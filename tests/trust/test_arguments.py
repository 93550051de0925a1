"""What users pass by kind: masked arrays, other libraries' scalars, flags, home folders, sizes beyond memory."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.cli.main import main
from ngdm_lab.compiler.checks import check_flag, check_number, check_path

MASKED = np.ma.array([1.0, 2.0], mask=[True, False])


@pytest.mark.parametrize(
    "call",
    [
        lambda: ls.sphere(2)(MASKED),
        lambda: lab.Dirichlet(MASKED),
        lambda: lab.trace(lab.Adam(), ls.sphere(2), MASKED, 1),
        lambda: lab.ensemble(lab.Adam(), ls.sphere(2), [MASKED, MASKED], 1),
        lambda: lab.nets.data.Data(np.ma.masked_equal(np.zeros((2, 1)), 0), [0, 1], [[0.0]], [0]),
        lambda: lab.Adam().step(np.zeros(2), MASKED, lab.Adam().init(np.zeros(2))),
        lambda: ls.landscape(bounds=np.ma.array([-1.0, 1.0])),
    ],
)
def test_a_masked_array_is_refused(call):
    with pytest.raises(TypeError, match="masked"):
        call()


def test_scalars_of_numpy_become_plain_numbers(tmp_path):
    for lr in (np.float32(0.5), np.array(0.5), np.float16(0.5)):
        made = lab.SGD(lr=lr, nesterov=np.bool_(True))
        assert type(made.lr) is float
        assert type(made.nesterov) is bool
    kept = lab.ensemble(lab.SGD(lr=np.array(0.5)), ls.sphere(2), 2, 2).save(tmp_path / "runs.npz")
    assert lab.load(kept).optimizer == lab.SGD(0.5)
    for wrong in (np.array([0.5]), [0.5]):
        with pytest.raises(TypeError, match="lr must be a number"):
            lab.SGD(lr=wrong)


def test_scalars_of_torch_become_plain_numbers():
    torch = pytest.importorskip("torch")
    assert lab.Adam(lr=torch.tensor(0.5, dtype=torch.float64)) == lab.Adam(0.5)
    with pytest.raises(TypeError, match="lr must be a number"):
        lab.Adam(lr=torch.tensor([0.5]))


@pytest.mark.parametrize("wrong", [1, 0, "no", None, [], np.array(True)])
def test_a_flag_is_a_bool(wrong):
    with pytest.raises(TypeError, match="quantiles must be True or False"):
        lab.ensemble(lab.Adam(), ls.sphere(2), 2, 2, quantiles=wrong)
    with pytest.raises(TypeError, match="x must be True or False"):
        check_flag("x", wrong)


def test_a_tilde_is_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert check_path("path", "~/a") == tmp_path / "a"
    runs = lab.ensemble(lab.Adam(), ls.sphere(2), 2, 2)
    assert runs.save("~/runs.npz") == tmp_path / "runs.npz"
    assert len(lab.load("~/runs.npz")) == 2
    assert main(["trace", "--steps", "2", "--landscape", "sphere:3", "--output", "~/out"]) == 0
    assert (tmp_path / "out" / "trace.npz").is_file()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ls.sphere(10**11), r"dim of sphere = 100000000000 would need .*TiB"),
        (lambda: lab.ensemble(lab.Adam(), ls.sphere(2), 10**13, 1), r"starts = 10{13} .* would need"),
        (lambda: lab.trace(lab.Adam(), ls.sphere(2), [1.0, 1.0], 10**13), r"steps = 10{13} .* would need"),
        (lambda: lab.basins(lab.Adam(), ls.himmelblau(), 10**7), "resolution = 10000000 would need"),
        (lambda: lab.Dirichlet(2.0).on(10**13), r"n = 10{13} would need"),
        (lambda: lab.Dirichlet([1.0, 2.0]).rvs(10**13), r"size = 10{13} would need"),
        (lambda: lab.nets.mlp(sizes=(10**7, 10**7)), "layers with .* parameters would need"),
    ],
)
def test_a_size_beyond_memory_is_refused_before_it_is_made(call, says):
    with pytest.raises(ValueError, match=says):
        call()


def test_the_command_says_so_in_one_line(capsys):
    assert main(["trace", "--dim", "100000000000", "--landscape", "sphere"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"f_min": 1e30}, "f_min of bowl is 1e.30, but at its minimum"),
        ({"f_min": "1"}, "f_min must be a number"),
        ({"f_min": np.inf}, "f_min must be a finite number"),
        ({"limits": object()}, "limits must be a mapping"),
        ({"limits": {"m": {"lest": 1}}}, "each end in limits"),
        ({"limits": {"m": {"least": 1}}}, "limits must be of parameters of bowl"),
        ({"dims": 2}, "dims must be"),
        ({"family": "yes"}, "family must be True or False"),
    ],
)
def test_a_declaration_is_looked_at(given, says):
    def bowl(x, g):
        g[0] = 2.0 * x[0]
        g[1] = 2.0 * x[1]
        return x[0] ** 2 + x[1] ** 2

    with pytest.raises((ValueError, TypeError), match=says):
        ls.landscape(**{"bounds": (-5, 5), "minima": [[0, 0]], **given})(bowl)


def test_rates_that_are_no_numbers_end_no_step():
    model = lab.nets.mlp(sizes=(3,), inputs=2, classes=2, batch_norm=False)
    update = lab.nets.Update(lab.Adam(), model)
    for wrong in (float("nan"), "0.1", [0.1], True):
        with pytest.raises((ValueError, TypeError), match="lr must be"):
            update.step(wrong)
    assert update.t == 0


def test_batch_norm_says_that_one_sample_is_too_few():
    model = lab.nets.mlp(sizes=(3,), inputs=2, classes=2)
    with pytest.raises(ValueError, match=r"x must hold two or more samples.*BatchNorm"):
        model.loss_and_gradient(np.zeros((1, 2)), [0])
    data = lab.nets.data.Data(np.zeros((5, 2)), [0, 1, 0, 1, 0], np.zeros((1, 2)), [0])
    with pytest.raises(ValueError, match=r"batch_size must be at least 2.*BatchNorm"):
        lab.nets.fit(model, data, lab.Adam(), 1, 1, progress=False)
    assert "BatchNorm" in lab.nets.fit(model, data, lab.Adam(), 1, 4, progress=False).notes[-1]


def test_pictures_of_runs_that_cannot_be_drawn_say_why():
    still = lab.trace(lab.SGD(0.0), ls.sphere(2), [1.0, 1.0], 5)
    gone = lab.trace(lab.SGD(1e6), ls.sphere(2), [1.0, 1.0], 5)
    with pytest.raises(ValueError, match="traces must move"):
        lab.plots.step_angles(still)
    with pytest.raises(ValueError, match="two different points"):
        lab.plots.path_plane(still)
    with pytest.raises(ValueError, match="1 of 1 diverged, the first at step"):
        lab.plots.path_plane(gone)


def test_values_beyond_what_contours_hold_are_left_out():
    far = lab.trace(lab.SGD(1e-292), ls.sphere(2).scaled(1e290), [1.0, 1.0], 5)
    assert lab.plots.trajectories(far).get_lines()


def test_without_a_compiler_one_line_says_so():
    code = "import landscapes as ls, ngdm_lab as lab; lab.trace(lab.Adam(), ls.sphere(2), [1.0, 1.0], 2)"
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert "Unavailable: NUMBA_DISABLE_JIT=1" in done.stderr.splitlines()[-1]


def test_a_number_too_large_for_a_float_is_named():
    with pytest.raises(ValueError, match="x must be a number that a float holds"):
        check_number("x", 10**400)
