"""What a user defines in a script or in a notebook travels to other processes, and gives the same bits there."""

from __future__ import annotations

import pickle
import subprocess
import sys

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab

SCRIPT = '''
import sys
from math import cos

import numpy as np

import landscapes as ls
import ngdm_lab as lab

depth = 3.0


def wave(t):
    return depth * cos(t)


@ls.landscape(bounds=(-4, 4), minima=lambda n: np.zeros((1, n)), f_min=lambda n: -3.0 * n, dims=(1, None))
def egg_box(x, g, n, slope=0.5):
    """Waves in a bowl."""
    total = 0.0
    for i in range(n):
        g[i] = 2 * slope * x[i]
        total += slope * x[i] ** 2 - wave(x[i])
    return total


@lab.update_rule(state=("b",))
def nudged(x, g, b, n, t, lr, momentum=0.9):
    for i in range(n):
        b[i] = momentum * b[i] + g[i] + depth / 300
        x[i] = x[i] - lr * b[i]


def digest(surface, rule):
    runs = lab.ensemble(rule, surface, starts=30, steps=40, seed=3)
    return surface.name + runs.f.tobytes().hex()


if __name__ == "__main__":
    depth = 100.0  # a later cell
    surface, rule = egg_box(dim=2, slope=0.25), nudged(lr=0.01)
    expected = digest(surface, rule)
    jobs = [(surface, rule)] * 3
    way = sys.argv[1]
    if way == "file":
        import cloudpickle
        with open("things.pkl", "wb") as file:
            cloudpickle.dump((surface, rule, expected), file)
        made = [expected]
    elif way == "spawn":
        import multiprocessing
        with multiprocessing.get_context("spawn").Pool(2) as pool:
            made = pool.starmap(digest, jobs)
    elif way == "joblib":
        import joblib
        made = joblib.Parallel(n_jobs=2)(joblib.delayed(digest)(*job) for job in jobs)
    elif way == "dask":
        from distributed import Client, LocalCluster
        with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as c:
            made = c.gather(c.map(digest, *zip(*jobs), pure=False))
    assert made and all(one == expected for one in made), way
    print("the same")
'''


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


def _run(arguments, folder):
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, timeout=300,
                          check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize("way", ["spawn", "joblib", "dask"])
def test_other_processes_give_the_same_bits(script, tmp_path, way):
    assert _run([script.name, way], tmp_path) == "the same\n"


def test_a_process_that_never_saw_the_script(script, tmp_path):
    """The text travels, so it does not matter that the script is gone."""
    _run([script.name, "file"], tmp_path)
    script.unlink()
    code = """
import pickle
import ngdm_lab as lab
surface, rule, expected = pickle.load(open("things.pkl", "rb"))
runs = lab.ensemble(rule, surface, starts=30, steps=40, seed=3)
assert surface.name + runs.f.tobytes().hex() == expected
assert surface.family(dim=5, slope=1.0).value([0.0] * 5) == -15.0
assert surface.formula == "Waves in a bowl."
try:
    surface.family(dim=2).value([1.0])
except ValueError as error:
    print(error)
"""
    assert "shape" in _run(["-c", code], tmp_path)


def _local(scale, offsets):
    def helper(t):
        return scale * t

    @ls.landscape(bounds=lambda n: (-scale, scale), minima=lambda n: [[0.0] * n for _ in range(1)], dims=(1, 3))
    def local(x, g, n):
        total = 0.0
        for i in range(n):
            g[i] = 2 * helper(x[i]) * offsets[0]
            total += helper(x[i]) * x[i] * offsets[0]
        return total

    return local


def test_functions_inside_functions_travel_with_what_they_close_over():
    offsets = np.array([2.0, 5.0])
    family = _local(3.0, offsets)
    content = pickle.dumps(family(dim=2))
    offsets[:] = 0  # frozen when it was made
    assert pickle.loads(content).family is family  # in this process it is the same thing
    code = f"""
import pickle
surface = pickle.loads({content!r})
assert surface.value([1.0, 2.0]) == 30.0
assert surface.grad([1.0, 2.0]).tolist() == [12.0, 24.0]
assert surface.family(dim=3).bounds.tolist() == [[-3.0, 3.0]] * 3
again = pickle.loads(pickle.dumps(surface))
assert again.family is surface.family
"""
    _run(["-c", code], ".")


def test_equal_rules_of_other_cells_are_one():
    def make(step):
        @lab.update_rule()
        def walk(x, g, n, t, lr=step):
            for i in range(n):
                x[i] = x[i] - lr * g[i]

        return walk

    one, other = make(0.1), make(0.2)
    assert pickle.loads(pickle.dumps(one)) is one
    assert pickle.loads(pickle.dumps(other)) is other
    assert pickle.loads(pickle.dumps(one(lr=0.3))) == one(lr=0.3)
