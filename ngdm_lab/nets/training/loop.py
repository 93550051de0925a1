"""The loop of a training: batches, steps, norms, epochs, checkpoints, and how it ends."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import brief, check_instance, check_integer, check_number, check_path, check_seed
from ngdm_lab.compiler.files import NotWritten
from ngdm_lab.engine.manifest import encode, environment
from ngdm_lab.nets.data.dataset import Data
from ngdm_lab.nets.groups import layers
from ngdm_lab.nets.model import Model
from ngdm_lab.optimizers import Optimizer
from ngdm_lab.progress import bar

from . import checkpoint as checkpoints
from .callbacks import checked
from .checkpoint import Progress
from .history import COLUMNS, Fit
from .interrupts import waiting_interrupts
from .schedules import Schedule
from .update import Update

__all__ = ["UNSAVED", "Training"]

SEEDS = 2**31 - 1  # the largest seed: it shares 63 bits with the step's number
UNSAVED = "The last checkpoint is not written"
GROWTH = 1e12  # a parameter this many times the largest one at the start counts as diverged


class Training:
    """A running `fit`, as callbacks see it: `model`, `opt`, `update`, `epoch` (from 0), `steps`, `loss`, `lr`."""

    def __init__(
        self, model: Model, data: Data, opt: Optimizer, epochs: int, batch_size: int, seed: int, index: str, odd: str,
        biases: str, schedule: Schedule | None, validation: float, patience: int | None, callbacks: Sequence[Any],
        norms_every: int | None, checkpoint: str | Path | None, checkpoint_every: int,
    ) -> None:  # fmt: skip
        check_instance("model", model, Model, "a Model such as lab.nets.mlp()")
        if not isinstance(data, Data):
            kind = type(data).__name__
            raise TypeError(f"data must be Data, as data.load gives or Data(x, y, x_test, y_test), got {kind}")
        if schedule is not None and not callable(schedule):
            raise TypeError(f"schedule must be a function of (epoch, epochs, lr), got {brief(schedule)}")
        self.epochs, self.batch_size = check_integer("epochs", epochs), check_integer("batch_size", batch_size, 1)
        self.seed = check_seed("seed", seed, SEEDS)
        self.every = check_integer("checkpoint_every", checkpoint_every, 1)
        self.norms_every = None if norms_every is None else check_integer("norms_every", norms_every, 1)
        self.patience = None if patience is None else check_integer("patience", patience, 1)
        validation = check_number("validation", validation, least=0, below=1)
        if patience is not None and validation == 0:
            raise ValueError("patience needs a validation share, such as validation=0.1")
        self.model, self.opt, self.schedule, self.callbacks = model, opt, schedule, checked(callbacks)
        self.checkpoint = None if checkpoint is None else check_path("checkpoint", checkpoint)
        self.update = Update(opt, model, index, odd, biases)
        self.data = data.astype(model.dtype)
        self._split(validation)
        self.settings = {
            "model": model.name, "model_seed": model.seed, "dtype": str(model.dtype), "parameters": model.size,
            "data": data.described(), "optimizer": encode(opt), "optimizer_name": opt.name, "epochs": self.epochs,
            "batch_size": self.batch_size, "seed": self.seed, "index": index, "odd": odd, "biases": biases,
            "schedule": None if schedule is None else repr(schedule), "validation": validation,
            "patience": self.patience, "norms_every": self.norms_every, "device": model.device.name,
        }  # fmt: skip
        self.unsaved = ""  # why the last checkpoint is not written
        self.at, self.loss, self.lr = Progress(), float("nan"), float(opt.lr)
        self._limit = GROWTH * max(1.0, float(np.abs(model.device.host(model.vector)).max(initial=0.0)))
        self._layers = layers(self.update.groups)
        self._before = model.device.zeros(model.size, model.dtype)

    def _split(self, validation: float) -> None:
        count = len(self.data.x_train)
        held = round(validation * count)
        if held >= count or held < (validation > 0):
            what = "train" if held else "validate"
            raise ValueError(f"validation={validation} leaves no sample of {count} to {what} on")
        order = np.random.default_rng([self.seed, 0]).permutation(count) if held else np.arange(count)
        self.train, self.valid = np.sort(order[held:]), np.sort(order[:held])
        self.batches = -(-len(self.train) // self.batch_size)
        size = min(self.batch_size, len(self.train))
        if self.model.lonely(size):
            raise ValueError(
                f"batch_size must be at least 2, got {size}: BatchNorm takes its statistics from the batch"
            )
        if self.model.lonely(len(self.train) % size):
            self.model.single_samples = True
            self.update.notes.append("the last batch of an epoch has one sample, from which BatchNorm learns nothing")
        self._x, self._y = (np.empty((size, *a.shape[1:]), a.dtype) for a in (self.data.x_train, self.data.y_train))
        # what does not fit is refused here, before a folder is made or a step is taken
        self.model.evaluate(self.data.x_test[:1], self.data.y_test[:1])
        self.model.loss.prepare(self.data.y_train, count)

    columns = COLUMNS  # what the rows of `at.rows` hold

    @property
    def epoch(self) -> int:
        """Epochs that are over."""
        return self.at.epoch

    @property
    def steps(self) -> int:
        """Steps taken."""
        return self.update.t

    def resume(self) -> None:
        """Go on from the checkpoint, if there is one."""
        if self.checkpoint is None:
            raise ValueError("resume needs a checkpoint to go on from")
        if self.checkpoint.exists():
            self.at = checkpoints.restore(self.checkpoint, self.model, self.update, self.settings, self.data.digest)

    def run(self, progress: bool | None) -> Fit:
        """All epochs that are left."""
        if self.checkpoint is not None:
            checkpoints.check_place(self.checkpoint)
        status = self.at.over
        total, title = self.epochs * self.batches, f"{self.opt.name} on {self.model.name}"
        quiet = np.errstate(over="ignore", invalid="ignore")
        with (
            quiet, waiting_interrupts() as interrupted,
            bar(show=progress, always=progress is True, total=total, initial=self.steps, desc=title, unit="step") as b,
        ):  # fmt: skip
            while not status and self.at.epoch < self.epochs:
                status = self._epoch(b, interrupted)
        self.at.over = status if status in ("diverged", "stopped") else ""
        self._save()
        return self.result(status or "done")

    def _epoch(self, bar: Any, interrupted: Callable[[], bool]) -> str:
        """The rest of an epoch; the run's status if it ends here, else ""."""
        at = self.at
        order = self.train[np.random.default_rng([self.seed, 1, at.epoch]).permutation(len(self.train))]
        began, ended = time.perf_counter(), ""
        while at.batch < self.batches:
            sound = self._step(order)
            bar.update()
            if bar.n % 8 == 0:
                bar.set_postfix_str(f"epoch {at.epoch + 1}/{self.epochs}, loss {self.loss:.4g}, lr {self.lr:g}", False)
            if not sound:
                break
            stop, ctrl_c = self._call("on_step")
            ended = "stopped" if stop else "interrupted" if ctrl_c or interrupted() else ""
            if ended and at.batch < self.batches:
                at.seconds += time.perf_counter() - began
                return ended
        at.seconds += time.perf_counter() - began
        diverged = not sound or not np.abs(self.model.vector).max() <= self._limit
        self._close_epoch(diverged)
        if diverged:
            return "diverged"
        stop, ctrl_c = self._call("on_epoch")
        if ended or ctrl_c or interrupted():
            return ended or "interrupted"
        if stop or (self.patience is not None and at.waited >= self.patience):
            return "stopped"
        if at.epoch % self.every == 0:
            self._save()
        return ""

    def _step(self, order: NDArray[np.int64]) -> bool:
        """One step; False where the loss is not finite."""
        at, model = self.at, self.model
        part = order[at.batch * self.batch_size : (at.batch + 1) * self.batch_size]
        x, y = self._x[: len(part)], self._y[: len(part)]
        # mode="clip" writes straight into `out`; every index is in range
        np.take(self.data.x_train, part, axis=0, out=x, mode="clip")
        np.take(self.data.y_train, part, axis=0, out=y, mode="clip")
        self.loss = model.loss_and_gradient(x, y, training=True, rng=(self.seed << 32) + self.steps)
        at.loss += self.loss * len(part)
        at.seen += len(part)
        at.batch += 1
        if not np.isfinite(self.loss):
            return False
        if self.schedule is not None:
            passed = at.epoch + (at.batch - 1) / self.batches
            rate = self.schedule(passed, self.epochs, float(self.opt.lr))
            self.lr = check_number("the schedule's rate", rate, least=0)
        due = at.batch == self.batches if self.norms_every is None else (self.steps + 1) % self.norms_every == 0
        if due:
            norms = [*self._norms(model.gradient), *self._norms(model.vector)]
            self._before[...] = model.vector
        self.update.step(self.lr)
        if due:
            count = len(self._layers)
            np.subtract(model.vector, self._before, out=self._before)
            at.norms.append([self.steps, *norms[:count], *self._norms(self._before), *norms[count:]])
        return True

    def _norms(self, vector: NDArray[Any]) -> list[float]:
        """The Euclidean norm of each layer's part."""
        squares = {
            name: sum(float(np.square(vector[g.start : g.start + g.size], dtype=np.float64).sum()) for g in parts)
            for name, parts in self._layers.items()
        }
        return [value**0.5 for value in squares.values()]

    def _close_epoch(self, diverged: bool) -> None:
        at, data, nan = self.at, self.data, float("nan")
        valid, test = (nan, nan), (nan, nan)
        if not diverged:
            test = self.model.evaluate(data.x_test, data.y_test)
            if len(self.valid):
                valid = self.model.evaluate(data.x_train[self.valid], data.y_train[self.valid])
        # in the order of COLUMNS
        at.rows.append([nan if diverged else at.loss / at.seen, *valid, *test, self.lr, at.seconds])
        if valid[0] < at.best:
            at.best, at.waited = valid[0], 0
        else:
            at.waited += 1
        at.epoch, at.batch, at.loss, at.seen, at.seconds = at.epoch + 1, 0, 0.0, 0, 0.0

    def _call(self, name: str) -> tuple[bool, bool]:
        """Call the callbacks: (one wants to stop, one was interrupted)."""
        stop = False
        try:
            for callback in self.callbacks:
                method = getattr(callback, name, None)
                if method is None and name == "on_epoch" and not hasattr(callback, "on_step"):
                    method = callback
                stop = bool(method(self)) or stop if method is not None else stop
        except KeyboardInterrupt:
            return False, True
        return stop, False

    def _save(self) -> None:
        """Write the checkpoint. One that fails does not end the run: the next one is tried."""
        if self.checkpoint is None:
            return
        self.unsaved = ""
        try:
            checkpoints.save(self.checkpoint, self.model, self.update, self.at, self.settings, self.data.digest)
        except NotWritten as error:
            self.unsaved = f"{UNSAVED}: {error}"
            warnings.warn(f"{error}; the training goes on", stacklevel=2)

    def result(self, status: str) -> Fit:
        """What the run has made so far."""
        rows = np.array(self.at.rows).reshape(-1, len(COLUMNS))
        norms = np.array(self.at.norms).reshape(len(self.at.norms), 1 + 3 * len(self._layers))
        parts, host = np.split(norms[:, 1:], 3, axis=1), self.model.device.host
        return Fit(
            history={name: rows[:, k].copy() for k, name in enumerate(COLUMNS)}, layers=tuple(self._layers),
            norm_steps=norms[:, 0].astype(np.int64), gradient_norm=parts[0], update_norm=parts[1],
            parameter_norm=parts[2], vector=host(self.model.vector).copy(), status=status, steps=self.steps,
            measure=self.model.loss.measure, notes=(*self.update.notes, *filter(None, [self.unsaved])),
            buffers={k: host(v).copy() for k, v in self.model.buffers.items()},
            described={**self.settings, "environment": environment()},
        )  # fmt: skip
