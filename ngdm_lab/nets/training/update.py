"""One step of an optimizer on all parameters of a net: the rule of the landscapes, F^-1 per vector (Algorithm 5)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import brief, check_instance, check_number
from ngdm_lab.compiler.parameters import pack
from ngdm_lab.nets.cuda import updates as cuda_updates
from ngdm_lab.nets.device import CPU, LINE, Device, of, on_device
from ngdm_lab.nets.groups import groups
from ngdm_lab.nets.metric import Metric, metrics
from ngdm_lab.optimizers import Optimizer, trial

from . import kernels

__all__ = ["Update"]


class Update:
    """An optimizer's steps on one model, in place and without allocation.

    Parameters
    ----------
    opt : any optimizer of the lab, or of your own rule.
    model : has `vector` and `gradient`, contiguous float32 or float64 of shape (P,), `parameters` and `kinds`. States
        lie on the device of `vector`, and steps are taken there.
    index : what i counts in a distribution's parameters (reading R2), see `groups`.
    odd : "pad" or "error" for pairs in a vector of odd length (reading R7).
    biases : "same" rule for biases and normalisations, or "plain", without F (reading R6).

    Attributes
    ----------
    states : (k, P) the rule's state vectors, of the model's dtype; zero before the first step.
    t : steps taken.
    metrics : F^-1 of every parameter tensor.
    notes : what the log should say: where a vector has one coordinate (E12) or an odd number of them (R7).

    Raises
    ------
    Impossible
        Where a parameter of the distribution is not positive in some layer (E10).
    TypeError, ValueError
        For what is no optimizer, and for unknown options.
    """

    def __init__(
        self, opt: Optimizer, model: Any, index: str = "fan_in", odd: str = "pad", biases: str = "same"
    ) -> None:
        check_instance("opt", opt, Optimizer, "an optimizer such as lab.Adam(lr=1e-3)")
        if not all(hasattr(model, name) for name in ("vector", "gradient", "parameters", "kinds")):
            raise TypeError(f"model must be a Model such as lab.nets.mlp(), or what has its arrays, got {brief(model)}")
        if opt.rule.takes_f or opt.rule.stacks or opt.rule.numbers:
            raise ValueError(f"opt must be an optimizer that takes one gradient a step, got {opt.name}, which looks at "
                             "the value: on a net that is another batch's at each step")  # fmt: skip
        self.opt, self.model, self.t = opt, model, 0
        self._watched = trial.checked(opt.rule.function)
        self.groups = groups(model, index)
        self.metrics, self.notes = metrics(opt, self.groups, odd, biases)
        size, kind = model.vector.size, model.vector.dtype
        self.device = of(model.vector)
        made: Any = kernels if self.device is CPU else cuda_updates
        self._rows = _aligned(len(opt.rule.state), size, kind, self.device)
        self.states: NDArray[Any] = self._rows[: len(opt.rule.state), :size]
        self._lr, self._rule_lr = float(opt.lr), "lr" in opt.rule.hyperparameters
        self._h = self.device.array(_filled(list(opt.settings().values())))
        exact = [m for m in self.metrics if m.solver is not None and m.solver.kind != "diagonal"]
        diagonal = self._diagonal() if opt.rule.direction else np.empty(0, kind)
        self._solves = [self._solve(m, made) for m in exact] if opt.rule.direction else []
        self._w = self.device.zeros(max((need for *_, need in self._solves), default=1))
        self._d = self.device.array(diagonal) if diagonal.size else model.vector  # then never read
        self._whole = made.fused(opt.rule, kind.name, diagonal=diagonal.size > 0, descends=not self._solves)
        self._descent = made.descent(kind.name) if self._solves else None
        self._rest = [(m.group.start, m.group.start + m.group.size) for m in self.metrics if m not in exact]
        tensors = [(g.start, g.start + g.size) for g in self.groups]
        self._stretches = tensors if opt.scope == "tensor" else [(0, size)]

    def step(self, lr: float | None = None) -> None:
        """One step from `model.gradient`, which is work space afterwards; `lr` overrides the optimizer's rate.

        Raises
        ------
        ValueError
            Where the model was moved to another device since.
        Exception
            What a rule of the user's raises itself, or `OutOfRange` for an index outside a vector; the model, its
            gradient and the states are as before.
        """
        if on_device(self.model.vector) != (self.device is not CPU):
            raise ValueError(f"model was moved to another device, and the states are on {self.device.name!r}: make "
                             "another Update")  # fmt: skip
        rate = self._lr if lr is None else check_number("lr", lr, least=0)
        if rate != self._lr:
            self._lr = rate
            if self._rule_lr:
                self.device.put(self._h, _filled(list(self.opt.replace(lr=self._lr).settings().values())))
        self.t += 1
        x, g = self.model.vector, self.model.gradient
        # compiled code has NaN for what Python raises: a step that ends there is taken again in Python
        watch = self._watched and bool(np.isfinite(x).all())
        before = [a.copy() for a in (x, g, self.states)] if watch else []
        for start, stop in self._stretches:
            for kernel in self._whole:
                kernel(x, g, self._rows, self.t, self._h, self._d, self._lr, start, stop)
        for solve, d, numbers, _ in self._solves:
            solve(x, g, d, self._w, self._lr, *numbers)
        if self._descent is not None:
            for start, stop in self._rest:
                self._descent(x, g, self._rows, self.t, self._h, self._d, self._lr, start, stop)
        if watch and not np.isfinite(x).all():
            self._raise_there(before)

    def _raise_there(self, before: list[Any]) -> None:
        """Raise what the rule raises in Python, given the vectors, gradient and states that the step began with."""
        host = self.device.host
        x, g, states = (np.asarray(host(a), dtype=np.float64) for a in before)
        after, own = host(self.model.vector), host(self._h)[: len(self.opt.rule.hyperparameters)].tolist()
        for start, stop in self._stretches:
            if np.isfinite(after[start:stop]).all():
                continue
            rule, mine = self.opt.rule, states[:, start:stop]
            try:
                given = rule.arguments(x[start:stop], np.nan, g[start:stop], mine, self.t)
                trial.raise_there(rule.function, given, own)
            except Exception:
                for now, then in zip((self.model.vector, self.model.gradient, self.states), before, strict=True):
                    now[...] = then
                self.t -= 1
                raise

    def _diagonal(self) -> NDArray[Any]:
        """d for every parameter, empty where F^-1 is the identity or no diagonal form is used."""
        d = np.ones(self.model.vector.size)
        given = False
        for m in self.metrics:
            if m.solver is not None and m.solver.kind == "diagonal":
                d[m.group.places()] = m.solver.arrays[0][: m.group.length]
                given = True
        return d.astype(self.model.vector.dtype) if given else np.empty(0, self.model.vector.dtype)

    def _solve(self, m: Metric, made: Any) -> tuple[Any, NDArray[np.float64], tuple[int, int, int, int], int]:
        """(compiled, packed arrays, its numbers, scratch) for a tensor with an exact form."""
        assert m.solver is not None
        group, n = m.group, m.group.length + m.padded
        kind = self.model.vector.dtype.name
        kernel = (made.rows if group.step == 1 else made.columns)(m.solver, kind)
        packed = self.device.array(pack(m.solver.arrays))
        return kernel, packed, (group.start, group.count, group.length, n), made.scratch(n, group.count)


def _filled(settings: list[float]) -> NDArray[np.float64]:
    """Hyperparameters as an array, never an empty one, which has no address on a device."""
    return np.array(settings or [0.0], dtype=np.float64)


def _aligned(rows: int, size: int, kind: np.dtype[Any], device: Device) -> NDArray[Any]:
    """Zero rows that each begin at a cache line, where vector loads are fastest; at least `size` wide."""
    if device is not CPU:
        made: NDArray[Any] = device.zeros((max(rows, 1), size), kind)  # an empty array has no address there
        return made
    wide = -(-size * kind.itemsize // LINE) * LINE // kind.itemsize
    rows_there: NDArray[Any] = device.lines(rows * wide, kind).reshape(rows, wide)
    return rows_there
