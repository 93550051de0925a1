"""AdamW, AMSGrad, NAdam, RAdam, Lion and Adan against plain references, PyTorch and optax."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from scipy.optimize import rosen_der

import naive
import ngdm_lab as lab

DATA = Path(__file__).parents[1] / "data"
START = np.array([-1.2, 1.0, 0.5])
SAME = 1e-12  # rounding over some hundred steps; see test_sgd.py
OTHER = {"lr": 2e-3, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}
# (PyTorch's class, what it is told besides); Lion and Adan are optax's
THEIRS = {lab.AdamW: ("AdamW", {}), lab.AMSGrad: ("Adam", {"amsgrad": True}), lab.NAdam: ("NAdam", {}),
          lab.RAdam: ("RAdam", {})}  # fmt: skip
ALL = (*THEIRS, lab.Lion, lab.Adan)
SETTINGS = [
    *(kind() for kind in THEIRS),
    *(kind(**OTHER) for kind in THEIRS),
    lab.NAdam(**OTHER, momentum_decay=0.02, decoupled_weight_decay=True),
    lab.RAdam(**OTHER, decoupled_weight_decay=True),
    lab.RAdam(lr=1e-4, betas=(0.9, 0.5)),  # never five degrees of freedom
]
OPTAX = [lab.Lion(), lab.Lion(3e-3, 0.8, 0.95, 0.1), lab.Adan(), lab.Adan(2e-3, 0.9, 0.8, 0.95, 1e-3, 1e-4, 0.1)]
COMMITTED = {
    f"{source}: {name}": case
    for source in ("torch", "optax")
    for name, case in json.loads((DATA / f"{source}_paths.json").read_text())["cases"].items()
    if case["lab"] in ("AdamW", "AMSGrad", "NAdam", "RAdam", "Lion", "Adan")
}


@pytest.mark.parametrize("opt", [*SETTINGS, *OPTAX], ids=repr)
def test_the_plain_reference(opt):
    reference = naive.path(naive.rule_of(opt, START), rosen_der, 200)
    assert naive.gap(naive.stepped(opt, START, rosen_der, 200), reference) < SAME


@pytest.mark.parametrize("opt", SETTINGS, ids=repr)
def test_pytorch(opt):
    kind, more = THEIRS[type(opt)]
    reference = naive.torch_path(kind, vars(opt) | more, START, rosen_der, 200)
    assert naive.gap(naive.stepped(opt, START, rosen_der, 200), reference) < SAME


@pytest.mark.parametrize("kind", list(THEIRS))
def test_the_defaults_are_those_of_pytorch(kind):
    torch = pytest.importorskip("torch", reason="PyTorch, of the extra oracles, is not installed")
    theirs = getattr(torch.optim, THEIRS[kind][0])([torch.zeros(1)]).defaults
    assert {name: theirs[name] for name in kind.__dataclass_fields__} == vars(kind())


@pytest.mark.parametrize("name", COMMITTED)
def test_the_committed_paths(name):
    case = COMMITTED[name]
    ours = naive.stepped(getattr(lab, case["lab"])(**case["options"]), START, rosen_der, 200)
    for t, point in case["points"].items():
        assert naive.gap(ours[int(t)], np.array(point)) < SAME


def test_every_rule_has_committed_paths():
    assert {case["lab"] for case in COMMITTED.values()} == {kind.__name__ for kind in ALL}


@given(
    arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=30), elements=st.floats(-100.0, 100.0)),
    st.sampled_from([lab.AdamW, lab.AMSGrad, lab.NAdam, lab.RAdam]),
    st.floats(0.0, 0.5),
    st.floats(0.0, 0.99),
    # nearer to 1 corrections formed by subtraction lose digits; RAdam's tells apart few degrees of freedom
    st.floats(0.0, 0.99),
    st.floats(1e-6, 1.0),
)
def test_any_gradients_and_any_hyperparameters(gradients, kind, lr, beta1, beta2, eps):
    # without weight decay, as for Adam
    opt, x = kind(lr, (beta1, beta2), eps, 0.0), np.linspace(-1.0, 2.0, gradients.shape[1])
    reference = naive.path(naive.rule_of(opt, x), naive.replay(gradients), len(gradients))
    assert naive.gap(naive.stepped(opt, x, naive.replay(gradients), len(gradients)), reference) < SAME


def test_weight_decay_of_adamw_shrinks_by_rate_times_lambda():
    points = naive.stepped(lab.AdamW(lr=0.5, weight_decay=0.5), [2.0, -4.0], lambda x: np.zeros(2), 2)
    np.testing.assert_allclose(points[:, 0], [2.0, 1.5, 1.125], rtol=1e-15)
    np.testing.assert_allclose(points[:, 1], [-4.0, -3.0, -2.25], rtol=1e-15)


def test_amsgrad_never_forgets_the_largest_mean_square():
    gradients = np.array([[100.0]] + [[1.0]] * 300)
    ams = naive.stepped(lab.AMSGrad(0.1, (0.0, 0.9)), [0.0], naive.replay(gradients), 301)
    adam = naive.stepped(lab.Adam(0.1, (0.0, 0.9)), [0.0], naive.replay(gradients), 301)
    assert abs(np.diff(adam[:, 0])[-1]) == pytest.approx(0.1, rel=1e-6)
    assert abs(np.diff(ams[:, 0])[-1]) == pytest.approx(0.1 / np.sqrt(1000), rel=1e-6)


def test_lion_steps_by_its_rate_and_rests_without_a_gradient():
    opt = lab.Lion(0.25, weight_decay=0.0)
    points = naive.stepped(opt, np.zeros(3), naive.replay(np.array([[1e-300, -7.0, 0.0]] * 3)), 3)
    np.testing.assert_array_equal(points, np.outer(np.arange(4), [-0.25, 0.25, 0.0]))


def test_the_first_steps_of_radam_are_those_of_momentum():
    """With beta2 = 0.999 there are five degrees of freedom from the sixth step on."""
    points = naive.stepped(lab.RAdam(0.5), [0.0], lambda x: np.array([8.0]), 6)
    np.testing.assert_allclose(np.diff(points[:, 0])[:5], -4.0, rtol=1e-12)
    assert 0 > np.diff(points[:, 0])[5] > -0.5


def test_betas_may_be_a_list():
    assert lab.NAdam(betas=[0.8, 0.9]) == lab.NAdam(betas=(0.8, 0.9))
    assert hash(lab.RAdam(betas=[0.8, 0.9])) == hash(lab.RAdam(betas=(0.8, 0.9)))


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        *((kind, {"lr": -1.0}, "lr must be a finite number at least 0, got -1") for kind in ALL),
        *((kind, {"betas": 0.9}, r"betas must be a pair of numbers in \[0, 1\), got 0.9") for kind in THEIRS),
        *((kind, {"weight_decay": -1}, "weight_decay must be .* got -1") for kind in ALL),
        (lab.NAdam, {"momentum_decay": -0.1}, "momentum_decay must be a finite number at least 0, got -0.1"),
        (lab.NAdam, {"decoupled_weight_decay": 1}, "decoupled_weight_decay must be True or False, got 1"),
        (lab.RAdam, {"decoupled_weight_decay": "no"}, "decoupled_weight_decay must be True or False, got 'no'"),
        (lab.Lion, {"b1": 1.0}, "b1 must be a finite number at least 0 and less than 1, got 1.0"),
        (lab.Lion, {"b2": -0.1}, "b2 must be .* got -0.1"),
        *((lab.Adan, {name: 1}, f"{name} must be .* less than 1, got 1") for name in ("b1", "b2", "b3")),
        (lab.Adan, {"eps_root": float("nan")}, "eps_root must be a finite number at least 0, got nan"),
    ],
)  # fmt: skip
def test_errors_name_the_argument_and_its_value(kind, options, message):
    with pytest.raises((ValueError, TypeError), match=message):
        kind(**options)
