"""C in `ensemble.py`: the compatible one (lanes.c), the good one (good_lanes.c) and the machine's limits (limits.c)."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import numpy as np
from contestants import Contestant, diagonal, hyper, rules

import ngdm_lab as lab

COMMON = ["-O3", "-march=native", "-mprefer-vector-width=512", "-ffast-math", "-fPIC"]
# without associative math the compiler keeps the error terms of the reduction of sin and cos, as ours does
FLAGS = {"lanes": [*COMMON, "-fno-associative-math"], "good_lanes": COMMON, "limits": COMMON}
LANES = {"lanes": 64, "good_lanes": 16}  # runs of a block
# multiplications and multiply-adds that one coordinate needs at least, and roots with a division
NEEDS = {"rosenbrock": 7, "rastrigin": 23, "adam": 6, "diagonal": 3, "exact": 5}

Libraries = dict[str, ctypes.CDLL]


def c_libraries(folder: str) -> Libraries:
    """The three files, compiled; nothing without a compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        print("C is left out: there is no compiler")
        return {}
    made = {}
    for name, flags in FLAGS.items():
        library, source = os.path.join(folder, f"{name}.so"), Path(__file__).with_name(f"{name}.c")
        part = library.replace(".so", ".o")
        subprocess.run([compiler, *flags, "-c", "-o", part, str(source)], check=True)
        # linked without -ffast-math, with which the library would round subnormal numbers to 0 in the whole process
        subprocess.run([compiler, "-shared", "-o", library, part, "-lm"], check=True)
        made[name] = ctypes.CDLL(library)
    return made


def aligned(count: int) -> np.ndarray:
    """Doubles that begin where a vector may: at a multiple of 64 bytes."""
    room = np.empty(count + 8)
    return room[-room.ctypes.data // 8 % 8 :][:count]


def in_c(libraries: Libraries, which: str, surface: Any, rule: str, runs: int, steps: int) -> Contestant | None:
    """The C function of a pair, on starts in its layout; None without a compiler."""
    if which not in libraries:
        return None
    n, lanes, name = surface.dim, LANES[which], f"{surface.family.name}_{rule}"
    blocks = runs // lanes
    library = libraries[which]
    function = getattr(library, f"{name}_{n}" if hasattr(library, f"{name}_{n}") else name)
    x0 = lab.ensemble(rules()[rule], surface, runs, 0).x0.reshape(blocks, lanes, n).transpose(0, 2, 1)
    pointer = ctypes.POINTER(ctypes.c_double)
    h, d, values, best, x = hyper(rule), diagonal(surface), aligned(runs), aligned(runs), aligned(x0.size)
    given = [a.ctypes.data_as(pointer) for a in (x, values, best)]

    def go() -> float:
        x.reshape(x0.shape)[:] = x0
        began = time.process_time()
        function(*given, ctypes.c_long(blocks), ctypes.c_int(n), ctypes.c_long(steps),
                 h.ctypes.data_as(pointer), d.ctypes.data_as(pointer))  # fmt: skip
        seconds = time.process_time() - began
        go.values = values.copy()  # type: ignore[attr-defined]
        return seconds

    return go


def limits(libraries: Libraries) -> dict[str, float]:
    """The most of five tries of one core, a second: multiply-adds, roots with a division, bytes read and written."""
    if not libraries:
        return {}
    library, pointer = libraries["limits"], ctypes.POINTER(ctypes.c_double)
    count, cells = 1_000_000, 8_000_000
    source, target = np.ones(cells), np.zeros(cells)
    to, out = (a.ctypes.data_as(pointer) for a in (target, source))
    tasks = {
        "multiply_adds": (lambda: library.multiply_adds(ctypes.c_long(count)), 16 * 8 * count),
        "roots": (lambda: library.roots(ctypes.c_long(count // 10)), 16 * 8 * count // 10),
        "bytes": (lambda: library.copy(to, out, ctypes.c_long(cells)), 16 * cells),
    }
    made = dict.fromkeys(tasks, 0.0)
    for _ in range(5):
        for name, (task, work) in tasks.items():
            began = time.process_time()
            task()
            made[name] = max(made[name], work / (time.process_time() - began))
    return made


def least_ns(most: dict[str, float], family: str, rule: str) -> float:
    """Nanoseconds that a step of one coordinate takes at least, with every unit full; not a number without C."""
    if not most:
        return float("nan")
    arithmetic = (NEEDS[family] + NEEDS[rule]) / most["multiply_adds"]
    return 1e9 * max(arithmetic, 1.0 / most["roots"] if rule == "adam" else 0.0)
