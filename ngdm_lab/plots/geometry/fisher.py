"""Figures of the Fisher matrices: the gain 1/psi', and the exact F^-1 against the paper's diagonal form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator
from numpy.typing import NDArray

from ngdm_lab.compiler.checks import check_flags, check_integer, check_number, check_point
from ngdm_lab.compiler.room import check_memory
from ngdm_lab.geometry import Dirichlet, GeneralizedDirichlet, trigamma
from ngdm_lab.plots.drawing import layout
from ngdm_lab.plots.drawing.style import COLUMN, small, tone, users_style

__all__ = ["dropped_term", "gain", "pair_block"]

Array = NDArray[np.float64]

EXACT, DIAGONAL = "#9C2A00", "#E8601C"  # the hues of NGDM's two forms
# What the paper says of ranges of alpha (section 3; C1 to C6 in the order of alpha). Bounds are the paper's.
RANGES = (
    ("C4", 0.0, 0.5, "the step shrinks"),
    ("C5", 0.5, 1.0, "fast, stays at the nearest minimum"),
    ("C1", 1.0, 4.0, "recommended for the MLP"),
    ("C2", 4.0, 8.0, "recommended for CNN and RNN"),
    ("C6", 9.0, 12.0, "gets round minima, less accurate"),
    ("C3", 12.0, np.inf, "the step grows"),
)
ALPHAS = (1.4, 4.0, 8.0, 12.0)
SHADES, DASHES = ("#E69F00", "#009E73", "#0072B2", "#000000"), ("-", (0, (5, 1.5)), (0, (3, 1, 1, 1)), (0, (1.5, 1)))


def gain(ax: Axes | None = None, *, notes: bool = False) -> Axes:
    """The gain 1/psi'(alpha) of the diagonal form against alpha, with the paper's ranges C1 to C6 marked.

    x: alpha, y: what a gradient is multiplied by; both logarithmic. Returns the Axes, of a new figure if ax is None.
    """
    check_flags(notes=notes)
    low, high = 0.08, 60.0
    with users_style():
        ax, own = layout.own_axes(ax, COLUMN, 2.6)
        x = np.geomspace(low, high, 400)
        for k, (name, start, end, _) in enumerate(RANGES):
            a, b = max(start, low), min(end, high)
            ax.axvspan(a, b, color="#D3DFEA" if k % 2 else "#F6F3EC", linewidth=0, zorder=0)
            middle = (a * b) ** 0.5
            ax.text(middle, 0.985, name, transform=ax.get_xaxis_transform(), ha="center", va="top", fontsize=small())
        ax.loglog(x, 1 / trigamma(x), color=tone(0.8), linewidth=1.6, label="1/ψ′(α)")
        ax.loglog(x, x**2, color=tone(0.46), linestyle=(0, (1, 1.5)), label="α², the limit for α → 0")
        line = np.where(x > 0.9, x - 0.5, np.nan)
        ax.loglog(x, line, color=tone(0.46), linestyle=(0, (4, 1.5)), label="α − ½, for α → ∞")
        for alpha, place in ((0.5, (6, -9)), (12.0, (4, -24))):
            y = float(1 / trigamma(alpha))
            ax.plot([alpha], [y], "o", color=EXACT, markersize=4, zorder=5)
            side = "left" if alpha < 1 else "center"
            text = f"{y:.4g} at α = {alpha:g}"
            ax.annotate(text, (alpha, y), place, textcoords="offset points", ha=side, fontsize=small(), color=EXACT)
        ax.set(xlim=(low, high), ylim=(0.004, 200), xlabel="α", ylabel="gain 1/ψ′(α)")
        ax.grid(False, axis="x")
        ax.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        layout.title(ax, "What a step is multiplied by")
        ranges = [f"{name} {_interval(start, end)}: {text}" for name, start, end, text in sorted(RANGES)]
        lines = ["The paper's words on ranges of α. " + "; ".join(ranges) + "."]
        layout.below(ax, own, ax.get_legend_handles_labels()[0], lines, notes)
    return ax


def _interval(start: float, end: float) -> str:
    left = "(0" if start == 0 else f"[{start:g}"
    return f"{left}, ∞)" if np.isinf(end) else f"{left}, {end:g}]"


def dropped_term(
    alphas: Sequence[float] = ALPHAS, ax: Axes | None = None, *, most: int = 100_000, notes: bool = False
) -> Axes:
    """E2: the exact F^-1 over the diagonal form along (1, ..., 1), against the number of coordinates n.

    Eqs. 8 and 9 take this quotient for 1. For each alpha a line and its limit for large n,
    alpha psi'(alpha) / (alpha psi'(alpha) - 1). `most` is the largest n. Returns the Axes.
    """
    check_flags(notes=notes)
    most, alphas = check_integer("most", most, 2), check_point("alphas", alphas, axes=1).tolist()
    if not alphas:
        raise ValueError("alphas must hold at least one number, got []")
    check_memory(f"most = {most}", 8 * most)
    with users_style():
        ax, own = layout.own_axes(ax, COLUMN, 2.4)
        up: dict[str, Any] = {"xytext": (0, 1.5), "textcoords": "offset points", "ha": "right", "va": "bottom"}
        sizes = np.unique(np.geomspace(2, most, 50).astype(int)).tolist()
        for k, alpha in enumerate(alphas):
            shade, dash = SHADES[k % len(SHADES)], DASHES[k % len(DASHES)]
            laws = [Dirichlet(alpha).on(n) for n in sizes]
            factors = [float(d.fisher_solve(np.ones(d.n))[0] * trigamma(alpha)) for d in laws]
            ax.loglog(sizes, factors, color=shade, linestyle=dash, label=f"α = {alpha:g}")
            limit = float(1 / (1 - 1 / (alpha * trigamma(alpha))))
            ax.axhline(limit, color=shade, linewidth=0.5, zorder=1)
            ax.annotate(f"{limit:.1f}", (sizes[-1], limit), fontsize=small(), color=shade, **up)
        ax.axhline(1, color=tone(0.46), linewidth=1.2, linestyle=(0, (1, 1)))
        ax.annotate("the paper: 1", (sizes[-1], 1), fontsize=small(), color=tone(0.8), **up)
        ax.set(xlabel="number of coordinates n", ylabel="exact / diagonal")
        ax.set_ylim(bottom=0.8, top=1.5 * ax.get_ylim()[1])
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        ax.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
        ax.yaxis.set_minor_formatter(FuncFormatter(lambda v, _: ""))
        layout.title(ax, "F⁻¹ along the ones (E2)")
        lines = ["Thin lines, numbers: limits for n → ∞. Across (1, …, 1) the quotient is 1."]
        layout.below(ax, own, ax.get_legend_handles_labels()[0], lines, notes)
    return ax


def pair_block(alpha: float = 3.5, beta: float | None = None, ax: Axes | None = None, *, notes: bool = False) -> Axes:
    """E3: a block of F of Eq. 7 and its diagonal form, as the ellipses of steps (dalpha, dbeta) of unit length.

    A step of natural gradient descent stays in the ellipse delta^T F delta <= 1, whose half axes are the roots of the
    eigenvalues of F^-1. `beta` is alpha if it is None. Returns the Axes.
    """
    check_flags(notes=notes)
    alpha = check_number("alpha", alpha, above=0)
    d = GeneralizedDirichlet(alpha, alpha if beta is None else check_number("beta", beta, above=0)).on(2)
    (a,), (b,) = np.asarray(d.alpha).tolist(), np.asarray(d.beta).tolist()
    turn = np.linspace(0, 2 * np.pi, 181)
    circle = np.stack((np.cos(turn), np.sin(turn)), axis=-1)
    own_entry, cross = d.fisher_solve([1.0, 0.0])
    with users_style():
        ax, own = layout.own_axes(ax, COLUMN, 3.0)
        steps = d.fisher_sqrt_solve(circle, transpose=True)
        ax.plot(*steps.T, color=EXACT, label="exact, Eq. 7")
        flat = circle / np.sqrt(trigamma(np.array([a, b])))
        ax.plot(*flat.T, color=DIAGONAL, linestyle=(0, (3.2, 1.8)), label="diagonal form")
        ax.axhline(0, color=tone(0.46), linewidth=0.5)
        ax.axvline(0, color=tone(0.46), linewidth=0.5)
        ax.set_aspect("equal", adjustable="datalim")
        ax.set(xlabel="step in α", ylabel="step in β")
        layout.title(ax, f"α = {a:g}, β = {b:g} (E3)")
        share = float(trigamma(a + b) / trigamma(a))
        note = "Steps of unit Fisher length. "
        note += f"F⁻¹ = [[{own_entry:.2f}, {cross:.2f}], …]; the paper's diagonal {1 / trigamma(a):.2f}. "
        note += f"ψ′(α + β), taken for 0, is {share:.0%} of ψ′(α)."
        layout.below(ax, own, ax.get_legend_handles_labels()[0], [note], notes)
    return ax
