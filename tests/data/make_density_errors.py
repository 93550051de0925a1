"""Write density_errors.json: the largest errors of densities, scores, entropies and divergences against mpmath.

Run as ``python tests/data/make_density_errors.py`` (a minute) and look at the difference in review.
`test_density_errors.py` uses the functions of this file and holds the table against what is demanded.

Parameters lie in [1e-150, 1e150], alike or of any mix of sizes; points lie at the mean (rounded), near it as the
distribution has them, and anywhere. References take Eqs. 4 and 6 as printed, at the very doubles
over their exact sum. Errors of the density are relative to the sum of the sizes of its terms (deviance from the mean,
log x_i and Stirling's rest), those of a score to the two terms of each component, those of the whitened score to L^-1
times that size, others to the value.
"""

import json
from pathlib import Path

import mpmath
import numpy as np

from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet

HERE = Path(__file__).resolve().parent
COUNT = 60  # laws in a range
SEED = 20230713
RANGES = ("in [1e-3, 1e3]", "alike, in [1e-150, 1e150]", "mixed, in [1e-150, 1e150]")
PLACES = ("at the mean", "near it", "anywhere")
SMALLEST = mpmath.mpf(10) ** -290
ORIGIN = mpmath.log(2 * mpmath.pi) / 2


def parameters(rng, label, n):
    """n parameters of a range."""
    if label == RANGES[0]:
        return 10.0 ** rng.uniform(-3, 3, n)
    if label == RANGES[1]:
        return np.clip(10.0 ** rng.uniform(-149, 149) * rng.uniform(0.5, 2, n), 1e-150, 1e150)
    return 10.0 ** rng.uniform(-150, 150, n)


def points(rng, law, place):
    """One point of the open simplex with all its components."""
    k = law.components
    if place == "anywhere":
        x = 10.0 ** rng.uniform(-rng.uniform(0, 300), 0, k)
    else:
        x = np.maximum(law.mean(), 1e-300)
        if place == "near it":
            x = x * np.exp(rng.normal(size=k) * np.minimum(2, np.sqrt(law.var()) / x))
    return np.maximum(x / x.sum(), 1e-305)


def exactly(values):
    return [mpmath.mpf(float(v)) for v in values]


def digits(alpha):
    """60 digits and what cancels."""
    return 460 if alpha.max() > 1e3 or alpha.min() < 1e-3 else 80


# -- one block: Dirichlet, or one pair ---------------------------------------------------------------


def rest(a):
    """Stirling's rest of log Gamma(a) with log(a) / 2 taken from it."""
    return mpmath.loggamma(a) - a * mpmath.log(a) + a - ORIGIN


def block_terms(alpha, x, whole):
    """Of sum of alpha_i log(x_i / whole) - log B(alpha): its value, and the sizes of its terms in deviance form."""
    total = mpmath.fsum(alpha)
    value = mpmath.fsum(a * mpmath.log(v / whole) for a, v in zip(alpha, x, strict=True))
    value -= mpmath.fsum(map(mpmath.loggamma, alpha)) - mpmath.loggamma(total)
    gaps = [v * total / whole / a - 1 for a, v in zip(alpha, x, strict=True)]
    size = mpmath.fsum(a * (u - mpmath.log1p(u)) for a, u in zip(alpha, gaps, strict=True))
    size += mpmath.fsum(abs(rest(a)) + ORIGIN for a in alpha) + abs(rest(total))
    return value, size


def block_score(alpha, x, whole):
    """The score and the sizes of its terms, log(x_i / mean_i) and e(alpha_i) - e(S), e(a) = log a - psi(a)."""
    total = mpmath.fsum(alpha)
    last = mpmath.psi(0, total)
    logs = [mpmath.log(v / whole) for v in x]
    values = [log - mpmath.psi(0, a) + last for log, a in zip(logs, alpha, strict=True)]
    sizes = [abs(log - mpmath.log(a / total)) for log, a in zip(logs, alpha, strict=True)]
    return values, [s + abs(v - log + mpmath.log(a / total))
                    for s, v, log, a in zip(sizes, values, logs, alpha, strict=True)]  # fmt: skip


def block_entropy(alpha):
    """E[-log p] of a block, and the mean of log(1 - share) of its first component."""
    total = mpmath.fsum(alpha)
    log_beta = mpmath.fsum(map(mpmath.loggamma, alpha)) - mpmath.loggamma(total)
    last = mpmath.psi(0, total)
    value = log_beta - mpmath.fsum((a - 1) * (mpmath.psi(0, a) - last) for a in alpha)
    return value, mpmath.psi(0, alpha[1]) - last


def block_divergence(a, b):
    """KL of two blocks."""
    at = mpmath.psi(0, mpmath.fsum(a))
    slope = mpmath.fsum((y - x) * (mpmath.psi(0, x) - at) for x, y in zip(a, b, strict=True))

    def log_beta(v):
        return mpmath.fsum(map(mpmath.loggamma, v)) - mpmath.loggamma(mpmath.fsum(v))

    return log_beta(b) - log_beta(a) - slope


# -- laws --------------------------------------------------------------------------------------------


