"""Results on disk: one npz with the manifest inside, written atomically, never a pickle."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.files import write_atomically

__all__ = ["read", "write", "write_json"]


def write(
    path: str | Path, kind: str, arrays: Mapping[str, NDArray[Any]], manifest: Mapping[str, Any], compress: bool = True
) -> Path:
    """Save named arrays and a JSON manifest as `path` (.npz is added where it is missing)."""
    target = Path(path)
    if target.suffix != ".npz":
        target = target.with_name(target.name + ".npz")
    text = json.dumps({"kind": kind, **manifest})
    buffer = io.BytesIO()
    save = np.savez_compressed if compress else np.savez
    save(buffer, manifest=np.frombuffer(text.encode(), dtype=np.uint8), **arrays)  # type: ignore[arg-type]
    _write(target, buffer.getvalue())
    return target


def read(path: str | Path) -> tuple[str, dict[str, NDArray[Any]], dict[str, Any]]:
    """(kind, arrays, manifest) of a saved result.

    Raises ValueError for a file that is no result of this lab, FileNotFoundError for none.
    """
    try:
        # opened here, since np.load leaves a file open that it cannot read
        with open(path, "rb") as stream, np.load(stream, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        manifest = json.loads(arrays.pop("manifest").tobytes())
        return manifest.pop("kind"), arrays, manifest
    except FileNotFoundError:
        raise
    except Exception as error:
        raise ValueError(f"{path} is no result saved by this lab ({type(error).__name__}: {error})") from None


def write_json(path: Path, value: Any) -> None:
    """Write JSON for people to read, atomically. NaN and infinities become text, since JSON has none."""
    _write(path, (json.dumps(_plain(value), indent=1, allow_nan=False) + "\n").encode())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, float) and not np.isfinite(value):
        return str(value)
    return value


def _write(path: Path, content: bytes) -> None:
    try:
        write_atomically(path, content)
    except OSError as error:
        raise ValueError(f"cannot write {path}: {error.strerror or error}") from error
