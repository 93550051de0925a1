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
from ngdm_lab.compiler.parameters import pack
from ngdm_lab.compiler.random import normal
from ngdm_lab.geometry.solver import Solver
from ngdm_lab.optimizers import UpdateRule
from ngdm_lab.optimizers.base import solve_identity, solver_adaptor

from .driver import advance_run
from .status import RUNNING

__all__ = ["IN_REGISTERS", "kernel"]

IN_REGISTERS = 8  # most coordinates that a thread keeps in registers; with transforms half of them, else it spills
_STEP = {"float64": "6.055454452393343e-06", "float32": "0.0049215666011518501"}  # cube roots of the machine epsilons


def _driver(precision: str, moved: bool, noisy: bool) -> str:
    """`advance_run`; what a kernel never reaches, such as noise, is left out, since compiling it takes long."""
    unreached = {}
    if not moved:
        unreached.update({transforms.inward: "(y, w, n, q):\n    pass", transforms.outward: "(g, w, n, q):\n    pass",
                          transforms.factor: "(q):\n    return _real(1.0)"})  # fmt: skip
    if not noisy:
        unreached[normal] = "(key, stream, run, step, i):\n    return _real(0.0)"
    writer = Device(precision, unreached)
    name = writer.gather(advance_run)
    return f"{writer.text()}\n_entry = {name}\n"


def kernel(s: Surface, rule: UpdateRule, solver: Solver | None, precision: str = "float64") -> Kernel:
    """The kernel for a surface, an update rule and a Fisher solve.

    Raises TypeError for a function of the user's that is no plain text, naming it.
    """
    n, states, moved = s.dim, len(rule.state), bool(s.transforms)
    head = evaluation.adaptor(s.family.function, [v for _, v in s.parameters], fixed=True)
    solve, arrays = (solver.function, solver.arrays) if solver else (solve_identity, ())
    parts, functions = {}, {}
    for part, name, function, adaptor in (
        ("_base", s.family.name, s.family.function, head.replace(_STEP["float64"], _STEP[precision])),
        ("_rule", rule.name, rule.function, rule.adaptor()),
        ("_solve", solve.__name__, solve, solver_adaptor(arrays, fixed=True)),
    ):
        try:
            parts[part], functions[part] = device_text(function, adaptor, precision), name
        except UnsupportedSource as error:
            raise TypeError(f"{name} cannot be compiled for CUDA: {error}; backend='cpu' runs it") from None
    parts["_driver"] = _driver(precision, moved, s.noise > 0)
    registers = n <= (IN_REGISTERS // 2 if moved else IN_REGISTERS)
    names = [rule.name, *([solve.__name__] if solver else []), s.name]
    return Kernel(
        " + ".join(names), parts, functions,
        _frame(n, states, registers, moved, s.noise > 0, rule.direction, len(rule.hyperparameters), pack(arrays).size),
        _signature(precision), precision, 1 + states + (0 if registers else 3 if moved else 1), registers,
    )  # fmt: skip


def _signature(precision: str) -> str:
    row, table, cube = f"{precision}[::1]", f"{precision}[:, ::1]", f"{precision}[:, :, ::1]"
    whole = "int64[::1]"
    given = [cube, row, row, whole, "int8[::1]", whole, row,
             row, row, table, table, table, row, *[precision] * 3,
             "uint64", "uint64", "int64", "int64", "int64"]  # fmt: skip
    return f"void({', '.join(given)})"


def _frame(
    n: int, states: int, registers: bool, moved: bool, noisy: bool, direction: bool, hyper: int, packed: int
) -> str:
    """The kernel: column run + setting * runs of V (vectors, n, columns) belongs to this thread."""
    small = registers and packed <= 4 * IN_REGISTERS  # the preconditioner too may live in registers
    own = "".join(
        f"""\
            {a} = _cuda.local.array({max(size, 1)}, _real)
            for i in range({size}):
                {a}[i] = {a.upper()}[k, i]
"""
        for a, size in (("h", hyper), ("d", packed)) if size and (a == "h" or small)
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
    return f"""
def _kernel(V, F, best, hit, code, stopped, limit, p, Q, bounds, H, D, lr, noise, f_min, target,
            seed, first, t0, t1, steps):
    run = _cuda.threadIdx.x + _cuda.blockIdx.x * _cuda.blockDim.x
    k = _cuda.blockIdx.y
    if run < limit.shape[0]:
        row = run + k * limit.shape[0]
        if code[row] == {RUNNING}:
{views}{own}{program}            path_x = _cuda.local.array((1, 1, 1), _real)
            path_f = _cuda.local.array((1, 1), _real)
            _driver(
                _base, _rule, _solve, x, s, g, y, w, row, first + np.uint64(run),
                F, best, hit, code, stopped, limit[run], p, {"Q" if moved else "q"},
                {"noise" if noisy else "_real(0.0)"}, bounds, f_min, target,
                {"h" if hyper else "H[k]"}, {"d" if small and packed else "D[k]"}, lr[k],
                {direction}, seed, t0, t1, steps, False, path_x, path_f,
            )
{back}"""
