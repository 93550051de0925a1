"""Kinds of numbers in PTX, such as u32 or f64, and what they are to LLVM."""

from __future__ import annotations

from llvmlite import ir

__all__ = ["BITS", "Unsupported", "is_real", "is_signed", "only", "pointer", "typed", "whole"]

BITS = {
    "pred": 1, **{f"{letter}{bits}": bits for letter in "bus" for bits in (8, 16, 32, 64)}, "f32": 32, "f64": 64,
}  # fmt: skip

pointer = ir.PointerType()


class Unsupported(Exception):
    """Something in a PTX text that is not understood here."""


def whole(bits: int) -> ir.Type:
    """Whole numbers of so many bits."""
    return ir.IntType(bits)


def typed(kind: str) -> ir.Type:
    """LLVM's type of a kind."""
    if kind not in BITS:
        raise Unsupported(f"numbers of kind {kind}")
    return {"f32": ir.FloatType(), "f64": ir.DoubleType()}.get(kind) or ir.IntType(BITS[kind])


def is_real(kind: str) -> bool:
    """Whether it is a floating-point number."""
    return kind in ("f32", "f64")


def is_signed(kind: str) -> bool:
    """Whether it is a whole number with a sign."""
    return kind[0] == "s"


def only(words: tuple[str, ...], *known: str) -> None:
    """Unsupported where an instruction is modified by another word than these."""
    for word in words[1:-1]:
        if word not in known:
            raise Unsupported(f".{word} of {'.'.join(words)}")
