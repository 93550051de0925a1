"""`ngdm-lab train`: train one of the nets with one optimizer; learning curves, parameters and manifest."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ngdm_lab.compiler.checks import check_path

from . import options
from .folder import Made, begun, text_files

_EXAMPLES = """\
for example
  ngdm-lab train mlp --data mnist5k --optimizer ngdm-dirichlet --epochs 10
  ngdm-lab train mlp --optimizer ngdm-dirichlet:alpha=4 --lr 0.02 --index flat --no-batch-norm
  ngdm-lab train lenet5 --optimizer sgd --lr 0.05 --schedule cosine
A plain recurrent net (rnn) is in none of the paper's tables: it has the constants of Table 4.
NGDM without alpha and beta has the paper's constants for the model, with their index and rate (nets.presets).
Ctrl-C ends a run after its step; --resume DIR goes on from there, to the bits of a run without a break.
"""

_DATA = """mnist5k, digits, mnist, fashion-mnist, cifar10, sinusoid, spirals, or folder:PATH for pictures in
PATH/{train,test}/CLASS/ (default: mnist5k for mlp and lenet5, cifar10 for cifar-cnn, sinusoid for lstm, gru and rnn)"""
_INDEX = "what i counts in alpha_i (R2; default: what the paper's constants need for this model, else fan_in)"
_READING = "of Eq. 14 by rnn: its previous state (default), or its previous input, as printed"
_SCHEDULE = "learning rate: constant (default), cosine down to 0, or step: a tenth after every 10 epochs"


def add(commands: Any) -> None:
    """Add the command to the parser."""
    command = commands.add_parser(
        "train",
        help="train a net",
        description="Train a net: the paper's five architectures or its Eq. 14, on real or generated data.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("model", metavar="MODEL", help="mlp, lenet5, cifar-cnn, lstm, gru or rnn")
    command.add_argument("--data", metavar="NAME", help=_DATA)
    command.add_argument("--optimizer", default="ngdm-dirichlet", help="id[:option=value]... (default ngdm-dirichlet)")
    command.add_argument("--epochs", type=options.whole, default=10, help="passes over the data (default 10)")
    command.add_argument("--lr", type=float, help="learning rate (default: the paper's for NGDM, else by optimizer)")
    command.add_argument("--batch-size", type=options.whole, default=128, help="samples of a step (default 128)")
    command.add_argument("--seed", type=options.whole, default=0, help="parameters, order, dropout (default 0)")
    command.add_argument("--index", choices=("fan_in", "fan_out", "layer", "flat"), help=_INDEX)
    command.add_argument("--odd", choices=("pad", "error"), default="pad", help="pairs in an odd vector (R7)")
    command.add_argument("--biases", choices=("same", "plain"), default="same", help="biases with F, or plain (R6)")
    command.add_argument("--schedule", choices=("constant", "cosine", "step"), default="constant", help=_SCHEDULE)
    command.add_argument("--validation", type=float, default=0.0, help="share of the training set held back")
    command.add_argument("--patience", type=options.whole, help="end after so many epochs of no lower validation loss")
    command.add_argument("--no-batch-norm", action="store_true", help="leave out batch normalisation")
    command.add_argument("--dropout", type=float, help="rate of dropout (default: the model's)")
    command.add_argument("--reading", choices=("state", "printed"), help=_READING)
    command.add_argument("--dtype", choices=("float32", "float64"), default="float32", help="(default float32)")
    command.add_argument("--backend", choices=("cpu", "cuda"), default="cpu", help="where to train (default cpu)")
    command.add_argument("--output", metavar="DIR", help="new folder for the results (default ngdm-train)")
    command.add_argument("--resume", metavar="DIR", help="go on with the run in this folder, given the same options")
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    """Train; a line an epoch, then the paths of what was written. Status 130 for a run that was interrupted."""
    from ngdm_lab import nets
    from ngdm_lab.nets import data as sets
    from ngdm_lab.nets import device as devices
    from ngdm_lab.nets import registry

    name = registry.full_name(given.model)
    optimizer, index = choose(given, name)
    devices.get(given.backend)  # a missing GPU is reported before data are fetched
    data = sets.load(given.data or registry.default_data(name))
    extra: dict[str, Any] = {"seed": given.seed, "dtype": given.dtype}
    if given.no_batch_norm:
        extra["batch_norm"] = False
    if given.dropout is not None:
        extra["dropout"] = given.dropout
    if given.reading is not None:
        extra["reading"] = given.reading
    try:
        model = registry.build(name, data, **extra)
    except TypeError as error:
        raise ValueError(str(error)) from None
    model.to(given.backend)
    schedule = {"constant": None, "cosine": nets.Cosine(), "step": nets.StepDecay()}[given.schedule]
    settings = {
        "epochs": given.epochs, "batch_size": given.batch_size, "seed": given.seed, "index": index, "odd": given.odd,
        "biases": given.biases, "schedule": schedule, "validation": given.validation, "patience": given.patience,
    }  # fmt: skip
    # whatever is refused is refused before a word is printed or a folder made
    nets.fit(model, data, optimizer, **{**settings, "epochs": min(given.epochs, 0)}, progress=False)
    if given.resume is not None:
        if given.output is not None:
            raise ValueError("--resume writes into its own folder: leave out --output")
        if not check_path("--resume", given.resume).is_dir():
            raise ValueError(f"--resume {given.resume}: there is no checkpoint.npz in it")
    with begun(given.resume or given.output, "ngdm-train", given.resume is not None) as folder:
        # an empty folder is that of a run which was killed before its first checkpoint
        if given.resume is not None and not (folder / "checkpoint.npz").is_file() and any(folder.iterdir()):
            raise ValueError(f"--resume {folder}: there is no checkpoint.npz in it")
        return _train(model, data, optimizer, settings, folder, resume=given.resume is not None)


def choose(given: argparse.Namespace, model: str) -> tuple[Any, str]:
    """The optimizer with its rate and the index: the paper's for NGDM, unless the words say otherwise."""
    from ngdm_lab import optimizers
    from ngdm_lab.nets import presets, registry

    optimizer = optimizers.parse(given.optimizer)
    words = [word.partition("=")[0].strip() for word in given.optimizer.split(":")[1:]]
    index, rate = given.index, given.lr
    if rate is not None and "lr" in words:
        raise ValueError(f"the rate stands in --optimizer {given.optimizer} and in --lr {rate:g}: leave one out")
    if isinstance(optimizer, optimizers.NGDM):
        preset = presets.get(registry.experiment(model))
        kind = "gendir" if "gendir" in optimizer.name else "dirichlet"
        if not {"alpha", "beta"} & set(words):
            optimizer = optimizer.replace(distribution=getattr(preset, kind))
            index = index or preset.index
        rate = preset.lr if rate is None and "lr" not in words else rate
    elif rate is None and "lr" not in words:
        rate = optimizers.registry.row(optimizer.name).net_lr
    if rate is not None:
        optimizer = optimizer.replace(lr=rate)
    return optimizer, index or "fan_in"


