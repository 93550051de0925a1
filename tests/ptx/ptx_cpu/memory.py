"""Memory: ld, st, atom, red and cvta. Every address but a parameter's goes through the checks first."""

from __future__ import annotations

from llvmlite import ir

from .body import I64, WORD, Body
from .checks import ATOMIC, CHECK, LOAD, STORE
from .context import SPACES
from .kinds import BITS, Unsupported, is_real, is_signed, pointer, typed

__all__ = ["FAULT", "HANDLERS"]

FAULT = "fault"  # the block to which a thread goes at a fault
_VECTOR = {"v2": 2, "v4": 4}
# how an access is ordered or cached: threads here take turns, so that it is always at once
_ORDER = {"volatile", "nc", "weak", "relaxed", "acquire", "release", "acq_rel", "cta", "gpu", "sys", "cluster"}


def access(body: Body, operand: str, size: int, how: int, space: str) -> ir.Value:
    """A pointer to what an operand in brackets addresses; the thread ends where it may not touch that."""
    name, beyond = body.address(operand)
    narrow = name[0] == "%" and BITS[body.kernel.kind(name)] == 32  # as addresses of shared memory may be
    address = body.fitted(body.read(name, "u32" if narrow else "u64"), "u64", signed=False)
    if space == "shared":
        address = body.to.add(address, body.shared("shared"))
    address = body.to.add(address, ir.Constant(I64, beyond & 2**64 - 1))
    numbers = [ir.Constant(I64, number) for number in (size, how, SPACES[space], body.at)]
    tables = [body.shared(table, pointer) for table in ("ranges", "shadow")]
    checked = body.call(CHECK, I64, [body.context, *tables, address, *numbers])
    fine = body.block("fine")
    body.to.cbranch(body.to.icmp_signed("==", checked, ir.Constant(I64, 0)), _fault(body), fine)
    body.begin(fine)
    return body.to.inttoptr(checked, pointer)


def _fault(body: Body) -> ir.Block:
    return next((block for block in body.function.blocks if block.name == FAULT), None) or body.block(FAULT)


def parts(words: tuple[str, ...]) -> tuple[str, str, int]:
    """Space, kind and how many numbers of an access."""
    space, count = "", 1
    for word in words[1:-1]:
        if word in SPACES or word == "param":
            space = word
        elif word in _VECTOR:
            count = _VECTOR[word]
        elif word not in _ORDER:
            raise Unsupported(f".{word} of {'.'.join(words)}")
    return space, words[-1], count


def loaded(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    space, kind, count = parts(words)
    size = BITS[kind] // 8
    if space == "param":
        body.write(operands[0], body.to.load(_parameter(body, operands[1]), typ=typed(kind)), kind)
        return
    place = access(body, operands[1], count * size, LOAD, space)
    for k, name in enumerate(_names(operands[0], count)):
        body.write(name, body.to.load(body.offset(place, k * size), align=1, typ=typed(kind)), kind)


def stored(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    space, kind, count = parts(words)
    size = BITS[kind] // 8
    if space == "param":
        body.to.store(body.read(operands[1], kind), _parameter(body, operands[0]))
        return
    place = access(body, operands[0], count * size, STORE, space)
    for k, name in enumerate(_names(operands[1], count)):
        body.to.store(body.read(name, kind), body.offset(place, k * size), align=1)


def _names(operand: str, count: int) -> list[str]:
    names = [name.strip() for name in operand.strip("{}").split(",")]
    if len(names) != count:
        raise Unsupported(f"{operand} for {count} numbers")
    return names


def _parameter(body: Body, operand: str) -> ir.Value:
    """Where a parameter of the kernel lies, or one of a function that it calls."""
    name, beyond = body.address(operand)
    if beyond:
        raise Unsupported(f"the parameter {operand}")
    names = list(body.kernel.parameters)
    if name not in names:
        return body.word(name)
    return body.offset(body.shared("parameters", pointer), WORD * names.index(name))


def atomics(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    """atom and red: what was there is read, combined and written back, for threads take turns."""
    kind, to = words[-1], body.to
    operation = next((word for word in words[1:-1] if word in _COMBINED or word in ("exch", "cas")), "")
    space, _, _ = parts(tuple(word for word in words if word != operation))
    old_name, where, *given = operands if words[0] == "atom" else ("_", *operands)
    place = access(body, where, BITS[kind] // 8, ATOMIC, space)
    old = to.load(place, align=1, typ=typed(kind))
    values = [body.read(word, kind) for word in given]
    if operation == "cas":
        new = to.select(to.icmp_signed("==", old, values[0]), values[1], old)
    elif operation == "exch":
        new = values[0]
    elif operation in _COMBINED:
        new = _COMBINED[operation](body, kind, old, values[0])
    else:
        raise Unsupported(".".join(words))
    to.store(new, place, align=1)
    body.write(old_name, old, kind)


def _added(body: Body, kind: str, a: ir.Value, b: ir.Value) -> ir.Value:
    return (body.to.fadd if is_real(kind) else body.to.add)(a, b)


def _extreme(sign: str):  # type: ignore[no-untyped-def]
    def made(body: Body, kind: str, a: ir.Value, b: ir.Value) -> ir.Value:
        compare = body.to.icmp_signed if is_signed(kind) else body.to.icmp_unsigned
        return body.to.select(compare(sign, a, b), a, b)

    return made


def _wrapped(body: Body, kind: str, a: ir.Value, b: ir.Value) -> ir.Value:
    """inc: a + 1, and 0 after b."""
    next_one = body.to.add(a, ir.Constant(a.type, 1))
    return body.to.select(body.to.icmp_unsigned(">=", a, b), ir.Constant(a.type, 0), next_one)


_COMBINED = {
    "add": _added, "min": _extreme("<"), "max": _extreme(">"), "inc": _wrapped,
    "and": lambda body, kind, a, b: body.to.and_(a, b), "or": lambda body, kind, a, b: body.to.or_(a, b),
    "xor": lambda body, kind, a, b: body.to.xor(a, b),
}  # fmt: skip


def generic(body: Body, words: tuple[str, ...], operands: tuple[str, ...]) -> None:
    """cvta: addresses of shared memory count from its beginning, all others are the same in every space."""
    value = body.read(operands[1], words[-1])
    if "shared" in words:
        base = body.fitted(body.shared("shared"), words[-1], signed=False)
        value = (body.to.sub if "to" in words else body.to.add)(value, base)
    body.write(operands[0], value, words[-1])


HANDLERS = {
    "ld": loaded, "st": stored, "atom": atomics, "red": atomics, "cvta": generic,
}  # fmt: skip

