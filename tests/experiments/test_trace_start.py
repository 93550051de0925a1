"""The start of a trace for which none is given is the first of an ensemble's."""

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.experiments import first_start


@pytest.mark.parametrize("seed", [0, 7])
def test_it_is_the_ensembles_first(seed):
    s = ls.beale().shifted([0.5, -0.25])
    assert np.array_equal(first_start(s, seed), lab.ensemble(lab.SGD(1e-3), s, 3, 0, seed).x0[0])


def test_bad_seeds():
    with pytest.raises(ValueError, match="seed must be at least 0, got -1"):
        first_start(ls.beale(), -1)
    with pytest.raises(TypeError, match="seed must be a whole number"):
        first_start(ls.beale(), 1.5)
