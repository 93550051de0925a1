"""Compile gathered text with Numba and keep the machine code on disk, under the hash of its content.

The folder is the user's cache folder, or ``NGDM_LAB_CACHE`` (`cache/folder.py`). An entry is a folder that is made in
full beside its place and moved there in one step, with the digests of its files as its seal. An entry whose seal does
not fit, or to which others could have written, is made again; a place that cannot be written, or that others can write
to, costs a compilation, never a wrong result.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import os
import re
import secrets
import shutil
import sys
import threading
import types
import warnings
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from .cache.contents import SEAL, discard, prune_daily, touch
from .cache.folder import cache_folder, opened, ours, shut
from .complaint import complaint, failures
from .contract import FMA
from .errors import Unavailable, UnsupportedSource
from .flags import FLAGS as _CHOSEN
from .reading import guarded

__all__ = ["AT_MISSES", "FLAGS", "IMPORTS", "INLINE", "PLAIN", "build", "build_text"]

# NGDM_LAB_DEBUG=1 compiles everything with index checks, under keys of its own
FLAGS = {**_CHOSEN, "boundscheck": True} if os.environ.get("NGDM_LAB_DEBUG") == "1" else dict(_CHOSEN)
_INNER = {**FLAGS, "no_cpython_wrapper": True, "no_cfunc_wrapper": True}  # nobody calls it from Python
PLAIN = f"@_numba.njit(pipeline_class=_Inner, **{_INNER!r})"  # above a function that the compiled one calls
# and above a scalar one in a vector loop: LLVM would leave a long one a call, which ends vectorisation
INLINE = f"@_numba.njit(pipeline_class=_Inner, **{ ({**_INNER, 'forceinline': True})!r})"
# what every text begins with
IMPORTS = f"""import numba as _numba
from ngdm_lab.compiler.fma import fma as {FMA}
from ngdm_lab.compiler.inner import Inner as _Inner
"""
AT_MISSES: list[Callable[[], None]] = []  # called ahead of each compilation into the cache
_memory: dict[Any, Any] = {}
_locating = threading.RLock()


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

    Raises
    ------
    UnsupportedSource : for a function that Numba cannot compile; and without an adaptor, for one that is not plain.
        With one, such a function (it closes over an array, say) is compiled as it stands, in this process only.
    """
    try:
        return _build(function, signature, adaptor, helpers, flags)
    except failures() as error:
        raise complaint(function, error) from None


def _build(
    function: Callable[..., Any], signature: Any, adaptor: str, helpers: tuple[Any, ...], flags: dict[str, Any]
) -> Any:
    from .source import gather  # with all passes, which a process that compiles nothing does without

    _check_compiler()
    options = {**FLAGS, **flags}
    try:
        text, entry = gather(function, inline=PLAIN, helpers=helpers)
    except UnsupportedSource:
        if not adaptor:
            raise
        live = (function, helpers, adaptor, str(signature), repr(sorted(flags.items())))
        if live not in _memory:
            _memory[live] = _compile_live(function, signature, adaptor, helpers, options)
        return _memory[live]
    if adaptor:
        text = re.sub(rf"^(?=def {entry}\()", f"{PLAIN}\n", text, count=1, flags=re.MULTILINE)
    return build_text(text, entry, signature, adaptor=adaptor, **flags)


def _check_compiler() -> None:
    """Raise Unavailable where Numba is told not to compile."""
    from numba import config

    if config.DISABLE_JIT:
        raise Unavailable("NUMBA_DISABLE_JIT=1 switches off the compiler, without which nothing runs here: unset it; "
                          "NGDM_LAB_DEBUG=1 compiles with index checks")  # fmt: skip


def build_text(text: str, entry: str, signature: Any, *, adaptor: str = "", **flags: Any) -> Any:
    """Compile a self-contained module text; arguments as in `build`, `entry` names the function or the callee."""
    _check_compiler()
    options = {**FLAGS, **flags}
    if options.get("parallel"):  # Numba starts threads when it compiles such a function
        from .threads import check_threads

        check_threads()
    if adaptor:
        # by names that no landscape or parameter has: a function may be called `adaptor`, or `x`
        text += f"\n_entry = {entry}\n\n" + _named(adaptor)
        entry = "_adaptor"
    text = f"{IMPORTS}{text}"
    content = f"{text}\n{_imported()}\n{signature}\n{sorted(options.items())}\n{_machine()}"
    key = hashlib.sha256(content.encode()).hexdigest()[:32]
    if key not in _memory:
        _memory[key] = _compile_text(text, entry, key, signature, options)
    return _memory[key]


@cache
def _imported() -> str:
    """The source of what every text imports."""
    return "".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in ("fma.py", "inner.py"))


@cache
def _machine() -> str:
    """Whatever machine code depends on beside its source."""
    import llvmlite.binding as llvm
    import numba

    config = numba.config
    cpu, features = config.CPU_NAME or llvm.get_host_cpu_name(), config.CPU_FEATURES
    if not features:
        with contextlib.suppress(RuntimeError):  # a processor that LLVM does not know
            features = llvm.get_host_cpu_features().flatten()
    switches = config.OPT, config.BOUNDSCHECK, config.DISABLE_JIT
    return f"{numba.__version__} {sys.implementation.cache_tag} {sys.platform} {cpu} {features} {switches}"


