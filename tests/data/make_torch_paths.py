"""Write torch_paths.json: paths of PyTorch's optimizers on Rosenbrock, for machines without PyTorch.

Run as ``python tests/data/make_torch_paths.py`` where PyTorch is installed, and look at the difference in review.
"""

import json
import sys
from pathlib import Path

from scipy.optimize import rosen_der

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))

STEPS = 200
KEPT = (1, 2, 3, 10, 50, STEPS)
START = (-1.2, 1.0, 0.5)

KIN = {"lr": 2e-3, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1}  # other numbers than the defaults
DECOUPLED = {"decoupled_weight_decay": True}

# the lab's class, its options, PyTorch's class, its options
CASES = {
    "sgd": ("SGD", {"lr": 2e-4, "momentum": 0.9}, "SGD", {"lr": 2e-4, "momentum": 0.9, "nesterov": True}),
    "sgd-decay": (
        "SGD",
        {"lr": 2e-4, "momentum": 0.8, "weight_decay": 0.1},
        "SGD",
        {"lr": 2e-4, "momentum": 0.8, "weight_decay": 0.1, "nesterov": True},
    ),
    "sgd-heavy-ball": (
        "SGD",
        {"lr": 2e-4, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1, "nesterov": False},
        "SGD",
        {"lr": 2e-4, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1},
    ),
    "adam": ("Adam", {}, "Adam", {}),
    "adam-options": (
        "Adam",
        {"lr": 2e-3, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1},
        "Adam",
        {"lr": 2e-3, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.1},
    ),
    "adagrad": ("AdaGrad", {}, "Adagrad", {}),
    "adagrad-options": (
        "AdaGrad",
        {"lr": 0.1, "lr_decay": 0.01, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-6},
        "Adagrad",
        {"lr": 0.1, "lr_decay": 0.01, "weight_decay": 0.1, "initial_accumulator_value": 0.5, "eps": 1e-6},
    ),
    "adadelta": ("Adadelta", {}, "Adadelta", {}),
    "adadelta-options": (
        "Adadelta",
        {"lr": 0.5, "rho": 0.95, "eps": 1e-5, "weight_decay": 0.1},
        "Adadelta",
        {"lr": 0.5, "rho": 0.95, "eps": 1e-5, "weight_decay": 0.1},
    ),
    "rmsprop": ("RMSProp", {}, "RMSprop", {}),
    "rmsprop-options": (
        "RMSProp",
        {"lr": 1e-4, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1, "momentum": 0.8, "centered": True},
        "RMSprop",
        {"lr": 1e-4, "alpha": 0.9, "eps": 1e-3, "weight_decay": 0.1, "momentum": 0.8, "centered": True},
    ),
    "adamw": ("AdamW", {}, "AdamW", {}),
    "adamw-options": ("AdamW", KIN, "AdamW", KIN),
    "amsgrad": ("AMSGrad", {}, "Adam", {"amsgrad": True}),
    "amsgrad-options": ("AMSGrad", KIN, "Adam", {**KIN, "amsgrad": True}),
    "nadam": ("NAdam", {}, "NAdam", {}),
    "nadam-options": ("NAdam", KIN | {"momentum_decay": 0.02}, "NAdam", KIN | {"momentum_decay": 0.02}),
    "nadam-decoupled": ("NAdam", KIN | DECOUPLED, "NAdam", KIN | DECOUPLED),
    "radam": ("RAdam", {}, "RAdam", {}),
    "radam-options": ("RAdam", KIN, "RAdam", KIN),
    "radam-decoupled": ("RAdam", KIN | DECOUPLED, "RAdam", KIN | DECOUPLED),
}


def main() -> None:
    import torch

    from naive import torch_path

    cases = {}
    for name, (ours, options, theirs, their_options) in CASES.items():
        points = torch_path(theirs, their_options, START, rosen_der, STEPS)
        cases[name] = {
            "lab": ours,
            "options": options,
            "torch": theirs,
            "torch_options": their_options,
            "points": {str(t): points[t].tolist() for t in KEPT},
        }
    head = {"torch": str(torch.__version__), "gradient": "scipy.optimize.rosen_der", "start": START}
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    inner = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in cases.items())
    text = ",\n".join([*lines, f' "cases": {{\n{inner}\n }}'])
    (HERE / "torch_paths.json").write_text(f"{{\n{text}\n}}\n")


if __name__ == "__main__":
    main()
