"""A product of float32 matrices in AVX-512, for `matmul`.

A tile of 8 x 32 numbers of the result stays in 16 vector registers while k runs; per k two vectors of b are loaded and
eight numbers of a broadcast (the inner kernel of Goto and van de Geijn 2008). Nothing is packed: the nets' matrices fit
into the caches as they lie. Why beside BLAS: OpenBLAS picks its kernels by processor, gives AVX2's to those it does not
know, and packs small matrices anew for every time step of a recurrent layer.

Each number of the result is summed in one order whatever the tiling of rows, so it has the same bits for any number of
threads.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from ngdm_lab.compiler.flags import FLAGS

__all__ = ["LANES", "compiled"]

LANES = 16  # float32 numbers in a vector
ROWS = 8  # of a tile
DEPTH = 256  # how far k runs before the tile is put back: 32 columns of b, so far, fill a first cache


def emit(rows: int, vectors: int) -> Any:
    """The tile of so many rows and vectors as a function for compiled code, on addresses and strides in bytes.

    Of a single vector only the first `lanes` numbers are read and written.
    """
    from llvmlite import ir
    from numba.core import cgutils, types
    from numba.extending import intrinsic

    def tile(typing, a, b, c, depth, a_row, a_next, b_next, c_row, fresh, lanes):  # type: ignore[no-untyped-def]
        """c (+)= a b for the tile at c; `fresh` says that c holds nothing yet."""

        def code(context, builder, signature, given):  # type: ignore[no-untyped-def]
            a, b, c, depth, a_row, a_next, b_next, c_row, fresh, lanes = given
            number, word, place = ir.FloatType(), ir.IntType(64), ir.IntType(32)
            vector = ir.VectorType(number, LANES)
            kind = ir.FunctionType(vector, [vector] * 3)
            fma = cgutils.get_or_insert_function(builder.module, kind, f"llvm.fma.v{LANES}f32")
            undefined, first = ir.Constant(vector, ir.Undefined), ir.Constant(ir.VectorType(place, LANES), None)
            cells = [(r, v) for r in range(rows) for v in range(vectors)]

            def at(base: Any, r: int, stride: Any, v: int, wanted: Any) -> Any:
                address = builder.add(base, builder.mul(stride, word(r)))
                return builder.inttoptr(builder.add(address, word(4 * LANES * v)), wanted.as_pointer())

            flag = ir.VectorType(ir.IntType(1), LANES)
            counts = ir.VectorType(word, LANES)
            limit = builder.insert_element(ir.Constant(counts, ir.Undefined), lanes, place(0))
            limit = builder.shuffle_vector(limit, ir.Constant(counts, ir.Undefined), first)
            mask = builder.icmp_signed("<", ir.Constant(counts, list(range(LANES))), limit)

            def masked(name: str, result: Any, *kinds: Any) -> Any:
                full = f"llvm.masked.{name}.v{LANES}f32.p0"
                return cgutils.get_or_insert_function(builder.module, ir.FunctionType(result, kinds), full)

            def load(pointer: Any) -> Any:
                if vectors == 1 and pointer.type.pointee == vector:
                    read = masked("load", vector, pointer.type, place, flag, vector)
                    return builder.call(read, [pointer, place(4), mask, ir.Constant(vector, None)])
                value = builder.load(pointer)
                value.align = 4
                return value

            def save(value: Any, pointer: Any) -> None:
                if vectors == 1:
                    write = masked("store", ir.VoidType(), vector, pointer.type, place, flag)
                    builder.call(write, [value, pointer, place(4), mask])
                else:
                    builder.store(value, pointer, align=4)

            sums = {cell: cgutils.alloca_once_value(builder, ir.Constant(vector, None)) for cell in cells}
            for cell in cells:  # an alloca stands in the function's entry: a loop around would not clear it
                builder.store(ir.Constant(vector, None), sums[cell])
            with cgutils.for_range(builder, depth) as loop:
                here_a = builder.add(a, builder.mul(loop.index, a_next))
                here_b = builder.add(b, builder.mul(loop.index, b_next))
                right = [load(at(here_b, 0, b_next, v, vector)) for v in range(vectors)]
                for r in range(rows):
                    left = builder.insert_element(undefined, load(at(here_a, r, a_row, 0, number)), place(0))
                    spread = builder.shuffle_vector(left, undefined, first)
                    for v in range(vectors):
                        value = builder.call(fma, [spread, right[v], builder.load(sums[r, v])])
                        builder.store(value, sums[r, v])
            with builder.if_then(builder.icmp_signed("==", fresh, word(0))):
                for r, v in cells:
                    kept = load(at(c, r, c_row, v, vector))
                    builder.store(builder.fadd(kept, builder.load(sums[r, v])), sums[r, v])
            for r, v in cells:
                save(builder.load(sums[r, v]), at(c, r, c_row, v, vector))
            return context.get_dummy_value()

        return types.void(*[types.int64] * 10), code

    return intrinsic(tile)


@cache
def compiled() -> Any:
    """product(a, b, out) for a (m, k) of any strides, b (k, n) and out (m, n) C-contiguous.

    It works on addresses and tests nothing: `matmul` has seen to shapes.
    """
    import numba
    import numpy as np

    wide, narrow, line, short = (emit(r, v) for r in (ROWS, 1) for v in (2, 1))

    def product(a, b, out):  # type: ignore[no-untyped-def]
        m, n, k = out.shape[0], out.shape[1], a.shape[1]
        at_a, at_b, at_out = np.int64(a.ctypes.data), np.int64(b.ctypes.data), np.int64(out.ctypes.data)
        a_row, a_next = np.int64(a.strides[0]), np.int64(a.strides[1])
        b_row, c_row = np.int64(b.strides[0]), np.int64(out.strides[0])
        for begin in range(0, k, DEPTH):
            depth, fresh = min(DEPTH, k - begin), np.int64(begin == 0)
            j = 0
            while j < n:
                right, whole, lanes = at_b + begin * b_row + 4 * j, n - j >= 2 * LANES, min(LANES, n - j)
                i = 0
                while i < m:
                    left, to = at_a + i * a_row + begin * a_next, at_out + i * c_row + 4 * j
                    if m - i >= ROWS:
                        i += ROWS
                        if whole:
                            wide(left, right, to, depth, a_row, a_next, b_row, c_row, fresh, lanes)
                        else:
                            narrow(left, right, to, depth, a_row, a_next, b_row, c_row, fresh, lanes)
                    else:
                        i += 1
                        if whole:
                            line(left, right, to, depth, a_row, a_next, b_row, c_row, fresh, lanes)
                        else:
                            short(left, right, to, depth, a_row, a_next, b_row, c_row, fresh, lanes)
                j += 2 * LANES if whole else LANES

    signature = "void(float32[:, :], float32[:, ::1], float32[:, ::1])"
    return numba.njit(signature, nogil=True, **FLAGS)(product)