def _compile_text(text: str, entry: str, key: str, signature: Any, options: dict[str, Any]) -> Any:
    import numba

    def compiled(path: Path | str, **cached: Any) -> Any:
        namespace = _execute(text, str(path), key)
        with warnings.catch_warnings():  # functions handed on as arguments: to Numba an experiment, here relied upon
            warnings.filterwarnings("ignore", "First-class function type", numba.NumbaExperimentalFeatureWarning)
            warnings.filterwarnings("ignore", "Cannot cache", numba.NumbaWarning)  # a large table: compiled each time
            with _beside_the_source():
                return numba.njit(signature, **cached, **options)(namespace[entry])

    place = opened(cache_folder())
    if place is None:  # it cannot be made, or is not ours alone: compile in memory
        return compiled(f"<ngdm_lab {key}>")
    folder = place / key
    try:
        if _sealed(folder, text):
            touch(folder / SEAL)
            return compiled(folder / "source.py", cache=True)
    except Exception:  # whatever an entry does that we cannot use: it is made again, in its place
        discard(folder)
    prune_daily()
    try:
        workshop = folder.with_name(f".{key}-{secrets.token_hex(8)}")
        workshop.mkdir(0o700)
    except OSError:  # read-only or full
        return compiled(f"<ngdm_lab {key}>")
    try:
        for told in AT_MISSES:
            told()
        path = workshop / "source.py"
        path.write_bytes(text.encode())
        made = compiled(path, cache=True)
        (workshop / SEAL).write_bytes(_digests(workshop))
        shut(workshop)
        _move(workshop, folder, text)
        return made
    except failures():  # the function's own fault
        raise
    except Exception:  # the disk's, or Numba's cache has no place for it
        return compiled(f"<ngdm_lab {key}>")
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


@contextlib.contextmanager
def _beside_the_source() -> Iterator[None]:
    """Numba's files lie beside the text, where the seal covers them, wherever NUMBA_CACHE_DIR sends others."""
    import numba

    with _locating:
        elsewhere, numba.config.CACHE_DIR = numba.config.CACHE_DIR, ""
        try:
            yield
        finally:
            numba.config.CACHE_DIR = elsewhere


def _digests(folder: Path) -> bytes:
    """One line for each file of an entry."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".py", ".nbi", ".nbc"))
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder)}" for path in files]
    return "\n".join(lines).encode()


def _sealed(folder: Path, text: str) -> bool:
    """Whether an entry is there, ours, complete, undamaged and of this text: any other code would run, or crash."""
    try:
        if not ours(folder) or (folder / "source.py").read_bytes() != text.encode():
            return False
        return (folder / SEAL).read_bytes() == _digests(folder)
    except OSError:
        return False


def _move(workshop: Path, folder: Path, text: str) -> None:
    """Put a finished entry in its place, unless another process was faster."""
    for _ in range(2):
        with contextlib.suppress(OSError):
            workshop.rename(folder)
            return
        if _sealed(folder, text):
            return
        discard(folder)


def _compile_live(
    function: Any, signature: Any, adaptor: str, helpers: tuple[Any, ...], options: dict[str, Any]
) -> Any:
    """Compile a function that is no plain text in this process, uncached."""
    import numba

    namespace: dict[str, Any] = {helper.__name__: _live(helper) for helper in helpers}
    namespace["_entry"] = _live(function)
    exec(compile(IMPORTS + _named(adaptor), "<adaptor>", "exec"), namespace)
    return numba.njit(signature, **options)(namespace["_adaptor"])


def _named(adaptor: str) -> str:
    return adaptor.replace("{name}", "_entry").replace("def adaptor(", "def _adaptor(")


def _live(function: Any) -> Any:
    """An ordinary function compiled as it stands, and so the ordinary functions that it calls."""
    import numba

    if not isinstance(function, types.FunctionType):
        return function
    form, code = guarded(function), function.__code__

    def ready(value: Any) -> Any:
        return _live(value) if isinstance(value, types.FunctionType) and value is not function else value

    scope = {name: ready(function.__globals__[name]) for name in code.co_names if name in function.__globals__}
    scope["__name__"] = function.__module__
    if form is not None:
        for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
            scope[name] = ready(cell.cell_contents)
        exec(compile(ast.Module([form.tree], []), code.co_filename, "exec"), scope)
        return numba.njit(**FLAGS)(scope[form.tree.name])
    cells = tuple(types.CellType(ready(cell.cell_contents)) for cell in function.__closure__ or ())
    return numba.njit(**FLAGS)(types.FunctionType(code, scope, function.__name__, function.__defaults__, cells))


def _execute(text: str, path: str, key: str) -> dict[str, Any]:
    """Run a module's text. It is not imported, so that there is no .pyc to go stale."""
    module = types.ModuleType(f"ngdm_lab_compiled_{key}")
    module.__file__ = path
    sys.modules[module.__name__] = module  # where Numba looks for it when it loads machine code
    exec(compile(text, path, "exec"), module.__dict__)
    return module.__dict__