def _train(model: Any, data: Any, optimizer: Any, settings: dict[str, Any], folder: Path, *, resume: bool) -> int:
    from ngdm_lab import nets, plots, store
    from ngdm_lab.optimizers import NGDM

    print(f"{optimizer.name} on {model!r}")
    print(f"{data!r}: {data.source}")
    index = f"index {settings['index']}, " if isinstance(optimizer, NGDM) else ""  # it says where alpha_i belongs
    print(f"{optimizer.options()}; {index}batches of {settings['batch_size']}")
    fit = nets.fit(model, data, optimizer, **settings, callbacks=[_tell], resume=resume,
                   checkpoint=folder / "checkpoint.npz")  # fmt: skip
    made = Made(folder)
    made.add(
        text_files(folder, {"history.csv": fit.to_csv()}),
        lambda: [fit.save(folder / "fit.npz")],
        lambda: [store.write_json(folder / "manifest.json", fit.manifest())],
        lambda: _checkpoint(fit, folder / "checkpoint.npz"),
    )
    if fit.epochs:
        made.add(lambda: plots.save(plots.learning_figure(fit), folder / "learning_curves"))
    for note in fit.notes:
        print(note)
    print(f"{fit.status}. {fit.reason}")
    if fit.score == fit.score:
        score = f"{fit.score:.2%}" if fit.measure == "accuracy" else f"{fit.score:.5g}"
        print(f"test {fit.measure} {score} after {_count(fit.epochs, 'epoch')}, {_count(fit.steps, 'step')}")
    elif fit.status != "done":
        epoch = fit.epochs if fit.status == "diverged" else fit.epochs + 1
        print(f"no test score: it ended in epoch {epoch}, after {_count(fit.steps, 'step')}")
    print("Written:")
    for path in made.paths:
        print(f"  {path}")
    made.end()
    return 130 if fit.status == "interrupted" else 0


def _checkpoint(fit: Any, path: Path) -> list[Path]:
    """The checkpoint that the training wrote, or the reason why it could not."""
    from ngdm_lab.compiler.files import NotWritten
    from ngdm_lab.nets.training.loop import UNSAVED

    for note in fit.notes:
        if note.startswith(UNSAVED):
            raise NotWritten({path: note.rpartition(": ")[2]})
    return [path]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _tell(run: Any) -> None:
    """One line for an epoch, above the bar."""
    from ngdm_lab.progress import line as tell

    row = dict(zip(run.columns, run.at.rows[-1], strict=True))
    score = f"accuracy {row['test_score']:.2%}" if run.model.loss.measure == "accuracy" else ""
    valid = f", validation loss {row['valid_loss']:.4f}" if row["valid_loss"] == row["valid_loss"] else ""
    line = (
        f"epoch {run.epoch:3d}: training loss {row['train_loss']:.4f}{valid}, test loss {row['test_loss']:.4f} {score}"
    )
    tell(line.rstrip())
