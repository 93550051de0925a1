"""The surface below a picture: values on a grid, and contour levels at which valleys are seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap
from matplotlib.contour import QuadContourSet
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from landscapes import Surface

from .style import dark, small, tone

__all__ = ["LARGEST", "Field", "colourbar", "fill", "known", "outline", "short", "value_label"]

Array = NDArray[np.float64]

# valleys are light, so that paths, which run there, stand out; a quiet hue that no optimizer has
_GROUND = LinearSegmentedColormap.from_list("ground", ["#FFFFFF", "#E3E8EE", "#B4C0CD", "#8493A6"])
_NIGHT = LinearSegmentedColormap.from_list("night", ["#0B0D10", "#1D232A", "#39434F", "#5B6979"])  # on a dark ground


LARGEST = 1e240  # Matplotlib fills contours from -1e250 to 1e250


@dataclass(frozen=True, eq=False)
class Field:
    """f - f_min (f where f_min is not known) of a surface on a grid of `pixels` x `pixels` over a view.

    In more than two dimensions it is the slice along the first two coordinates through the point `through`.
    """

    surface: Surface
    view: Array
    pixels: int = 161
    through: Array | None = None

    def grid(self) -> tuple[Array, Array, Any]:
        """(x1, x2, masked values), without noise; values that are not finite, or too large for contours, are masked."""
        axes = [np.linspace(low, high, self.pixels) for low, high in self.view]
        x1, x2 = np.meshgrid(*axes)
        z = self.surface.noisy(0).value(self.points(x1, x2))
        z = z - self.surface.f_min if known(self.surface) else z
        return x1, x2, np.ma.masked_where(~(np.abs(z) < LARGEST), z)

    def points(self, x1: Array, x2: Array) -> Array:
        """(..., n) points of the surface's space for coordinates of the view."""
        points = np.stack([x1, x2], axis=-1)
        if self.through is not None:
            points = np.concatenate([points, np.broadcast_to(self.through[2:], (*x1.shape, self.surface.dim - 2))], -1)
        return points

    def levels(self, z: Any) -> Array:
        """Ascending levels: round numbers evenly spread over the logarithm, or quantiles where f_min is unknown."""
        values = z.compressed()
        if len(values) == 0 or not values.min() < values.max():
            return np.empty(0)
        if not known(self.surface):
            return np.unique([float(f"{q:.2e}") for q in np.quantile(values, np.linspace(0.03, 0.97, 13))])
        positive = values[values > 0]
        low, high = max(np.quantile(positive, 0.005), 1e-8 * positive.max()), positive.max()
        decades = np.log10(high / low)
        if decades < 1:
            ticks = MaxNLocator(10).tick_values(values.min(), high)
            return ticks[(ticks > values.min()) & (ticks < high)]
        mantissas = (1, 1.5, 2, 3, 5, 7) if decades < 2.2 else (1, 2, 5) if decades < 4.5 else (1, 3)
        span = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))))
        rounded = np.array([m * 10.0**k for k in span for m in mantissas])
        return rounded[(rounded >= low) & (rounded < high)]


def known(surface: Surface | None) -> bool:
    """Whether f_min is a number."""
    return surface is not None and bool(np.isfinite(surface.f_min))


def value_label(surface: Surface | None, best: str = "") -> str:
    """Axis label: f - f_min, or f where f_min is not known."""
    if known(surface):
        return rf"{best}$f - f_{{\min}}$"
    return rf"{best}$f$" + (r"  ($f_{\min}$ not known)" if surface is not None else "")


def fill(ax: Axes, field: Field) -> QuadContourSet | None:
    """Filled contours below everything else; None for a field with nothing to show."""
    x1, x2, z = field.grid()
    levels = field.levels(z)
    if len(levels) < 2:
        return None
    shades = _NIGHT if dark() else _GROUND
    norm = BoundaryNorm(levels, shades.N, extend="both")
    filled = ax.contourf(x1, x2, z, levels, cmap=shades, norm=norm, extend="both", zorder=0)
    filled.set_edgecolor("face")  # else a PDF shows seams between the bands
    filled.set_linewidth(0.3)
    ax.contour(x1, x2, z, levels, colors=[tone(0)], linewidths=0.3, alpha=0.7, zorder=0.1)
    return filled


def outline(ax: Axes, field: Field) -> None:
    """Thin contour lines on top of a map."""
    x1, x2, z = field.grid()
    levels = field.levels(z)
    if len(levels):
        ax.contour(x1, x2, z, levels[:: max(1, len(levels) // 9)], colors="black", linewidths=0.35, alpha=0.4, zorder=2)


def colourbar(ax: Axes, filled: QuadContourSet, surface: Surface) -> None:
    """A colour bar with the values of the levels."""
    levels = np.asarray(filled.levels)
    tens = np.array([v for v in levels if v > 0 and np.isclose(np.log10(v) % 1, [0, 1]).any()])
    ticks = tens if len(tens) >= 3 and known(surface) else levels[:: max(1, -(-len(levels) // 6))]
    figure: Any = ax.figure
    bar = figure.colorbar(filled, ax=ax, ticks=ticks, format=FuncFormatter(short), pad=0.02, aspect=28)
    bar.set_label(value_label(surface))
    bar.outline.set_linewidth(0.4)
    bar.ax.tick_params(which="both", labelsize=small(), length=2, width=0.5)
    bar.minorticks_off()


def short(value: float, _: object = None) -> str:
    """100, 0.5, 10^5, 3·10^-4."""
    if value == 0 or 1e-2 <= abs(value) < 1e4:
        return f"{value:.4g}".replace("-", "−")
    power = int(np.floor(np.log10(abs(value)) + 1e-9))
    mantissa = value / 10.0**power
    head = "" if np.isclose(mantissa, 1) else f"{mantissa:.3g} \\cdot "
    return f"${head}10^{{{power}}}$"
