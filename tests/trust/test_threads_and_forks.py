"""Forks and threads: each of Numba's layers works, or what it cannot do is refused at once."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="a system without fork")

SCRIPT = """
import multiprocessing, sys, threading
import numpy as np
import landscapes as ls, ngdm_lab as lab
from ngdm_lab.nets.matmul import matmul

def runs(seed=1):
    made = lab.ensemble(lab.Adam(0.05), ls.rosenbrock(2), starts=2000, steps=300, seed=seed)
    return made.f.tobytes().hex()

def told():
    try:
        return runs()
    except lab.Unavailable as error:
        return str(error)

def product():
    a = np.ones((512, 512), np.float32)
    out = np.empty_like(a)
    matmul(a, a, out)
    return float(out[0, 0])

def forked(call):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return pool.apply_async(call).get(timeout=60)
"""


def _told(body, layer):
    environment = {**os.environ, "NUMBA_THREADING_LAYER": layer, "NUMBA_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", SCRIPT + body], env=environment, capture_output=True, text=True,
                          timeout=200, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.strip()


@needs_fork
@pytest.mark.parametrize("layer", ["omp", "workqueue"])
def test_after_a_fork_an_ensemble_runs_or_is_refused_at_once(layer):
    out = _told("here = runs(); there = forked(told); print('the same' if there == here else there)", layer)
    refused = layer == "omp" and _vendor() == "GNU"
    assert out.startswith("this process was forked" if refused else "the same")


@needs_fork
def test_forks_before_the_first_use_run():
    assert _told("there = forked(runs); print(there == runs())", "omp") == "True"


@needs_fork
def test_after_a_fork_matrices_are_multiplied():
    """The pool's threads are not in the new process."""
    assert _told("print(product(), forked(product))", "omp") == "512.0 512.0"


@pytest.mark.parametrize("layer", ["omp", "workqueue"])
def test_threads_run_ensembles_at_once(layer):
    body = """
made = [None] * 4
def one(k):
    made[k] = runs(k)
crowd = [threading.Thread(target=one, args=(k,)) for k in range(4)]
for t in crowd: t.start()
for t in crowd: t.join()
print(made == [runs(k) for k in range(4)])
"""
    assert _told(body, layer) == "True"


def test_a_layer_that_is_not_there_is_named():
    out = _told("print(told())", "tbb")
    assert out.startswith("NUMBA_THREADING_LAYER=tbb: ") or bytes.fromhex(out)


def _vendor():
    from numba.np.ufunc import omppool

    return omppool.openmp_vendor
