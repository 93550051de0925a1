"""How fast is an ensemble on a GPU? Against the CPU engine on all cores, JAX on the GPU, and the chip's peak.

    python benchmarks/gpu.py [--rounds 5] [--output FILE] [--quick]
    python benchmarks/gpu.py --estimate [--output benchmarks/results/gpu_estimate.json]

The first needs an NVIDIA GPU and the extra "cuda" (with "cuda-check" for the share of the peak), and writes
benchmarks/results/gpu-DEVICE-DATE.json. Times are those of whole calls, starts and results included, alternating; a
ratio is the median over the rounds. `share_of_peak` takes the time that further steps add, so the kernel alone.

The second needs no GPU, only the extra "cuda-check": it assembles the kernels and says what their instruction counts
imply for an H100 and an H200 with all units full. That is an estimate of the kernel alone, and no measurement: a
division or root counts as one instruction here and is about ten in the machine.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from contestants import rules
from contestants_jax import in_jax
from gpu_chips import CHIPS, Chip, described, least_seconds, resident_threads, this_device

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.compiler.cuda import device as cuda_device
from ngdm_lab.compiler.cuda import ptx as cuda_ptx
from ngdm_lab.compiler.cuda.load import simulated
from ngdm_lab.compiler.errors import Unavailable
from ngdm_lab.engine import cuda_run, manifest
from ngdm_lab.engine.cuda_kernel import kernel

RESULTS = Path(__file__).with_name("results")
MILLION, LONG = 1_000_000, 2_000  # the lab's largest call: NGDM on Rosenbrock-2D


def cases(quick: bool) -> list[tuple[Any, int, int]]:
    """(surface, runs, steps)."""
    if quick:
        return [(ls.rosenbrock(2), 6, 20)]
    return [(ls.rosenbrock(2), MILLION, LONG), (ls.rastrigin(10), 200_000, LONG), (ls.rosenbrock(100), 20_000, LONG)]


def assembly(surface: Any, optimizer: Any, precision: str = "float64") -> dict[str, Any] | None:
    """Registers and counts of the kernel for capability 9.0; None where the assembler is not installed."""
    if simulated():
        return None
    k = kernel(surface, optimizer.rule, optimizer.solver(surface.dim), precision)
    try:
        text = cuda_ptx.ptx(k)
        return {"layout": "registers" if k.registers else "arrays", "vectors": k.vectors,
                **cuda_ptx.assemble([text])[0], **cuda_ptx.counts(text)}  # fmt: skip
    except Unavailable:
        return None


def estimate() -> dict[str, Any]:
    """What the assembly of the kernels in registers implies for a million runs of 2,000 steps."""
    surface, table = ls.rosenbrock(2), []
    for rule, optimizer in rules().items():
        for precision in ("float64", "float32"):
            row = assembly(surface, optimizer, precision)
            if row is None:
                raise Unavailable('the assembler is missing: pip install "ngdm-lab[cuda-check]"')
            seconds = {chip.name: least_seconds(chip, row, precision, MILLION * LONG) for chip in CHIPS}
            threads = resident_threads(row, cuda_run.THREADS)
            table.append({"surface": surface.name, "rule": rule, "precision": precision, "runs": MILLION, "steps": LONG,
                          "estimated_seconds": seconds, "threads_resident_of_2048": threads,
                          "assembly_9.0": row})  # fmt: skip
            times = ", ".join(f"{name} {1e3 * value:.1f} ms" for name, value in seconds.items())
            print(f"{rule:9} {precision}: {row['step']} instructions a step, {row['registers']} registers; "
                  f"estimate for {MILLION:,} runs x {LONG:,} steps: {times}")  # fmt: skip
    return {"kind": "ESTIMATE from instruction counts, all units full; nothing here was measured on a GPU",
            "chips": [described(chip) for chip in CHIPS], "table": table}  # fmt: skip


def whole_call(optimizer: Any, surface: Any, runs: int, steps: int, **options: Any) -> Callable[[], float]:
    """`lab.ensemble` as a function that returns its seconds."""

    def go() -> float:
        began = time.perf_counter()
        lab.ensemble(optimizer, surface, runs, steps, quantiles=False, **options)
        return time.perf_counter() - began

    return go


def jax_on_gpu(surface: Any, rule: str, runs: int, steps: int) -> Callable[[], float] | None:
    """JAX with the same records, where it is installed and has the GPU."""
    try:
        import jax
    except ImportError:
        return None
    return (
        in_jax(surface, rule, runs, steps, records=True, clock=time.perf_counter)
        if jax.default_backend() == "gpu"
        else None
    )


def measure(surface: Any, rule: str, runs: int, steps: int, rounds: int, chip: Chip | None) -> dict[str, Any]:
    """One row of the report."""
    optimizer = rules()[rule]
    cores = numba.config.NUMBA_NUM_THREADS
    few = max(runs // 16, 1)
    racers = {
        "cuda, float64": (whole_call(optimizer, surface, runs, steps, backend="cuda"), runs * steps),
        "cuda, float32": (whole_call(optimizer, surface, runs, steps, backend="cuda", precision="float32"),
                          runs * steps),
        f"cpu, {cores} threads": (whole_call(optimizer, surface, few, steps), few * steps),
        "jax on the gpu, same records": (jax_on_gpu(surface, rule, runs, steps), runs * steps),
    }  # fmt: skip
    present = {name: (go, work) for name, (go, work) in racers.items() if go is not None}
    for go, _ in present.values():
        go()  # compilation
    taken: dict[str, list[float]] = {name: [] for name in present}
    for _ in range(rounds):
        for name, (go, work) in present.items():
            taken[name].append(go() / work)
    ours = taken["cuda, float64"]
    row: dict[str, Any] = {
        "surface": surface.name, "rule": rule, "runs": runs, "steps": steps,
        "seconds_of_the_call": statistics.median(ours) * runs * steps,
        "run_steps_per_second": {name: 1 / statistics.median(t) for name, t in taken.items()},
        "times_as_slow_as_cuda_float64": {
            name: statistics.median(a / b for a, b in zip(t, ours, strict=True)) for name, t in taken.items()
        },
    }  # fmt: skip
    for precision in ("float64", "float32"):
        counted = assembly(surface, optimizer, precision)
        if chip is not None and counted is not None:
            short, long = (
                whole_call(optimizer, surface, runs, many, backend="cuda", precision=precision)
                for many in (steps, 2 * steps)
            )
            added = statistics.median(long() - short() for _ in range(rounds))
            row[f"peak, {precision}"] = peak(chip, counted, precision, surface.dim, runs * steps, added)
    return row


def peak(chip: Chip, counted: dict[str, Any], precision: str, n: int, work: int, seconds: float) -> dict[str, Any]:
    """The kernel's share of what binds when `work` steps take `seconds`: arithmetic in registers, else memory.

    By bytes, a step reads and writes each vector of a run once; a share above 1 is the cache's work.
    """
    out = {"seconds_that_as_many_steps_add": seconds, "assembly_9.0": counted}
    if counted["layout"] == "registers":
        return {**out, "share_of_arithmetic": least_seconds(chip, counted, precision, work) / seconds}
    moved = 2 * counted["vectors"] * n * (8 if precision == "float64" else 4) * work
    return {**out, "bytes_per_second": moved / seconds, "share_of_bandwidth": moved / seconds / chip.bandwidth}


def line(row: dict[str, Any]) -> str:
    """One row for reading."""
    rates = "  ".join(f"{name} {rate:.2e}" for name, rate in row["run_steps_per_second"].items())
    shares = [f"{k.removeprefix('share_of_')} {v:.2f}" for p in ("peak, float64", "peak, float32")
              for k, v in row.get(p, {}).items() if k.startswith("share")]  # fmt: skip
    return f"{row['surface']:16} {row['rule']:9} run-steps/s: {rates}" + (f"  of peak: {shares}" if shares else "")


def main() -> None:
    """Measure or estimate, and write the report."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, two rounds: does it run?")
    parser.add_argument("--estimate", action="store_true", help="from the assembly, without a GPU")
    given = parser.parse_args()
    today = datetime.date.today().isoformat()
    try:
        if given.estimate:
            report, output = estimate(), given.output
        else:
            cuda_device.check()
            rounds = 2 if given.quick else given.rounds
            chip = None if simulated() else this_device()
            table = []
            for surface, runs, steps in cases(given.quick):
                for rule in rules():
                    table.append(measure(surface, rule, runs, steps, rounds, chip))
                    print(line(table[-1]), flush=True)
            report = {"kind": "measured", "device": cuda_device.describe(), "rounds": rounds,
                      "chip": described(chip) if chip else None, "table": table}  # fmt: skip
            short = re.sub(r"[^a-z0-9]+", "-", cuda_device.describe().split("(")[0].lower()).strip("-")
            output = given.output or (None if given.quick else RESULTS / f"gpu-{short}-{today}.json")
    except Unavailable as why:
        raise SystemExit(str(why)) from None
    report = {**report, "date": today, **manifest.environment()}
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
