"""Bits, comparisons and conversions: and, or, xor, not, shifts, fields, setp, selp, mov, cvt."""

from __future__ import annotations

from llvmlite import ir

from .body import Body
from .kinds import BITS, Unsupported, is_real, is_signed, only, typed, whole

__all__ = ["HANDLERS"]

I32 = whole(32)
# of real numbers: LLVM's comparison, and whether it holds where one is NaN
_REAL = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_WHOLE = {**_REAL, "lo": "<", "ls": "<=", "hi": ">", "hs": ">="}
_ROUNDED = {"rni": "roundeven", "rzi": "trunc", "rmi": "floor", "rpi": "ceil"}
_COUNTED = {"popc": "ctpop", "brev": "bitreverse", "clz": "ctlz"}


def logic(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    """and, or, xor and not."""
    only(words)
    kind, to = words[-1], body.to
    values = [body.read(word, kind) for word in operands[1:]]
    if words[0] == "not":
        values.append(ir.Constant(values[0].type, -1))
    combine = {"and": to.and_, "or": to.or_}.get(words[0], to.xor)
    body.write(operands[0], combine(*values), kind)


def shifts(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    """shl and shr; by more than all bits there is nothing left but the sign."""
    only(words)
    kind, to = words[-1], body.to
    bits = BITS[kind]
    a, count = body.read(operands[1], kind), body.read(operands[2], "u32")
    beyond = to.icmp_unsigned(">", count, ir.Constant(I32, bits - 1))
    count = body.fitted(to.select(beyond, ir.Constant(I32, bits - 1), count), f"u{bits}", signed=False)
    if words[0] == "shr" and is_signed(kind):
        made = to.ashr(a, count)
    else:
        made = (to.shl if words[0] == "shl" else to.lshr)(a, count)
        made = to.select(beyond, ir.Constant(a.type, 0), made)
    body.write(operands[0], made, kind)


def funnels(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    """shf of two words, by a count modulo 32."""
    only(words, "l", "r", "wrap")
    low, high, count = (body.read(word, "b32") for word in operands[1:])
    made = body.call(f"llvm.fsh{words[1]}.i32", I32, [high, low, count])
    body.write(operands[0], made, "b32")


def fields(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    """bfe of numbers without sign, and bfi."""
    only(words)
    kind, to = words[-1], body.to
    if is_signed(kind):
        raise Unsupported(".".join(words))
    wide, bits = whole(2 * BITS[kind]), BITS[kind]
    first, *rest = (body.read(word, kind) for word in operands[1:-2])
    # both count no more than the lowest eight bits; in twice the bits no shift is beyond all of them
    at, count = (to.and_(body.read(word, "u32"), ir.Constant(I32, 255)) for word in operands[-2:])
    most = ir.Constant(I32, bits)
    at, count = (to.zext(to.select(to.icmp_unsigned(">", v, most), most, v), wide) for v in (at, count))
    ones = to.sub(to.shl(ir.Constant(wide, 1), count), ir.Constant(wide, 1))
    first = to.zext(first, wide)
    if words[0] == "bfe":
        made = to.and_(to.lshr(first, at), ones)
    else:
        mask = to.shl(ones, at)
        made = to.or_(to.and_(to.shl(first, at), mask), to.and_(to.zext(rest[0], wide), to.not_(mask)))
    body.write(operands[0], to.trunc(made, typed(kind)), kind)


def counts(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    """clz, popc and brev."""
    only(words)
    kind = words[-1]
    a = body.read(operands[1], kind)
    given = [a, ir.Constant(whole(1), 0)] if words[0] == "clz" else [a]
    made = body.call(f"llvm.{_COUNTED[words[0]]}.i{BITS[kind]}", a.type, given)
    result = kind if words[0] == "brev" else "u32"
    body.write(operands[0], body.fitted(made, result, signed=False), result)


def compared(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    """setp, with another predicate where it is combined with one."""
    kind, test, to = words[-1], words[1], body.to
    only(words, test, "and", "or", "xor")
    a, b = (body.read(word, kind) for word in operands[1:3])
    if not is_real(kind):
        compare = to.icmp_signed if is_signed(kind) else to.icmp_unsigned
        made = compare(_WHOLE[test], a, b)
    elif test in ("num", "nan"):
        made = to.fcmp_ordered("ord", a, b) if test == "num" else to.fcmp_unordered("uno", a, b)
    elif test in _REAL:
        made = to.fcmp_ordered(_REAL[test], a, b)
    else:
        made = to.fcmp_unordered(_REAL[test[:-1]], a, b)  # such as ltu
    if len(operands) > 3:
        other = body.read(operands[3], "pred")
        made = {"and": to.and_, "or": to.or_, "xor": to.xor}[words[2]](made, other)
    body.write(operands[0], made, "pred")


def selected(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    only(words)
    kind = words[-1]
    a, b = (body.read(word, kind) for word in operands[1:3])
    body.write(operands[0], body.to.select(body.read(operands[3], "pred"), a, b), kind)


def moved(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    """mov, and of parts of a number: {low, high}."""
    only(words)
    kind, to = words[-1], body.to
    into, source = operands
    if "{" not in into + source:
        body.write(into, body.read(source, kind), kind)
        return
    parts = [name.strip() for name in (into if into[0] == "{" else source)[1:-1].split(",")]
    bits = BITS[kind] // len(parts)
    if into[0] == "{":
        value = body.read(source, f"b{BITS[kind]}")
        for place, name in enumerate(parts):
            part = to.lshr(value, ir.Constant(value.type, place * bits))
            body.write(name, to.trunc(part, whole(bits)), f"b{bits}")
        return
    value = ir.Constant(whole(BITS[kind]), 0)
    for place, name in enumerate(parts):
        part = to.zext(body.read(name, f"b{bits}"), value.type)
        value = to.or_(value, to.shl(part, ir.Constant(value.type, place * bits)))
    body.write(into, value, f"b{BITS[kind]}")


def converted(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    """cvt.INTO.FROM."""
    into, source = words[-2:]
    only((*words[:-2], source), "rn", "sat", *_ROUNDED)
    value = body.read(operands[1], source)
    rounded = next((_ROUNDED[word] for word in words[1:-2] if word in _ROUNDED), "")
    if rounded and is_real(source):
        value = body.call(f"llvm.{rounded}.{source}", value.type, [value])
    to = body.to
    if is_real(source) and is_real(into):
        if BITS[into] != BITS[source]:
            value = (to.fptrunc if BITS[into] < BITS[source] else to.fpext)(value, typed(into))
        if "sat" in words:
            value = _saturated(body, value, into)
    elif is_real(source):
        if not rounded:
            raise Unsupported(".".join(words))
        sign = "s" if is_signed(into) else "u"  # out of range it is the nearest number; of NaN a GPU makes 0, too
        value = body.call(f"llvm.fpto{sign}i.sat.i{BITS[into]}.{source}", typed(into), [value])
    elif is_real(into):
        value = (to.sitofp if is_signed(source) else to.uitofp)(value, typed(into))
    elif "sat" in words:
        raise Unsupported(".".join(words))
    else:
        value = body.fitted(value, into, signed=is_signed(source))
    body.write(operands[0], value, into)


def _saturated(body: Body, value: ir.Value, kind: str) -> ir.Value:
    """Between 0 and 1; 0 for NaN."""
    to, zero, one = body.to, ir.Constant(typed(kind), 0.0), ir.Constant(typed(kind), 1.0)
    value = to.select(to.fcmp_ordered(">", value, zero), value, zero)
    return to.select(to.fcmp_ordered("<", value, one), value, one)


HANDLERS = {
    **dict.fromkeys(("and", "or", "xor", "not"), logic), **dict.fromkeys(("shl", "shr"), shifts), "shf": funnels,
    **dict.fromkeys(("bfe", "bfi"), fields), **dict.fromkeys(_COUNTED, counts), "setp": compared, "selp": selected,
    "mov": moved, "cvt": converted,
}  # fmt: skip
