"""Random programs of the language of lanes (`lane_programs`), against the same functions run by Python."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import landscapes as ls
import ngdm_lab as lab
from landscapes import blocks
from lane_programs import HEAD, STARTS, WRITTEN, N, load, statements

PER_FILE = 3  # programs behind one landscape, which share a compilation


@st.composite
def programs(draw):
    """The text of a function that changes x and g and returns a number."""
    body = draw(statements(2, 1, False))
    start = ["c0 = 1", "c, d = 3.0, 1.0", "p = x[0]", "q = 1.0", "r = x[n - 1] * c"]
    end = ["for i in range(n):", "    g[i] = wrap(g[i] + x[i])", "return wrap(p + 2.0 * q + 3.0 * r)"]
    return [*(f"    {line}" for line in start), *body, *(f"    {line}" for line in end)]


@pytest.fixture(name="folder", scope="module")
def own_cache(tmp_path_factory):
    """Random programs do not belong into the user's cache."""
    folder = tmp_path_factory.mktemp("programs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NGDM_LAB_CACHE", str(folder / "cache"))
        # the programs write x, which tests the transform, and which a user's landscape may not
        patch.setattr("landscapes.define.is_own", lambda function: True)
        yield folder


def check(module):
    """One gradient step with rate 1 shows g at the start and f one step on."""
    surface = ls.landscape(bounds=(-9.0, 9.0), dim=N)(module.program)
    assert blocks.landscape(surface).slow == ""
    runs = lab.ensemble(lab.SGD(1.0, momentum=0.0), surface, STARTS, 1)
    after, f = np.empty_like(STARTS), np.empty(len(STARTS))
    with np.errstate(all="ignore"):
        for row, start in enumerate(STARTS):
            g = np.full(N, np.nan)
            module.program(start.copy(), g, N)
            after[row] = start - g
            f[row] = module.program(after[row].copy(), g, N)
    assert np.array_equal(runs.x, after)
    assert np.array_equal(runs.f, f)


def file_of(bodies):
    """A landscape that chooses the programs' results one after the other, each from fresh vectors' entries."""
    parts = [HEAD]
    for k, body in enumerate(bodies):
        parts.append("\n".join([f"def part{k}(x, g, n):", *body]))
    lines = ["def program(x, g, n):", "    f = 0.0", "    for i in range(n):", "        g[i] = 0.0"]
    for name in "uvw"[:N]:
        lines.append(f"    {name} = x[{'uvw'.index(name)}]")
    for k in range(len(bodies)):
        lines += [f"    f{k} = part{k}(x, g, n)", f"    f = wrap(f + {k + 1}.0 * f{k})"]
        lines += [f"    x[{i}] = {name}" for i, name in enumerate("uvw"[:N])]
    return "\n\n".join([*parts, "\n".join([*lines, "    return f"])]) + "\n"


@settings(max_examples=max(1, settings.default.max_examples // 8))
@given(st.lists(programs(), min_size=PER_FILE, max_size=PER_FILE))
def test_random_programs(folder, bodies):
    check(load(file_of(bodies), folder))


@pytest.mark.parametrize("first", range(0, len(WRITTEN), 6))
def test_written_programs(folder, first):
    """Six behind one landscape, which share a compilation."""
    start = "c, d = 3.0, 1.0\np = x[0]\nq = 1.0\nr = x[n - 1] * c\n"
    end = "\nfor i in range(n):\n    g[i] = wrap(g[i] + x[i])\nreturn wrap(p + 2.0 * q + 3.0 * r)"
    texts = [start + body + end for body in list(WRITTEN.values())[first : first + 6]]
    check(load(file_of([[f"    {line}" for line in text.splitlines()] for text in texts]), folder))


FUNCTIONS = (
    HEAD
    + """

def program(x, g, n):
    f = 0.0
    for i in range(n):
        g[i] = sin(x[i]) + np.cos(2.0 * x[i]) * exp(-abs(x[i]))
        f += sqrt(abs(x[i])) ** 1.5 + cos(x[i])
    if x[0] > 0.0:
        f += (1.0 + x[0]) ** -0.5
    return f
"""
)


def test_elementary_functions(folder):
    module = load(FUNCTIONS, folder)
    surface = ls.landscape(bounds=(-9.0, 9.0), dim=N)(module.program)
    assert blocks.landscape(surface).slow == ""
    runs = lab.ensemble(lab.SGD(1.0, momentum=0.0), surface, STARTS, 1)
    for start, x, f in zip(STARTS, runs.x, runs.f, strict=True):
        g = np.full(N, np.nan)
        module.program(start.copy(), g, N)
        assert np.abs(x - (start - g)).max() <= 8 * np.spacing(4.0)
        assert abs(module.program(x.copy(), g, N) - f) <= 16 * np.spacing(abs(f))
