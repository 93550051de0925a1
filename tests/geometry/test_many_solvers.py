"""The solvers of many distributions, worked out side by side: the bits of each alone, and its errors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ngdm_lab as lab
from ngdm_lab.compiler.parameters import pack, pack_each
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, ramp
from ngdm_lab.geometry.metric import solvers
from ngdm_lab.optimizers.preconditioned import solvers as of_optimizers

number = st.floats(1e-3, 1e4)
parameter = number | st.builds(ramp, number, st.floats(0.0, 2.0))
LAWS = {"dirichlet": st.builds(Dirichlet, parameter), "gendir": st.builds(GeneralizedDirichlet, parameter, parameter)}


@pytest.mark.parametrize("family", LAWS)
@pytest.mark.parametrize("form", ["exact", "diagonal"])
@given(data=st.data())
def test_many_solvers_are_those_of_each(family, form, data):
    laws = data.draw(st.lists(LAWS[family], min_size=1, max_size=9))
    n = 2 * data.draw(st.integers(1, 9) | st.just(100))
    for law, found in zip(laws, solvers(laws, n, form), strict=True):
        alone = law.on(n).solver(form)
        assert found.kind == alone.kind
        assert [a.tobytes() for a in found.arrays] == [a.tobytes() for a in alone.arrays]
        assert all(a.flags.owndata and a.flags.c_contiguous and a.flags.writeable for a in found.arrays)


@pytest.mark.parametrize(
    ("laws", "n", "form", "said"),
    [
        ([GeneralizedDirichlet(1.0, 2.0)] * 3, 5, "exact", "even number of coordinates"),
        ([Dirichlet(1.0), Dirichlet([1.0, 2.0])], 3, "diagonal", "must have 3 values"),
        ([Dirichlet(1.0)] * 2, 1, "exact", "has no inverse"),
        ([Dirichlet([[1.0, 2.0], [2.0, 3.0]])] * 2, 2, "exact", "a solver is for one distribution"),
        ([GeneralizedDirichlet(1.0, 2.0), GeneralizedDirichlet(1e150, 1e-150)], 2, "exact", "range of a double"),
    ],
    ids=["odd", "length", "one coordinate", "batch", "too large"],
)
def test_errors_are_those_of_one(laws, n, form, said):
    with pytest.raises(ValueError, match=said) as together:
        solvers(laws, n, form)
    with pytest.raises(ValueError, match=said) as alone:
        [law.on(n).solver(form) for law in laws]
    assert str(together.value) == str(alone.value)


def test_optimizers_of_several_kinds_have_their_own():
    law = Dirichlet(2.0)
    mix = [lab.SGD(0.1), lab.NGDM(0.1, law), lab.NGDM(0.1, law, form="exact"), lab.NGDM(0.1, Dirichlet(3.0))]
    for opt, found in zip(mix, of_optimizers(mix, 4), strict=True):
        alone = opt.solver(4)
        assert (found is None) == (alone is None)
        if alone is not None:
            assert [a.tobytes() for a in found.arrays] == [a.tobytes() for a in alone.arrays]


@given(st.lists(st.tuples(number, st.lists(number, min_size=3, max_size=3), number), min_size=1, max_size=5))
def test_packed_together_or_one_by_one(sets):
    values = [(a, np.array(v), b, np.array([a, b])) for a, v, b in sets]
    assert np.array_equal(pack_each(values), np.array([pack(one) for one in values]))
