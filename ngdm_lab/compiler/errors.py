"""What the compiler and the engines raise beside ValueError and TypeError."""

from __future__ import annotations

__all__ = ["Unavailable", "UnsupportedSource"]


class Unavailable(RuntimeError):
    """Something that this machine or installation lacks: a GPU, an extra, data."""


class UnsupportedSource(TypeError):
    """The function cannot be gathered as source; the message names the line and says what to write."""
