"""The state of runs: what follows from its fields, and that no function of the engine takes a heap of arguments."""

from __future__ import annotations

import ast
import inspect
import threading
from pathlib import Path
from typing import Annotated, NamedTuple, get_type_hints

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import landscapes as ls
import landscapes.blocks
import ngdm_lab as lab
from ngdm_lab.compiler.lanes import compiled
from ngdm_lab.engine import blocks, cuda_kernel, driver, fused_kernel, lane_driver, lane_run, rows, state
from ngdm_lab.engine.state import Blocks, Clock, Field, Problem, Records, Setting, allocated, fields, filled, signature

KINDS = Problem, Setting, Records, Clock, Blocks
MOST = 12  # parameters of a function
ENGINE = Path(driver.__file__).parent
ON = rows.CARRIED.index("on")


# -- no heap of arguments ---------------------------------------------------------------------------------


def heaps(text):
    """The functions of a module text with more than `MOST` parameters."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            a = node.args
            if len([*a.posonlyargs, *a.args, *a.kwonlyargs]) + (a.vararg is not None) + (a.kwarg is not None) > MOST:
                found.append(getattr(node, "name", "lambda"))
    return found


def test_the_guard_sees_a_heap():
    wide = ", ".join(f"a{k}" for k in range(MOST + 1))
    assert heaps(f"def one({wide}): pass\ndef two(a, *, b): pass") == ["one"]
    assert heaps(f"class A:\n    def three(self, {wide.removeprefix('a0, ')}, **more): pass") == ["three"]


@pytest.mark.parametrize("file", sorted(ENGINE.glob("*.py")), ids=lambda file: file.stem)
def test_no_function_takes_a_heap_of_arguments(file):
    assert heaps(file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("optimizer", [lab.optimizers.get(name) for name in ("apollo", "ngdm-gendir-exact")], ids=str)
def test_nor_does_a_generated_one(optimizer, monkeypatch):
    """Adaptors, which have the compiled signatures. What they call has the parameters of the user's own functions."""
    adaptors = []

    def kept(text, entry, given, adaptor=""):
        adaptors.append(adaptor)

    for module in (landscapes.blocks, blocks, fused_kernel):
        monkeypatch.setattr(module, "_made", {})
    for module in (compiled, fused_kernel):
        monkeypatch.setattr(module, "build_text", kept)
    surface = ls.rosenbrock(2)
    landscapes.blocks.landscape(surface)
    blocks.step(optimizer.rule, optimizer.solver(2))
    fused_kernel.compiled(surface, optimizer.rule, optimizer.solver(2))
    slow = blocks._slow(optimizer.rule, optimizer.solver(2)).replace("{name}", "rule")
    written = [text.replace("{name}", "entry") for text in adaptors]
    assert len([text for text in written if "def adaptor(" in text]) == 3
    for text in [*written, slow, inspect.getsource(rows.record), inspect.getsource(rows.finish)]:
        assert heaps(text) == []


def test_a_kernel_takes_its_fields_and_nothing_else():
    """Its parameters are flat: columns, limits, and the fields."""
    [frame] = [n for n in ast.parse(cuda_kernel.kernel(ls.sphere(2), lab.Adam(0.1).rule, None).frame).body
               if isinstance(n, ast.FunctionDef)]  # fmt: skip
    names = [a.arg for a in frame.args.args]
    of_runs = [name for name, field in fields(Records).items() if field.axes == "row"]
    assert names == ["V", "limit", *(f"problem_{name}" for name in Problem._fields),
                     *(f"setting_{name}" for name in Setting._fields), *(f"records_{name}" for name in of_runs),
                     *(f"clock_{name}" for name in Clock._fields)]  # fmt: skip
    assert cuda_kernel._signature("float32").count(",") >= len(names) - 1
    assert "float64" not in cuda_kernel._signature("float32")


# -- what follows from the fields -------------------------------------------------------------------------

DTYPES = ("float64", "int64", "int8", "uint64", "bool")


@st.composite
def kinds(draw):
    """A named tuple of arrays with some fields, and the lengths of its axes."""
    axes = draw(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 4), min_size=1))
    names = draw(st.lists(st.sampled_from(["u", "v", "w", "z"]), min_size=1, unique=True))
    hints = []
    for name in names:
        mine = draw(st.lists(st.sampled_from(sorted(axes)), min_size=1, max_size=3))
        hints.append((name, Annotated[object, Field(" ".join(mine), draw(st.sampled_from(DTYPES)), start=1)]))
    return NamedTuple("Drawn", hints), axes


