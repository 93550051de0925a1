"""Write optax_paths.json: paths of optax's optimizers on Rosenbrock, which tests compare with and do not import.

For a backtracking search these are the iterates that it accepts, without the trials between them.

Run as ``python tests/data/make_optax_paths.py`` where optax is installed, and look at the difference in review.
"""

import json
from pathlib import Path

import numpy as np
from scipy.optimize import rosen, rosen_der

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

SEARCHES = {
    "armijo": ("Armijo", {"lr": 1.0, "c1": 1e-4, "shrink": 0.8, "grow": 1.5}),
    "armijo-options": ("Armijo", {"lr": 0.5, "c1": 0.3, "shrink": 0.5, "grow": 2.0}),
}


def searched(optax, jax, options):
    """The points that optax's backtracking search accepts."""
    own = {"slope_rtol": options["c1"], "decrease_factor": options["shrink"], "increase_factor": options["grow"]}
    # its first trial is the rate of its state, grown; no trial is held back by a largest rate here
    search = optax.scale_by_backtracking_linesearch(max_backtracking_steps=100, max_learning_rate=1e9, **own)
    opt = optax.chain(optax.sgd(1.0), search)

    def value(x):
        return sum(100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2 for i in range(len(START) - 1))

    x = jax.numpy.asarray(START)
    state, points = opt.init(x), [np.array(x)]
    first = state[1]._replace(learning_rate=jax.numpy.asarray(options["lr"] / options["grow"]))
    state = (state[0], first)
    for _ in range(STEPS):
        slopes = jax.numpy.asarray(rosen_der(points[-1]))
        change, state = opt.update(slopes, state, x, value=rosen(points[-1]), grad=slopes, value_fn=value)
        x = optax.apply_updates(x, change)
        points.append(np.array(x))
    return points


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
    for name, (kind, options) in SEARCHES.items():
        points = searched(optax, jax, options)
        cases[name] = {"lab": kind, "options": options, "points": {str(t): points[t].tolist() for t in KEPT}}
    head = {"optax": optax.__version__, "jax": jax.__version__, "gradient": "scipy.optimize.rosen_der", "start": START}
    lines = [f" {json.dumps(key)}: {json.dumps(value)}" for key, value in head.items()]
    inner = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in cases.items())
    text = ",\n".join([*lines, f' "cases": {{\n{inner}\n }}'])
    (HERE / "optax_paths.json").write_text(f"{{\n{text}\n}}\n")


if __name__ == "__main__":
    main()
