"""The inner tiles of a convolution of images that lie side by side, as functions for compiled code.

A vector of 64 bytes holds one number of as many images (`lanes`), so every step is a vector's and no shape of an image,
a kernel or a layer leaves some of it idle. A tile's sums stay in registers; each vector loaded is used several times.
Addresses and strides are in bytes.
"""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["BYTES", "FILTERS", "PLACES", "Vectors", "convolving", "correlating"]

BYTES = 64  # of a vector: AVX-512's; LLVM makes two or four of it where a processor's are shorter
PLACES, FILTERS = 3, 8  # of a whole tile: 24 sums, 3 vectors and one spread number fit into 32 registers


class Vectors:
    """LLVM's instructions on vectors of float32 or float64, put where a builder stands."""

    def __init__(self, builder: Any, real: str) -> None:
        from llvmlite import ir
        from numba.core import cgutils

        bits = int(real[5:])
        self.builder, self.item = builder, bits // 8
        self.lanes = BYTES // self.item
        self.number = ir.FloatType() if bits == 32 else ir.DoubleType()
        self.vector = ir.VectorType(self.number, self.lanes)
        self.word, self.place, self.ir = ir.IntType(64), ir.IntType(32), ir
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        self._fma = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{self.lanes}f{bits}")
        self._place = lambda: cgutils.alloca_once(builder, self.vector)

    def moved(self, address: Any, stride: Any, times: Any) -> Any:
        """address + stride times; both may be Python's numbers."""
        stride, times = (self.word(v) if isinstance(v, int) else v for v in (stride, times))
        return self.builder.add(address, self.builder.mul(stride, times))

    def load(self, address: Any, kind: Any = None) -> Any:
        """A vector, or what else is asked for, that need not be aligned."""
        kind = self.vector if kind is None else kind
        value = self.builder.load(self.builder.inttoptr(address, kind.as_pointer()))
        value.align = self.item
        return value

    def save(self, value: Any, address: Any) -> None:
        self.builder.store(value, self.builder.inttoptr(address, value.type.as_pointer()), align=self.item)

    def spread(self, number: Any) -> Any:
        """A number in all lanes."""
        empty = self.ir.Constant(self.vector, self.ir.Undefined)
        first = self.builder.insert_element(empty, number, self.place(0))
        lanes = self.ir.VectorType(self.place, self.lanes)
        return self.builder.shuffle_vector(first, empty, self.ir.Constant(lanes, None))

    def at_least(self, value: Any, floor: Any) -> Any:
        """The larger of a vector and a number; NaN stays."""
        low = self.spread(floor)
        return self.builder.select(self.builder.fcmp_ordered("<", value, low), low, value)

    def sums(self, cells: Any, begun: Any) -> dict[Any, Any]:
        """A vector variable for each cell, with its first value."""
        made = {cell: self._place() for cell in cells}
        for cell in cells:  # a variable is made at the function's entry: a loop around would not clear it
            self.builder.store(begun(cell), made[cell])
        return made

    def add_product(self, into: Any, a: Any, b: Any) -> None:
        self.builder.store(self.builder.call(self._fma, [a, b, self.builder.load(into)]), into)

    def totals(self, vectors: list[Any]) -> Any:
        """The sums of vectors over their lanes, as one vector at least as long as the list; by halves, as a tree."""
        run, zero = self.lanes, self.ir.Constant(self.vector, None)
        while len(vectors) > 1:
            vectors = vectors + [zero] * (len(vectors) % 2)
            vectors = [self._halved(a, b, run) for a, b in zip(vectors[::2], vectors[1::2], strict=True)]
            run //= 2
        while run > 1:
            vectors, run = [self._halved(vectors[0], None, run)], run // 2
        return vectors[0]

    def _halved(self, a: Any, b: Any, run: int) -> Any:
        """Runs of so many numbers in a, then b: first halves plus second halves."""
        count = a.type.count * (1 if b is None else 2)
        b = self.ir.Constant(a.type, self.ir.Undefined) if b is None else b
        sides = []
        for second in (False, True):
            chosen = [k for k in range(count) if (k % run >= run // 2) == second]
            places = self.ir.Constant(self.ir.VectorType(self.place, len(chosen)), chosen)
            sides.append(self.builder.shuffle_vector(a, b, places))
        return self.builder.fadd(*sides)


@cache
def convolving(places: int, filters: int, real: str) -> Any:
    """The tile of a convolution for places in a row and for filters.

    tile(x, w, bias, out, rows, depth, x_row, x_place, w_row, w_next, out_place, floor): for place t and filter f
    out = max(floor, bias + the sum over rows r and steps d < depth of x[r, t, d] w[r, d, f]). The steps of x are
    vectors, the filters of w numbers, and both lie together.
    """
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    def tile(typing, x, w, bias, out, rows, depth, x_row, x_place, w_row, w_next, out_place, floor):  # type: ignore[no-untyped-def]
        def code(context, builder, signature, given):  # type: ignore[no-untyped-def]
            x, w, bias, out, rows, depth, x_row, x_place, w_row, w_next, out_place, floor = given
            on = Vectors(builder, real)

            def number(address: Any, f: int) -> Any:
                return on.spread(on.load(on.moved(address, on.item, f), on.number))

            begun = [number(bias, f) for f in range(filters)]
            sums = on.sums([(t, f) for t in range(places) for f in range(filters)], lambda cell: begun[cell[1]])
            with cgutils.for_range(builder, rows) as row:
                x_here, w_here = on.moved(x, x_row, row.index), on.moved(w, w_row, row.index)
                with cgutils.for_range(builder, depth) as step:
                    x_now, w_now = on.moved(x_here, BYTES, step.index), on.moved(w_here, w_next, step.index)
                    left = [on.load(on.moved(x_now, x_place, t)) for t in range(places)]
                    for f in range(filters):
                        right = number(w_now, f)
                        for t in range(places):
                            on.add_product(sums[t, f], left[t], right)
            for (t, f), place in sums.items():
                value = on.at_least(builder.load(place), floor)
                on.save(value, on.moved(on.moved(out, out_place, t), BYTES, f))
            return context.get_dummy_value()

        return types.void(*[types.int64] * 11, getattr(types, real)), code

    return intrinsic(tile)


@cache
def correlating(channels: int, filters: int, real: str) -> Any:
    """The tile of a kernel's derivative for channels and filters.

    tile(x, dy, total, rows, places, x_row, x_place, dy_row, dy_place, total_row): for channel c and filter f
    total[c, f] += the sum over rows, places and lanes of x[.., c] dy[.., f]. Channels and filters are vectors that lie
    together, those of `total` numbers.
    """
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    def tile(typing, x, dy, total, rows, places, x_row, x_place, dy_row, dy_place, total_row):  # type: ignore[no-untyped-def]
        def code(context, builder, signature, given):  # type: ignore[no-untyped-def]
            x, dy, total, rows, places, x_row, x_place, dy_row, dy_place, total_row = given
            on = Vectors(builder, real)
            zero = on.ir.Constant(on.vector, None)
            sums = on.sums([(c, f) for c in range(channels) for f in range(filters)], lambda cell: zero)
            with cgutils.for_range(builder, rows) as row:
                x_here, dy_here = on.moved(x, x_row, row.index), on.moved(dy, dy_row, row.index)
                with cgutils.for_range(builder, places) as place:
                    x_now, dy_now = on.moved(x_here, x_place, place.index), on.moved(dy_here, dy_place, place.index)
                    left = [on.load(on.moved(x_now, BYTES, c)) for c in range(channels)]
                    for f in range(filters):
                        right = on.load(on.moved(dy_now, BYTES, f))
                        for c in range(channels):
                            on.add_product(sums[c, f], left[c], right)
            for c in range(channels):
                here = on.moved(total, total_row, c)
                found = on.totals([builder.load(sums[c, f]) for f in range(filters)])
                if found.type.count == filters:
                    on.save(builder.fadd(on.load(here, found.type), found), here)
                    continue
                for f in range(filters):
                    at, one = on.moved(here, on.item, f), builder.extract_element(found, on.place(f))
                    on.save(builder.fadd(on.load(at, on.number), one), at)
            return context.get_dummy_value()

        return types.void(*[types.int64] * 10), code

    return intrinsic(tile)
