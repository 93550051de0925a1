"""What the tests of the job runner run: functions that workers can import."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

THREADS = ("NUMBA_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def echo(**arguments):
    return arguments


def tenth(x, log=None, seconds=0.0):
    """0.1 x; each call leaves a line in the file `log`."""
    if log:
        with open(log, "a") as stream:
            stream.write(f"{x}\n")
    time.sleep(seconds)
    return {"x": x, "tenth": 0.1 * x, "odd": [None, float("nan"), -0.0][x % 3]}


def fails(x, log=None, seconds=0.0):
    if x < 0:
        raise KeyError(f"no {x}")
    return tenth(x, log, seconds)


class Unpicklable(Exception):
    def __init__(self, *, needed):
        super().__init__(needed)


def raises_what_cannot_travel():
    raise Unpicklable(needed="this")


def leaves():
    raise SystemExit(3)


def returns_a_set():
    return {"fine": 1, "wrong": [0, {1, 2}]}


def threads():
    import numba

    return {"environment": [os.environ.get(name) for name in THREADS], "numba": numba.config.NUMBA_NUM_THREADS}


def process(x):
    return os.getpid()


def interrupted(x):
    if x == 3:
        raise KeyboardInterrupt
    return x


def interrupts_parent(parent, x, journal):
    """Job 0 waits until another is in the journal."""
    if x == 0:
        while b'"kind":"job"' not in Path(journal).read_bytes():
            time.sleep(0.01)
        os.kill(parent, signal.SIGINT)
        time.sleep(60)
    return tenth(x)


def dies_once(x, mark):
    """Kills its process the first time."""
    if not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return tenth(x)


def dies(seconds=0.0):
    time.sleep(seconds)
    os.kill(os.getpid(), signal.SIGKILL)


def tells_process(x, folder, seconds):
    """Leaves its process id in the folder at once, then takes its time."""
    Path(folder, f"{x}-{os.getpid()}").touch()
    time.sleep(seconds)
    return tenth(x)


def descent(seed, rate, name, steps=20):
    """Gradient descent on a bowl from a start that the seed draws: the last value. The name changes nothing."""
    import numpy as np

    x = np.random.default_rng(seed).normal(size=3)
    for _ in range(steps):
        x = x - rate * x
    return {"rate": rate, "value": float(x @ x)}


def draw(seed, arm, shift=0.0):
    """A number that no rule has a part in, but for the shift."""
    import numpy as np

    return float(np.random.default_rng([seed, arm]).normal() + shift)
