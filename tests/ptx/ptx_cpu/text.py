"""PTX text taken apart: the instructions of its kernel, with the functions that it calls put where it calls them."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from .kinds import BITS, Unsupported

__all__ = ["Instruction", "Kernel", "Variable", "parse"]

_HEAD = re.compile(
    r"\.(entry|func)\s+(?:\(([^)]*)\)\s*)?([\w$]+)\s*(?:\(([^)]*)\))?\s*((?:\.(?!entry|func)\w+[^{;]*)?)([{;])"
)
_PARAMETER = re.compile(r"\.param\s+(?:\.align\s+\d+\s+)?\.(\w+)\s+(?:\.ptr\b[^%,]*?)?([\w$]+)\s*$")
_VARIABLE = re.compile(
    r"\.(global|const|shared|local|param)\s+(?:\.align\s+(\d+)\s+)?\.(\w+)\s+([\w$]+)(?:\[(\d*)\])?\s*(?:=\s*(.*))?$",
    re.DOTALL,
)
_STATEMENT = re.compile(r"\s*(?:([{}])|([\w$]+)\s*:(?!:)|([^;{}]*(?:\{[^{}]*\}[^;{}]*)*);)")
_NAME = re.compile(r"%?[A-Za-z_$][\w$]*")
_OPERAND = re.compile(r"\{[^}]*\}|\[[^\]]*\]|\([^)]*\)|[^,\s][^,]*")


@dataclass(frozen=True)
class Instruction:
    """An instruction, or a label where there are no words: `guard` is a predicate such as ``%p1`` or ``!%p1``."""

    line: int
    words: tuple[str, ...]
    operands: tuple[str, ...]
    guard: str = ""
    label: str = ""

    def __str__(self) -> str:
        return f"{'.'.join(self.words)} {', '.join(self.operands)} (line {self.line})"


@dataclass(frozen=True)
class Variable:
    """Memory with a name: its space, bytes, alignment, and what it holds at first."""

    space: str
    size: int
    align: int
    values: bytes = b""


@dataclass
class Kernel:
    """A kernel, flat.

    Attributes
    ----------
    name : mangled.
    parameters : kinds, such as u64, by name.
    registers : kinds by name, or by what stands before the number, as in ``%rd<7>``.
    variables : by name.
    body : its instructions, and those of the functions it calls.
    """

    name: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    registers: dict[str, str] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    body: list[Instruction] = field(default_factory=list)

    def kind(self, register: str) -> str:
        """The kind of a register."""
        known = self.registers.get(register) or self.registers.get(register.rstrip("0123456789"))
        if known is None:
            raise Unsupported(f"the register {register} is not declared")
        return known


@dataclass(frozen=True)
class _Function:
    entry: bool
    returns: list[str]
    parameters: dict[str, str]
    body: str
    line: int  # where the body begins


def parse(text: str) -> Kernel:
    """The only kernel of a text; `Unsupported` for what is not understood."""
    text = text.rstrip("\0\n ")
    text = re.sub(r"//[^\n]*", "", text)
    text = re.sub(r"/\*.*?\*/", lambda found: "\n" * found[0].count("\n"), text, flags=re.DOTALL)
    functions, outside = _functions(text)
    entries = [name for name, function in functions.items() if function.entry]
    if len(entries) != 1:
        raise Unsupported(f"a text of {len(entries)} kernels")
    kernel = Kernel(entries[0], functions[entries[0]].parameters)
    for statement in outside.split(";"):
        if _VARIABLE.search(statement.strip()):
            _declare(kernel, statement.strip(), {})
    _Flat(kernel, functions).put(entries[0], {}, "")
    return kernel


def _functions(text: str) -> tuple[dict[str, _Function], str]:
    """Functions by name, and the text outside them."""
    found, outside, at = {}, [], 0
    while head := _HEAD.search(text, at):
        outside.append(text[at : head.start()])
        at = head.end()
        if head[6] == "{":
            depth, end = 1, head.end()
            while depth:
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
            line = text.count("\n", 0, head.end()) + 1
            names = list(_parameters(head[2]))
            found[head[3]] = _Function(head[1] == "entry", names, _parameters(head[4]), text[at : end - 1], line)
            at = end
    return found, "".join([*outside, text[at:]])


def _parameters(text: str | None) -> dict[str, str]:
    pairs = {}
    for part in filter(None, map(str.strip, (text or "").split(","))):
        match = _PARAMETER.match(part)
        if match is None:
            raise Unsupported(f"the parameter {part[:60]}")
        pairs[match[2]] = match[1]
    return pairs


class _Flat:
    """Puts functions into a kernel's body, names changed where they would meet others."""

    def __init__(self, kernel: Kernel, functions: dict[str, _Function]) -> None:
        self.kernel, self.functions, self.calls = kernel, functions, 0

    def put(self, name: str, given: dict[str, str], prefix: str) -> None:
        """The body of a function; `given` has the caller's names for its parameters and results."""
        function = self.functions[name]
        end, scopes, count = f"$end.{self.calls}", [dict(given)], 0
        for line, statement in _statements(function.body, function.line):
            if statement == "{":
                count += 1
                scopes.append(dict(scopes[-1]))
            elif statement == "}":
                scopes.pop()
            elif statement.endswith(":"):
                self._add(Instruction(line, (), (), label=prefix + statement[:-1]))
            elif statement.startswith(".reg"):
                self._registers(statement, scopes[-1], prefix, "" if len(scopes) == 1 else f"'{count}")
            elif statement.startswith("."):
                if statement.split()[0] not in (".pragma", ".loc", ".file"):
                    _declare(self.kernel, statement, scopes[-1], prefix, "" if len(scopes) == 1 else f"'{count}")
            else:
                self._instruction(line, statement, scopes[-1], prefix, end)
        if not function.entry:
            self._add(Instruction(function.line, (), (), label=end))

    def _add(self, instruction: Instruction) -> None:
        self.kernel.body.append(instruction)

    def _registers(self, statement: str, scope: dict[str, str], prefix: str, suffix: str) -> None:
        match = re.match(r"\.reg\s+\.(\w+)\s+(.*)", statement, re.DOTALL)
        if match is None or match[1] not in BITS:
            raise Unsupported(statement)
        for name in map(str.strip, match[2].split(",")):
            plain = name.partition("<")[0]
            scope[plain] = f"%{prefix}{plain[1:]}{suffix}"
            self.kernel.registers[scope[plain]] = match[1]

    def _instruction(self, line: int, statement: str, scope: dict[str, str], prefix: str, end: str) -> None:
        match = re.match(r"(?:@(!?%[\w$]+)\s+)?([a-z][\w.:]*)\s*(.*)", statement, re.DOTALL)
        if match is None:
            raise Unsupported(f"{statement[:60]} (line {line})")
        known = lambda found: _renamed(found[0], scope)  # noqa: E731
        guard = _NAME.sub(known, match[1] or "")
        words = tuple(re.split(r"\.|(?=::)", match[2]))
        texts = [operand.strip() for operand in _OPERAND.findall(match[3])]
        if words[0] == "call":
            self._call(texts, scope, guard, line)
            return
        if words[0] == "bra":
            texts = [prefix + texts[0]]
        elif words[0] == "ret" and prefix:
            words, texts = ("bra", "uni"), [end]
        else:
            texts = [text if text.startswith("0") else _NAME.sub(known, text) for text in texts]
        self._add(Instruction(line, words, tuple(texts), guard))

    def _call(self, texts: list[str], scope: dict[str, str], guard: str, line: int) -> None:
        lists = [[_renamed(name.strip(), scope) for name in text[1:-1].split(",")] if text[0] == "(" else text
                 for text in texts]  # fmt: skip
        results = lists.pop(0) if isinstance(lists[0], list) else []
        name, arguments = lists[0], lists[1] if len(lists) > 1 else []
        if guard or not isinstance(name, str) or name not in self.functions:
            raise Unsupported(f"a call of {name} (line {line})")
        function = self.functions[name]
        self.calls += 1
        names = [*function.returns, *function.parameters]
        self.put(name, dict(zip(names, [*results, *arguments], strict=True)), f"{self.calls}.")


