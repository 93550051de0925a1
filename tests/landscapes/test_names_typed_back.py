"""A name that was printed can be typed wherever a landscape is named: it gives the same surface."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import landscapes as ls
from landscapes.registry import read_surfaces
from ngdm_lab.cli.options import choose_surfaces

finite = st.floats(-1e6, 1e6).filter(lambda v: v == 0 or abs(v) > 1e-300)
sizes = st.floats(1e-8, 1e8)
seeds = st.one_of(st.integers(0, 50), st.integers(0, 2**70), st.sampled_from([10**6, 10**22, 10**23, 123456789]))
STEPS = st.one_of(
    st.tuples(st.just("shifted"), finite),
    st.tuples(st.sampled_from(["flipped", "rotated"]), seeds),
    st.tuples(st.sampled_from(["scaled", "noisy"]), sizes),
)


@st.composite
def surfaces(draw):
    family = draw(st.sampled_from(list(ls.families().values())))
    least, most = family.dims
    dim = draw(st.sampled_from([family.default_dim, least, most or 3 * family.multiple]))
    scalars = [name for name, default in family.defaults.items() if np.ndim(default) == 0]
    chosen = draw(st.lists(st.sampled_from(scalars), unique=True)) if scalars else []
    try:
        made = family(min(dim, 24), **{name: draw(st.one_of(sizes, st.integers(1, 12))) for name in chosen})
    except ValueError:
        assume(False)
    for kind, argument in draw(st.lists(STEPS, max_size=4)):
        made = getattr(made, kind)(argument)
    return made


def same(one, other):
    return one.spec() == other.spec() and np.array_equal(one.bounds, other.bounds) and one.tags == other.tags


@settings(deadline=None)
@given(surfaces())
def test_every_name_is_read_back(surface):
    for read in (ls.get, ls.parse):
        assert same(read(surface.name), surface)
    [read] = choose_surfaces(f"{surface.name},", None, False)  # as --landscapes has it
    assert same(read, surface)


@pytest.mark.parametrize("name", ls.names())
def test_every_family_in_both_spellings(name):
    surface = ls.get(name).flipped(2)
    for text in (surface.name, surface.name.replace("_", "-"), f" {name.upper()}-{surface.dim}d-flipped=2 "):
        assert ls.get(text).name == surface.name


def test_a_printed_name_takes_further_words():
    assert ls.parse("rosenbrock-4d:flipped=3").name == "rosenbrock-4d-flipped=3"
    assert ls.bibtex("rosenbrock-4d") == ls.bibtex("rosenbrock")


def test_lists_have_commas_outside_brackets_and_either_kind():
    listed = read_surfaces("surfaces", ["banana[condition=10,bend=2]-3d, sphere:2", ls.booth()])
    assert [s.name for s in listed] == ["banana[condition=10,bend=2]-3d", "sphere-2d", "booth-2d"]


@pytest.mark.parametrize(
    ("name", "options", "says"),
    [
        ("sphere-2d-shifted=v0123abcd", {}, "shifted=v0123abcd stands for a vector, of which a name has no more than"),
        ("rosenbrok-2d", {}, "unknown landscape 'rosenbrok': did you mean rosenbrock"),
        ("sphere-2d-turned", {}, "unknown transform 'turned'"),
        ("sphere-2d-flipped=1.5", {}, "1.5 is no whole number"),
        ("booth-3d", {}, "dim of booth must be 2, got 3"),
        ("sphere-2d", {"dim": 3}, "name 'sphere-2d' is that of a surface, with its dimension: leave out all else"),
        ("sphere-2d:3", {}, "two dimensions, 2 and 3"),
    ],
)
def test_what_is_refused(name, options, says):
    with pytest.raises(ValueError, match=says):
        ls.get(name, **options) if options or ":" not in name else ls.parse(name)


def test_a_vector_is_told_by_its_digest_alone():
    with pytest.raises(ValueError, match="stands for a vector"):
        ls.get(ls.sphere(2).shifted([1.0, 2.0]).name)
