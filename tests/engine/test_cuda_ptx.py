"""The assembly of the CUDA kernels, made without a GPU, against the committed table.

Needs the extra cuda-check, which is part of the extra test: without it these tests fail, they are not skipped.
"""

from __future__ import annotations

import importlib.util
import json
import math
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import landscapes as ls
import ngdm_lab as lab
import value_functions
from ngdm_lab.compiler.cuda import ptx as cuda_ptx
from ngdm_lab.engine.cuda_kernel import kernel
from ngdm_lab.geometry.inverse_trigamma import inverse_trigamma_source
from ngdm_lab.geometry.trigamma import scaled_trigamma_drop_source, trigamma_drop_source, trigamma_source

pytestmark = pytest.mark.skipif(sys.platform == "darwin", reason="NVIDIA has no CUDA packages for macOS")

DATA = Path(__file__).resolve().parent.parent / "data"
_spec = importlib.util.spec_from_file_location("make_cuda_table", DATA / "make_cuda_table.py")
make = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(make)

TABLE = json.loads((DATA / "cuda_table.json").read_text())["kernels"]
# Another release of the compiler may differ by so much in a count: a share of it, and some.
SHARE, SOME = 0.15, 8
SLOW = pytest.mark.slow
ADAM = lab.Adam(0.1)


@pytest.fixture(scope="module")
def fresh():
    return make.rows()


def test_every_kernel_stands_in_the_table(fresh):
    assert set(fresh) == set(TABLE)
    landscapes = {name.rpartition(" + ")[2].split("-")[0] for name in TABLE}
    assert landscapes >= set(ls.names())
    rules = {o.rule.name for o in make.rules()}
    assert {name.split(" + ")[0] for name in TABLE} == rules
    for surface in ("rosenbrock-2d", "rastrigin-10d"):
        assert {name.split(" + ")[0] for name in TABLE if name.endswith(surface)} == rules


def test_no_kernel_spills_divides_or_calls(fresh):
    for name, row in fresh.items():
        for what in ("stack", "spill_stores", "spill_loads", "integer_division", "local_memory", "calls", "f32"):
            assert row[what] == 0, (name, what, row[what])


def test_no_kernel_has_become_worse(fresh):
    for name, row in fresh.items():
        known = TABLE[name]
        assert row["layout"] == known["layout"], name
        for what in ("registers", "f64", "step", "step_f64", "step_memory"):
            most = known[what] * (1 + SHARE) + SOME
            assert row[what] <= most, f"{name}: {row[what]} {what}, the table has {known[what]}; make_cuda_table.py"


def test_a_run_of_few_coordinates_touches_no_memory(fresh):
    """Of Rosenbrock in the plane only the upper bounds are read in a step, and nothing is written."""
    row = fresh["nesterov + solve_diagonal + rosenbrock-2d"]
    assert row["step_memory"] <= 4
    assert row["step_f64"] < row["step"] <= 100


@pytest.mark.parametrize(
    ("function", "numbers"),
    [(trigamma_source, 1), (inverse_trigamma_source, 1), (trigamma_drop_source, 2), (scaled_trigamma_drop_source, 2)],
)
def test_polygamma_functions_assemble(function, numbers):
    text = cuda_ptx.function_ptx(function, f"float64({', '.join(['float64'] * numbers)})")
    [resources] = cuda_ptx.assemble([text])
    counts = cuda_ptx.counts(text)
    assert (resources["spill_stores"], counts["integer_division"], counts["calls"]) == (0, 0, 0)
    assert counts["f64"] > 40


