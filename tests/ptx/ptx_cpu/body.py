"""A thread's code while it is written: its registers, which lie in a frame in memory, and its instructions.

A thread that waits at a barrier keeps its frame and is called again. Every register has eight bytes of the frame and is
read as whatever kind an instruction takes it for; bytes are in the processor's order, lowest first, as on a GPU.
"""

from __future__ import annotations

import re
import struct

from llvmlite import ir

from .context import PLACE
from .kinds import BITS, Unsupported, is_real, is_signed, pointer, typed, whole
from .text import Kernel

__all__ = ["Body"]

WORD = 8
I8, I32, I64 = whole(8), whole(32), whole(64)
_NUMBER = re.compile(r"-?(?:0[xX][0-9a-fA-F]+|\d+)U?")
_ADDRESS = re.compile(r"\[\s*([^\s+\]]+)\s*(?:\+\s*(-?\w+))?\s*\]")


class Body:
    """The function of a thread, ``int32 (context, frame)``, as it grows.

    Attributes
    ----------
    at : number of the instruction that is being written, for messages of faults.
    size : bytes of a frame; from `locals` on they are local memory.
    """

    def __init__(self, kernel: Kernel, module: ir.Module) -> None:
        self.kernel, self.module = kernel, module
        self.function = ir.Function(module, ir.FunctionType(I32, [pointer, pointer]), "thread")
        self.function.linkage = "internal"
        self.context, self.frame = self.function.args
        self.to = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.at = 0
        self._places: dict[str, int] = {}
        self._end = WORD  # the first word says at which barrier a thread waits
        self._offsets = dict.fromkeys(("local", "shared"), 0)
        self._symbols: dict[str, int] = {}
        for name, variable in kernel.variables.items():
            if variable.space in self._offsets:
                end = -(-self._offsets[variable.space] // variable.align) * variable.align
                self._symbols[name] = end
                self._offsets[variable.space] = end + variable.size
            elif variable.space != "param":
                values = variable.values.ljust(variable.size, b"\0")
                data = ir.GlobalVariable(module, ir.ArrayType(I8, variable.size), name)
                data.initializer, data.align = ir.Constant(data.value_type, bytearray(values)), max(variable.align, 8)
        self.local_size, self.shared_size = (-(-self._offsets[space] // 16) * 16 for space in ("local", "shared"))

    # --- places
    def word(self, name: str) -> ir.Value:
        """Where a register or parameter lies in the frame."""
        if name not in self._places:
            self._places[name] = self._end
            self._end += WORD
        return self.offset(self.frame, self._places[name])

    def offset(self, base: ir.Value, count: int) -> ir.Value:
        """A pointer so many bytes further."""
        return self.to.gep(base, [ir.Constant(I64, count)], source_etype=I8)

    @property
    def words(self) -> int:
        """Bytes of a frame before its local memory, once all is written."""
        return -(-self._end // 16) * 16

    def shared(self, name: str, kind: ir.Type = I64) -> ir.Value:
        """A number of the launch's context."""
        return self.to.load(self.offset(self.context, WORD * PLACE[name]), typ=kind)

    def set(self, name: str, value: ir.Value) -> None:
        """Set a whole number of the launch's context."""
        self.to.store(value, self.offset(self.context, WORD * PLACE[name]))

    # --- operands
    def read(self, word: str, kind: str) -> ir.Value:
        """An operand's value as a kind: of a register, a number, or the address of a variable."""
        kinds = typed(kind)
        if word.startswith("%") and word[1:] in PLACE:
            return self.fitted(self.shared(word[1:], I32), kind, signed=False)
        if word.startswith("%"):
            if (bits := BITS[self.kernel.kind(word)]) < BITS[kind]:
                raise Unsupported(f"{word}, of {bits} bits, as {kind}")
            return self.to.load(self.word(word), typ=kinds)
        if word[:2] in ("0d", "0f"):
            return self._real(struct.unpack(">d" if word[1] == "d" else ">f", bytes.fromhex(word[2:]))[0], word, kind)
        if _NUMBER.fullmatch(word):
            number = int(word.rstrip("U"), 0)
            if is_real(kind):
                raise Unsupported(f"the whole number {word} as {kind}")
            return ir.Constant(kinds, number != 0 if kind == "pred" else number & (1 << BITS[kind]) - 1)
        return self.fitted(self._symbol(word), kind, signed=False)

    def _real(self, number: float, word: str, kind: str) -> ir.Value:
        if kind == ("f64" if word[1] == "d" else "f32"):
            return ir.Constant(typed(kind), number)
        if BITS[kind] == 4 * len(word) - 8 and not is_real(kind):
            return ir.Constant(typed(kind), int(word[2:], 16))
        raise Unsupported(f"{word} as {kind}")

    def _symbol(self, name: str) -> ir.Value:
        variable = self.kernel.variables.get(name)
        if variable is None or variable.space == "param":
            raise Unsupported(f"the operand {name}")
        if variable.space == "local":
            return self.to.add(self.shared("local"), ir.Constant(I64, self._symbols[name]))
        if variable.space == "shared":  # an address of that space counts from its beginning
            return ir.Constant(I64, self._symbols[name])
        return self.to.ptrtoint(self.module.get_global(name), I64)

    def write(self, word: str, value: ir.Value, kind: str) -> None:
        """Set a register, which may be wider than the kind."""
        if word == "_":
            return
        wide = self.kernel.kind(word)
        if BITS[wide] != BITS[kind]:
            if is_real(kind) or is_real(wide) or "pred" in (kind, wide) or BITS[wide] < BITS[kind]:
                raise Unsupported(f"{kind} in {word}")
            value = self.fitted(value, wide, signed=is_signed(kind))
        self.to.store(value, self.word(word))

    def fitted(self, value: ir.Value, kind: str, *, signed: bool) -> ir.Value:
        """A whole number with a kind's bits."""
        bits, wanted = value.type.width, BITS[kind]
        if wanted == bits:
            return value
        if wanted < bits:
            return self.to.trunc(value, whole(wanted))
        return (self.to.sext if signed else self.to.zext)(value, whole(wanted))

    def address(self, operand: str) -> tuple[str, int]:
        """Register or variable, and bytes beyond, of an operand in brackets."""
        match = _ADDRESS.fullmatch(operand)
        if match is None:
            raise Unsupported(f"the address {operand}")
        return match[1], int(match[2] or "0", 0)

    # --- instructions
    def call(self, name: str, kind: ir.Type, given: list[ir.Value]) -> ir.Value:
        """A call of a function by name, one of LLVM's own or of the checks."""
        function = self.module.globals.get(name)
        if function is None:
            function = ir.Function(self.module, ir.FunctionType(kind, [value.type for value in given]), name)
        return self.to.call(function, given)

    def block(self, name: str) -> ir.Block:
        """A new block, not yet begun."""
        return self.function.append_basic_block(name)

    def begin(self, block: ir.Block) -> None:
        """Go on in a block; what was written before falls through to it."""
        if not self.to.block.is_terminated:
            self.to.branch(block)
        self.to.position_at_end(block)
