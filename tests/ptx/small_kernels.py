"""Kernels of a few instructions, written as PTX."""

from __future__ import annotations

import numpy as np

from ptx_cpu import Program

__all__ = ["dtype", "run"]

SIZES = {"8": 1, "16": 2, "32": 4, "64": 8}


def dtype(kind):
    """NumPy's for a kind such as u32."""
    return np.dtype({"f": "f", "s": "i", "u": "u", "b": "u"}[kind[0]] + str(SIZES[kind[1:]]))


def run(instruction, kinds, columns, functions=""):
    """What an instruction makes of %a, %b, %c in %y, by a thread for each row; kinds are of %y and of the others.

    %r1, %r2, %rd1, %rd2 and %p1 to %p3 are free; `functions` stands before the kernel. Gives %y, and the columns.
    """
    names = "yabc"[: len(kinds)]
    loads = "".join(
        f"ld.param.u64 %rd1, [k_{7 * j + 4}]; mad.lo.s64 %rd2, %rd0, {dtype(kind).itemsize}, %rd1;\n"
        + (f"ld.global.{kind} %{name}, [%rd2];\n" if name != "y" else "mov.u64 %rd3, %rd2;\n")
        for j, (name, kind) in enumerate(zip(names, kinds, strict=True))
    )
    text = f"""
.version 9.0
.target sm_90a
.address_size 64
{functions}
.visible .entry k({", ".join(f".param .u64 k_{j}" for j in range(7 * len(kinds)))})
{{
.reg .pred %p<4>; .reg .b64 %rd<4>; .reg .b32 %r<4>;
{"".join(f".reg .b{kind[1:]} %{name};" for name, kind in zip(names, kinds, strict=True))}
mov.u32 %r1, %tid.x;
cvt.u64.u32 %rd0, %r1;
{loads}
{instruction}
st.global.{kinds[0]} [%rd3], %y;
ret;
}}
"""
    arrays = [np.array(column, dtype(kind)) for kind, column in zip(kinds[1:], columns, strict=True)]
    made = np.zeros(len(arrays[0]), dtype(kinds[0]))
    Program(text)[1, len(made)](made, *arrays)
    return made, arrays
