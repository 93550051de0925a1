"""From a kernel's instructions to LLVM's: a function that runs a thread, and one that runs those of a block in turn.

A thread's function gives 0 at its end, `FAULTED` at a fault, or the number of the barrier at which it waits; called
again, it goes on from there.
"""

from __future__ import annotations

from llvmlite import ir

from . import arithmetic, bits, memory
from .body import I8, I32, I64, Body
from .context import AXES, BEGIN
from .kinds import Unsupported, pointer
from .text import Instruction, Kernel

__all__ = ["FAULTED", "Translated", "translate"]

FAULTED = -1
_HANDLERS = {**arithmetic.HANDLERS, **bits.HANDLERS, **memory.HANDLERS}


class Translated:
    """LLVM's text of a kernel.

    Attributes
    ----------
    text : a module with the function ``block (context, frames, stride, waiting)``, which runs the threads of a block
        whose int32 in `waiting` is not 0 and sets it to what they give; at a fault it stops.
    frame, shared : bytes of a thread's frame, and of shared memory.
    waits : whether threads wait at barriers, so that each needs a frame of its own.
    data : variables that hold constants or are a launch's own, by name.
    instructions : what the numbers of faults' instructions stand for.
    """

    def __init__(self, kernel: Kernel) -> None:
        module = ir.Module()
        body = Body(kernel, module)
        barriers = _thread(body)
        self.frame, self.shared, self.waits = body.words + body.local_size, body.shared_size, bool(barriers)
        self.data = {name: v for name, v in kernel.variables.items() if v.space in ("global", "const")}
        self.instructions, self.parameters = kernel.body, list(kernel.parameters.values())
        _block(module, body)
        self.text = str(module)


def translate(kernel: Kernel) -> Translated:
    """A kernel as LLVM's text; `Unsupported` names an instruction that is not understood."""
    return Translated(kernel)


def _thread(body: Body) -> int:
    """The function of a thread; how many barriers it has."""
    labels = {one.label: body.block(one.label.replace("$", "_")) for one in body.kernel.body if one.label}
    entry, waiting = body.to.block, []
    start = body.block("start")
    body.to.position_at_end(start)
    for number, one in enumerate(body.kernel.body):
        body.at = number
        if one.label:
            body.begin(labels[one.label])
            continue
        if body.to.block.is_terminated:  # what follows a jump and has no label is never reached
            body.to.position_at_end(body.block("dead"))
        try:
            _instruction(body, one, labels, waiting)
        except Unsupported as reason:
            raise Unsupported(f"{reason}, in {one}") from None
        except (KeyError, ValueError, TypeError, AttributeError, IndexError) as reason:
            raise Unsupported(f"{one}: {reason!r}") from reason
    if not body.to.block.is_terminated:
        body.to.ret(ir.Constant(I32, 0))
    for block in body.function.blocks:
        if block.name == memory.FAULT:
            ir.IRBuilder(block).ret(ir.Constant(I32, FAULTED))
    begin = ir.IRBuilder(entry)
    choice = begin.switch(begin.load(body.frame, typ=I32), start)
    for number, block in enumerate(waiting, 1):
        choice.add_case(ir.Constant(I32, number), block)
    return len(waiting)


def _instruction(body: Body, one: Instruction, labels: dict[str, ir.Block], waiting: list[ir.Block]) -> None:
    name, to = one.words[0], body.to
    if name == "bra":
        target = labels[one.operands[0]]
        if not one.guard:
            to.branch(target)
            return
        after = body.block("after")
        to.cbranch(_holds(body, one.guard), target, after)
        body.begin(after)
        return
    after = None
    if one.guard:
        then, after = body.block("then"), body.block("after")
        to.cbranch(_holds(body, one.guard), then, after)
        body.begin(then)
    if name in ("ret", "exit"):
        to.ret(ir.Constant(I32, 0))
    elif name in ("bar", "barrier"):
        _barrier(body, one, waiting)
    elif name not in ("membar", "fence", "nop"):  # which order what here is in order
        if name not in _HANDLERS:
            raise Unsupported(name)
        _HANDLERS[name](body, one.words, one.operands)
    if after is not None:
        body.begin(after)


def _holds(body: Body, guard: str) -> ir.Value:
    value = body.read(guard.lstrip("!"), "pred")
    return body.to.not_(value) if guard[0] == "!" else value


def _barrier(body: Body, one: Instruction, waiting: list[ir.Block]) -> None:
    """All threads of the block wait for each other: this one gives up its turn and is called again."""
    plain = [word for word in one.words if word not in ("cta", "aligned")]
    if plain[1:] != ["sync"] or one.operands != ("0",):
        raise Unsupported("a barrier of some threads")
    waiting.append(body.block("on"))
    number = ir.Constant(I32, len(waiting))
    body.to.store(number, body.frame)
    body.to.ret(number)
    body.to.position_at_end(waiting[-1])


def _block(module: ir.Module, body: Body) -> None:
    """The function that runs a block's threads: number of each, its place in the block, its memory."""
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [pointer, pointer, I64, pointer]), "block")
    context, frames, stride, waiting = function.args
    names = ("entry", "head", "look", "clear", "run", "next", "end")
    entry, head, look, clear, run, after, end = (function.append_basic_block(name) for name in names)
    body.function, body.context, body.to = function, context, ir.IRBuilder(entry)
    to, number = body.to, lambda value: ir.Constant(I64, value)
    first, count = body.shared("thread"), body.shared("block")
    extent = [body.shared(axis) for axis in AXES[3:5]]
    to.branch(head)
    to.position_at_end(head)
    k = to.phi(I64)
    k.add_incoming(number(0), entry)
    to.cbranch(to.icmp_signed("<", k, count), look, end)
    to.position_at_end(look)
    place = to.gep(waiting, [k], source_etype=I32)
    state = to.load(place, typ=I32)
    frame = to.gep(frames, [to.mul(k, stride)], source_etype=I8)
    local = to.add(to.ptrtoint(frame, I64), number(body.words))
    row = to.udiv(k, extent[0])
    values = {"tid.x": to.urem(k, extent[0]), "tid.y": to.urem(row, extent[1]), "tid.z": to.udiv(row, extent[1]),
              "thread": to.add(first, k), "local": local,
              "local_end": to.add(local, number(body.local_size))}  # fmt: skip
    for name, value in values.items():
        body.set(name, value)
    begins = to.icmp_signed("==", state, ir.Constant(I32, BEGIN))
    done = to.icmp_signed("==", state, ir.Constant(I32, 0))
    choose = function.append_basic_block("choose")
    to.cbranch(done, after, choose)
    to.position_at_end(choose)
    to.cbranch(begins, clear, run)
    to.position_at_end(clear)
    # registers hold 0 at first, and local memory NaN, which shows in what is made of it
    for at, size, byte in ((frame, body.words, 0), (to.inttoptr(local, pointer), body.local_size, 255)):
        given = [at, ir.Constant(I8, byte), number(size), ir.Constant(ir.IntType(1), 0)]
        body.call("llvm.memset.p0.i64", ir.VoidType(), given)
    to.branch(run)
    to.position_at_end(run)
    given = to.call(module.get_global("thread"), [context, frame])
    to.store(given, place)
    to.cbranch(to.icmp_signed("<", given, ir.Constant(I32, 0)), end, after)
    to.position_at_end(after)
    k.add_incoming(to.add(k, number(1)), after)
    to.branch(head)
    to.position_at_end(end)
    body.set("thread", first)
    to.ret_void()


