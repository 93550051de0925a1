"""The second process that compiles ahead of a race: it compiles what the race looks for, and ends with it."""

from __future__ import annotations

import os
import sys
import time

import pytest

import landscapes as ls
from landscapes import batch
from landscapes import blocks as landscape_blocks
from ngdm_lab.cli import ahead, second
from ngdm_lab.compiler import build
from ngdm_lab.engine import blocks, order_statistics
from ngdm_lab.experiments.maps import flow
from ngdm_lab.experiments.race.ahead import compile_ahead
from ngdm_lab.experiments.race.plan import plan
from ngdm_lab.optimizers import base


@pytest.fixture
def small():
    return make()


def make():
    return plan(["sgd", "ngdm-gendir-exact"], [ls.himmelblau(), ls.sphere(4)], 12, 40, 0, tuning_starts=8)


@pytest.fixture
def several(monkeypatch):
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


@pytest.fixture
def started(several, monkeypatch):
    """The second processes that were begun."""
    begun, start = [], second.start

    def noted(*given, **pipes):
        begun.append(start(*given, **pipes))
        return begun[-1]

    monkeypatch.setattr(second, "start", noted)
    return begun


def test_what_is_compiled_ahead_is_what_the_race_needs(monkeypatch):
    def needed(work):
        with monkeypatch.context() as patched:
            patched.setattr(build, "_memory", {})
            for made in (blocks, landscape_blocks):
                patched.setattr(made, "_made", {})
            compilers = base._compiled_solver, order_statistics.compiled
            for kept in (flow.follow, batch._one_by_one, batch._side_by_side, *compilers):
                kept.cache_clear()
            work()
            return set(build._memory)

    make().run(progress=False)  # links what any race begins with, the driver first
    transforms = needed(lambda: [landscape_blocks.transform(f) for f in (ls.transforms.inward, ls.transforms.outward)])
    ours = needed(lambda: compile_ahead([(o, s) for _, o, s in make().pairs]))
    race = needed(lambda: make().run(progress=False).pictures)
    assert len(race) > 5
    assert race <= ours | transforms


def test_one_thing_that_is_missing_starts_nothing(small, started):
    with ahead.compiling_ahead(small):
        for told in build.AT_MISSES:
            told()
    assert not started
    assert not build.AT_MISSES


def test_more_that_is_missing_starts_a_process_which_compiles(small, started):
    with ahead.compiling_ahead(small):
        for _ in range(5):
            build.AT_MISSES[0]()
        [other] = started
        assert other.wait(timeout=120) == 0


def test_an_interrupt_ends_it(small, started):
    def interrupted():
        for _ in range(2):
            build.AT_MISSES[0]()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), ahead.compiling_ahead(small):
        interrupted()
    assert started[0].returncode not in (None, 0)


@pytest.mark.usefixtures("several")
@pytest.mark.parametrize("program", ["/no/such/python", "/bin/false", ""])
def test_a_race_without_it_runs(small, monkeypatch, program):
    monkeypatch.setattr(sys, "executable", program)
    with ahead.compiling_ahead(small):
        for _ in range(2):
            build.AT_MISSES[0]()
        assert len(small.run(progress=False).entries) == len(small.pairs)


def test_it_leaves_out_what_a_user_defined(started):
    @ls.landscape(bounds=(-5, 5), minima=[[0, 0]], dim=2)
    def own_bowl(x, g):
        g[0] = 2 * x[0]
        g[1] = 20 * x[1]
        return x[0] ** 2 + 10 * x[1] ** 2

    own = own_bowl if isinstance(own_bowl, ls.Surface) else own_bowl(2)
    with ahead.compiling_ahead(plan(["sgd"], [own, ls.sphere(2)], 5, 5, 0)):
        for _ in range(2):
            build.AT_MISSES[0]()
        assert started[0].wait(timeout=120) == 0


def test_misses_of_the_cache_are_told_and_hits_are_not(tmp_path, monkeypatch):
    from numba import int64

    monkeypatch.setenv("NGDM_LAB_CACHE", str(tmp_path / "cache"))
    told = []
    monkeypatch.setattr(build, "AT_MISSES", [lambda: told.append(time.time())])
    for expected in (1, 1):
        monkeypatch.setattr(build, "_memory", {})
        assert build.build_text("def three():\n    return 3\n", "three", int64())() == 3
        assert len(told) == expected
