"""Plain functions as the text of CUDA device functions, and what a kernel's texts are.

Arithmetic is spelt out as on the CPU: multiply-adds in the text, and in double precision the lab's own sin, cos, exp,
log and pow.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.lanes.writer import Writer
from ngdm_lab.compiler.passes import order
from ngdm_lab.compiler.source import Collector
from ngdm_lab.compiler.syntax import parsed

from .single import NAMES

__all__ = ["PRECISIONS", "Device", "Kernel", "device_text"]

PRECISIONS = ("float64", "float32")


@dataclass(frozen=True)
class Kernel:
    """A kernel's texts; what they are compiled to depends on nothing else.

    Attributes
    ----------
    name : of rule, solve and landscape, for messages.
    parts : module texts by the names under which the frame calls their entries (`_entry` in each).
    functions : names of the plain functions of these parts, for messages.
    frame : module text of the kernel itself, a function ``_kernel``.
    signature : its types, as text.
    vectors : how many vectors a run has in device memory: point, states and, outside registers, room.
    registers : True where point and state live in registers.
    """

    name: str
    parts: dict[str, str]
    functions: dict[str, str]
    frame: str
    signature: str
    precision: str
    vectors: int
    registers: bool

    @property
    def key(self) -> str:
        """Hash of the texts."""
        content = repr((sorted(self.parts.items()), self.frame, self.signature, self.precision))
        return hashlib.sha256(content.encode()).hexdigest()[:32]


class Device(Writer):
    """Collects plain functions as device functions, in double or single precision.

    texts : what follows the name in the ``def`` of a function that has another text here.
    """

    def __init__(self, precision: str, texts: dict[Any, str] | None = None) -> None:
        super().__init__("@_device", order.SINGLE if precision == "float32" else order.DOUBLE)
        self.texts = texts or {}
        self.names.update({name: object() for name in NAMES})

    def gather(self, function: Callable[..., Any]) -> str:
        """Collect a function and its helpers; returns its name."""
        name = self.add(function, entry=True)
        self.functions[-1] = f"@_device\n{self.functions[-1]}"
        return name

    def prepare(self, tree: ast.FunctionDef, known: dict[str, Any]) -> None:
        words = {getattr(node, "id", getattr(node, "arg", "")) for node in ast.walk(tree)}
        if words & set(NAMES):
            raise UnsupportedSource(f"{tree.name} uses the name {min(words & set(NAMES))}, which is taken: use another")
        super().prepare(tree, known)

    def resolve(self, name: str, value: Any, function: Callable[..., Any], node: ast.Name) -> None:
        if self.replaced(name, value):
            return
        if isinstance(value, tuple) and value and all(type(v) is float for v in value):
            if self.claim(name, value):
                self.constants.append(f"{name} = {value!r}")
        elif self.target == order.SINGLE:  # math's functions there are the CUDA library's
            Collector.resolve(self, name, value, function, node)
        else:
            super().resolve(name, value, function, node)

    def text(self) -> str:
        single = self.target == order.SINGLE
        constants = [self.rewritten(line) if single else line for line in self.constants]
        return "\n\n".join([*sorted(self.imports), *constants, *self.functions]) + "\n"


    def rewritten(self, text: str) -> str:
        """Statements of our own, which use no globals, with the target's arithmetic."""
        return ast.unparse(ast.Module(order.rewritten(self.target, parsed(text).body, {}, self), []))


def device_text(function: Callable[..., Any], adaptor: str = "", precision: str = "float64") -> str:
    """A module text with a plain function as device function, `_entry`, or with the adaptor that calls it.

    Raises UnsupportedSource for a function that is no plain text.
    """
    writer = Device(precision)
    name = writer.gather(function)
    if not adaptor:
        return f"{writer.text()}\n_entry = {name}\n"
    # by names that no landscape or parameter has: a function may be called `adaptor`, or `x`
    frame = adaptor.replace("{name}", "_plain").replace("def adaptor(", "def _entry(")
    frame = writer.rewritten(frame) if precision == "float32" else ast.unparse(parsed(frame))
    return f"{writer.text()}\n_plain = {name}\n\n@_device\n{frame}\n"
