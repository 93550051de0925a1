"""The PTX that is tried here is what a launch runs."""

from __future__ import annotations

import re
import sys

import pytest

import landscapes as ls
import ngdm_lab as lab
import ptx_way
from ngdm_lab.compiler.cuda import ptx as cuda_ptx
from ngdm_lab.compiler.cuda.load import load
from ngdm_lab.engine.cuda_kernel import kernel
from ptx_cpu.text import parse

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="NVIDIA has no CUDA packages for macOS")


def instructions(text):
    """Without the kernel's mangled name."""
    return [re.sub(r"_Z\w+_param", "param", str(one)).rpartition(" (line")[0] for one in parse(text).body]


def test_it_is_what_numba_compiles_for_a_launch(monkeypatch):
    """Where nvJitLink is, ``cuda.jit`` optimises at link time and for the device's own architecture."""
    from numba import cuda
    from numba.cuda import codegen, dispatcher

    k = kernel(ls.rastrigin(10), lab.Adam(0.1).rule, None)
    mine = cuda_ptx.linked(load(k), k.signature)
    assert ".target sm_90a" in mine
    monkeypatch.setattr(dispatcher._Kernel, "bind", lambda self: None)
    ensured = codegen.CUDACodeLibrary._ensure_cc
    with cuda_ptx._without_a_device((9, 0)):
        device = type("Context", (), {"device": dispatcher.get_current_device()})
        monkeypatch.setattr(codegen.devices, "get_context", lambda: device)
        [overload] = cuda.jit(k.signature)(load(k)).overloads.values()
        library = overload._codelibrary
        assert library._lto
        assert ensured(library, None) == (9, 0, "a")
        theirs = library.get_lto_ptx()
    assert instructions(mine) == instructions(theirs)


def test_it_is_kept_on_disk(tmp_path, monkeypatch):
    k = kernel(ls.sphere(2), lab.Adam(0.1).rule, None)
    made = []
    linked = cuda_ptx.linked
    monkeypatch.setattr(cuda_ptx, "linked", lambda *given: made.append(given) or linked(*given))
    for _ in range(2):
        monkeypatch.setattr(ptx_way, "_programs", {})
        ptx_way.program(k, tmp_path)
    assert len(made) == 1
    assert len(list(tmp_path.iterdir())) == 1
