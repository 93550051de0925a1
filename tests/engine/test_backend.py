"""Choosing where to run, on machines without a GPU or without its packages."""

from __future__ import annotations

import importlib.util
import subprocess
import sys

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
from ngdm_lab.compiler.cuda import device as cuda_device
from ngdm_lab.compiler.errors import Unavailable
from ngdm_lab.engine import backend

OPT, S = lab.Adam(0.1), ls.sphere(2)


def test_without_the_package_the_line_says_what_to_install(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "numba_cuda" else found(name))
    with pytest.raises(Unavailable, match=r'numba-cuda is not installed: pip install "ngdm-lab\[cuda\]"') as caught:
        lab.ensemble(OPT, S, 3, 5, backend="cuda")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("CUDA driver library cannot be found.\nIf you ...", "no NVIDIA driver can be used .CUDA driver library"),
        ("Call to cuInit results in CUDA_ERROR_NO_DEVICE (100)", "CUDA_ERROR_NO_DEVICE"),
        ("", "not the CUDA libraries"),
    ],
)  # fmt: skip
def test_a_refused_driver_is_reported(monkeypatch, error, words):
    from numba import cuda

    monkeypatch.setattr(cuda_device.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(cuda, "is_available", lambda: False)
    monkeypatch.setattr(cuda, "cuda_error", lambda: error)
    with pytest.raises(Unavailable, match=words) as caught:
        backend.check_backend("cuda")
    assert "\n" not in str(caught.value)


def test_a_half_installed_toolkit_is_reported(monkeypatch):
    from numba import cuda

    def broken():
        raise OSError("libcuda.so.1: cannot open\nshared object file")

    monkeypatch.setattr(cuda_device.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(cuda, "is_available", broken)
    assert "OSError: libcuda.so.1: cannot open shared object file" in cuda_device.reason()


def test_auto_falls_back_quietly(monkeypatch, capsys):
    monkeypatch.setattr(backend, "LARGE", 0.0)
    monkeypatch.setattr(cuda_device, "reason", lambda: "no driver")
    assert np.array_equal(lab.ensemble(OPT, S, 3, 5, backend="auto").x, lab.ensemble(OPT, S, 3, 5).x)
    assert capsys.readouterr() == ("", "")


def test_auto_falls_back_where_the_gpu_cannot(monkeypatch):
    def full(*arguments, **options):
        raise Unavailable("the GPU's memory is full")

    monkeypatch.setattr(backend, "LARGE", 0.0)
    monkeypatch.setattr(backend, "Cuda", full)
    monkeypatch.setattr(cuda_device, "reason", lambda: "")
    assert np.array_equal(lab.ensemble(OPT, S, 3, 5, backend="auto").x, lab.ensemble(OPT, S, 3, 5).x)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"backend": "gpu"}, "backend must be one of 'cpu', 'cuda', 'auto', got 'gpu'"),
        ({"backend": "cuda", "precision": "half"}, "precision must be one of 'float64', 'float32', got 'half'"),
        ({"precision": "float32"}, "precision 'float32' needs backend 'cuda', got 'cpu'"),
        ({"backend": "auto", "precision": "float32"}, "precision 'float32' needs backend 'cuda', got 'auto'"),
    ],
)
def test_bad_words(given, words):
    with pytest.raises(ValueError, match=words):
        lab.ensemble(OPT, S, 3, 5, **given)


def test_no_cuda_is_imported_without_being_asked_for():
    code = """
import sys, landscapes as ls, ngdm_lab as lab
from ngdm_lab import engine
lab.ensemble(lab.Adam(0.1), ls.sphere(2), 3, 5)
lab.ensemble(lab.Adam(0.1), ls.sphere(2), 3, 5, backend="auto")
print(sorted(m for m in sys.modules if m.startswith(("numba.cuda", "numba_cuda", "cuda"))))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
