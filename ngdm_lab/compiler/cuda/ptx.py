"""Assembly of CUDA kernels without a GPU: PTX from Numba, then the registers and instructions that ptxas reports.

A launch runs what nvJitLink makes of a kernel, with link-time optimisation and for one architecture: `linked`.
This is how the kernels are checked on a machine that has no GPU. It needs the extra ``cuda-check``.
"""

from __future__ import annotations

import contextlib
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ngdm_lab.compiler.errors import Unavailable

from .load import compiler_errors, device_function, load
from .source import Kernel

__all__ = ["assemble", "counts", "function_ptx", "linked", "ptx", "ptxas"]


@contextlib.contextmanager
def _without_a_device(cc: tuple[int, int]) -> Iterator[None]:
    """Answers with `cc` what Numba asks a device when a kernel calls a device function."""
    from numba.cuda import dispatcher

    asked = dispatcher.get_current_device
    dispatcher.get_current_device = lambda: type("Device", (), {"compute_capability": cc})
    try:
        with _without_nvrtc(cc):
            yield
    finally:
        dispatcher.get_current_device = asked


@contextlib.contextmanager
def _without_nvrtc(cc: tuple[int, int]) -> Iterator[None]:
    """Where NVIDIA's run-time compiler is not installed, 60 MB that nothing here needs, answers in its place."""
    from numba.cuda import cuda_paths
    from numba.cuda.cudadrv import nvrtc

    try:
        asked = cuda_paths._get_nvrtc_path, nvrtc.get_supported_ccs
        asked[0]()
    except Exception:  # another release of Numba's, or the library is not there
        pass
    else:
        yield
        return
    cuda_paths._get_nvrtc_path, nvrtc.get_supported_ccs = lambda: None, lambda: (cc,)
    try:
        yield
    finally:
        cuda_paths._get_nvrtc_path, nvrtc.get_supported_ccs = asked


def ptx(k: Kernel, cc: tuple[int, int] = (9, 0)) -> str:
    """The kernel's PTX for a compute capability."""
    function = load(k)
    with compiler_errors(k):
        return _compile(function, k.signature, cc, device=False)


def function_ptx(function: Any, signature: str, cc: tuple[int, int] = (9, 0)) -> str:
    """The PTX of a scalar plain function, such as `trigamma_source`, as a device function."""
    return _compile(device_function(function).py_func, signature, cc, device=True)


def linked(function: Any, signature: str, cc: tuple[int, int] = (9, 0)) -> str:
    """The PTX that a launch of a kernel runs on a device of a compute capability: that of ``cuda.jit(signature)``.

    Parameters
    ----------
    function : as `load` gives it.
    """
    code = _compile(function, signature, _own(cc), device=False, output="ltoir")
    from cuda.core import Linker, LinkerOptions, ObjectCode

    options = LinkerOptions(arch=f"sm_{''.join(map(str, _own(cc)))}", link_time_optimization=True, ptx=True)
    try:
        made = Linker(ObjectCode.from_ltoir(code), options=options).link("ptx").code
    except Exception as error:  # whatever stands for a library that is not there
        raise Unavailable(f'nvJitLink cannot be used ({error}): pip install "ngdm-lab[cuda-check]"') from error
    return bytes(made).decode().rstrip("\0")


def _own(cc: tuple[int, int]) -> tuple[Any, ...]:
    """The architecture that Numba compiles for: that of the device alone where there is one, such as sm_90a."""
    return (*cc, "a") if cc >= (9, 0) else cc


def _compile(function: Any, signature: str, cc: tuple[Any, ...], *, device: bool, output: str = "ptx") -> Any:
    if importlib.util.find_spec("numba_cuda") is None:
        raise Unavailable('numba-cuda is missing: pip install "ngdm-lab[cuda-check]"')
    from numba import cuda

    with _without_a_device((cc[0], cc[1])):
        made, _ = cuda.compile(function, signature, cc=cc, abi="numba", output=output, device=device)
    return made.decode() if output == "ptx" and isinstance(made, bytes) else made


def ptxas() -> str:
    """The path of NVIDIA's assembler: that of the wheel nvidia-cuda-nvcc, else the one on the PATH.

    Raises Unavailable where there is none.
    """
    for folder in map(Path, sys.path):
        for wheel in sorted(folder.glob("nvidia/*/bin/ptxas")):
            return str(wheel)
    installed = shutil.which("ptxas")
    if installed is None:
        raise Unavailable('ptxas is missing: pip install "ngdm-lab[cuda-check]"')
    return installed


def assemble(texts: Sequence[str], cc: tuple[int, int] = (9, 0)) -> list[dict[str, int]]:
    """Assemble PTX texts; for each its registers, bytes of stack, of spill stores and of spill loads.

    Raises RuntimeError with the assembler's words where it refuses a text.
    """
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for k, text in enumerate(texts):
            source = Path(folder) / f"{k}.ptx"
            source.write_text(text)
            command = [ptxas(), "-v", f"-arch=sm_{cc[0]}{cc[1]}", str(source), "-o", str(source.with_suffix(".cubin"))]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode:
                raise RuntimeError(f"ptxas: {done.stderr.strip().splitlines()[0]}")
            rows.append(_read(done.stderr))
    return rows


def _read(report: str) -> dict[str, int]:
    found = {"stack": r"(\d+) bytes stack frame", "spill_stores": r"(\d+) bytes spill stores",
             "spill_loads": r"(\d+) bytes spill loads", "registers": r"Used (\d+) registers"}  # fmt: skip
    return {k: max((int(v) for v in re.findall(pattern, report)), default=0) for k, pattern in found.items()}


def counts(text: str) -> dict[str, int]:
    """Instructions of a PTX text by kind, as they stand in it, and of its longest loop, the steps of a run.

    A loop within another counts once; a kernel of few coordinates has none but the steps.
    """
    words, start, stop = _instructions(text)
    loop = words[start:stop]
    return {
        "f64": _of(_F64, words),
        "f32": _of(_F32, words),
        "integer_division": _of(r"(div|rem)\.[su](32|64)", words),
        "local_memory": _of(r"(ld|st)\.local.*", words),
        "calls": _of(r"call.*", words),
        "step": len(loop),
        "step_f64": _of(_F64, loop),
        "step_f32": _of(_F32, loop),
        "step_memory": _of(r"(ld|st)\..*", loop),
    }


_F64 = r"(add|sub|mul|fma|div|rcp|sqrt|rsqrt|neg|abs|min|max|set|setp|selp|cvt)\..*f64.*"
_F32 = r"(add|sub|mul|fma|div|rcp|sqrt|rsqrt|neg|abs|min|max|set|setp|selp|ex2|lg2|sin|cos)\..*f32.*"


def _of(pattern: str, words: Sequence[str]) -> int:
    return sum(1 for word in words if re.fullmatch(pattern, word))


def _instructions(text: str) -> tuple[list[str], int, int]:
    """The instructions, and where the longest loop begins and ends among them."""
    words: list[str] = []
    labels: dict[str, int] = {}
    loops = [(0, 0)]
    inside = False
    for line in map(str.strip, text.splitlines()):
        inside = inside or line == "{"
        if not inside or not line or line[0] in "{}./":
            continue
        if line.startswith("$") and line.endswith(":"):
            labels[line[:-1]] = len(words)
            continue
        parts = line.rstrip(";").split()
        parts = parts[1:] if parts[0].startswith("@") else parts
        words.append(parts[0])
        if parts[0].startswith("bra") and parts[-1] in labels:
            loops.append((labels[parts[-1]], len(words)))
    return words, *max(loops, key=lambda ends: ends[1] - ends[0])
