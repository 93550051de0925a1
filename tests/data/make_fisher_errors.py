"""Write fisher_errors.json: the largest errors of ngdm_lab.geometry against mpmath, quantity by quantity.

Run as ``python tests/data/make_fisher_errors.py`` (some minutes) and look at the difference in review.
`test_fisher_errors.py` uses the functions of this file and holds the table against what is demanded.

Every reference value has 60 digits left after its cancellation. Errors are relative; those of products with a matrix
M are relative to the sum of |M_ij| |v_j|. Parameters lie in [1e-150, 1e150]; references below 1e-290, where doubles
lose digits, are left out.
"""

import json
from pathlib import Path

import mpmath
import numpy as np

from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, inverse_trigamma, trigamma, trigamma_drop
from ngdm_lab.geometry.trigamma import SHIFT, scaled_trigamma_drop

HERE = Path(__file__).resolve().parent
COUNT = 3000  # arguments of a function in a range
SEED = 20230713
LARGE = 1_000_000  # coordinates of a long vector
DISTINCT = 1000  # different parameters in it
SPOTS = 300  # components of it that are looked at
LONG_RANGES = (
    ("in [1e-3, 1e3]", -3, 3),
    ("mixed, in [1e-150, 1e150]", -150, 150),
    ("in [1e-150, 1e-140]", -150, -140),
    ("in [1e140, 1e150]", 140, 150),
)
SMALLEST = mpmath.mpf(10) ** -290


def power(rng, low, high, count):
    """Numbers spread evenly over the logarithm."""
    return np.clip(10.0 ** rng.uniform(low, high, count), 1e-150, 1e150)


def digits(*values):
    """60 digits and what is lost by cancellation."""
    sizes = np.log10(np.concatenate([np.ravel(v) for v in values]))
    return 60 + int(2 * (max(0.0, sizes.max()) - min(0.0, sizes.min())))


def relative(got, exact):
    """|got / exact - 1|; 0 for exact values below the normal doubles."""
    return 0.0 if abs(exact) < SMALLEST else float(abs(mpmath.mpf(float(got)) / exact - 1))


# -- functions of one or two numbers -----------------------------------------------------------------


def function_ranges(rng, count):
    """Arguments by function and range."""
    one = {
        "[1e-150, 1e-3]": power(rng, -150, -3, count),
        "[1e-3, 1]": power(rng, -3, 0, count),
        "[1, 12], by recurrence": rng.uniform(1, SHIFT, count),
        "[12, 40], by the series": rng.uniform(SHIFT, 40, count),
        "[40, 1e150]": power(rng, 1.6, 150, count),
    }
    a = power(rng, -20, 20, count)
    two = {
        "a, b in [1e-3, 1e3]": (power(rng, -3, 3, count), power(rng, -3, 3, count)),
        "a in [1e-20, 1e20], b << a": (a, a * power(rng, -30, 0, count)),
        "a in [1e-20, 1e20], b >> a": (a, a * power(rng, 0, 30, count)),
        "a, b in [1e-150, 1e150]": (power(rng, -150, 150, count), power(rng, -150, 150, count)),
    }
    return {
        "trigamma": {k: (v,) for k, v in one.items()},
        "inverse_trigamma": {f"psi' of {k}": (trigamma(v),) for k, v in one.items()},
        "trigamma_drop": two,
        "scaled_trigamma_drop": two,
    }


def exact_inverse_trigamma(y):
    """The root of psi'(x) = y, from the double nearest to it."""
    x = mpmath.mpf(float(inverse_trigamma(float(y))))
    if x < mpmath.mpf(10) ** -70:
        return 1 / mpmath.sqrt(y)  # up to x^2
    if x > mpmath.mpf(10) ** 70:
        return 1 / y + mpmath.mpf(1) / 2  # up to 1/x
    for _ in range(3):
        x -= (mpmath.psi(1, x) - y) / mpmath.psi(2, x)
    return x


def exact_function(name, *given):
    """One value by mpmath."""
    if name == "trigamma":
        return mpmath.psi(1, given[0])
    if name == "inverse_trigamma":
        return exact_inverse_trigamma(given[0])
    a, b = given
    with mpmath.workdps(60 + int(2 * mpmath.log10(max(a, b, 1) / min(a, b, 1)))):
        first, second = mpmath.psi(1, a), mpmath.psi(1, a + b)
        return first - second if name == "trigamma_drop" else a * first - (a + b) * second


