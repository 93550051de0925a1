"""Loads, stores and atomic operations of `ptx_cpu` in every kind of memory, in texts of our own."""

from __future__ import annotations

import numpy as np
import pytest

from ptx_cpu import Fault, Unsupported
from small_kernels import run

TABLE = ".global .align 4 .b8 table[8] = {1, 0, 0, 0, 2, 1, 0, 0};"
WORDS = ".const .align 8 .u64 table[2] = {7, 18446744073709551615};"
OWN = ".shared .align 8 .b8 own[8]; st.shared.b32 [own], %a;"
ATOMIC = {"add.u32": 12, "min.u32": 5, "max.u32": 7, "and.b32": 5, "or.b32": 7, "xor.b32": 2, "exch.b32": 5,
          "inc.u32": 0, "add.s32": 12}  # fmt: skip


def test_constants():
    read = "mov.u64 %rd1, table; ld.global.u32 %y, [%rd1+4];"
    assert run(read, ["u32", "u32"], [[0]], TABLE)[0] == 2 + 256
    assert run("ld.const.u64 %y, [table+8];", ["u64", "u64"], [[0]], WORDS)[0] == 2**64 - 1
    with pytest.raises(Fault, match=r"a write to constants .*st\.global\.u32 .* byte 4 of a constant, of 8 bytes"):
        run("mov.u64 %rd1, table; st.global.u32 [%rd1+4], %a; mov.u32 %y, %a;", ["u32", "u32"], [[3]], TABLE)
    with pytest.raises(Fault, match="out of bounds"):
        run("mov.u64 %rd1, table; ld.global.u32 %y, [%rd1+8];", ["u32", "u32"], [[0]], TABLE)


@pytest.mark.parametrize("operation", ATOMIC)
def test_atomic_operations(operation):
    """They leave the result and give what was there."""
    kind = operation.partition(".")[2]
    code = f"{OWN} atom.shared.{operation} %r1, [own], %b; ld.shared.{kind} %r2, [own]; mov.b64 %y, {{%r2, %r1}};"
    [made] = run(code, ["b64", "b32", "b32"], [[7], [5]])[0]
    assert divmod(int(made), 2**32) == (7, ATOMIC[operation])


@pytest.mark.parametrize(("compared", "left"), [(7, 5), (8, 7)])
def test_compare_and_swap(compared, left):
    code = f"{OWN} atom.relaxed.cta.shared.cas.b32 %r1, [own], {compared}, %b; ld.shared.b32 %y, [own];"
    assert run(code, ["b32", "b32", "b32"], [[7], [5]])[0] == left
    assert run(f"{OWN} red.shared.add.u32 [own], %b; ld.shared.b32 %y, [own];", ["b32"] * 3, [[7], [5]])[0] == 12


def test_shared_memory_by_a_generic_address():
    code = f"{OWN} mov.u64 %rd1, own; cvta.shared.u64 %rd2, %rd1; ld.u32 %y, [%rd2]; cvta.to.shared.u64 %rd2, %rd2;"
    assert run(f"{code} st.shared.u32 [%rd2+4], %y; ld.shared.u32 %y, [own+4];", ["u32", "u32"], [[9]])[0] == 9
    narrow = f"{OWN} mov.u32 %r1, own; ld.shared.u32 %y, [%r1];"  # as a compiler may keep such an address
    assert run(narrow, ["u32", "u32"], [[9]])[0] == 9


def test_vectors():
    own = ".local .align 16 .b8 own[32]; mov.u64 %rd1, own;"
    both = f"{own} st.local.v2.u32 [%rd1+8], {{%a, %b}}; ld.local.u64 %y, [%rd1+8];"
    assert run(both, ["u64", "u32", "u32"], [[1], [2]])[0] == 1 + 2**33
    back = f"{own} st.local.u64 [%rd1], %a; ld.local.v2.u32 {{%r1, %r2}}, [%rd1]; add.u32 %y, %r1, %r2;"
    assert run(back, ["u32", "u64"], [[2**32 + 6]])[0] == 7
    with pytest.raises(Fault, match="misaligned"):
        run(f"{own} st.local.v2.u32 [%rd1+4], {{%a, %a}}; mov.u32 %y, %a;", ["u32", "u32"], [[1]])
    with pytest.raises(Unsupported, match="for 4 numbers"):
        run(f"{own} st.local.v4.u32 [%rd1], {{%a, %a}}; mov.u32 %y, %a;", ["u32", "u32"], [[1]])


def test_local_memory_holds_nan_at_first():
    own = ".local .align 8 .b8 own[16]; mov.u64 %rd1, own;"
    assert np.isnan(run(f"{own} ld.local.f64 %y, [%rd1+8];", ["f64", "f64"], [[1.0]])[0])
    kept = f"{own} st.local.f64 [%rd1+8], %a; ld.f64 %y, [%rd1+8];"
    assert run(kept, ["f64", "f64"], [[1.5, 2.5]])[0].tolist() == [1.5, 2.5]
