"""The text of a CUDA kernel, from the plain functions that the lanes of the CPU are made of.

A kernel is four texts: landscape, rule, Fisher solve and driver, each gathered on its own, so that their helpers and
constants may share names, and a frame that gives every run a thread. The driver is `driver.advance_run`, the very
function of the per-run engine.

Two layouts: with few coordinates a thread keeps point and state in registers for the whole chunk of steps; with more
it works on columns of arrays (n, runs), so that neighbouring threads read neighbouring addresses.
"""

from __future__ import annotations

from landscapes import Surface, evaluation, transforms
from ngdm_lab.compiler.cuda.source import Device, Kernel, device_text
from ngdm_lab.compiler.errors import UnsupportedSource
from ngdm_lab.compiler.math import float64
from ngdm_lab.compiler.parameters import pack
from ngdm_lab.compiler.random import narrow
from ngdm_lab.geometry.solver import Solver
from ngdm_lab.optimizers import UpdateRule
from ngdm_lab.optimizers.base import solve_identity, solver_adaptor

from .driver import advance_run, unreached
from .state import Clock, Field, Problem, Records, Setting, fields
from .status import RUNNING

__all__ = ["IN_REGISTERS", "kernel"]

IN_REGISTERS = 8  # most coordinates that a thread keeps in registers; with transforms half of them, else it spills
STATES_IN_REGISTERS = 6  # most vectors that it keeps there
_STEP = {"float64": evaluation.STEP, "float32": 0.0049215666011518501}  # cube roots of the machine epsilons


def _driver(precision: str, moved: bool, noisy: bool) -> str:
    """`advance_run`; what a kernel never reaches, such as noise, is left out, since compiling it takes long."""
    instead = unreached(moved=moved, noisy=noisy)
    if not moved:
        instead[transforms.factor] = "(q):\n    return _real(1.0)"
    if noisy and precision == "float32":  # the lab's own logarithm reads the bits of a double
        instead.update({narrow: "(u):\n    return _real(u)", float64.log: "(x):\n    return _log(x)"})
    writer = Device(precision, instead)
    if float64.log in instead:
        writer.imports.add("from math import log as _log")
    name = writer.gather(advance_run)
    return f"{writer.text()}\n_entry = {name}\n"


