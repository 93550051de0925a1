"""`ngdm-lab doctor`: what this installation has, and whether it works."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser("doctor", help="check the installation", description="Check the installation.")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Print versions, machine, cache, threads; GPU; run one small ensemble. Status 3 if the cache is of no use."""
    import time

    import numba

    import landscapes as ls
    from ngdm_lab import engine, optimizers
    from ngdm_lab.compiler.cuda import device as cuda_device
    from ngdm_lab.compiler.errors import Unavailable
    from ngdm_lab.compiler.threads import thread_count
    from ngdm_lab.engine import manifest
    from ngdm_lab.nets import device

    environment = manifest.environment()
    print("versions  " + ", ".join(f"{k} {v}" for k, v in environment["versions"].items()))
    machine = environment["machine"]
    print(f"machine   {machine['system']}, {machine['processor']}, {machine['cores']} cores")
    status = 0 if _cache() else 3
    began = time.perf_counter()
    runs = engine.ensemble(optimizers.get("adam", lr=0.1), ls.sphere(2), 64, 500, quantiles=False)
    ready = time.perf_counter() - began
    print(f"threads   {thread_count()} ({numba.threading_layer()})")
    arrived = int(runs.arrived.sum())
    print(f"engine    {environment['engine']}: {arrived} of 64 test runs arrived, {ready:.1f} s with compilation")
    why = cuda_device.reason()
    if why:
        print(f"gpu       none that can be used: {why}")
    else:
        try:
            opt, s = optimizers.get("adam", lr=0.1), ls.sphere(2)
            found = engine.ensemble(opt, s, 64, 500, backend="cuda", quantiles=False)
            print(f"gpu       {cuda_device.describe()}: {int(found.arrived.sum())} of 64 test runs arrived")
            arrived = min(arrived, int(found.arrived.sum()))
        except Exception as error:  # whatever a library that is half there raises: the rest is worth knowing
            print(f"gpu       none that can be used: {' '.join(str(error).split())}")
        try:
            device.get("cuda")
            print("          nets can be trained there: CuPy works")
        except Unavailable as error:
            print(f"          {error}")
    print("          GPU speed has not been measured yet; in the source tree, on a machine with a GPU, measure it by")
    print("          python -m pytest -m gpu -n 0 && python benchmarks/gpu.py")
    if arrived != 64:
        print("doctor    the test runs must all arrive: this installation computes wrong numbers")
        return 3
    return status


def _cache() -> bool:
    """Print where the cache is, its size, and whether it can be used, which is returned."""
    import tempfile

    from ngdm_lab.compiler.cache import contents
    from ngdm_lab.compiler.cache.folder import cache_folder, fault, opened

    folder = cache_folder()
    wrong = fault(folder)
    if wrong is None:
        try:
            with tempfile.TemporaryFile(dir=opened(folder) or folder):
                print(f"cache     {folder} (writable, by nobody else): {contents.describe(contents.entries())}")
            return True
        except OSError as error:
            wrong = error.strerror
    print(f"cache     {folder}: {wrong}; everything is compiled anew in each process")
    return False