def function_error(name, arguments):
    """Largest error on a range, and where."""
    ours = {"trigamma": trigamma, "inverse_trigamma": inverse_trigamma, "trigamma_drop": trigamma_drop}
    got = ours.get(name, scaled_trigamma_drop)(*arguments)
    errors = []
    with mpmath.workdps(60):
        for value, *given in zip(got.tolist(), *(a.tolist() for a in arguments), strict=True):
            errors.append(relative(value, exact_function(name, *map(mpmath.mpf, given))))
    worst = int(np.argmax(errors))
    return {"points": len(errors), "largest": errors[worst], "at": [float(a[worst]) for a in arguments]}


# -- matrices ----------------------------------------------------------------------------------------


class Exact:
    """One block diag(psi'(alpha)) - psi'(S) 1 1^T by mpmath, its inverse by Sherman and Morrison's formula as it is."""

    def __init__(self, alpha, counts=None):
        self.alpha = [mpmath.mpf(a) for a in alpha]
        self.counts = [1] * len(alpha) if counts is None else counts  # how often each alpha stands in it
        self.total = mpmath.fsum(k * a for k, a in zip(self.counts, self.alpha, strict=True))
        self.rho = mpmath.psi(1, self.total)
        self.psi = [mpmath.psi(1, a) for a in self.alpha]
        self.share = 1 - self.rho * mpmath.fsum(k / p for k, p in zip(self.counts, self.psi, strict=True))
        self.c = self.rho / self.share

    def logdet(self):
        return mpmath.fsum(mpmath.log(p) for p in self.psi) + mpmath.log(self.share)

    def eigenvalues(self):
        """Smallest and largest."""
        n = len(self.psi)
        matrix = mpmath.diag(self.psi) - self.rho * mpmath.ones(n)
        values = mpmath.eigsy(matrix, eigvals_only=True)
        return values[0], values[n - 1]


def parameter_ranges(rng):
    """Arrays of alpha by range."""

    def mixed(low, high, sizes):
        return [power(rng, low, high, n) for n in sizes]

    def alike(low, high, sizes):
        return [np.clip(float(power(rng, low, high, 1)[0]) * rng.uniform(0.5, 2, n), 1e-150, 1e150) for n in sizes]

    sizes = [2, 2, 2, 3, 3, 5, 10, 30]
    return {
        "in [1e-3, 1e3]": mixed(-3, 3, sizes * 5),
        "alike, in [1e-150, 1e150]": alike(-150, 150, sizes * 5),
        "mixed, in [1e-150, 1e150]": mixed(-150, 150, sizes * 5),
    }


def block_error(alphas, quantity):
    """Largest error of a quantity over arrays of alpha: of one Dirichlet each, and for n = 2 of one pair."""
    errors = []
    for alpha in alphas:
        laws = [Dirichlet(alpha)]
        if len(alpha) == 2:
            laws.append(GeneralizedDirichlet(alpha[:1], alpha[1:]))
        with mpmath.workdps(digits(alpha)):
            exact = Exact(alpha.tolist())
            errors += [e for law in laws for e in quantity(law, exact)]
    return {"values": len(errors), "largest": max(errors)}


def dense(law, exact):
    """Every entry of F."""
    matrix, n = law.fisher(), law.n
    for i in range(n):
        for j in range(n):
            yield relative(matrix[i, j], (exact.psi[i] if i == j else 0) - exact.rho)


def vectors(law):
    """Vectors with signs, without and along ones."""
    rng = np.random.default_rng(SEED)
    return [rng.normal(size=law.n), rng.uniform(size=law.n), np.ones(law.n)]


def product(law, exact):
    """F v, relative to |F| |v|."""
    for v in vectors(law):
        w = [mpmath.mpf(float(x)) for x in v]
        total, size = mpmath.fsum(w), mpmath.fsum(map(abs, w))
        for got, p, x in zip(law.fisher_mul(v), exact.psi, w, strict=True):
            true = p * x - exact.rho * total
            scale = (p - exact.rho) * abs(x) + exact.rho * (size - abs(x))
            yield scaled(got, true, scale)


