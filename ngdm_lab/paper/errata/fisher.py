"""Errata of section 2: the Fisher matrices, their inverses and the divergence (E1, E2, E3, E6)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, inverse_trigamma, trigamma
from ngdm_lab.nets import presets

from .erratum import Erratum, Numbers, closeness

__all__ = ["E1", "E2", "E3", "E6"]

EQ8 = {"alpha": 12.0, "1/trigamma(alpha)": 1.428}
EQ9 = {"alpha": 0.5, "1/trigamma(alpha)": 0.203}
RANGE = {"least alpha, beta": 3.5, "largest alpha, beta": 9.0}  # of the generalised distribution, below Eq. 9
FACTORS_AT, MANY = (1.4, 4.0, 8.0, 12.0), 1000
SIZES = (2, 10, 1000, 100_000)  # K, for the diagonal of the exact inverse
STEP = 0.01  # of the divergence, in units of the parameters
_PAGES = ("ngdm_lab/geometry/dirichlet.py", "paper_figures/eq8_eq9_fisher_inverse.py")


def _gain(alpha: float) -> float:
    """1/psi'(alpha): an entry of the diagonal F^-1."""
    return float(1.0 / trigamma(alpha))


def _e1() -> Numbers:
    alpha = EQ8["alpha"]
    exact = {k: float(Dirichlet(alpha).on(k).fisher_solve(np.eye(1, k)[0])[0]) for k in SIZES}
    return {
        "1/trigamma(12)": _gain(alpha),
        "alpha with the printed number": float(inverse_trigamma(1.0 / EQ8["1/trigamma(alpha)"])),
        **{f"diagonal of the exact inverse, K = {k}": value for k, value in exact.items()},
        "1/trigamma(0.5)": _gain(EQ9["alpha"]),
    }


def _say_e1(f: Numbers) -> str:
    return (
        f"1/psi'(12) = {f['1/trigamma(12)']:.4f}; the printed number belongs to "
        f"alpha = {f['alpha with the printed number']:.4f}. The exact inverse does not give it either: its diagonal is "
        f"{f['diagonal of the exact inverse, K = 10']:.1f} for K = 10 and falls to "
        f"{f['diagonal of the exact inverse, K = 100000']:.3f} for K = 100000. Eq. 9's number is right: "
        f"1/psi'(0.5) = {f['1/trigamma(0.5)']:.4f}."
    )


