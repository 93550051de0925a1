"""The way back: adjoints of statements, from the result to the point.

A value that is only added to in a loop (most landscapes) needs no second loop where its adjoint is known beforehand:
each round gives its terms of the gradient at once. Else the loop is written once more, and the statements whose results
nobody reads fall away. Where a round needs what earlier rounds have left, rounds are gone through backwards; a number
that each round needs from the one before waits in the gradient's own entries, if these are still free. Else the loop
goes in forward mode where few numbers act on it (`few`), or each round begins again from the start.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any

from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.syntax import parsed

from .few import FewInputs
from .liveness import assigned, needed
from .moving import is_sum
from .records import Bars, Choice, Code, Loop, Scopes, Set, flat
from .slopes import is_read
from .terms import filled, load, number, plus, store

__all__ = ["Backward"]


class Backward(FewInputs):
    """Adjoints of records."""

    flushed = False  # whether terms have gone to the gradient's entries
    held = False  # whether the gradient's entries hold a number of each round of a loop

    def backward(self, records: Sequence[Any], scopes: Scopes, bars: Bars, code: Code) -> None:
        """Write what gives the adjoints of everything before the records of a block, of those behind them."""
        around, self.scopes = self.scopes, scopes
        for record in reversed(records):
            if isinstance(record, Set):
                self.undo(record, bars, code)
            elif isinstance(record, Choice):
                self.undo_choice(record, bars, code)
            else:
                self.undo_loop(record, bars, code)
        self.scopes = around

    def undo(self, record: Set, bars: Bars, code: Code) -> None:
        seed = plus(bars.pop(record.name))
        if number(seed) != 0:
            self.back(record.value, seed, load(record.name), bars, code)

    def seeds(self, names: dict[str, str], bars: Bars) -> dict[str, ast.expr]:
        """The adjoints of variables that move, by variable; none that are 0."""
        found = {v: plus(bars.pop(name)) for v, name in names.items() if name in self.names}
        return {v: seed for v, seed in found.items() if number(seed) != 0}

    def in_place(self, record: Choice | Loop, seeds: dict[str, ast.expr]) -> bool:
        """Whether the way back can follow at once, since the adjoints behind are known before."""
        return not (record.first and self.held) and all(self.is_early(seed, record.visible) for seed in seeds.values())

    def settled(self, seeds: dict[str, ast.expr], code: Code) -> dict[str, ast.expr]:
        return {v: self.light(seed, code) for v, seed in seeds.items()}

    # -- conditions -------------------------------------------------------------------------------------

    def undo_choice(self, record: Choice, bars: Bars, code: Code) -> None:
        seeds = self.seeds(record.merged, bars)
        if not seeds:
            return
        record, seeds = self.placed(record, seeds, code)
        sides = []
        for side in record.sides:
            mine = Bars()
            for v, seed in seeds.items():
                if side.names.get(v) in self.names:
                    mine.add(side.names[v], seed)
            self.backward(side.records, side.scopes, mine, side.back)
            sides.append((mine, side.back))
        self.merge(sides, record.visible, record.scopes, bars)

    def placed(self, record: Any, seeds: Any, code: Code) -> tuple[Any, Any]:
        """The statement where its way back stands, in its place or once more here, and its seeds settled before it."""
        if self.in_place(record, seeds):
            return record, self.settled(seeds, record.ahead)
        seeds = self.settled(seeds, code)
        return self.again(record, code), seeds

    def again(self, record: Any, code: Code) -> Any:
        """The same statement once more, here."""
        first, self.first = self.first, False
        write = self.choice if isinstance(record, Choice) else self.loop
        made = write(record.statement, dict(record.before), code)
        self.first = first
        return made

    # -- loops ------------------------------------------------------------------------------------------

    def undo_loop(self, record: Loop, bars: Bars, code: Code) -> None:
        seeds = self.seeds(record.heads, bars)
        if not seeds:
            return
        sums = {v for v, head in record.heads.items() if head in self.names and is_sum(v, record.statement.body)}
        if any(head in self.names and v not in sums for v, head in record.heads.items()):
            self.reversed_loop(record, sums, seeds, bars, code)
            return
        record, seeds = self.placed(record, seeds, code)
        mine = Bars()
        for v, seed in seeds.items():
            mine.add(record.ends[v], seed)
        self.backward(record.records, record.inside, mine, record.back)
        for v, seed in seeds.items():
            mine.pop(record.heads[v])
            self.give(record.starts[v], seed, bars)
        self.collect(mine, record, record.visible, record.ahead, record.back, bars)

    def give(self, name: str, term: ast.expr, bars: Bars) -> None:
        if name in self.names:
            bars.add(name, term)

    def collect(
        self, mine: Bars, record: Loop, visible: set[str], ahead: Code, back: Code, bars: Bars
    ) -> list[ast.expr]:
        """Sum up what the rounds of a loop give to names and entries outside; the rest goes to the gradient.

        Returns the indices of the latter.
        """
        direct = []
        for name in list(mine.names):
            self.sum_up(plus(mine.pop(name)), ahead, back, lambda total, name=name: bars.add(name, total))
        for index, terms in mine.entries.values():
            if number(plus(terms)) == 0:
                continue
            if self.is_early(index, visible) and is_read(index, record.scopes):
                self.sum_up(plus(terms), ahead, back, lambda total, index=index: bars.add_entry(index, total))
            else:
                back.append(self.entry(index, plus(terms)))
                direct.append(index)
        return direct

    def sum_up(self, term: ast.expr, ahead: Code, back: Code, give: Any) -> None:
        if number(term) == 0:
            return
        total = self.fresh("d", moving=False)
        ahead.append(store(total, ast.Constant(0.0)))
        back.append(store(total, ast.BinOp(load(total), ast.Add(), term)))
        give(load(total))

    def reversed_loop(self, record: Loop, sums: set[str], seeds: dict[str, ast.expr], bars: Bars, code: Code) -> None:
        ahead: Code = []
        visible, flushed, given = set(self.visible), self.flushed, Bars()
        adjoints: dict[str, str] = {}
        for v in sorted(set(record.heads) - sums):
            if record.heads[v] in self.names:
                adjoints[v] = self.fresh(f"d_{v}", moving=False)
                ahead.append(store(adjoints[v], seeds.get(v, ast.Constant(0.0))))
        summed = {v: self.light(seeds[v], ahead) for v in sums if v in seeds}
        s = record.statement
        assert isinstance(s.target, ast.Name)
        env, restored, rounds, back = dict(record.before), list[Any](), list[Any](), list[Any]()
        heads = {}
        for v in record.heads:
            heads[v] = env[v] = self.fresh(v, v in self.moving)
        counter = env[s.target.id] = self.fresh(s.target.id, moving=False)
        first, self.first = self.first, False
        around, self.scopes = self.scopes, self.rounds(record.limits, counter)
        records = self.forward(s.body, env, rounds)
        mine = Bars()
        for v, name in adjoints.items():
            mine.add(env[v], load(name))
        for v, seed in summed.items():
            mine.add(env[v], seed)
        self.backward(records, self.scopes, mine, back)
        free = not self.flushed
        following = {v: plus(mine.pop(heads[v])) for v in adjoints}
        for v in sums:
            mine.pop(heads[v])
        within: Code = []  # the entries of the gradient, each of which a round may take over from a number held there
        direct = self.collect(mine, record, visible, ahead, within, given)
        updates = self.passed_on([(adjoints[v], following[v]) for v in adjoints])
        _, read = needed(flat([rounds, back, within, updates]), assigned(flat(ahead)))
        wanted = [v for v, name in heads.items() if name in read]
        if wanted:
            if free and self.can_hold(record, wanted, direct, counter):
                self.hold(record, wanted[0], heads[wanted[0]], counter, restored, within)
            elif (few := self.inputs(record)) is not None:
                self.first, self.scopes, self.flushed = first, around, flushed
                self.in_step(few, self.settled(seeds, code), bars, code)
                return
            else:
                self.from_the_start(record, wanted, heads, counter, restored)
        self.first, self.scopes = first, around
        bars.join(given)
        inner: list[Any] = [restored, rounds, back, within, updates]
        code.append(ahead)
        code.append(ast.For(ast.Name(counter, ast.Store()), _backwards(record.limits), inner, []))
        for v, name in adjoints.items():
            self.give(record.starts[v], load(name), bars)
        for v, seed in summed.items():
            self.give(record.starts[v], seed, bars)

    # -- numbers of earlier rounds ----------------------------------------------------------------------

    def can_hold(self, record: Loop, wanted: list[str], direct: list[ast.expr], counter: str) -> bool:
        """Whether the gradient's entries are free for one number of each round, and for its alone."""
        return (
            record.first and record.outermost and not self.held and len(wanted) == 1 and wanted[0] in self.moving
            and len(direct) == 1 and isinstance(direct[0], ast.Name) and direct[0].id == counter
        )  # fmt: skip

    def hold(self, record: Loop, v: str, head: str, counter: str, restored: Code, within: Code) -> None:
        """Each round leaves a number in its entry of the gradient, and its way back takes it from there."""
        self.held = True
        kept = ast.Subscript(ast.Name("g", ast.Load()), load(record.counter), ast.Store())
        record.back.append(ast.Assign([kept], load(record.heads[v])))
        restored.append(store(head, filled(f"g[{counter}]", {})))
        for k, s in enumerate(within):
            if isinstance(s, ast.AugAssign):
                within[k] = ast.Assign([s.target], s.value)

    def from_the_start(
        self, record: Loop, wanted: list[str], heads: dict[str, str], counter: str, restored: Code
    ) -> None:
        """Every round goes through those before it again."""
        limits = record.limits
        start, step = (limits[0] if len(limits) > 1 else ast.Constant(0)), limits[2:]
        env = dict(record.before)
        self.loop(record.statement, env, restored, [start, load(counter), *step])
        restored += [store(heads[v], load(env[v])) for v in wanted]


