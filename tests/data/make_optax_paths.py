"""Write optax_paths.json: paths of optax's optimizers on Rosenbrock, which tests compare with and do not import.

Run as ``python tests/data/make_optax_paths.py`` where optax is installed, and look at the difference in review.
"""

import json
from pathlib import Path

import numpy as np
from scipy.optimize import rosen_der

HERE = Path(__file__).resolve().parent
STEPS = 200
KEPT = (1, 2, 3, 10, 50, STEPS)
START = (-1.2, 1.0, 0.5)
CASES = {
    "lion": ("Lion", {"lr": 1e-4}),  # optax has no default of the rate
    "lion-options": ("Lion", {"lr": 3e-3, "b1": 0.8, "b2": 0.95, "weight_decay": 0.1}),
    "adan": ("Adan", {"lr": 1e-3}),
    "adan-options": (
        "Adan",
        {"lr": 2e-3, "b1": 0.9, "b2": 0.8, "b3": 0.95, "eps": 1e-3, "eps_root": 1e-4, "weight_decay": 0.1},
    ),
}


def main() -> None:
    import jax

    jax.config.update("jax_enable_x64", True)
    import optax

    cases = {}
    for name, (kind, options) in CASES.items():
        own = {"learning_rate" if k == "lr" else k: v for k, v in options.items()}
        opt = getattr(optax, kind.lower())(**own)
        x = jax.numpy.asarray(START)
        state, points = opt.init(x), [np.array(x)]
        for _ in range(STEPS):
            change, state = opt.update(jax.numpy.asarray(rosen_der(points[-1])), state, x)
            x = optax.apply_updates(x, change)
            points.append(np.array(x))
        cases[name] = {"lab": kind, "options": options, "points": {str(t): points[t].tolist() for t in KEPT}}
    head = {"optax": optax.__version__, "jax": jax.__version__, "gradient": "scipy.optimize.rosen_der", "start": START}
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    inner = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in cases.items())
    text = ",\n".join([*lines, f' "cases": {{\n{inner}\n }}'])
    (HERE / "optax_paths.json").write_text(f"{{\n{text}\n}}\n")


if __name__ == "__main__":
    main()
