"""Gathering the source of plain functions: what goes along, what is refused and in which words."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from math import sqrt as root
from typing import Any

import numpy as np
import pytest

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.source import gather

OFFSET = np.float64(0.5)
FLOOR = -math.inf


def half(v):
    return v / 2


def lifted(v, by=OFFSET, least=FLOOR):
    return max(v + by, least)


def subject(x: float) -> float:
    """Uses helpers, a renamed import, a NumPy number and math itself."""
    half_of = half(x)
    return root(half_of) + lifted(x) + math.floor(x)


def expected(x: float) -> float:
    return math.sqrt(x / 2) + x + 0.5 + math.floor(x)


def test_gathered_text_stands_alone() -> None:
    text, name = gather(subject)
    assert name == "subject"
    assert "Uses helpers" not in text
    assert ": float" not in text
    namespace: dict[str, Any] = {}
    exec(text, namespace)
    assert namespace["subject"](3.0) == subject(3.0) == expected(3.0)


def test_a_helper_may_have_a_line_of_its_own() -> None:
    text, _ = gather(subject, inline="@a", instead={"half": "@b"})
    assert "@b\ndef half(" in text
    assert "@a\ndef lifted(" in text
    assert "@a\ndef half(" not in text
    assert text.count("@") == 2


def calls_itself(x):
    return calls_itself(x - 1)


def uses_array(x):
    return x + TABLE[0]


def uses_module(x):
    return os.getpid() + x


other_name = half


def renames_a_function(x):
    return other_name(x)


TABLE = np.arange(3)
shape = "no number"


def local_name(x):
    """Attributes' names are not globals, and a local name hides a global one."""
    shape = x.shape[0]
    return shape + 1


def test_local_names_and_attributes() -> None:
    text, _ = gather(local_name)
    assert "no number" not in text


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (calls_itself, r"test_source.py:\d+: calls_itself calls itself; write it as a loop"),
        (uses_array, r"test_source.py:\d+: TABLE is a ndarray; a plain function may use numbers"),
        (uses_module, r"os is a module"),
        (renames_a_function, "call half by its own name, not other_name"),
        (lambda x: x, "a lambda cannot be compiled here"),
        (len, "len is a builtin_function_or_method, not a function written with def"),
    ],
)
def test_what_is_not_plain(function: Any, says: str) -> None:
    with pytest.raises(UnsupportedSource, match=says):
        gather(function)


def test_source_that_is_not_there_or_not_its_own() -> None:
    namespace: dict[str, Any] = {}
    exec("def made(x):\n    return x", namespace)
    with pytest.raises(UnsupportedSource, match="the source of made cannot be read"):
        gather(namespace["made"])

    def wrapper(x):
        return half(x) + 1

    wrapper.__wrapped__ = half  # type: ignore[attr-defined]
    with pytest.raises(UnsupportedSource, match="the source found for wrapper is that of half"):
        gather(wrapper)


def test_one_name_for_two_things() -> None:
    def scope_a() -> Callable[..., Any]:
        factor = 2.0

        def scaled_a(x):
            return factor * x

        return scaled_a

    scaled_a, factor = scope_a(), 3.0

    def both(x):
        return scaled_a(x) + factor * x

    with pytest.raises(UnsupportedSource, match="the name 'factor' stands for two different things"):
        gather(both)