def _renamed(name: str, scope: dict[str, str]) -> str:
    """A register or variable in this scope; a register %rd7 is known by %rd."""
    if name in scope:
        return scope[name]
    stem = name.rstrip("0123456789")
    return scope[stem] + name[len(stem) :] if stem in scope else name


def _statements(body: str, line: int) -> Iterator[tuple[int, str]]:
    at = 0
    while match := _STATEMENT.match(body, at):
        begins = match.start(match.lastindex or 0)
        line += body.count("\n", at, begins)
        text = match[1] or (f"{match[2]}:" if match[2] else match[3].strip())
        if text:
            yield line, text
        line += body.count("\n", begins, match.end())
        at = match.end()
    if body[at:].strip():
        raise Unsupported(f"{body[at:].strip()[:60]} (line {line})")


def _declare(kernel: Kernel, statement: str, scope: dict[str, str], prefix: str = "", suffix: str = "") -> None:
    match = _VARIABLE.search(statement)
    if match is None or match[3] not in BITS:
        raise Unsupported(statement[:60])
    space, align, kind, name, count, values = match.groups()
    size = BITS[kind] // 8
    scope[name] = f"{prefix}{name}{suffix}"
    numbers = [int(v.strip().rstrip("U"), 0) for v in values.strip("{} \n").split(",")] if values else []
    held = b"".join(struct.pack("<Q", number & (1 << 64) - 1)[:size] for number in numbers)
    whole = size * int(count or len(numbers) or 1)
    kernel.variables[scope[name]] = Variable(space, whole, int(align or size), held)