@pytest.mark.parametrize("function", [value_functions.three_deep, value_functions.helpers], ids=lambda f: f.__name__)
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_gradients_that_are_derived_assemble(function, precision):
    surface = ls.landscape(bounds=(-1.5, 1.5), dim=4)(function)
    text = cuda_ptx.ptx(kernel(surface, ADAM.rule, None, precision))
    assert cuda_ptx.assemble([text])[0]["spill_stores"] == 0
    counts = cuda_ptx.counts(text)
    assert counts["f64" if precision == "float32" else "f32"] == 0
    assert counts["calls"] == 0


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_functions_of_whole_numbers_compile(precision):
    @ls.landscape(bounds=(-3, 3), minima=[[0.0, 0.0]])
    def whole(x, g):
        f = 0.0
        for i in range(2):
            g[i] = 2.0 * math.gcd(i + 2, 6) * math.ldexp(x[i], i)
            f += 0.5 * g[i] * x[i]
        return f

    text = cuda_ptx.ptx(kernel(whole, ADAM.rule, None, precision))
    assert cuda_ptx.assemble([text])[0]["spill_stores"] == 0
    assert cuda_ptx.counts(text)["f64" if precision == "float32" else "f32"] == 0


def test_what_cannot_be_compiled_is_reported_in_one_line():
    @ls.landscape(bounds=(-1, 1), minima=[[0.0, 0.0]])
    def normed(x, g):
        g[0], g[1] = x[0], x[1]
        return np.polynomial.polyutils.trimcoef(x)[0]

    @lab.update_rule()
    def adding(x, g, n, t, lr):
        for i in range(n):
            x[i] = x[i] + np.polynomial.polyutils.trimcoef([lr])[0]

    with pytest.raises(TypeError, match=r"^normed cannot be compiled for CUDA: .*polynomial") as caught:
        cuda_ptx.ptx(kernel(normed, ADAM.rule, None))
    assert "\n" not in str(caught.value)
    with pytest.raises(TypeError, match=r"^adding .*cannot be compiled for CUDA: ") as caught:
        cuda_ptx.ptx(kernel(ls.sphere(2), adding, None))
    assert "\n" not in str(caught.value)


def test_a_broken_text_is_refused():
    text = cuda_ptx.ptx(kernel(ls.sphere(2), ADAM.rule, None))
    with pytest.raises(RuntimeError, match="ptxas: "):
        cuda_ptx.assemble([text.replace("fma.rn.f64", "fma.rn.f65", 1)])


def test_counts_read_a_text():
    text = """
.visible .entry k(
)
{
	.reg .b32 %r<4>;
	mov.u32 %r1, 7;
$L__BB0_1:
	fma.rn.f64 %fd1, %fd1, %fd1, %fd2;
	@%p1 bra $L__BB0_2;
	div.s64 %rd1, %rd2, %rd3;
	st.local.f64 [%rd1], %fd1;
$L__BB0_2:
	setp.lt.s32 %p2, %r1, %r2;
	@%p2 bra $L__BB0_1;
	ret;
}
"""
    counts = cuda_ptx.counts(text)
    assert counts["step"] == 6
    assert (counts["f64"], counts["integer_division"], counts["local_memory"]) == (1, 1, 1)


def waves(k):
    """Most calls of sin and cos that the landscape's loops, unrolled over its coordinates, can make."""
    return len(re.findall(r"(?:sin|cos)\(", k.parts["_base"])) * 4


@SLOW
@pytest.mark.parametrize("cc", [(9, 0), (7, 5), (8, 0)])
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_other_capabilities_and_single_precision(precision, cc):
    if (precision, cc) == ("float64", (9, 0)):
        return  # the table's own
    kernels = make.kernels(precision)
    for name, row in make.rows(precision, cc).items():
        assert (row["spill_stores"], row["spill_loads"], row["integer_division"]) == (0, 0, 0), name
        assert row["stack"] <= 64, name  # the CUDA library's sin and cos of large single-precision numbers
        if precision == "float32" and "noisy" not in name:
            # the library reduces large arguments of sines and cosines in double precision, in a branch of each call
            assert row["step_f64"] <= 6 * waves(kernels[name]), (name, row["step_f64"])


@SLOW
def test_every_pair():
    made = make.rows(every_pair=True)
    assert len(made) >= 10 * len(ls.names())
    for name, row in made.items():
        for what in ("stack", "spill_stores", "spill_loads", "integer_division", "calls"):
            assert row[what] == 0, (name, what)
