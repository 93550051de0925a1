"""What a GPU, its driver or its libraries can do wrong, on a driver without a GPU (`driver.c`).

Each ends in one line that says what to do; `auto` goes on with the CPU, with a note; `ngdm-lab doctor` always prints.
Kernels run as PTX on this processor, and what they make is held against the CPU.
"""

from __future__ import annotations

import re
import sys

import pytest

from fake_driver import built, on_driver

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="NVIDIA has no CUDA packages for macOS")
START = """
from fake_gpu import attempt, counts, fail, run
from ngdm_lab.compiler.cuda import device
from ngdm_lab.engine import backend
def auto():
    import ngdm_lab as lab, landscapes as ls
    backend.LARGE = 1.0
    assert run("auto") == "lanes"
    made = lab.ensemble(lab.Adam(0.1), ls.sphere(2), 3, 10, backend="auto").manifest()
    return made["note"]
def doctor():
    from ngdm_lab.cli.main import main
    main(["doctor"])
"""
RESTART = r"the process, .*backend 'cpu'"
# settings of the driver; what is to be done, which `reason`, an ensemble, `auto` and `doctor` say
UNFIT = {
    "no driver": ({"INIT": 100}, r"no NVIDIA driver can be used \(.*NO_DEVICE.*it needs an NVIDIA GPU and its driver"),
    "a driver that is not well": ({"INIT": 999}, r"no NVIDIA driver can be used \(.*UNKNOWN.*see nvidia-smi"),
    "no device": ({"COUNT": 0}, "the driver sees no GPU: see nvidia-smi, and what CUDA_VISIBLE_DEVICES hides"),
    "too old a driver": ({"VERSION": 12020}, r"for CUDA 12\.2 and .* for CUDA 13: update the driver .*580 or later"),
    "capability 7.0": ({"CC": 70}, r"has compute capability 7\.0, and .* begin with 7\.5: pip install .*\[cuda12\]"),
    "capability 13.0": ({"CC": 130}, r"has compute capability 13\.0, which .* do not know: update them"),
}
# the call that fails and its error; what an ensemble says, and the next one
FAILING = {
    "out of memory at load": ("cuLibraryLoadData", 2, "the GPU's memory is full .*take fewer starts", "fine: cuda"),
    "a kernel that cannot be loaded": ("cuLibraryLoadData", 209, "the driver cannot load the kernels .*update it",
                                       "fine: cuda"),
    "out of memory at launch": ("cuLaunchKernel", 2, "the GPU's memory is full: 3 runs of 1 settings", "fine: cuda"),
    "out of memory at a copy": ("cuMemcpyDtoH", 2, "the GPU's memory is full .*take fewer starts", "fine: cuda"),
    "a launch that takes too long": ("cuLaunchKernel", 702, f"took too long.*LAUNCH_TIMEOUT.*restart {RESTART}", ""),
    "an illegal address": ("cuLaunchKernel", 700, f"stopped a kernel.*ILLEGAL_ADDRESS.*restart {RESTART}", ""),
    "a failed launch": ("cuMemcpyHtoD", 719, f"stopped a kernel.*LAUNCH_FAILED.*restart {RESTART}", ""),
    "an error without a word": ("cuCtxSynchronize", 999, "the driver reports CUDA_ERROR_UNKNOWN: see", "fine: cuda"),
}  # fmt: skip


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    return built(tmp_path_factory.mktemp("driver"))


@pytest.mark.parametrize("fault", UNFIT)
def test_what_does_not_fit(fault, driver):
    settings, words = UNFIT[fault]
    code = f"{START}\nattempt(device.reason); attempt(run); attempt(auto); doctor()"
    reason, error, note, *printed = on_driver(driver, code, **settings)
    assert re.search(rf"^fine: .*{words}", reason)
    assert re.search(rf"^Unavailable: backend 'cuda': .*{words}", error)
    assert re.search(rf"^fine: on the CPU, since .*{words}", note)
    [line] = [line for line in printed if line.startswith("gpu ")]
    assert re.search(rf"none that can be used: .*{words}", line)
    assert any(line.startswith("engine ") for line in printed)


@pytest.mark.parametrize("fault", FAILING)
def test_what_fails(fault, driver):
    """The next ensemble works, or says at once that the process must go."""
    call, error, words, then = FAILING[fault]
    code = f"{START}\nfail({call!r}, {error}); attempt(run); attempt(run)"
    first, second = on_driver(driver, code)
    assert re.search(f"^Unavailable: .*{words}", first)
    assert second.startswith(then or first)


@pytest.mark.parametrize("fault", ["a kernel that cannot be loaded", "a failed launch", "out of memory at a copy"])
def test_auto_goes_on_without(fault, driver):
    call, error, *_ = FAILING[fault]
    code = f"{START}\nfail({call!r}, {error})\nbackend.LARGE = 1.0\nattempt(lambda: run('auto')); doctor()"
    first, *printed = on_driver(driver, code)
    assert first == "fine: lanes"
    assert any(line.startswith("gpu ") for line in printed)


def test_nothing_fails(driver):
    code = f"{START}\nattempt(run); attempt(device.describe); attempt(device.reason); print(counts.loads, counts.used)"
    ran, described, reason, left = on_driver(driver, code)
    assert (ran, described, reason) == ("fine: cuda, float64", "fine: Fake GPU 0 (compute capability 9.0)", "fine: ")
    assert left.split()[0] == "1"


def test_memory_for_some_of_the_runs(driver):
    """They take turns: of 2000 runs that take 200 kB there is room for a few hundred."""
    code = f"{START}\nattempt(lambda: run(starts=2000, quantiles=False)); print(counts.launches, counts.peak)"
    ran, numbers = on_driver(driver, code, MEMORY=60_000)
    launches, peak = map(int, numbers.split())
    assert ran == "fine: cuda, float64"
    assert launches > 3
    assert peak <= 60_000


@pytest.mark.parametrize("first", ["thread", "main"])
def test_threads(first, driver):
    code = f"""{START}
import threading
def thread():
    other = threading.Thread(target=attempt, args=(run,))
    other.start()
    other.join()
for which in {["thread", "main"] if first == "thread" else ["main", "thread"]}:
    thread() if which == "thread" else attempt(run)"""
    assert on_driver(driver, code) == ["fine: cuda, float64"] * 2


def test_a_second_device(driver):
    code = f"""{START}
from numba import cuda
attempt(run)
cuda.select_device(1)
attempt(device.describe)
attempt(run)"""
    first, described, second = on_driver(driver, code, COUNT=2)
    assert described == "fine: Fake GPU 1 (compute capability 9.0)"
    assert (first, second) == ("fine: cuda, float64",) * 2


def test_a_fork(driver):
    """A child of a process that has used the GPU cannot; it says so, and its parent can."""
    code = f"""{START}
import os, sys
attempt(run)
sys.stdout.flush()
if os.fork() == 0:
    attempt(run)
    sys.stdout.flush()
    os._exit(0)
os.wait()
attempt(run)"""
    mine, child, again = on_driver(driver, code)
    assert (mine, again) == ("fine: cuda, float64",) * 2
    assert re.search(r"^Unavailable: .*cannot be used in this process .*forked.*'spawn'", child)