def blocks(law, x=None):
    """alpha, shares and their whole of each block."""
    if isinstance(law, Dirichlet):
        return [(exactly(law.alpha), x and exactly(x), x and mpmath.fsum(exactly(x)))]
    pairs = [exactly(pair) for pair in zip(law.alpha, law.beta, strict=True)]
    if x is None:
        return [(pair, None, None) for pair in pairs]
    x = exactly(x)
    left = [mpmath.fsum(x[i:]) for i in range(len(x))]
    return [(pair, [x[i], left[i + 1]], left[i]) for i, pair in enumerate(pairs)]


def density(law, x):
    parts = [block_terms(*block) for block in blocks(law, x)]
    x = exactly(x)
    logs = [mpmath.log(v / mpmath.fsum(x)) for v in x]
    value = mpmath.fsum(p[0] for p in parts) - mpmath.fsum(logs)
    size = mpmath.fsum(p[1] for p in parts) + mpmath.fsum(map(abs, logs))
    yield float(abs(mpmath.mpf(float(law.logpdf([float(v) for v in x]))) - value) / size)


def score(law, x):
    parts = [block_score(*block) for block in blocks(law, x)]
    values, sizes = ([v for p in parts for v in p[k]] for k in (0, 1))
    for got, value, size in zip(law.score(x).tolist(), values, sizes, strict=True):
        yield 0.0 if size < SMALLEST else float(abs(mpmath.mpf(got) - value) / size)


def whitened(law, x):
    """The forward substitution of Cholesky's factor of each block, with the sizes beside the values."""
    got = law.fisher_sqrt_solve(law.score(x))
    start = 0
    for alpha, shares, whole in blocks(law, x):
        values, sizes = block_score(alpha, shares, whole)
        total = mpmath.psi(1, mpmath.fsum(alpha))
        d = [1 / mpmath.psi(1, a) for a in alpha]
        end = 1 / total - mpmath.fsum(d)
        for k in range(len(alpha)):
            after = end + mpmath.fsum(d[k + 1 :])
            before = after + d[k]
            root = mpmath.sqrt(after / before / d[k])
            value, size = (
                (v[k] + mpmath.fsum(p * q for p, q in zip(d[:k], v[:k], strict=True)) / before) / root
                for v in (values, sizes)
            )
            mine = got[start + k]
            if SMALLEST < size < 1 / SMALLEST:
                yield float(abs(mpmath.mpf(float(mine)) - value) / size)
        start += len(alpha)


def entropy(law):
    parts = [block_entropy(alpha) for alpha, _, _ in blocks(law)]
    later = range(len(parts) - 1, -1, -1)
    value = mpmath.fsum(p[0] + k * p[1] for p, k in zip(parts, later, strict=True))
    yield float(abs(mpmath.mpf(float(law.entropy())) / value - 1))


def divergence(law, other):
    value = mpmath.fsum(block_divergence(a[0], b[0]) for a, b in zip(blocks(law), blocks(other), strict=True))
    if value < 1 / SMALLEST:
        yield float(abs(mpmath.mpf(float(law.kl(other))) / value - 1))


AT_POINTS = {"density": density, "score": score, "whitened score": whitened}
OF_LAWS = ("entropy", "divergence")


def laws(rng, label, count):
    """Laws of both families."""
    for k in range(count):
        n = int(rng.integers(2, 5))
        if k % 2:
            yield Dirichlet(parameters(rng, label, n))
        else:
            yield GeneralizedDirichlet(*parameters(rng, label, 2 * (n - 1)).reshape(2, -1))


def largest(name, label, place, count, seed=SEED):
    """Largest error over the laws of a range, at one place each."""
    rng = np.random.default_rng(seed)
    errors = []
    for law in laws(rng, label, count):
        both = np.concatenate([law.alpha, getattr(law, "beta", law.alpha)])
        with mpmath.workdps(digits(both)):
            if name == "entropy":
                errors += entropy(law)
            elif name == "divergence":
                change = np.exp(rng.normal(size=both.size) * 10.0 ** rng.uniform(-12, 2))
                moved = np.clip(both * change, 1e-150, 1e150)
                first, second = np.split(moved, 2)
                other = Dirichlet(first) if isinstance(law, Dirichlet) else GeneralizedDirichlet(first, second)
                errors += divergence(law, other)
            else:
                errors += AT_POINTS[name](law, points(rng, law, place).tolist())
    return {"values": len(errors), "largest": float(f"{max(errors):.3g}")}


def rows():
    """(quantity, range, place) of the table."""
    yield from ((name, label, place) for name in AT_POINTS for label in RANGES for place in PLACES)
    yield from ((name, label, "") for name in OF_LAWS for label in RANGES)


def main():
    """Measure everything."""
    table = {}
    for name, label, place in rows():
        row = largest(name, label, place, COUNT)
        table[f"{name}; {label}" + (f"; {place}" if place else "")] = row
        print(f"{name:16} {label:28} {place:12} {row}", flush=True)
    lines = ",\n".join(f" {json.dumps(key)}: {json.dumps(row)}" for key, row in table.items())
    (HERE / "density_errors.json").write_text("{\n" + lines + "\n}\n")


if __name__ == "__main__":
    main()
