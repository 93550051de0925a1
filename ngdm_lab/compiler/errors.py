"""What the compiler and the engines raise beside ValueError and TypeError."""

from __future__ import annotations

__all__ = ["OutOfRange", "Unavailable", "UnsupportedSource"]


class Unavailable(RuntimeError):
    """Something that this machine or installation lacks: a GPU, an extra, data."""


class UnsupportedSource(TypeError):
    """The function cannot be gathered as source; the message names the line and says what to write."""


class OutOfRange(IndexError, ValueError):
    """An index outside a vector, in a function of the user's; the message has function, line, index and length."""