def solution(law, exact):
    """F^-1 v, relative to F^-1 |v|."""
    pairs = isinstance(law, GeneralizedDirichlet)
    for v in vectors(law):
        w = [mpmath.mpf(float(x)) for x in v]
        both = [mpmath.fsum(map(lambda x, p: x / p, u, exact.psi)) for u in (w, [abs(x) for x in w])]
        try:
            solved = law.fisher_solve(v)
        except ValueError:  # a pair whose inverse exceeds the range of a double is refused
            assert pairs
            assert max(exact.c / p / p for p in exact.psi) > 1e307
            return
        for got, p, x in zip(solved, exact.psi, w, strict=True):
            scale = (abs(x) + exact.c * both[1]) / p
            if scale < 1e300:
                yield scaled(got, (x + exact.c * both[0]) / p, scale)


def scaled(got, true, scale):
    """|got - true| / scale."""
    return 0.0 if scale < SMALLEST else float(abs(mpmath.mpf(float(got)) - true) / scale)


def logdet(law, exact):
    """log det F, relative to the sum of |log psi'|."""
    yield scaled(law.fisher_logdet(), exact.logdet(), mpmath.fsum(abs(mpmath.log(p)) for p in exact.psi))


def eigenvalues(law, exact):
    """The ends of the spectrum; matrices above 5 x 5 take mpmath long."""
    if law.n <= 5:
        with mpmath.workdps(mpmath.mp.dps + 300):  # for the quotient of the ends
            true = Exact(exact.alpha).eigenvalues()
        yield from map(relative, law.fisher_eigenvalue_range(), true)


BLOCKS = {"dense entries": dense, "F v": product, "F^-1 v": solution, "log det F": logdet, "eigenvalues": eigenvalues}


# -- long vectors ------------------------------------------------------------------------------------


def long_errors(rng, low, high):
    """F v and F^-1 v with LARGE coordinates, some of them looked at: two rows of the table."""
    alpha = power(rng, low, high, DISTINCT)
    which = rng.integers(DISTINCT, size=LARGE)
    law = Dirichlet(alpha[which])
    errors = {"F v": [], "F^-1 v": []}
    with mpmath.workdps(digits(alpha) + 12):
        exact = Exact(alpha.tolist(), np.bincount(which, minlength=DISTINCT).tolist())
        for v in vectors(law):
            sums = [grouped(u, which) for u in (v, np.abs(v))]
            plain = [mpmath.fsum(s) for s in sums]
            both = [mpmath.fsum(map(lambda x, p: x / p, s, exact.psi)) for s in sums]
            product, solved = law.fisher_mul(v), law.fisher_solve(v)
            for i in rng.integers(LARGE, size=SPOTS):
                x, p = mpmath.mpf(float(v[i])), exact.psi[which[i]]
                scale = (p - exact.rho) * abs(x) + exact.rho * (plain[1] - abs(x))
                errors["F v"].append(scaled(product[i], p * x - exact.rho * plain[0], scale))
                scale = (abs(x) + exact.c * both[1]) / p
                errors["F^-1 v"].append(scaled(solved[i], (x + exact.c * both[0]) / p, scale))
    return {name: {"values": len(e), "largest": max(e)} for name, e in errors.items()}


def grouped(v, which):
    """The exact sums of the v of every group."""
    order = np.argsort(which, kind="stable")
    parts = np.split(v[order], np.cumsum(np.bincount(which, minlength=DISTINCT))[:-1])
    return [mpmath.fsum(map(mpmath.mpf, part.tolist())) for part in parts]


def main():
    """Measure everything."""
    rng = np.random.default_rng(SEED)
    table = {
        name: {label: function_error(name, arguments) for label, arguments in ranges.items()}
        for name, ranges in function_ranges(rng, COUNT).items()
    }
    alphas = parameter_ranges(rng)
    for name, quantity in BLOCKS.items():
        table[name] = {f"n = 2 to 30, {label}": block_error(rows, quantity) for label, rows in alphas.items()}
    for label, low, high in LONG_RANGES:
        for name, row in long_errors(rng, low, high).items():
            table[name][f"n = {LARGE}, {label}"] = row
    blocks = []
    for name, rows in table.items():
        for label, row in rows.items():
            row["largest"] = float(f"{row['largest']:.3g}")
            print(f"{name:22} {label:36} {row['largest']:.2e}", flush=True)
        lines = ",\n".join(f"  {json.dumps(label)}: {json.dumps(row)}" for label, row in rows.items())
        blocks.append(f' "{name}": {{\n{lines}\n }}')
    (HERE / "fisher_errors.json").write_text("{\n" + ",\n".join(blocks) + "\n}\n")


if __name__ == "__main__":
    main()
