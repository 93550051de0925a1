"""Compile gathered text with Numba and keep the machine code on disk, under the hash of its content.

The folder is the user's cache folder, or ``NGDM_LAB_CACHE``. A file there is written once, atomically; a
folder that cannot be written or holds rubbish costs a compilation, never a wrong result.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .flags import FLAGS
from .plain import NotPlain, gather

__all__ = ["build", "cache_folder", "write_atomically"]

_memory: dict[str, Any] = {}


def cache_folder() -> Path:
    """The folder of compiled code: ``NGDM_LAB_CACHE`` or the user's cache folder of this platform."""
    chosen = os.environ.get("NGDM_LAB_CACHE")
    if chosen:
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_cache_dir("ngdm-lab")) / "compiled"


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or nothing, whatever interrupts us."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)  # mkstemp's 0600 would hide results from colleagues
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise


def build(
    function: Callable[..., Any], signature: Any, *, adaptor: str = "", helpers: tuple[Any, ...] = (), **flags: Any
) -> Any:
    """Compile a plain function for one signature, once per content and process.

    Parameters
    ----------
    function : the plain function.
    signature : Numba signature of the result.
    adaptor : text of a function ``adaptor`` that calls the function under the name ``{name}`` with unpacked
        arguments; then the adaptor is what is compiled for the signature.
    helpers : further plain functions that the adaptor calls by their names.
    flags : extra Numba options, such as ``parallel=True``.

    Returns
    -------
    The compiled function, to be passed to compiled code as a first-class function.
    """
    options = {**FLAGS, **flags}
    inline = f"@numba.njit(**{FLAGS!r})"
    try:
        text, entry = gather(function, inline=inline)
    except NotPlain:
        if not adaptor:
            raise
        return _compile_live(function, signature, adaptor, options)
    if adaptor:
        text = text.replace(f"def {entry}(", f"{inline}\ndef {entry}(", 1)
        text += "\n\n" + adaptor.replace("{name}", entry)
        entry = "adaptor"
    text = "import numba\n" + text
    key = hashlib.sha256(f"{text}\n{signature}\n{sorted(flags.items())}".encode()).hexdigest()[:32]
    if key not in _memory:
        _memory[key] = _compile_text(text, entry, key, signature, options)
    return _memory[key]


def _compile_text(text: str, entry: str, key: str, signature: Any, options: dict[str, Any]) -> Any:
    import numba

    folder = cache_folder() / key
    try:
        path = folder / "source.py"
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text() != text:
            write_atomically(path, text.encode())
        plain = _load(path, key)
    except OSError:  # read-only or full: compile in memory
        return numba.njit(signature, **options)(_execute(text, key)[entry])
    for attempt in range(2):
        try:
            return numba.njit(signature, cache=True, **options)(getattr(plain, entry))
        except numba.core.errors.NumbaError:
            raise
        except Exception:  # a damaged or unwritable cache: drop it and try once more, then without it
            if attempt == 0:
                shutil.rmtree(folder / "__pycache__", ignore_errors=True)
    return numba.njit(signature, **options)(getattr(plain, entry))


def _compile_live(function: Any, signature: Any, adaptor: str, options: dict[str, Any]) -> Any:
    """Compile a function that is no plain text (it closes over arrays, say) in this process, uncached."""
    import numba

    live = function if hasattr(function, "py_func") else numba.njit(**FLAGS)(function)
    namespace: dict[str, Any] = {"_live": live}
    exec(compile(adaptor.replace("{name}", "_live"), "<adaptor>", "exec"), namespace)
    return numba.njit(signature, **options)(namespace["adaptor"])


def _load(path: Path, key: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"ngdm_lab_compiled_{key}", path)
    if spec is None or spec.loader is None:
        raise OSError(f"cannot import {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # Numba looks the module up by name when it reads its cache
    spec.loader.exec_module(module)
    return module


def _execute(text: str, key: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": f"ngdm_lab_compiled_{key}"}
    exec(compile(text, f"<ngdm_lab {key}>", "exec"), namespace)
    return namespace
