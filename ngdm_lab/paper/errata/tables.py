"""Errata of section 4: Table 2's losses, and a figure cited by another's number (E9, E16)."""

from __future__ import annotations

import math
import re

from ngdm_lab.paper.numbers import COLUMNS, PAPER

from .erratum import Erratum, Numbers

__all__ = ["E9", "E16"]

CLASSES = 10  # of MNIST
BATCHES = {"128": 128, "32, Keras' default": 32}
CITING = "зашумленной синусоиды (рис. 2)"
CAPTIONS = {
    2: "Рис. 2. Архитектуры многослойного персептрона (а) и LeNet 5 (b)",
    4: "Рис. 4. Зашумленная синусоида для эксперимента прогнозирования временных рядов",
}


def _e9() -> Numbers:
    guess = math.log(CLASSES)
    found = {"loss of guessing, ln 10": guess}
    for name, printed in zip(COLUMNS, PAPER["lenet5"], strict=True):
        assert printed.loss is not None  # Table 2 has losses
        right, wrong = printed.score / 100, 1 - printed.score / 100
        # an answer is right if the true class has the largest probability, so at least 1/10: its loss is at most ln 10
        least = (printed.loss - right * guess) / wrong
        found[f"{name}: mean loss of wrong answers at least"] = least
        found[f"{name}: mean loss of wrong answers if right ones cost 0"] = printed.loss / wrong
        found[f"{name}: log10 of their probability"] = -least / math.log(10)
        for words, size in BATCHES.items():
            found[f"{name}: mean loss if summed over batches of {words}"] = printed.loss / size
        found[f"{name}: mean loss if in percent"] = printed.loss / 100
    return found


def _say_e9(f: Numbers) -> str:
    name, printed = COLUMNS[3], PAPER["lenet5"][3]
    least = min(f[f"{column}: mean loss of wrong answers at least"] for column in COLUMNS)
    readings = ", ".join(
        f"{f[f'{name}: mean loss if summed over batches of {words}']:.4f} if summed over batches of {words}"
        for words in BATCHES
    )
    return (
        f"A mean of {printed.loss} is above that of guessing, {f['loss of guessing, ln 10']:.4f}. A right answer costs "
        f"at most ln 10, so at {printed.score} % accuracy ({name}) the wrong ones would cost at least "
        f"{f[f'{name}: mean loss of wrong answers at least']:.0f} each on average "
        f"({f[f'{name}: mean loss of wrong answers if right ones cost 0']:.0f} if the right ones cost nothing): the "
        f"truth would have a probability of 10^{f[f'{name}: log10 of their probability']:.0f} (geometric mean). "
        f"No column of the table needs less than {least:.0f}. Other readings give a usual mean: {readings}, "
        f"{f[f'{name}: mean loss if in percent']:.4f} if in percent."
    )


def _figure(text: str) -> int:
    """The number of the figure that a piece of the text names."""
    match = re.search(r"[Рр]ис\. (\d+)", text)
    assert match is not None  # the quotes above name one each
    return int(match[1])


def _e16() -> Numbers:
    shown = next(number for number, caption in CAPTIONS.items() if "синусоида" in caption)
    return {"figure cited for the sinusoid": _figure(CITING), "figure that shows it": shown}


def _say_e16(f: Numbers) -> str:
    return (
        f"The text cites Figure {f['figure cited for the sinusoid']:g} for the noisy sinusoid; by their captions "
        f"Figure {f['figure that shows it']:g} shows it, and Figure {f['figure cited for the sinusoid']:g} the MLP and "
        "LeNet-5."
    )


E9 = Erratum(
    "E9",
    "Table 2, second line",
    "losses of LeNet-5 from 5.3276 to 10.421 at accuracies of 98.91 to 99.12 %",
    "number",
    "Table 2's losses cannot be compared with Table 1's; the lab reports the mean over samples.",
    _e9,
    _say_e9,
    "test_e9_losses_of_table_2",
    ("ngdm_lab/paper/numbers.py", "ngdm_lab/paper/table_text.py"),
    paper={
        f"{name}, {what}": value
        for name, printed in zip(COLUMNS, PAPER["lenet5"], strict=True)
        for what, value in (("accuracy", printed.score), ("loss", printed.loss))
        if value is not None
    },
    quote="Функция потерь 10,421 ± 1,08 7,0309 ± 0,05 7,6442 ± 0,08 5,3276 ± 0,03 5,3703 ± 0,02",
    translation="loss function, then the five columns",
)
E16 = Erratum(
    "E16",
    "section 4, the paragraph before Table 4",
    "the noisy sinusoid (Fig. 2)",
    "misprint",
    "The series of Table 4 is the one of Figure 4; the lab's data set sinusoid stands for it.",
    _e16,
    _say_e16,
    "test_e16_figure_of_the_sinusoid",
    ("ngdm_lab/nets/data/series.py",),
    quote=CITING,
    translation="of the noisy sinusoid (Fig. 2)",
)
