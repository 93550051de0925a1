"""Texts that name several things, with commas between them, as the command line has them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from .checks import brief

__all__ = ["check_words", "read_words"]


def check_words(name: str, text: str) -> list[str]:
    """The words of a text with commas between them; a comma in brackets parts none. ValueError where there is none."""
    words = [word.strip() for word in re.split(r",(?![^\[\]]*\])", text) if word.strip()]
    if not words:
        raise ValueError(f"{name} must name at least one, got {brief(text)}")
    return words


def read_words(name: str, text: str, parse: Callable[[str], Any]) -> list[Any]:
    """What `parse` makes of each word of a text; the argument's name stands in the errors."""
    words = check_words(name, text)
    try:
        return [parse(word) for word in words]
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None
