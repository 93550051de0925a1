"""One kernel for a landscape of few coordinates and an update: the bits of linked blocks, and straightened text."""

import ast
import inspect

import numpy as np
import pytest
from hypothesis import given, settings

import landscapes as ls
import ngdm_lab as lab
from lane_programs import HEAD, STARTS, WRITTEN, load, statements
from ngdm_lab.compiler.build import INLINE
from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.lanes.block import Block
from ngdm_lab.compiler.lanes.writer import Writer
from ngdm_lab.compiler.passes.unroll import straight
from ngdm_lab.engine import fused_kernel, lane_run
from ngdm_lab.optimizers import get, names
from ngdm_lab.optimizers.registry import row

FIELDS = ("x0", "x", "f", "f_best", "hit", "code", "evaluations")
CALM = {name: row(name).calm_lr for name in names()}
SMALL = [name for name in ls.names() if ls.get(name).dim <= fused_kernel.MOST_COORDINATES]
CALLERS = {"hartmann_3", "langermann", "logistic_challenger", "shekel"}  # they pass their vectors to helpers


def both(monkeypatch, optimizer, surface, starts, steps, **options):
    """What is recorded of the same runs, by a fused kernel and by linked blocks."""
    out = []
    for start in (0.0, np.inf):
        monkeypatch.setattr(lane_run, "FUSED_FROM", start)
        runs = lab.ensemble(optimizer, surface, starts, steps, 7, **options)
        out.append([getattr(runs, field).tobytes() for field in FIELDS] + [runs.quantiles.tobytes()])
    return out


def is_fused(optimizer, surface):
    """Whether there is a fused kernel for the two."""
    return fused_kernel.compiled(surface, optimizer.rule, optimizer.solver(surface.dim)) is not None


@pytest.mark.parametrize("name", names())
@pytest.mark.parametrize("dim", [2, 4])
def test_every_rule_has_the_bits_of_linked_blocks(name, dim, monkeypatch):
    if dim == 4 and name not in ("apollo", "ngdm-dirichlet-exact", "ngdm-gendir-exact"):
        return  # what looks at several coordinates at once
    optimizer, surface = get(name, lr=CALM[name]), ls.rosenbrock(dim)
    assert is_fused(optimizer, surface)
    fused, linked = both(monkeypatch, optimizer, surface, 200, 60)
    assert fused == linked


def test_names_that_the_kernel_has_too(monkeypatch):
    """A landscape may call its numbers as the rows of a block are called."""

    @ls.landscape(bounds=(-2.0, 2.0), minima=[[0.0, 0.0]])
    def bowl(x, g):
        inside = x[0] * x[0]
        best = x[1] * x[1]
        f = inside + best
        goal = 2.0
        s0 = goal
        looks = x[0] * goal
        g[0] = looks
        g[1] = s0 * x[1]
        return f

    assert is_fused(lab.Adam(0.1), bowl)
    fused, linked = both(monkeypatch, lab.Adam(0.1), bowl, 70, 30)
    assert fused == linked


PLAIN = ("ackley", "beale", "branin", "goldstein_price", "step")


@pytest.mark.parametrize("family", [f if f in PLAIN else pytest.param(f, marks=pytest.mark.slow) for f in SMALL])
def test_every_landscape_has_the_bits_of_linked_blocks(family, monkeypatch):
    optimizer, surface = get("adam", lr=0.02), ls.get(family)
    assert is_fused(optimizer, surface) == (family not in CALLERS)
    fused, linked = both(monkeypatch, optimizer, surface, 130, 80)
    assert fused == linked


def test_divergence_hits_and_chunks(monkeypatch):
    """Runs that end early leave their lanes at their own steps, and points outside the box count for nothing."""
    monkeypatch.setattr("ngdm_lab.engine.driver.CHUNK", 500)  # a few steps at a time
    x0 = np.random.default_rng(4).normal(size=(200, 2)) * np.geomspace(0.1, 30.0, 200)[:, None]
    fused, linked = both(monkeypatch, lab.SGD(3e-3, momentum=0.0), ls.rosenbrock(2), x0, 100, target=1.0)
    assert fused == linked
    runs = lab.ensemble(lab.SGD(3e-3, momentum=0.0), ls.rosenbrock(2), x0, 100, 7, target=1.0)
    assert len(set(runs.evaluations.tolist())) > 5
    assert (runs.hit >= 0).any()


def test_a_grid_of_settings(monkeypatch):
    out = []
    for start in (0.0, np.inf):
        monkeypatch.setattr(lane_run, "FUSED_FROM", start)
        runs = lab.ensemble([lab.Adam(lr) for lr in (1e-3, 1e-2, 1.0)], ls.beale(), 70, 50)
        out.append([getattr(r, field).tobytes() for r in runs for field in FIELDS])
    assert out[0] == out[1]


@pytest.mark.parametrize(
    "surface", [ls.rosenbrock(5), ls.beale().noisy(0.1), ls.beale().rotated(1), ls.beale().scaled(2.0)], ids=str
)
def test_what_is_left_to_linked_blocks(surface, monkeypatch):
    monkeypatch.setattr(lane_run, "FUSED_FROM", 0.0)
    monkeypatch.setattr(fused_kernel, "_compile", lambda *_: pytest.fail("a fused kernel was made"))
    lab.ensemble(lab.SGD(1e-4), surface, 3, 2)


