"""Each instruction of `ptx_cpu` against what PTX's manual says of it, by Python's whole and rational numbers."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from ptx_cpu import Unsupported
from small_kernels import dtype, run

REALS = [0.0, -0.0, 1.0, -1.5, 0.1, 3.7, -2.5, 1e-40, -1e-310, 12582913.0, 3.4e38, 1e300, math.inf, -math.inf, math.nan]
WHOLES = [0, 1, 2, 3, 5, 31, 32, 33, 63, 64, 127, 128, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1, 77777]


# the square of what is above 1, else that and 1
SQUARE = """
.func (.param .b64 r) f(.param .b64 x);
.func (.param .b64 r) f(.param .b64 x)
{
.reg .f64 %a; .reg .f64 %b<3>; .reg .pred %p1;
ld.param.f64 %a, [x];
mul.f64 %b1, %a, %a;
setp.gt.f64 %p1, %a, 0d3FF0000000000000;
@%p1 bra $L_end;
add.f64 %b1, %b1, 0d3FF0000000000000;
st.param.f64 [r], %b1;
ret;
$L_end:
st.param.f64 [r], %b1;
ret;
}
"""


def values(kind):
    if kind[0] == "f":
        with np.errstate(over="ignore"):
            return np.array(REALS).astype(dtype(kind))
    bits = int(kind[1:])
    return np.array([v % 2**bits for v in WHOLES], np.uint64).astype(f"u{bits // 8}").view(dtype(kind))


def signed(value, bits):
    value %= 2**bits
    return value - 2**bits if value >= 2 ** (bits - 1) else value


def quotient(a, b):
    return abs(a) // abs(b) * (1 if (a < 0) == (b < 0) else -1)


def nearest(x, single=False):
    return float(np.float32(float(x))) if single else float(x)


def below(x):
    """The largest number of single precision that is not above a rational number."""
    near = np.float32(float(x))
    return float(np.nextafter(near, np.float32(-np.inf)) if Fraction(float(near)) > x else near)


def extreme(pick):
    def made(a, b):
        if math.isnan(a) or math.isnan(b):
            return b if math.isnan(a) else a
        return pick((a, b), key=lambda v: (v, math.copysign(1.0, v)))

    return made


def rounded(how, low, high):
    def made(a):
        if math.isnan(a):
            return 0
        return min(max(a if math.isinf(a) else how(a), low), high) if not math.isinf(a) else (high if a > 0 else low)

    return made


def select(test):
    return lambda a, b: 1 if test(a, b) else 2


MASK = 2**64 - 1
WHOLE = {
    "add.s64 %y, %a, %b;": ("s64 s64 s64", lambda a, b: a + b),
    "sub.u32 %y, %a, %b;": ("u32 u32 u32", lambda a, b: a - b),
    "mul.lo.s64 %y, %a, %b;": ("s64 s64 s64", lambda a, b: a * b),
    "mul.hi.u64 %y, %a, %b;": ("u64 u64 u64", lambda a, b: a * b >> 64),
    "mul.hi.s32 %y, %a, %b;": ("s32 s32 s32", lambda a, b: a * b >> 32),
    "mul.wide.s32 %y, %a, %b;": ("s64 s32 s32", lambda a, b: a * b),
    "mul.wide.u16 %y, %a, %b;": ("u32 u16 u16", lambda a, b: a * b),
    "mad.lo.s32 %y, %a, %b, 7;": ("s32 s32 s32", lambda a, b: a * b + 7),
    "mad.wide.u32 %y, %a, %b, 9;": ("u64 u32 u32", lambda a, b: a * b + 9),
    "mad.lo.cc.u32 %r1, %a, %b, -1; madc.hi.u32 %y, %a, %b, 0;": ("u32 u32 u32", lambda a, b: a * b + 2**32 - 1 >> 32),
    "div.s64 %y, %a, %b;": ("s64 s64 s64", lambda a, b: quotient(a, b) if b else -1),
    "rem.s32 %y, %a, %b;": ("s32 s32 s32", lambda a, b: a - b * quotient(a, b) if b else a),
    "div.u32 %y, %a, %b;": ("u32 u32 u32", lambda a, b: a // b if b else -1),
    "rem.u64 %y, %a, %b;": ("u64 u64 u64", lambda a, b: a % b if b else a),
    "neg.s64 %y, %a;": ("s64 s64", lambda a: -a),
    "abs.s32 %y, %a;": ("s32 s32", abs),
    "min.s64 %y, %a, %b;": ("s64 s64 s64", min),
    "max.u32 %y, %a, %b;": ("u32 u32 u32", max),
    "and.b64 %y, %a, %b;": ("b64 b64 b64", lambda a, b: a & b),
    "or.b32 %y, %a, 5;": ("b32 b32", lambda a: a | 5),
    "xor.b64 %y, %a, %b;": ("b64 b64 b64", lambda a, b: a ^ b),
    "not.b64 %y, %a;": ("b64 b64", lambda a: ~a),
    "shl.b64 %y, %a, %b;": ("b64 b64 u32", lambda a, b: a << min(b, 64)),
    "shr.s64 %y, %a, %b;": ("s64 s64 u32", lambda a, b: a >> min(b, 64)),
    "shr.u32 %y, %a, %b;": ("u32 u32 u32", lambda a, b: a >> min(b, 32)),
    "shf.l.wrap.b32 %y, %a, %b, 35;": ("b32 b32 b32", lambda a, b: (b << 3) | (a >> 29)),
    "shf.r.wrap.b32 %y, %a, %b, 3;": ("b32 b32 b32", lambda a, b: (a >> 3) | (b << 29)),
    "bfe.u32 %y, %a, 3, %b;": ("u32 u32 u32", lambda a, b: a >> 3 & (1 << min(b & 255, 32)) - 1),
    "bfi.b64 %y, %a, %b, 32, 32;": ("b64 b64 b64", lambda a, b: (a << 32 & MASK) | (b & 2**32 - 1)),
    "clz.b32 %y, %a;": ("u32 b32", lambda a: 32 - a.bit_length()),
    "popc.b64 %y, %a;": ("u32 b64", lambda a: a.bit_count()),
    "brev.b32 %y, %a;": ("b32 b32", lambda a: int(f"{a:032b}"[::-1], 2)),
    "cvt.s64.s32 %y, %a;": ("s64 s32", lambda a: a),
    "cvt.u16.u64 %y, %a;": ("u16 u64", lambda a: a),
    "mov.b64 {%r1, %r2}, %a; mov.b64 %y, {%r2, %r1};": ("b64 b64", lambda a: a >> 32 | a << 32),
    "mov.u32 %y, 0; @%p1 mov.u32 %y, 4; @!%p1 mov.u32 %y, 3;": ("u32 u32", lambda a: 3),
    "setp.lt.s64 %p1, %a, %b; selp.u32 %y, 1, 2, %p1;": ("u32 s64 s64", select(lambda a, b: a < b)),
    "setp.ge.u32 %p1, %a, %b; selp.u32 %y, 1, 2, %p1;": ("u32 u32 u32", select(lambda a, b: a >= b)),
    "setp.hi.u64 %p1, %a, %b; selp.u32 %y, 1, 2, %p1;": ("u32 u64 u64", select(lambda a, b: a > b)),
    "setp.ne.b32 %p1, %a, 3; setp.eq.and.s32 %p2, %b, 5, %p1; selp.u32 %y, 1, 2, %p2;":
        ("u32 b32 s32", select(lambda a, b: a != 3 and b == 5)),
}  # fmt: skip
REAL = {
    "add.f64 %y, %a, %b;": ("f64 f64 f64", lambda a, b: a + b),
    "sub.f32 %y, %a, %b;": ("f32 f32 f32", lambda a, b: a - b),
    "mul.rn.f64 %y, %a, %b;": ("f64 f64 f64", lambda a, b: a * b),
    "div.rn.f32 %y, %a, %b;": ("f32 f32 f32", lambda a, b: np.float32(a) / np.float32(b)),
    "fma.rn.f64 %y, %a, %b, %c;": ("f64 f64 f64 f64", lambda a, b, c: nearest(Fraction(a) * Fraction(b) + Fraction(c))),
    "fma.rm.f32 %y, %a, %b, %c;": ("f32 f32 f32 f32", lambda a, b, c: below(Fraction(a) * Fraction(b) + Fraction(c))),
    "rcp.rn.f64 %y, %a;": ("f64 f64", lambda a: np.float64(1) / a),
    "rcp.approx.ftz.f64 %y, %a;": ("f64 f64", lambda a: np.float64(1) / (a if abs(a) >= 2**-1022 else 0.0 * a)),
    "sqrt.rn.f32 %y, %a;": ("f32 f32", lambda a: np.sqrt(np.float32(a))),
    "ex2.approx.ftz.f32 %y, %a;": ("f32 f32", lambda a: np.exp2(np.float32(0.0 if abs(a) < 2**-126 else a))),
    "neg.f32 %y, %a;": ("f32 f32", lambda a: -a),
    "abs.f64 %y, %a;": ("f64 f64", abs),
    "copysign.f64 %y, %a, %b;": ("f64 f64 f64", lambda a, b: math.copysign(b, a)),
    "min.f64 %y, %a, %b;": ("f64 f64 f64", extreme(min)),
    "max.f32 %y, %a, %b;": ("f32 f32 f32", extreme(max)),
    "setp.lt.f64 %p1, %a, %b; selp.u32 %y, 1, 2, %p1;": ("u32 f64 f64", select(lambda a, b: a < b)),
    "setp.leu.f64 %p1, %a, %b; selp.u32 %y, 1, 2, %p1;": ("u32 f64 f64", select(lambda a, b: not a > b)),
    "setp.ne.f64 %p1, %a, %b; selp.u32 %y, 1, 2, %p1;": ("u32 f64 f64", select(lambda a, b: a < b or a > b)),
    "setp.neu.f32 %p1, %a, %b; selp.u32 %y, 1, 2, %p1;": ("u32 f32 f32", select(lambda a, b: a != b)),
    "setp.nan.f64 %p1, %a, %b; selp.u32 %y, 1, 2, %p1;": ("u32 f64 f64", select(lambda a, b: a != a or b != b)),
    "cvt.rn.f32.f64 %y, %a;": ("f32 f64", np.float32),
    "cvt.f64.f32 %y, %a;": ("f64 f32", lambda a: a),
    "cvt.sat.f32.f32 %y, %a;": ("f32 f32", lambda a: min(a, 1.0) if a > 0 else 0.0),
    "cvt.rni.f32.f32 %y, %a;": ("f32 f32", np.rint),
    "cvt.rzi.s64.f64 %y, %a;": ("s64 f64", rounded(math.trunc, -(2**63), 2**63 - 1)),
    "cvt.rmi.s32.f32 %y, %a;": ("s32 f32", rounded(math.floor, -(2**31), 2**31 - 1)),
    "cvt.rpi.u32.f64 %y, %a;": ("u32 f64", rounded(math.ceil, 0, 2**32 - 1)),
}  # fmt: skip


@pytest.mark.parametrize("instruction", WHOLE)
def test_whole_numbers(instruction):
    kinds, wanted = WHOLE[instruction]
    kinds = kinds.split()
    rows = list(itertools.product(*(values(kind) for kind in kinds[1:])))
    made, arrays = run(instruction, kinds, list(zip(*rows, strict=True)))
    bits = int(kinds[0][1:])
    right = [wanted(*map(int, row)) for row in zip(*arrays, strict=True)]
    right = [signed(v, bits) if kinds[0][0] == "s" else v % 2**bits for v in right]
    assert made.tolist() == right


@pytest.mark.parametrize("instruction", REAL)
def test_real_numbers(instruction):
    kinds, wanted = REAL[instruction]
    kinds = kinds.split()
    rows = list(itertools.product(*(values(kind) for kind in kinds[1:])))
    if instruction.startswith("fma"):  # rational numbers: what is finite, in a range that single precision holds
        rows = [row for row in rows if all(abs(v) < 1e15 for v in row)]
    made, arrays = run(instruction, kinds, list(zip(*rows, strict=True)))
    with np.errstate(all="ignore"):
        right = np.array([wanted(*row) for row in zip(*(a.tolist() for a in arrays), strict=True)]).astype(made.dtype)
    same = (made == right) & (np.signbit(made) == np.signbit(right)) if made.dtype.kind == "f" else made == right
    if instruction.startswith("fma"):
        same |= (made == 0) & (right == 0)  # a rational zero has no sign
    same |= (made != made) & (right != right)
    columns = zip(same, made, right, *arrays, strict=True)
    assert same.all(), next(row for row in columns if not row[0])


def test_a_function_is_run_where_it_is_called():
    """With parameters and registers of its own, twice."""
    call = """{ .param .b64 p; st.param.f64 [p], %a; .param .b64 q; call.uni (q), f, (p); ld.param.f64 %y, [q]; }
{ .param .b64 p; st.param.f64 [p], %y; .param .b64 q; call.uni (q), f, (p); ld.param.f64 %y, [q]; }"""
    made, _ = run(call, ["f64", "f64"], [[3.0, 0.5]], SQUARE)
    assert made.tolist() == [81.0, 1.25**2]


@pytest.mark.parametrize(
    "instruction",
    ["shfl.sync.idx.b32 %y, %a, 0, 31, -1;", "add.sat.s32 %y, %a, %b;", "fma.rz.f32 %y, %a, %b, %a;",
     "bar.arrive 0, 64;", "cvt.rn.f16.f32 %y, %a;", "mov.u32 %y, %clock;", "frobnicate.u32 %y, %a;"],
)  # fmt: skip
def test_what_is_not_understood_is_refused_by_name(instruction):
    with pytest.raises(Unsupported, match=instruction.split()[0].replace(".", r"\.")):
        run(instruction, ["u32", "u32", "u32"], [[1], [2]])