def kernel(s: Surface, rule: UpdateRule, solver: Solver | None, precision: str = "float64") -> Kernel:
    """The kernel for a surface, an update rule and a Fisher solve.

    Raises TypeError for a function of the user's that is no plain text, naming it.
    """
    n, states, moved = s.dim, rule.rows(s.dim), bool(s.transforms)
    landscape = evaluation.with_gradient(s.family.function)
    base = evaluation.adaptor(landscape, [v for _, v in s.parameters], fixed=True, step=_STEP[precision])
    solve, arrays = (solver.function, solver.arrays) if solver else (solve_identity, ())
    parts, functions = {}, {}
    # where numbers lie is a matter of n; but with n written out longer loops are unrolled until registers spill
    for part, name, function, adaptor in (
        ("_base", s.family.name, landscape, base),
        ("_rule", rule.name, rule.function, rule.adaptor(n if rule.numbers and not rule.stacks else None)),
        ("_solve", solve.__name__, solve, solver_adaptor(arrays, fixed=True)),
    ):
        try:
            parts[part], functions[part] = device_text(function, adaptor, precision), name
        except UnsupportedSource as error:
            raise TypeError(f"{name} cannot be compiled for CUDA: {error}; backend='cpu' runs it") from None
    parts["_driver"] = _driver(precision, moved, s.noise > 0)
    registers = n <= (IN_REGISTERS // 2 if moved else IN_REGISTERS) and states <= STATES_IN_REGISTERS
    names = [rule.name, *([solve.__name__] if solver else []), s.name]
    return Kernel(
        " + ".join(names), parts, functions,
        _frame(n, states, registers, moved, s.noise > 0, rule, pack(arrays).size),
        _signature(precision), precision, 1 + states + (0 if registers else 3 if moved else 1), registers,
    )  # fmt: skip


# The parameters of a kernel: columns of vectors, limits, and every field that a run reads or that is kept of it. They
# are flat, since Numba passes no named tuple of arrays to a kernel; the frame makes the tuples. Their number is that of
# the fields.
_STATE = {"problem": Problem, "setting": Setting, "records": Records, "clock": Clock}
COLUMNS = tuple(name for name, field in fields(Records).items() if field.axes == "row")


def _parameters() -> dict[str, Field]:
    made = {"V": Field("vector coordinate column"), "limit": Field("run")}
    for part, kind in _STATE.items():
        for name, field in fields(kind).items():
            if kind is not Records or name in COLUMNS:
                made[f"{part}_{name}"] = field
    return made


def _signature(precision: str) -> str:
    given = []
    for field in _parameters().values():
        number = {"float64": precision, "bool": "boolean"}.get(field.dtype, field.dtype)
        given.append(f"{number}[{', '.join([*[':'] * (field.dimensions - 1), '::1'])}]" if field.axes else number)
    return f"void({', '.join(given)})"


def _tuple(part: str, instead: dict[str, str]) -> str:
    """One of the named tuples, made in the kernel of its parameters or of what stands there instead."""
    given = (instead.get(name, f"{part}_{name}") for name in fields(_STATE[part]))
    return f"_{_STATE[part].__name__}({', '.join(given)})"


def _frame(n: int, states: int, registers: bool, moved: bool, noisy: bool, rule: UpdateRule, packed: int) -> str:
    """The kernel: column run + setting * runs of V (vectors, n, columns) belongs to this thread."""
    small = registers and packed <= 4 * IN_REGISTERS  # the preconditioner too may live in registers
    hyper = len(rule.hyperparameters)  # after them, the learning rate
    own = "".join(
        f"""\
            {a} = _cuda.local.array({max(size, 1)}, _real)
            for i in range({size}):
                {a}[i] = setting_{name}[k, i]
"""
        for a, name, size in (("h", "hyper", hyper), ("d", "packed", packed)) if size and (a == "h" or small)
    )  # fmt: skip
    if registers:
        room = "\n".join(f"            {v} = _cuda.local.array({n if moved or v == 'g' else 1}, _real)" for v in "gyw")
        views = f"""\
            x = _cuda.local.array({n}, _real)
            s = _cuda.local.array(({max(states, 1)}, {n}), _real)
{room}
            for i in range({n}):
                x[i] = V[0, i, row]
                for j in range({states}):
                    s[j, i] = V[1 + j, i, row]
                g[i] = _nan
"""
        back = f"""\
            for i in range({n}):
                V[0, i, row] = x[i]
                for j in range({states}):
                    V[1 + j, i, row] = s[j, i]
"""
    else:
        at = 1 + states
        extra = [f"V[{at + 1}, :, row]", f"V[{at + 2}, :, row]"] if moved else ["_cuda.local.array(1, _real)"] * 2
        views = f"""\
            x, s, g = V[0, :, row], V[1:{at}, :, row], V[{at}, :, row]
            y = {extra[0]}
            w = {extra[1]}
            for i in range({n}):
                g[i] = _nan
"""
        back = ""
    if moved:
        program = ""
    else:  # a constant, so that all code for transforms falls away
        program = "            q = _cuda.local.array(1, _real)\n            q[0] = _real(0.0)\n"
    problem = _tuple("problem", {**({} if moved else {"q": "q"}), **({} if noisy else {"noise": "_real(0.0)"})})
    h, d = "h" if hyper else "setting_hyper[k]", "d" if small and packed else "setting_packed[k]"
    mine = f"{h}, {d}, setting_hyper[k, {hyper}], {rule.direction}, {rule.places(n)}"
    unkept = [name for name in fields(Records) if name not in ("x", *COLUMNS)]  # nothing of what a kernel does not keep
    nothing = "\n".join(
        f"            {name} = _cuda.local.array({(1,) * fields(Records)[name].dimensions}, "
        f"{'np.int64' if fields(Records)[name].dtype == 'int64' else '_real'})" for name in unkept
    )  # fmt: skip
    records = _tuple("records", {"x": "V", **{name: name for name in unkept}})
    return f"""
from ngdm_lab.engine.state import {", ".join(f"{kind.__name__} as _{kind.__name__}" for kind in _STATE.values())}

def _kernel({", ".join(_parameters())}):
    run = _cuda.threadIdx.x + _cuda.blockIdx.x * _cuda.blockDim.x
    k = _cuda.blockIdx.y
    if run < limit.shape[0]:
        row = run + k * limit.shape[0]
        if records_code[row] == {RUNNING}:
{views}{own}{program}{nothing}
            _driver(
                _base, _rule, _solve, (x, s, g, y, w), (row, clock_first + np.uint64(run), limit[run]), {problem},
                ({mine}), {records}, {_tuple("clock", {})}, False, False,
            )
{back}"""
