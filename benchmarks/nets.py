"""How long is a training step? The five models beside PyTorch's eager mode and JAX's jit, and what an update costs.

    python benchmarks/nets.py [--rounds 15] [--quick] [--output benchmarks/results/nets.json]

A step is loss and gradient of one batch in float32: 128 images or digits, or 32 windows of 50 steps. With the first
setting stand what each optimizer's update adds to it, timed after a step, its share of both, and the time of every
layer. Contestants take turns, so that a busy machine is busy for all; a ratio is the median of those of the rounds.
Each setting (one thread on one core, all cores) is a process of its own; in the last, NGDM_LAB_MATMUL=blas leaves all
matrix products to BLAS. With several threads a busy machine spoils the ratios too, since threads wait for each other:
look at the load average in each row, which on a quiet machine is about the number of threads. Peers that are not
installed are left out. Dropout is on; every contestant draws its own random parameters.

What each still loses to PyTorch on one thread: LeNet-5 some 10 %, all of it in its two convolutions (6.6 ms of 7.8 with
their ReLU, against 5.9 of 7.1, on a Zen 5): one input channel and 6 or 16 filters make products too thin for patches,
and PyTorch convolves without them. MLP, CIFAR net, LSTM and GRU lose nothing where `gemm` serves (AVX-512). Without it,
in the last setting, the CIFAR net and the LSTM are behind, by what OpenBLAS needs longer for their products.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

BATCHES = {
    "mlp": (128, 784),
    "lenet5": (128, 28, 28, 1),
    "cifar_cnn": (128, 32, 32, 3),
    "lstm_forecaster": (32, 50, 1),
    "gru_forecaster": (32, 50, 1),
}
TARGETS = {"cifar_cnn": 1.5}  # times PyTorch's step, one thread; 1.3 for the others


def take_turns(racers: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each contestant in every round, after two calls that compile and warm up."""
    for go in racers.values():
        go(), go()
    taken: dict[str, list[float]] = {name: [] for name in racers}
    for _ in range(rounds):
        for name, go in racers.items():
            began = time.perf_counter()
            go()
            taken[name].append(time.perf_counter() - began)
    return taken


def measure(name: str, threads: int, rounds: int, updates: bool) -> dict[str, Any]:
    """Milliseconds of one model's step for every contestant, and, where wanted, of all optimizers' updates."""
    import nets_peers
    import numpy as np

    from ngdm_lab import nets

    model, rng = getattr(nets, name)(), np.random.default_rng(0)
    x = rng.normal(size=BATCHES[name]).astype(np.float32)
    y = rng.integers(0, 10, len(x)) if model.loss.name == "cross_entropy" else rng.normal(size=(len(x), 1))
    y = y if y.dtype.kind == "i" else y.astype(np.float32)
    racers: dict[str, Callable[[], Any]] = {"ours": lambda: model.loss_and_gradient(x, y)}
    parameters = {"ours": model.size}
    for peer, make in (("torch", nets_peers.torch_step), ("jax", nets_peers.jax_step)):
        with contextlib.suppress(ImportError):
            racers[peer], parameters[peer] = make(name, x, y, threads)
    taken = take_turns(racers, rounds)
    ratios = {
        peer: statistics.median(o / t for o, t in zip(taken["ours"], taken[peer], strict=True))
        for peer in racers
        if peer != "ours"
    }
    row = {
        "model": name,
        "batch": list(BATCHES[name]),
        "parameters": parameters,
        "ms": {peer: 1e3 * statistics.median(times) for peer, times in taken.items()},
        "ours_over": ratios,
        "target_over_torch": TARGETS.get(name, 1.3),
    }
    if updates:
        row["updates"] = update_shares(model, x, y, statistics.median(taken["ours"]), rounds)
        row["layers_ms"] = layer_times(model, x, y, rounds)
    return row


def update_shares(model: Any, x: Any, y: Any, step: float, rounds: int) -> dict[str, Any]:
    """For each optimizer the milliseconds of its update, after a step of `step` seconds, and their share of both."""
    from ngdm_lab import optimizers
    from ngdm_lab.nets import Update

    kept, shares = model.vector.copy(), {}
    for name in optimizers.names():
        model.vector[...] = kept
        update = Update(optimizers.get(name, lr=1e-6), model)
        taken = []
        for _ in range(rounds + 1):  # the first compiles
            model.loss_and_gradient(x, y)  # so that gradient and caches are those of training
            began = time.perf_counter()
            update.step()
            taken.append(time.perf_counter() - began)
        seconds = statistics.median(taken[1:])
        shares[name] = {"ms": 1e3 * seconds, "share_of_step": seconds / (seconds + step)}
    return shares


