"""`fit`: train a net on mini-batches with any optimizer of the lab (Algorithm 5 for NGDM)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ngdm_lab.compiler.checks import check_flag, check_flags
from ngdm_lab.nets.data import Data
from ngdm_lab.nets.model import Model
from ngdm_lab.optimizers import Optimizer

from .history import Fit
from .loop import Training
from .schedules import Schedule

__all__ = ["fit"]


def fit(
    model: Model,
    data: Data,
    opt: Optimizer,
    epochs: int = 10,
    batch_size: int = 128,
    seed: int = 0,
    *,
    index: str = "fan_in",
    odd: str = "pad",
    biases: str = "same",
    schedule: Schedule | None = None,
    validation: float = 0.0,
    patience: int | None = None,
    callbacks: Sequence[Any] = (),
    norms_every: int | None = None,
    checkpoint: str | Path | None = None,
    checkpoint_every: int = 1,
    resume: bool = False,
    progress: bool | None = None,
    device: str | None = None,
) -> Fit:
    """Train a model in place, from where its parameters are.

    Parameters
    ----------
    model, data, opt : a model, its data, and any optimizer.
    epochs : passes over the training set.
    batch_size : samples of a step, at most all of them; the last batch of an epoch may be smaller.
    seed : of the order of samples in each epoch, of the validation share and, with the model's seed, of dropout.
    index, odd, biases : readings R2, R7 and R6 for optimizers with a distribution; see `Update`.
    schedule : (epoch, epochs, lr) -> rate, such as `Cosine()`; the optimizer's own rate if it is None.
    validation : share of the training set, in [0, 1), that is held back and evaluated after each epoch.
    patience : end the run after so many epochs without a better validation loss; the test set decides nothing.
    callbacks : functions that are called with the running `Training` after each epoch, or objects with
        ``on_epoch`` or ``on_step``. One that returns True ends the run.
    norms_every : steps between two records of the layers' norms; None for the last step of each epoch.
    checkpoint : file that is written after every `checkpoint_every` epochs, at the end, and on Ctrl-C. One that cannot
        be written (a full disk) is a warning: the run goes on and tries the next.
    resume : go on from `checkpoint` where it exists, to the bits of a run without a break. With other `epochs` than
        before, a schedule that looks at them goes on along its new course.
    progress : show a bar with loss and rate; None: in a terminal or a notebook.
    device : "cpu" or "cuda", where the model is moved to first, see `Model.to`; None for where it is.

    Returns
    -------
    Fit
        Divergence and Ctrl-C are results too: see its `status`.

    Raises
    ------
    Impossible
        Where a distribution's parameters turn non-positive in a layer, which is named (E10).
    ValueError, TypeError, Unavailable
        For bad arguments, data that do not fit the model, a checkpoint of another run or of other data; no GPU, or a
        missing package.
    Exception
        What a rule of the user's raises itself in a step; the model is as before that step.
    """
    check_flags(resume=resume)
    if progress is not None:
        check_flag("progress", progress)
    if device is not None and isinstance(model, Model):
        model.to(device)
    run = Training(model, data, opt, epochs, batch_size, seed, index, odd, biases, schedule, validation, patience,
                   callbacks, norms_every, checkpoint, checkpoint_every)  # fmt: skip
    if resume:
        run.resume()
    return run.run(progress)