def _backwards(limits: list[ast.expr]) -> ast.expr:
    """The range from its last number to its first."""
    start, end = (limits[0], limits[1]) if len(limits) > 1 else (ast.Constant(0), limits[0])
    step = number(limits[2]) if len(limits) > 2 else 1
    if step is None or step != int(step) or step == 0:
        raise UnsupportedSource(f"range with the step {ast.unparse(limits[2])}: the gradient is derived for a step "
                                "that is a whole number, written out")  # fmt: skip
    up, size = step > 0, abs(int(step))
    sign, other = ("-", "+") if up else ("+", "-")
    span = "(b - a - 1)" if up else "(a - b - 1)"
    last = f"b {sign} 1" if size == 1 else f"a {other} {span} // {size} * {size}"
    parts = {"a": start, "b": end}
    made = [filled(last, parts), filled(f"a {sign} 1", parts), parsed(f"{sign if up else ''}{size}",
            mode="eval").body]  # fmt: skip
    return ast.Call(ast.Name("range", ast.Load()), [_folded(a) for a in made], [])


def _folded(node: ast.expr) -> ast.expr:
    """Sums of whole literals as literals."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        a, b = number(_folded(node.left)), number(node.right)
        if a is not None and b is not None:
            total = int(a + b if isinstance(node.op, ast.Add) else a - b)
            return parsed(str(total), mode="eval").body
    return node