def layer_times(model: Any, x: Any, y: Any, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of every layer in a step, forward and backward, by number and kind: where the time goes."""
    taken: dict[str, tuple[list[float], list[float]]] = {}

    def timed(method: Callable[..., Any], into: list[float]) -> Callable[..., Any]:
        def go(*given: Any, **options: Any) -> Any:
            began = time.perf_counter()
            made = method(*given, **options)
            into.append(time.perf_counter() - began)
            return made

        return go

    for k, layer in enumerate(model.layers):
        lists = taken[f"{k + 1} {layer.kind}"] = ([], [])
        layer.forward, layer.backward = timed(layer.forward, lists[0]), timed(layer.backward, lists[1])
    for _ in range(rounds):
        model.loss_and_gradient(x, y)
    return {name: [1e3 * statistics.median(part) if part else 0.0 for part in lists] for name, lists in taken.items()}


def child(threads: int, rounds: int, models: list[str], updates: bool) -> None:
    """Measure in this process; one JSON line for each model."""
    from threadpoolctl import threadpool_info

    for name in models:
        row = measure(name, threads, rounds, updates)
        blas = [info.get("architecture") for info in threadpool_info() if info["internal_api"] == "openblas"]
        conditions = {"openblas_kernels": blas[0] if blas else None, "load_average": os.getloadavg()[0]}
        print(json.dumps(row | conditions), flush=True)


def settings() -> list[tuple[str, int, dict[str, str]]]:
    """(name, threads, environment) of each process. Updates run on one thread, so the first measures them."""
    cores = len(os.sched_getaffinity(0))
    many: list[tuple[str, int, dict[str, str]]] = [(f"all {cores} cores", cores, {})] if cores > 1 else []
    return [("one thread", 1, {}), *many, ("one thread, BLAS", 1, {"NGDM_LAB_MATMUL": "blas"})]


def run(threads: int, extra: dict[str, str], rounds: int, models: list[str], updates: bool) -> list[dict[str, Any]]:
    """The rows of one setting, from a process of its own."""
    many = str(threads)
    limits = {"OPENBLAS_NUM_THREADS": many, "OMP_NUM_THREADS": many, "MKL_NUM_THREADS": many, "NUMBA_NUM_THREADS": many}
    command = [sys.executable, __file__, "--child", many, "--rounds", str(rounds), "--models", ",".join(models)]
    command += ["--updates"] if updates else []
    cores = sorted(os.sched_getaffinity(0))[-threads:]  # XLA heeds no variable: it sees the cores that it may use
    done = subprocess.run(
        command,
        env={**os.environ, **limits, **extra},
        preexec_fn=lambda: os.sched_setaffinity(0, cores),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def main() -> None:
    """Run all settings and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--models", default=",".join(BATCHES), help="names with commas between")
    parser.add_argument("--output", type=Path)
    parser.add_argument("--quick", action="store_true", help="three rounds")
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--updates", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    rounds, models = 3 if given.quick else given.rounds, given.models.split(",")
    if given.child:
        child(given.child, rounds, models, given.updates)
        return
    from ngdm_lab.engine import manifest

    table = []
    for number, (setting, threads, extra) in enumerate(settings()):
        for row in run(threads, extra, rounds, models, updates=number == 0):
            table.append({"setting": setting, "threads": threads, **row})
            ms = ", ".join(f"{peer} {value:8.2f} ms" for peer, value in row["ms"].items())
            over = ", ".join(f"{value:.2f} x {peer}" for peer, value in row["ours_over"].items())
            print(f"{setting:16} {row['model']:16} {ms};  ours is {over}", flush=True)
            shares = ", ".join(f"{opt} {update['share_of_step']:.1%}" for opt, update in row.get("updates", {}).items())
            print(f"{'':16} {'update of a step':16} {shares}\n" if shares else "", end="", flush=True)
            layers = sorted(row.get("layers_ms", {}).items(), key=lambda item: -sum(item[1]))[:4]
            most = ", ".join(f"{name} {sum(parts):.2f} ms" for name, parts in layers)
            print(f"{'':16} {'most goes to':16} {most}\n" if most else "", end="", flush=True)
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    report = {"date": today, "rounds": rounds, **manifest.environment(), "table": table}
    if given.output:
        given.output.parent.mkdir(parents=True, exist_ok=True)
        given.output.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    main()
