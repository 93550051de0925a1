"""Optimizers by their ids."""

import numpy as np
import pytest

import ngdm_lab as lab
from ngdm_lab.optimizers import get, names

IDS = [
    "sgd", "adam", "apollo", "ngdm-dirichlet", "ngdm-dirichlet-exact", "ngdm-gendir", "ngdm-gendir-exact",
    "adagrad", "adadelta", "rmsprop",
]  # fmt: skip


def test_the_ids():
    assert names()[: len(IDS)] == IDS  # in the order of the paper's tables; further ones come after


@pytest.mark.parametrize("name", IDS)
def test_an_optimizer_bears_the_name_it_is_got_by(name):
    assert get(name).name == name
    assert get(name) == get(f" {name.upper().replace('-', '_')} ")
    assert get(name, lr=0.5).lr == 0.5
    assert get(name).label


def test_the_defaults():
    assert get("sgd") == lab.SGD(1e-3)
    assert get("adam") == lab.Adam()
    assert get("ngdm-dirichlet") == lab.NGDM(1e-3, lab.Dirichlet(lab.ramp(1.4, 0.005)))
    exact = get("ngdm-gendir-exact", momentum=0.5)
    assert exact == lab.NGDM(
        1e-3, lab.GeneralizedDirichlet(lab.ramp(3.5, 0.005), lab.ramp(3.9, 0.005)), 0.5, form="exact"
    )


def test_the_constants_count_from_one():
    """The paper's MLP: alpha_i = 1.4 + 0.005 i; 3.5 + 0.005 i and 3.9 + 0.005 i by pairs."""
    np.testing.assert_allclose(get("ngdm-dirichlet").distribution.on(2).alpha, [1.405, 1.41], rtol=1e-15)
    pairs = get("ngdm-gendir").distribution.on(4)
    np.testing.assert_allclose([pairs.alpha, pairs.beta], [[3.505, 3.51], [3.905, 3.91]], rtol=1e-15)


def test_unknown_ids_and_options():
    with pytest.raises(ValueError, match="unknown optimizer 'adm': did you mean adam"):
        get("adm")
    with pytest.raises(ValueError, match="unknown optimizer 'zzz': known: sgd, adam, apollo, ngdm-dirichlet"):
        get("zzz")
    with pytest.raises(TypeError, match="nesterow"):
        get("sgd", nesterow=False)
    with pytest.raises(ValueError, match="lr must be a finite number at least 0, got -1"):
        get("adagrad", lr=-1)


@pytest.mark.parametrize("n", [2, 10, 200])
def test_the_gain_is_the_largest_factor_of_a_step(n):
    assert get("adam").gain(n) == get("sgd").gain(n) == 1.0
    assert lab.Apollo(sigma=0.05).gain(n) == pytest.approx(20.0)
    for name in names():
        if name.startswith("ngdm"):
            opt = get(name)
            inverse = np.array([opt.distribution.on(n).fisher_solve(e, opt.form) for e in np.eye(n)])
            # power iteration from below; tuning needs the order of magnitude
            assert 0.95 <= opt.gain(n) / np.linalg.eigvalsh(inverse).max() <= 1.0 + 1e-9