def test_little_work_is_not_worth_a_compilation(monkeypatch):
    monkeypatch.setattr(fused_kernel, "_compile", lambda *_: pytest.fail("a fused kernel was made"))
    lab.ensemble(lab.SGD(1e-4), ls.beale(), 1000, 100)


# -- straightened text ------------------------------------------------------------------------------------


def lane_names(function):
    block = Block(Writer(INLINE), function, ("x", "g"))
    body, result = block.read()
    return block.varying, body, result


def check_straight(module):
    """The straightened statements, run by Python, do what the function does."""
    lane, body, result = lane_names(module.program)
    made = straight(body, {"n": 3}, lane)
    assert not any(isinstance(n, ast.For) for s in made for n in ast.walk(s))
    lines = "\n".join(f"    {line}" for s in made for line in ast.unparse(ast.fix_missing_locations(s)).splitlines())
    space = dict(vars(module))
    exec(f"def straightened(x, g):\n{lines}\n    return {ast.unparse(result)}", space)
    with np.errstate(all="ignore"):
        for start in STARTS[:20]:
            x, y, g, h = start.copy(), start.copy(), np.zeros(3), np.zeros(3)
            f = module.program(x, g, 3)
            assert f == space["straightened"](y, h)
            assert np.array_equal(x, y)
            assert np.array_equal(g, h)


START = ["c0 = 1", "c, d = 3.0, 1.0", "p = x[0]", "q = 1.0", "r = x[n - 1] * c"]
END = ["for i in range(n):", "    g[i] = wrap(g[i] + x[i])"]


def program(body):
    """A module's text; the landscape puts x back."""
    keep, back = ["x0, x1, x2 = x[0], x[1], x[2]"], ["x[0], x[1], x[2] = x0, x1, x2"]
    zero = ["for i in range(n):", "    g[i] = 0.0"]
    lines = [*keep, *zero, *START, *(line.removeprefix("    ") for line in body), *END, *back]
    return "\n\n".join([HEAD, "\n".join(["def program(x, g, n):", *(f"    {line}" for line in lines),
                                           "    return wrap(p + 2.0 * q + 3.0 * r)"])]) + "\n"  # fmt: skip


@given(statements(2, 1, True))
def test_random_programs_straightened(tmp_path_factory, body):
    module = load(program(body), tmp_path_factory.mktemp("straight"))
    try:
        check_straight(module)
    except UnsupportedSource as refusal:
        assert "only a run knows" in str(refusal)


CALLS = {"a call that changes a vector", "a call in a loop", "a call under a uniform condition"}
ALONE = sorted(set(WRITTEN) - CALLS)


@pytest.mark.parametrize("name", ALONE)
def test_written_programs_straightened(tmp_path, name):
    check_straight(load(program([f"    {line}" for line in WRITTEN[name].splitlines()]), tmp_path))


@settings(max_examples=max(1, settings.default.max_examples // 10))
@given(statements(2, 1, True))
def test_random_programs_paired(tmp_path_factory, body):
    """Against Python, which the linked blocks are held to as well; sums of small whole numbers are exact."""
    folder = tmp_path_factory.mktemp("paired")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NGDM_LAB_CACHE", str(folder / "cache"))
        patch.setattr(lane_run, "FUSED_FROM", 0.0)
        patch.setattr(fused_kernel, "writes", lambda *_: False)  # they put x back
        patch.setattr("landscapes.define.is_own", lambda function: True)  # a user's landscape may not write it
        module = load(program(body), folder)
        surface = ls.landscape(bounds=(-9.0, 9.0), dim=3)(module.program)
        runs = lab.ensemble(lab.SGD(1.0, momentum=0.0), surface, STARTS, 1)
    with np.errstate(all="ignore"):
        for start, x, f in zip(STARTS, runs.x, runs.f, strict=True):
            g = np.full(3, np.nan)
            module.program(start.copy(), g, 3)
            assert np.array_equal(x, start - g)
            assert f == module.program(x.copy(), g, 3)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("for i in range(int(x[0])):\n    g[i] = 0.0", "the same for all lanes"),
        ("for i in range(int(c)):\n    g[i] = 0.0", "only a run knows"),
        ("for i in range(400):\n    g[0] = x[0] * i", "more than 300"),
        ("if c > 1.0:\n    k = 1\nelse:\n    k = 2\ng[0] = k * x[0]", "only a run knows"),
    ],
)
def test_what_cannot_be_written_out(tmp_path, body, said):
    module = load(program([f"    {line}" for line in body.splitlines()]), tmp_path)
    with pytest.raises(UnsupportedSource, match=said):
        straight(lane_names(module.program)[1], {"n": 3}, lane_names(module.program)[0])


def test_a_landscape_that_changes_x_stays_linked(monkeypatch):
    monkeypatch.setattr("landscapes.define.is_own", lambda function: True)  # a user's may not

    def moved(x, g):
        x[0] = x[0] + 1.0
        g[0] = x[0]
        return x[0]

    assert inspect.getsource(moved)
    assert not is_fused(lab.SGD(0.1), ls.landscape(bounds=(-1.0, 1.0), dim=1)(moved))
