"""Write elementary_ulp.json: the largest errors of ngdm_lab.compiler.math against mpmath, range by range.

Run as ``python tests/data/make_elementary_ulp.py`` (a minute or two) and look at the difference in review. Errors
are in units in the last place of the exact result. `test_elementary.py` uses the functions of this file.
"""

import json
import math
from pathlib import Path

import mpmath
import numpy as np
from numba import float64, void

from ngdm_lab.compiler.build import INLINE, build_text
from ngdm_lab.compiler.lanes.memory import VECTOR
from ngdm_lab.compiler.lanes.writer import Writer
from ngdm_lab.compiler.math.float64 import cos, exp, expm1, log, power, sin, tanh
from ngdm_lab.compiler.math.turns import cospi, sinpi

HERE = Path(__file__).resolve().parent
COUNT = 20_000  # points in a range
SEED = 20230713
FUNCTIONS = {"sin": sin, "cos": cos, "sinpi": sinpi, "cospi": cospi, "exp": exp, "expm1": expm1, "log": log,
             "power": power, "tanh": tanh}  # fmt: skip
MP = mpmath.mp.clone()
MP.prec = 160
END = MP.mpf(2) ** 1024  # what infinity stands for when a result just misses the largest double
LARGEST = np.finfo(float).max


def as_blocks_call_it(name):
    """The module text with the function in the form that vector loops call, and its name there."""
    writer = Writer(INLINE)
    entry = writer.add(FUNCTIONS[name])
    return f"{VECTOR}\n{writer.text()}", entry


def on_arrays(name):
    """The function over arrays, each argument's and the result's length the same, compiled as lanes compile it."""
    text, entry = as_blocks_call_it(name)
    arguments = ["x", "y"] if name == "power" else ["x"]
    call = ", ".join(f"{a}[i]" for a in arguments)
    text += (
        f"\n\ndef loop({', '.join(arguments)}, out):\n    for i in range(out.size):\n        out[i] = {entry}({call})\n"
    )
    compiled = build_text(text, "loop", void(*[float64[::1]] * (len(arguments) + 1)))

    def apply(*given):
        arrays = [np.ascontiguousarray(a, dtype=float) for a in np.broadcast_arrays(*given)]
        out = np.empty(arrays[0].size)
        compiled(*(a.ravel() for a in arrays), out)
        return out.reshape(arrays[0].shape)

    return apply


def ulps(name, got, *arguments):
    """Errors in units in the last place; infinity stands for 2^1024."""
    exact = getattr(MP, name)
    errors = np.empty(len(got))
    for i, (g, *given) in enumerate(zip(got.tolist(), *(a.tolist() for a in arguments), strict=True)):
        true = exact(*map(MP.mpf, given))
        size = min(abs(float(true)), LARGEST)
        mine = MP.mpf(g) if np.isfinite(g) else END * np.sign(g)
        beyond = abs(true) >= END and not np.isfinite(g) and (true > 0) == (g > 0)
        errors[i] = 0.0 if beyond else float(abs(mine - true) / MP.mpf(math.ulp(size)))
    return errors


def either_sign(rng, x):
    """x with random signs."""
    return x * rng.choice([-1.0, 1.0], x.size)


def logarithmic(rng, low, high, count):
    """Numbers spread evenly over the logarithm, between 2^low and 2^high."""
    return np.ldexp(rng.uniform(1.0, 2.0, count), rng.integers(low, high, count).astype(np.int32))


def nearest_multiples():
    """For each binade the doubles below 2^31 that come nearest to multiples of pi / 2, by continued fractions."""
    found = []
    for e in range(31):
        alpha = MP.pi / 2 * MP.mpf(2) ** (52 - e)  # a multiple q alpha of it, near the whole number p
        p, p0, q, q0 = int(alpha), 1, 1, 0
        rest = alpha - p
        while p < 2**53:
            found.append(float(p) * 2.0 ** (e - 52))
            term = int(1 / rest)
            rest = 1 / rest - term
            p, p0, q, q0 = term * p + p0, p, term * q + q0, q
    return np.array(found)


def circle(rng, count):
    """Ranges of sin and cos."""
    m = np.floor(np.exp2(rng.uniform(0.0, np.log2(2.0**32 / np.pi), count)))
    near = m * (np.pi / 2) + m * 6.123233995736766e-17
    near = np.minimum(near + rng.integers(-2, 3, count) * np.spacing(near), 2.0**31)
    return {
        "|x| <= pi / 4": [rng.uniform(-np.pi / 4, np.pi / 4, count)],
        "|x| <= 100": [rng.uniform(-100.0, 100.0, count)],
        "|x| <= 2^31": [either_sign(rng, logarithmic(rng, -1, 31, count))],
        "beside multiples of pi / 2": [either_sign(rng, np.concatenate([nearest_multiples(), near]))],
        "tiny and subnormal": [either_sign(rng, logarithmic(rng, -1074, -20, count))],
    }


