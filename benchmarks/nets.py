"""How long is a training step? The five models beside PyTorch's eager mode and JAX's jit, and what an update costs.

    python benchmarks/nets.py [--rounds 15] [--quick] [--output benchmarks/results/nets.json]

A step is forward, backward and an update by SGD with Nesterov's momentum for one batch in float32: 128 images, or 32
windows of 50 steps. "torch" is PyTorch as it comes; "torch, best" is the fastest of its settings (channels last,
fused update), found anew for every model and number of threads. With the first setting stand what each optimizer's
update adds to loss and gradient, timed after them, its share of both, and the time of every layer. Contestants take
turns, so that a busy machine is busy for all; a ratio is the median of those of the rounds, by CPU time on one thread
and by wall time on several. Each setting (one thread on one core, all cores) is a process of its own; in the last,
NGDM_LAB_MATMUL=blas leaves all matrix products to BLAS, and convolutions with them. With several threads a busy machine
spoils the ratios, since threads wait for each other: look at the load average in each row, which on a quiet machine is
about the number of threads. Peers that are not installed are left out. Dropout is on; every contestant draws its own
random parameters.

Where a processor has AVX-512, all five are ahead of PyTorch's best setting: products by `gemm`, convolutions of images
that lie side by side (`layers/lanes.py`). Without it, in the last setting, convolutions are products of patches, and
the nets that convolve are behind.
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
TARGET = 0.95  # times the best PyTorch's step


def take_turns(racers: dict[str, Callable[[], Any]], rounds: int, clock: Callable[[], float]) -> dict[str, list[float]]:
    """Seconds of each contestant in every round, after two calls that compile and warm up."""
    for go in racers.values():
        go(), go()
    taken: dict[str, list[float]] = {name: [] for name in racers}
    for _ in range(rounds):
        for name, go in racers.items():
            began = clock()
            go()
            taken[name].append(clock() - began)
    return taken


def measure(name: str, threads: int, rounds: int, updates: bool) -> dict[str, Any]:
    """Milliseconds of one model's step for every contestant, and, where wanted, of all optimizers' updates."""
    import nets_peers
    import numpy as np

    from ngdm_lab import SGD, nets

    model, rng = getattr(nets, name)(), np.random.default_rng(0)
    x = rng.normal(size=BATCHES[name]).astype(np.float32)
    y = rng.integers(0, 10, len(x)) if model.loss.name == "cross_entropy" else rng.normal(size=(len(x), 1))
    y = y if y.dtype.kind == "i" else y.astype(np.float32)
    update = nets.Update(SGD(lr=nets_peers.LR, momentum=nets_peers.MOMENTUM), model)
    clock = time.process_time if threads == 1 else time.perf_counter
    racers: dict[str, Callable[[], Any]] = {"ours": lambda: (model.loss_and_gradient(x, y), update.step())}
    parameters, best = {"ours": model.size}, None
    with contextlib.suppress(ImportError):
        made = {s: nets_peers.torch_step(name, x, y, threads, s) for s in nets_peers.SETTINGS}
        tried = take_turns({s: go for s, (go, _) in made.items()}, max(3, rounds // 3), clock)
        best = min(tried, key=lambda s: statistics.median(tried[s]))
        racers["torch"], parameters["torch"] = made[next(iter(made))]
        racers["torch, best"] = made[best][0]
    with contextlib.suppress(ImportError):
        racers["jax"], parameters["jax"] = nets_peers.jax_step(name, x, y, threads)
    taken = take_turns(racers, rounds, clock)
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
        "torch_best": best,
        "target_over_torch_best": TARGET,
    }
    if updates:
        row["updates"] = update_shares(model, x, y, rounds)
        row["layers_ms"] = layer_times(model, x, y, rounds)
    return row


def update_shares(model: Any, x: Any, y: Any, rounds: int) -> dict[str, Any]:
    """For each optimizer the milliseconds of its update after loss and gradient, and its share of both."""
    from ngdm_lab import optimizers
    from ngdm_lab.nets import Update

    kept, shares = model.vector.copy(), {}
    for name in optimizers.names():
        model.vector[...] = kept
        update = Update(optimizers.get(name, lr=1e-6), model)
        taken = []
        for _ in range(rounds + 1):  # the first compiles
            began = time.process_time()
            model.loss_and_gradient(x, y)  # so that gradient and caches are those of training
            between = time.process_time()
            update.step()
            taken.append((time.process_time() - between, time.process_time() - began))
        seconds, step = (statistics.median(column) for column in zip(*taken[1:], strict=True))
        shares[name] = {"ms": 1e3 * seconds, "share_of_step": seconds / step}
    return shares


def layer_times(model: Any, x: Any, y: Any, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of every layer in a step, forward and backward, by number and kind: where the time goes."""
    taken: dict[str, tuple[list[float], list[float]]] = {}

    def timed(method: Callable[..., Any], into: list[float]) -> Callable[..., Any]:
        def go(*given: Any, **options: Any) -> Any:
            began = time.process_time()
            made = method(*given, **options)
            into.append(time.process_time() - began)
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
