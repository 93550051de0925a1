"""Statistics of runs from the same starts: intervals, paired tests, effect sizes, correction for many tests.

The tests take few lines here because their ranks are needed for the effect sizes as well, and because importing
`scipy.stats` takes longer than a race's tables; the test suite holds them against `scipy.stats`.
"""

from __future__ import annotations

from math import erfc, sqrt
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "CONTROL", "beyond_noise", "chance", "holm", "mcnemar", "paired_difference", "rank_sum", "sign_test",
    "signed_rank", "two_sided", "wilson",
]  # fmt: skip

Array = NDArray[np.float64]

CONTROL = "control"  # label of the rule that equals another in all but its name


def wilson(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a proportion (Wilson 1927), as (low, high) in [0, 1]; (0, 1) for no trials."""
    if trials == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + level / 2)
    p = successes / trials
    middle = (p + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * np.sqrt(p * (1 - p) / trials + z * z / (4 * trials * trials))
    # the ends are exact where nothing or everything succeeded, and rounding must not move them
    low = 0.0 if successes == 0 else max(0.0, middle - half)
    high = 1.0 if successes == trials else min(1.0, middle + half)
    return float(low), float(high)


def paired_difference(a: NDArray[np.bool_], b: NDArray[np.bool_], level: float = 0.95) -> tuple[float, float]:
    """Mean of a - b over the same starts, and the half width of its normal interval."""
    d = a.astype(float) - b.astype(float)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    spread = float(d.std(ddof=1)) if len(d) > 1 else 0.0
    return float(d.mean()), z * spread / float(np.sqrt(len(d)))


def sign_test(wins: int, losses: int) -> float:
    """Two-sided exact p-value of the sign test: wins and losses were equally likely (Arbuthnott 1710). 1 for none."""
    from scipy.special import bdtr

    if wins + losses == 0:
        return 1.0
    return min(1.0, 2 * float(bdtr(min(wins, losses), wins + losses, 0.5)))


def mcnemar(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """Two-sided exact p-value of McNemar's test (1947): a and b hold equally often over the same starts."""
    return sign_test(int((a & ~b).sum()), int((b & ~a).sum()))


def signed_rank(a: Array, b: Array, resolution: float = 0.0) -> tuple[float, float]:
    """Wilcoxon's signed-rank test (1945) of paired values, and its effect size.

    Parameters
    ----------
    a, b : (m,) values from the same starts; inf is worse than any number, and two inf are a tie. Pairs without a
        difference are left out, as Wilcoxon did.
    resolution : differences no larger than this count as none.

    Returns
    -------
    (effect, p)
        effect : matched-pairs rank-biserial correlation (Kerby 2014) with the ranks of Pratt (1959): the sum of the
        ranks of the pairs in which a is smaller less that of those in which b is, over the sum of all, where pairs
        without a difference take the lowest ranks. 1 where a is always smaller, -1 where b is, near 0 where few
        pairs differ. p : two-sided, by the normal approximation with correction for ties, without that for
        continuity; good from some ten differing pairs on, and 1 where there is none.
    """
    with np.errstate(invalid="ignore"):
        d = np.where(a == b, 0.0, b - a)
    every = len(d)
    d = d[np.abs(d) > resolution]
    ranks, ties = _ranks(np.abs(d))
    m, signed = len(d), float((np.sign(d) * ranks).sum())
    if m == 0:
        return 0.0, 1.0
    effect = float((np.sign(d) * (ranks + (every - m))).sum()) / (every * (every + 1) / 2)
    # the sum of signed ranks has mean 0 and variance sum of ranks^2; ties change the ranks and so the variance
    variance = m * (m + 1) * (2 * m + 1) / 6 - ties / 12
    return effect, two_sided(signed / float(np.sqrt(variance)))


def rank_sum(a: Array, b: Array) -> tuple[float, float]:
    """The test of Mann and Whitney (1947) of two independent samples, and its effect size.

    Returns
    -------
    (effect, p)
        effect : share of pairs (one of each sample) in which a is larger less that in which b is (Cliff's delta).
        p : two-sided, by the normal approximation with correction for ties; 1 where all values are equal.
    """
    ranks, ties = _ranks(np.concatenate([a, b]))
    m, n = len(a), len(b)
    u = float(ranks[:m].sum()) - m * (m + 1) / 2
    variance = m * n / 12 * (m + n + 1 - ties / ((m + n) * (m + n - 1)))
    effect = 2 * u / (m * n) - 1
    return effect, two_sided((u - m * n / 2) / float(np.sqrt(variance))) if variance > 0 else 1.0


def holm(p: Array) -> Array:
    """p-values corrected for as many tests (Holm 1979, Scandinavian Journal of Statistics 6, 65-70), same order."""
    given = np.asarray(p, dtype=np.float64)
    order = np.argsort(given, kind="stable")
    steps = np.maximum.accumulate(given[order] * np.arange(len(given), 0, -1))
    corrected = np.empty_like(given)
    corrected[order] = np.minimum(1.0, steps)
    return corrected


def beyond_noise(size: float, floor: float, p: float, level: float) -> bool:
    """Whether a difference counts: larger than the noise floor, whatever its sign, and with a p below the level."""
    return bool(abs(size) > floor and p < level)


def chance(p: float) -> str:
    """A p-value in words: p < 0.0001, p = 0.023."""
    return "p < 0.0001" if p < 1e-4 else f"p = {p:.2g}"


def _ranks(values: Array) -> tuple[Array, float]:
    """Ranks from 1, equal values sharing their mean rank; and the sum of t^3 - t over groups of t equal ones."""
    _, index, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    sizes = counts.astype(np.float64)
    return (last - (sizes - 1) / 2)[index], float((sizes**3 - sizes).sum())


def two_sided(z: float) -> float:
    """Probability beyond |z| of the normal law, both sides."""
    return erfc(abs(z) / sqrt(2))