def half_turns(rng, count):
    """Ranges of sinpi and cospi."""
    halves = np.floor(logarithmic(rng, 0, 40, count)) / 2.0
    return {
        "|x| <= 1/4": [rng.uniform(-0.25, 0.25, count)],
        "|x| <= 100": [rng.uniform(-100.0, 100.0, count)],
        "|x| < 2^53": [either_sign(rng, logarithmic(rng, -2, 53, count))],
        "beside halves": [either_sign(rng, halves + rng.integers(-3, 4, count) * np.spacing(halves))],
        "beside quarters": [either_sign(rng, halves + 0.25 + rng.integers(-3, 4, count) * np.spacing(halves))],
        "tiny and subnormal": [either_sign(rng, logarithmic(rng, -1074, -20, count))],
        "above 2^53": [either_sign(rng, logarithmic(rng, 53, 1024, count))],
    }


def exponential(rng, count):
    """Ranges of exp and expm1."""
    return {
        "|x| <= 1": [rng.uniform(-1.0, 1.0, count)],
        "|x| <= 3": [rng.uniform(-3.0, 3.0, count)],
        "|x| <= 700": [rng.uniform(-700.0, 700.0, count)],
        "near overflow": [np.concatenate([[709.782712893384, 709.7827128933841], rng.uniform(709.0, 709.79, count)])],
        "subnormal results": [rng.uniform(-745.2, -708.3, count)],
        "tiny and subnormal": [either_sign(rng, logarithmic(rng, -1074, -1, count))],
    }


def logarithm(rng, count):
    """Ranges of log."""
    steps = np.floor(logarithmic(rng, 0, 45, count))
    beside = np.where(rng.random(count) < 0.5, 1.0 + steps * 2.0**-52, 1.0 - steps * 2.0**-53)
    return {
        "1/2 <= x <= 2": [rng.uniform(0.5, 2.0, count)],
        "beside 1": [beside],
        "normal": [logarithmic(rng, -1022, 1024, count)],
        "subnormal": [logarithmic(rng, -1074, -1022, count)],
    }


def powers(rng, count):
    """Ranges of power: pairs with a given y log x, and whole exponents."""

    def pairs(low, high, x):
        return [x, rng.uniform(low, high, count) / np.log(x)]

    wide, narrow = logarithmic(rng, -1000, 1000, count), rng.uniform(0.5, 2.0, count)
    steps = np.floor(logarithmic(rng, 1, 40, count))
    return {
        "|y log x| < 1": pairs(-1.0, 1.0, wide),
        "|y log x| < 50": pairs(-50.0, 50.0, narrow),
        "|y log x| < 700": pairs(-700.0, 700.0, wide),
        "|y log x| < 700, x near 1": pairs(-700.0, 700.0, 1.0 + steps * 2.0**-52),
        "subnormal x": pairs(-700.0, 700.0, logarithmic(rng, -1074, -1022, count)),
        "near overflow": pairs(709.5, 709.7828, narrow),
        "y = 1, large x": [logarithmic(rng, 1000, 1024, count), np.ones(count)],
        "subnormal results": pairs(-745.2, -708.3, narrow),
        "negative x, whole y": [-rng.uniform(0.1, 10.0, count), rng.integers(-30, 31, count).astype(float)],
    }


def hyperbolic(rng, count):
    """Ranges of tanh."""
    return {
        "|x| <= 1/2": [rng.uniform(-0.5, 0.5, count)],
        "|x| <= 3": [rng.uniform(-3.0, 3.0, count)],
        "|x| <= 25": [rng.uniform(-25.0, 25.0, count)],
        "tiny and subnormal": [either_sign(rng, logarithmic(rng, -1074, -1, count))],
    }


def ranges(name, count=COUNT):
    """Arguments of each range of a function: the same ones at every call."""
    rng = np.random.default_rng(SEED)
    kinds = {"sin": circle, "cos": circle, "sinpi": half_turns, "cospi": half_turns, "exp": exponential,
             "expm1": exponential, "log": logarithm, "power": powers, "tanh": hyperbolic}  # fmt: skip
    made = kinds[name](rng, count)
    if name == "expm1":
        del made["subnormal results"]  # -1 there
    return made


def measure(name, arguments):
    """Largest error on a range, and where."""
    errors = ulps(name, on_arrays(name)(*arguments), *arguments)
    worst = int(np.argmax(errors))
    at = [float(a[worst]) for a in arguments]
    return {"points": len(errors), "largest": round(float(errors[worst]), 4), "at": at}


def main():
    """Measure everything."""
    blocks = []
    for name in FUNCTIONS:
        rows = {label: measure(name, arguments) for label, arguments in ranges(name).items()}
        for label, row in rows.items():
            print(f"{name:6} {label:28} {row['largest']:8.4f}  at {row['at']}", flush=True)
        lines = ",\n".join(f"  {json.dumps(label)}: {json.dumps(row)}" for label, row in rows.items())
        blocks.append(f' "{name}": {{\n{lines}\n }}')
    (HERE / "elementary_ulp.json").write_text("{\n" + ",\n".join(blocks) + "\n}\n")


if __name__ == "__main__":
    main()
