"""The paper's own numbers: Tables 1 to 4, typed from its text. Everything else in this lab is computed."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["COLUMNS", "PAPER", "Printed"]


@dataclass(frozen=True)
class Printed:
    """A cell of the paper.

    Attributes
    ----------
    score, score_error : accuracy in percent, or the mean squared error, and what stands behind its plus-minus sign.
    loss, loss_error : the same for the loss; None in Table 4.
    """

    score: float
    score_error: float
    loss: float | None = None
    loss_error: float | None = None


COLUMNS = ("SGDM", "Adam", "Apollo", "NGDM(Dir)", "NGDM(GenDir)")

# model -> a cell for each of COLUMNS
PAPER: dict[str, tuple[Printed, ...]] = {
    "mlp": (  # Table 1
        Printed(98.00, 0.04, 0.1055, 0.02), Printed(98.01, 0.02, 0.0809, 0.01), Printed(98.03, 0.01, 0.0844, 0.005),
        Printed(98.15, 0.01, 0.0777, 0.003), Printed(98.12, 0.01, 0.0799, 0.003),
    ),
    "lenet5": (  # Table 2
        Printed(98.91, 0.03, 10.421, 1.08), Printed(98.99, 0.03, 7.0309, 0.05), Printed(99.0, 0.001, 7.6442, 0.08),
        Printed(99.12, 0.03, 5.3276, 0.03), Printed(99.11, 0.03, 5.3703, 0.02),
    ),
    "cifar_cnn": (  # Table 3
        Printed(64.70, 2.45, 1.0376, 0.3), Printed(77.90, 0.2, 0.6619, 0.1), Printed(75.94, 0.43, 0.7025, 0.1),
        Printed(78.49, 0.2, 0.6338, 0.05), Printed(78.43, 0.16, 0.6363, 0.05),
    ),
    "lstm_forecaster": (  # Table 4
        Printed(0.3201, 1e-6), Printed(0.3074, 1e-6), Printed(0.3245, 1e-5), Printed(0.2825, 1e-6),
        Printed(0.2939, 1e-6),
    ),
    "gru_forecaster": (
        Printed(0.3243, 1e-5), Printed(0.3079, 1e-6), Printed(0.3299, 1e-5), Printed(0.2937, 1e-6),
        Printed(0.2937, 1e-6),
    ),
}  # fmt: skip