def _e2() -> Numbers:
    ones, across = np.ones(MANY), np.tile([1.0, -1.0], MANY // 2)
    found: dict[str, float] = {}
    for alpha in FACTORS_AT:
        d = Dirichlet(alpha).on(MANY)
        found[f"factor along the ones, alpha = {alpha:g}"] = float(d.fisher_solve(ones)[0] / _gain(alpha))
        found[f"factor across them, alpha = {alpha:g}"] = float(d.fisher_solve(across)[0] / _gain(alpha))
    alpha = EQ8["alpha"]
    for n in SIZES[1:]:
        factor = Dirichlet(alpha).on(n).fisher_solve(np.ones(n))[0] / _gain(alpha)
        found[f"factor along the ones, alpha = {alpha:g}, n = {n}"] = float(factor)
    return found


def _say_e2(f: Numbers) -> str:
    along = ", ".join(f"{f[f'factor along the ones, alpha = {a:g}']:.1f} at alpha = {a:g}" for a in FACTORS_AT)
    grows = ", ".join(f"{f[f'factor along the ones, alpha = 12, n = {n}']:.2f} for n = {n}" for n in SIZES[1:])
    return (
        f"Along (1, ..., 1) the exact F^-1 is larger than 1/psi'(alpha) by {along} (n = {MANY}), and across it equal "
        f"(factor {f['factor across them, alpha = 12']:.4f}). The factor does not go to 1 as n grows: at alpha = 12 it "
        f"is {grows}."
    )


def _block(a: float, b: float) -> NDArray[np.float64]:
    """A block of the exact inverse of Eq. 7, (2, 2)."""
    return GeneralizedDirichlet(a, b).on(2).fisher_solve(np.eye(2))


def _e3() -> Numbers:
    low, high = RANGE.values()
    sides = np.linspace(low, high, 56)
    shares = trigamma(sides[:, None] + sides) / trigamma(sides)[:, None]
    found = {"least trigamma(alpha + beta) / trigamma(alpha)": float(shares.min()),
             "largest trigamma(alpha + beta) / trigamma(alpha)": float(shares.max())}  # fmt: skip
    for a in (low, high):
        block = _block(a, a)
        found[f"trigamma(alpha + beta) / trigamma(alpha), alpha = beta = {a:g}"] = float(trigamma(2 * a) / trigamma(a))
        found[f"exact diagonal, alpha = beta = {a:g}"] = float(block[0, 0])
        found[f"exact off-diagonal, alpha = beta = {a:g}"] = float(block[0, 1])
        found[f"1/trigamma({a:g})"] = _gain(a)
    return found


def _say_e3(f: Numbers) -> str:
    shares = [100 * f[f"trigamma(alpha + beta) / trigamma(alpha), alpha = beta = {a:g}"] for a in RANGE.values()]
    blocks = "; ".join(
        f"[{f[f'exact diagonal, alpha = beta = {a:g}']:.2f}, {f[f'exact off-diagonal, alpha = beta = {a:g}']:.2f}] at "
        f"{a:g}, where the paper has [{f[f'1/trigamma({a:g})']:.2f}, 0]"
        for a in RANGE.values()
    )
    least, most = (100 * f[f"{w} trigamma(alpha + beta) / trigamma(alpha)"] for w in ("least", "largest"))
    return (
        f"psi'(alpha + beta) is {shares[0]:.0f} to {shares[1]:.0f} % of psi'(alpha) where alpha = beta, and "
        f"{least:.0f} to {most:.0f} % on the whole range. A row of the exact inverse block at alpha = beta is {blocks}."
    )


def _e6() -> Numbers:
    d = presets.get("mlp").dirichlet.on(2)
    # E over x of Beta(alpha_1, alpha_2), by the trapezoidal rule in t with x = 1/(1 + exp(-t)): its error falls
    # exponentially, since the integrand does so at both ends
    t, apart = np.linspace(-36.0, 36.0, 2401, retstep=True)
    x = 1.0 / (1.0 + np.exp(np.stack([-t, t], axis=1)))
    weight = np.exp(d.logpdf(x)) * x[:, 0] * x[:, 1] * apart
    score = d.score(x)
    mean = np.einsum("k,ki,kj->ij", weight, score, score)
    step = np.array([STEP, 0.0])
    half = 0.5 * step @ mean @ step
    moved = Dirichlet(d.alpha + step)
    return {
        "least eigenvalue of E[score score^T]": float(np.linalg.eigvalsh(mean)[0]),
        "largest |E[score score^T] - F of Eq. 5|": float(np.abs(mean - d.fisher()).max()),
        "divergence": float(d.kl(moved)),
        "d^T F d / 2 with F = +E[score score^T]": float(half),
        "d^T F d / 2 with the printed sign": float(-half),
    }


def _say_e6(f: Numbers) -> str:
    return (
        "The mean of score score^T over Dirichlet points (the MLP's first two alphas, by quadrature) is Eq. 5 "
        f"{closeness(f['largest |E[score score^T] - F of Eq. 5|'])} and positive definite (least eigenvalue "
        f"{f['least eigenvalue of E[score score^T]']:.3f}). For a step of {STEP:g} in alpha_1 the divergence is "
        f"{f['divergence']:.3e}; d^T F d / 2 is {f['d^T F d / 2 with F = +E[score score^T]']:.3e}, and with the "
        f"printed sign {f['d^T F d / 2 with the printed sign']:.3e}, which no divergence can be."
    )


E1 = Erratum(
    "E1",
    "Eq. 8",
    "F^-1 ~ diag(1/psi'(12), ...) ~ diag(1.428, ...)",
    "number",
    "Steps at alpha = 12 are far longer than the text says, so its reasoning about ranges of alpha starts from a wrong "
    "scale.",
    _e1,
    _say_e1,
    "test_e1_eq8_number",
    _PAGES,
    paper={
        f"{place}, {name}": value for place, given in (("Eq. 8", EQ8), ("Eq. 9", EQ9)) for name, value in given.items()
    },
)
E2 = Erratum(
    "E2",
    "Eqs. 8 and 9",
    "F^-1 ~ diag(1/psi'(alpha_1), ...): the off-diagonal -psi'(sum of alpha) of Eq. 5 is dropped as small",
    "claim",
    "The diagonal and the exact form are two methods, so every result is reported under both (form=\"diagonal\" or "
    "\"exact\").",
    _e2,
    _say_e2,
    "test_e2_dropped_term_is_not_small",
    (*_PAGES, "paper_figures/e2_e3_exact_and_diagonal.py"),
)  # fmt: skip
E3 = Erratum(
    "E3",
    "the unnumbered formula below Eq. 9",
    "F_GenDir^-1 ~ diag(1/psi'(alpha_1), 1/psi'(beta_1), ...), since psi'(alpha + beta) is about 0 on [3.5, 9]",
    "claim",
    "The paper's constants for the generalised distribution were chosen for a matrix that is not its Fisher matrix; "
    "with the exact one the same rate gives steps many times longer.",
    _e3,
    _say_e3,
    "test_e3_trigamma_of_the_sum_is_not_zero",
    ("ngdm_lab/geometry/generalized_dirichlet.py", "paper_figures/e2_e3_exact_and_diagonal.py"),
    paper=RANGE,
    quote="на отрезке [3, 5; 9], где ψ′(αi + βi) приближенно равно 0",
    translation="on the interval [3.5; 9], where psi'(alpha_i + beta_i) is approximately 0",
)
E6 = Erratum(
    "E6",
    "below Eq. 3",
    "F = -E[grad log p grad log p^T]",
    "misprint",
    "With the printed sign F would be negative definite and NGDM would ascend; Eq. 5 and the lab have the right one.",
    _e6,
    _say_e6,
    "test_e6_sign_of_the_fisher_matrix",
    ("ngdm_lab/geometry/divergence.py", "paper_figures/eq3_eq5_eq7_divergence.py"),
    quote="F = − E [∇log p (x; ξt) ∇log p (x; ξt)T ]",
    translation="the same formula",
)
