"""Arithmetic: add, sub, mul, mad, fma, div, rem, neg, abs, min, max, sqrt, rcp and the approximations."""

from __future__ import annotations

import math

from llvmlite import ir

from .body import Body
from .kinds import BITS, Unsupported, is_real, is_signed, only, typed, whole

__all__ = ["HANDLERS"]

_APPROXIMATE = {"ex2": "exp2", "lg2": "log2", "sin": "sin", "cos": "cos"}


def sums(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    kind = words[-1]
    only(words, "rn")
    a, b = (body.read(word, kind) for word in operands[1:])
    name = ("f" if is_real(kind) else "") + words[0]
    body.write(operands[0], getattr(body.to, name)(a, b), kind)


def products(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    """mul and mad: the low, the high or all bits of a product, and a third number added; carries go on to madc."""
    kind = words[-1]
    if is_real(kind):
        if words[0] == "mul":
            sums(body, words, operands)
        else:
            fused(body, ("fma", *words[1:]), operands)
        return
    only(words, "lo", "hi", "wide", "cc")
    a, b = (body.read(word, kind) for word in operands[1:3])
    if "lo" in words:
        made, result = body.to.mul(a, b), kind
    else:
        bits = BITS[kind]
        extend = body.to.sext if is_signed(kind) else body.to.zext
        made = body.to.mul(*(extend(v, whole(2 * bits)) for v in (a, b)))
        result = kind if "hi" in words else f"{kind[0]}{2 * bits}"
        if "hi" in words:
            made = body.to.trunc(body.to.lshr(made, ir.Constant(made.type, bits)), typed(kind))
    if words[0] != "mul":
        made = _plus(body, words, made, body.read(operands[3], result))
    body.write(operands[0], made, result)


def _plus(body: Body, words: tuple[str, ...], a: ir.Value, b: ir.Value) -> ir.Value:
    if words[0] != "madc" and "cc" not in words:
        return body.to.add(a, b)
    wide = whole(2 * a.type.width)
    total = body.to.add(body.to.zext(a, wide), body.to.zext(b, wide))
    if words[0] == "madc":
        total = body.to.add(total, body.to.zext(body.to.load(body.word("carry"), typ=whole(8)), wide))
    if "cc" in words:
        carry = body.to.trunc(body.to.lshr(total, ir.Constant(wide, a.type.width)), whole(8))
        body.to.store(carry, body.word("carry"))
    return body.to.trunc(total, a.type)


def fused(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    kind = words[-1]
    only(words, "rn", "rm")
    a, b, c = (body.read(word, kind) for word in operands[1:])
    if "rm" in words:
        if kind != "f32":
            raise Unsupported(".".join(words))
        made = _downwards(body, a, b, c)
    else:
        made = body.call(f"llvm.fma.{kind}", a.type, [a, b, c])
    body.write(operands[0], made, kind)


def _downwards(body: Body, a: ir.Value, b: ir.Value, c: ir.Value) -> ir.Value:
    """a * b + c in single precision, rounded down: in double precision the product is exact, as is high + low."""
    to, double, single = body.to, typed("f64"), typed("f32")
    a, b, c = (to.fpext(v, double) for v in (a, b, c))
    product = to.fmul(a, b)
    high = to.fadd(product, c)
    part = to.fsub(high, product)
    low = to.fadd(to.fsub(product, to.fsub(high, part)), to.fsub(c, part))
    near = to.fptrunc(high, single)
    back, zero = to.fpext(near, double), ir.Constant(double, 0.0)
    beyond = to.or_(
        to.fcmp_ordered(">", back, high),
        to.and_(to.fcmp_ordered("==", back, high), to.fcmp_ordered("<", low, zero)),
    )
    bits = to.bitcast(near, whole(32))
    one = ir.Constant(whole(32), 1)
    above = to.fcmp_ordered(">", near, ir.Constant(single, 0.0))
    least = ir.Constant(whole(32), 0x80000001)  # below zero there is the smallest negative number
    next_down = to.select(above, to.sub(bits, one), to.add(bits, one))
    next_down = to.select(to.fcmp_ordered("==", near, ir.Constant(single, 0.0)), least, next_down)
    return to.select(beyond, to.bitcast(next_down, single), near)


def quotients(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    """div and rem; by zero a GPU gives all bits, where this processor would stop."""
    kind, to = words[-1], body.to
    a, b = (body.read(word, kind) for word in operands[1:])
    if is_real(kind):
        only(words, "rn", "approx", "full", "ftz")
        body.write(operands[0], to.fdiv(a, b), kind)
        return
    only(words)
    zero, one, ones = (ir.Constant(b.type, v) for v in (0, 1, -1))
    minus = to.icmp_signed("==", b, ones) if is_signed(kind) else ir.Constant(whole(1), 0)
    by_zero = to.icmp_signed("==", b, zero)
    safe = to.select(to.or_(minus, by_zero), one, b)
    divide = {"divs": to.sdiv, "divu": to.udiv, "rems": to.srem, "remu": to.urem}[words[0] + kind[0]]
    made = divide(a, safe)
    if words[0] == "div":  # the least number by -1 overflows
        made = to.select(minus, to.neg(a), made)
    body.write(operands[0], to.select(by_zero, ones if words[0] == "div" else a, made), kind)


def signs(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    """neg and abs."""
    only(words)
    kind, to = words[-1], body.to
    a = body.read(operands[1], kind)
    if words[0] == "neg":
        made = to.fneg(a) if is_real(kind) else to.neg(a)
    elif is_real(kind):
        made = body.call(f"llvm.fabs.{kind}", a.type, [a])
    else:
        made = to.select(to.icmp_signed("<", a, ir.Constant(a.type, 0)), to.neg(a), a)
    body.write(operands[0], made, kind)


def copied_sign(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    """copysign d, a, b: b with the sign of a."""
    only(words)
    kind = words[-1]
    a, b = (body.read(word, kind) for word in operands[1:])
    body.write(operands[0], body.call(f"llvm.copysign.{kind}", a.type, [b, a]), kind)


def extremes(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    """min and max; of real numbers the other one where one is NaN, and -0 is below 0."""
    only(words)
    kind, to = words[-1], body.to
    a, b = (body.read(word, kind) for word in operands[1:])
    sign = "<" if words[0] == "min" else ">"
    if not is_real(kind):
        first = (to.icmp_signed if is_signed(kind) else to.icmp_unsigned)(sign, a, b)
        body.write(operands[0], to.select(first, a, b), kind)
        return
    bits = whole(BITS[kind])
    join = to.or_ if words[0] == "min" else to.and_
    equal = to.bitcast(join(to.bitcast(a, bits), to.bitcast(b, bits)), a.type)
    made = to.select(to.fcmp_ordered(sign, a, b), a, b)
    made = to.select(to.fcmp_ordered("==", a, b), equal, made)
    made = to.select(to.fcmp_unordered("uno", b, b), a, made)
    body.write(operands[0], made, kind)


def roots(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    """sqrt, rsqrt and rcp: the approximate ones to the last bit, and with subnormal numbers as zeros where ftz says."""
    only(words, "rn", "approx", "ftz")
    kind, to = words[-1], body.to
    a = body.read(operands[1], kind)
    a = _flushed(body, a, kind) if "ftz" in words else a
    if words[0] != "rcp":
        a = body.call(f"llvm.sqrt.{kind}", a.type, [a])
    if words[0] != "sqrt":
        a = to.fdiv(ir.Constant(a.type, 1.0), a)
    body.write(operands[0], _flushed(body, a, kind) if "ftz" in words else a, kind)


def _flushed(body: Body, a: ir.Value, kind: str) -> ir.Value:
    """A number, or a zero of its sign where it is subnormal."""
    least = ir.Constant(a.type, math.ldexp(1.0, -1022 if kind == "f64" else -126))
    zero = body.call(f"llvm.copysign.{kind}", a.type, [ir.Constant(a.type, 0.0), a])
    size = body.call(f"llvm.fabs.{kind}", a.type, [a])
    return body.to.select(body.to.fcmp_ordered("<", size, least), zero, a)


def approximations(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    only(words, "approx", "ftz")
    if words[-1] != "f32":
        raise Unsupported(".".join(words))
    a = body.read(operands[1], "f32")
    a = _flushed(body, a, "f32") if "ftz" in words else a
    made = body.call(f"llvm.{_APPROXIMATE[words[0]]}.f32", a.type, [a])
    body.write(operands[0], _flushed(body, made, "f32") if "ftz" in words else made, "f32")


HANDLERS = {
    **dict.fromkeys(("add", "sub"), sums), **dict.fromkeys(("mul", "mad", "madc"), products), "fma": fused,
    **dict.fromkeys(("div", "rem"), quotients), **dict.fromkeys(("neg", "abs"), signs), "copysign": copied_sign,
    **dict.fromkeys(("min", "max"), extremes), **dict.fromkeys(("sqrt", "rsqrt", "rcp"), roots),
    **dict.fromkeys(_APPROXIMATE, approximations),
}  # fmt: skip