@given(kinds())
def test_fields_drive_allocation_and_signature(drawn):
    kind, sizes = drawn
    made = allocated(kind, sizes)
    for name, field in fields(kind).items():
        a = getattr(made, name)
        assert a.shape == tuple(sizes[axis] for axis in field.axes.split())
        assert a.dtype == field.dtype
        assert (a == 1).all()
    assert numba.typeof(made) == signature(kind)  # what compiled code is given is what it was compiled for
    for a in made:
        a.setflags(write=False)
    again = filled(kind, **made._asdict())
    assert numba.typeof(again) == signature(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_described(kind):
    assert tuple(fields(kind)) == kind._fields
    assert set(get_type_hints(kind)) == set(kind._fields)
    assert f"# {kind.__name__}: {', '.join(kind._fields)}\n" == state.named(kind)


def test_what_a_job_holds_has_the_compiled_types():
    optimizers, s = [lab.Adam(0.1), lab.Adam(0.2)], ls.rosenbrock(3).rotated(1).noisy(0.1)
    setting = Setting.of(optimizers, [None, None], 3)
    made = (Problem.of(s, 1e-3), setting, Records.empty(4, 3), Clock.of(2**64 - 1, 7, 5))
    for part in made:
        assert numba.typeof(part) == signature(type(part))
    assert made[1].hyper[:, -1].tolist() == [0.1, 0.2]
    assert made[0].factor == ls.transforms.factor(s.program)
    assert not made[2].path_x.size


def test_every_number_of_a_run_has_its_place_in_a_block():
    of_runs = {name for name, field in fields(Records).items() if field.axes == "row"}
    assert of_runs == {*rows.KEPT, *rows.OTHERWISE}
    assert rows.starts(np.array([5.0, 6.0])).tolist() == [[np.inf, -1.0, 1.0, 5.0], [np.inf, -1.0, 1.0, 6.0]]
    kept = rows.ROWS.index("best"), rows.ROWS.index("hit"), rows.ROWS.index("f")
    table, records = np.arange(64.0 * len(rows.ROWS)).reshape(-1, 64), Records.empty(3, 1)
    rows.finish(records, table, 1, 9)
    assert [records.best[1], records.hit[1], records.f[1]] == [table[k, 9] for k in kept]
    assert records.best[0] == np.inf


@given(st.integers(0, 2**32 - 1))
def test_the_record_of_a_block_is_that_of_its_lanes(seed):
    """`rows.record` is written out of `records.keep`."""
    rng = np.random.default_rng(seed)
    table = rng.choice([-np.inf, -1.0, 0.0, 1.0, 2.0, np.inf, np.nan], (len(rows.ROWS), 64))
    looks = 0
    expected = table.copy()
    names = list(inspect.signature(rows.keep).parameters)
    for lane in range(64):
        entries = [expected[rows.ROWS.index(name), lane : lane + 1] for name in names]
        rows.keep(*entries)
        looks += int(entries[-1][0])
    expected[rows.ROWS.index("looks")] = table[rows.ROWS.index("looks")]
    assert rows.record(table) == looks
    assert np.array_equal(table, expected, equal_nan=True)


# -- packing, compaction ----------------------------------------------------------------------------------


def runs_of(counts, vectors, rng):
    """Runs of some settings as `packed` takes them, each number of them a different one."""
    ids = np.concatenate([np.arange(c) for c in counts])
    which = np.repeat(np.arange(len(counts)), counts)
    x, s, kept = (rng.random((len(ids), width)) for width in (3, 3 * vectors, len(rows.CARRIED)))
    kept[:, ON] = 1.0
    return ids, which, x, s, kept


@given(
    st.lists(st.integers(1, 150), min_size=1, max_size=3), st.integers(0, 2), st.booleans(), st.integers(0, 2**32 - 1)
)
def test_packing_loses_nothing(counts, vectors, mixed, seed):
    given_runs = runs_of(counts, vectors, np.random.default_rng(seed))
    laid = lane_run.packed(*given_runs, mixed=mixed)
    assert numba.typeof(laid) == signature(Blocks)
    assert len(laid.x) == (-(-sum(counts) // 64) if mixed else sum(-(-c // 64) for c in counts))
    for mine, again in zip(given_runs, lane_run.unpacked(laid), strict=True):
        assert np.array_equal(mine, again)


@given(st.lists(st.integers(1, 150), min_size=1, max_size=3), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_compaction_keeps_the_living(counts, share, seed):
    rng = np.random.default_rng(seed)
    ids, which, x, s, kept = runs_of(counts, 1, rng)
    records = Records.empty(max(counts) * len(counts), 3)
    setting = Setting(np.zeros((len(counts), 1)), np.zeros((len(counts), 0)), True, -1, -1, -1)
    lanes = object.__new__(lane_run.Lanes)
    lanes.job = state.Job(None, None, None, None, None, None, setting, records, None)
    lanes.blocks = lane_run.packed(ids, which, x, s, kept)
    dead = set(np.flatnonzero(rng.random(len(ids)) < share))
    for k in dead:
        at = (lanes.blocks.ids == ids[k]) & (lanes.blocks.setting == which[k])
        lanes.blocks.rows[:, ON][at] = 0.0
    lanes.compact(0)
    living = [k for k in range(len(ids)) if k not in dead]
    for mine, again in zip((ids, which, x, s, kept), lane_run.unpacked(lanes.blocks), strict=True):
        assert np.array_equal(mine[living], again)


def test_rows_begin_at_cache_lines():
    """So that vector loads are fast: the room is aligned, and each of its parts is whole lines long."""
    assert rows.BYTES % 64 == 0
    assert lane_driver.aligned(64).ctypes.data % 64 == 0


# -- looking between chunks, and threads ------------------------------------------------------------------


def test_the_innermost_look_is_called_in_its_own_thread(monkeypatch):
    monkeypatch.setattr(driver, "CHUNK", 1e-9)
    seen = []

    def run():
        list(driver.chunks(np.array([2]), 2, 1, lambda t0, t1: None, False, ""))

    with driver.watched(lambda: seen.append("outer")):
        with driver.watched(lambda: seen.append("inner")):
            run()
            other = threading.Thread(target=run)
            other.start()
            other.join()
        run()
    run()
    assert seen == ["inner"] * 3 + ["outer"] * 3
