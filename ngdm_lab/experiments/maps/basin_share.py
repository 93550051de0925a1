"""`basin_share`: the share of a landscape's box from which gradient flow ends in the global minimum."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from landscapes import Surface
from ngdm_lab.compiler.checks import check_instance, check_integer, check_number, check_seed
from ngdm_lab.compiler.random import LARGEST
from ngdm_lab.engine.starts import drawn_or_given
from ngdm_lab.experiments.statistics.compare import wilson

from . import flow

__all__ = ["BasinShare", "basin_share"]

RTOL = 0.1  # error of a step as a share of its length; a thirtieth of it gives the same shares
MOST = 1000  # steps of the integrator


@dataclass(frozen=True, eq=False)
class BasinShare:
    """The share of the box whose gradient flow ends in the global minimum, or in one of several.

    Attributes
    ----------
    surface : name of the surface.
    x0, x : (m, n) starts and where the flow from them was left: at the target, or where it came to rest.
    f : (m,) values there.
    code : (m,) int8: 1 within the target of f_min, inside the bounds; 2 at rest elsewhere (another minimum, level
        ground, a saddle); 3 outside the bounds; 0 undecided after all steps.
    seed, target : as they were given.
    """

    surface: str
    x0: NDArray[np.float64]
    x: NDArray[np.float64]
    f: NDArray[np.float64]
    code: NDArray[np.int8]
    seed: int
    target: float

    @property
    def reached(self) -> NDArray[np.bool_]:
        """(m,) True where the flow comes within the target of f_min."""
        return self.code == flow.REACHED

    @property
    def share(self) -> float:
        """Share of the starts, and so estimated of the box, in [0, 1]."""
        return float(self.reached.mean())

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share."""
        return wilson(int(self.reached.sum()), len(self))

    @property
    def undecided(self) -> int:
        """Number of starts from which the integration was not over after all steps; they count as not reached."""
        return int((self.code == flow.UNDECIDED).sum())

    def __len__(self) -> int:
        return len(self.code)

    def __str__(self) -> str:
        low, high = self.interval
        text = f"{100 * self.share:.1f} % of the box [{100 * low:.1f}, {100 * high:.1f}]"
        return text + (f", {self.undecided} of {len(self)} starts undecided" if self.undecided else "")

    def __repr__(self) -> str:
        return f"<BasinShare of {self.surface}: {self}, {len(self)} starts, seed {self.seed}>"


def basin_share(
    surface: Surface, starts: int = 1000, seed: int = 0, *, target: float = 1e-3, rtol: float = RTOL, steps: int = MOST
) -> BasinShare:
    """Estimate the share of the box from which gradient flow, x' = -grad f(x), ends in the global minimum.

    It is what a local method with small steps arrives from by the choice of the starts alone, and stands beside
    the arrivals of a race. Ends means: comes within `target` of f_min inside the bounds, as for a run that arrives;
    f falls along the flow, so it stays there. Noise is left out.

    Parameters
    ----------
    surface : the surface.
    starts : number of starts, uniform in the box; the same as `ensemble` draws by that seed.
    seed : chooses the starts.
    target : how near to f_min counts as there, in units of f; smaller than the height of the next lowest minimum.
    rtol : error of an integration step as a share of its length.
    steps : steps of the integration at the most.

    Returns
    -------
    BasinShare

    Raises
    ------
    TypeError
        For what is no Surface, or a count that is no whole number.
    ValueError
        For a surface whose f_min is not known or not finite, and for numbers out of range.

    Notes
    -----
    The integrator: `ngdm_lab.experiments.maps.flow`. Each step takes n + 2 gradients and a factorisation, so a
    surface of 100 dimensions takes minutes. On the edge of the box (tag edge-minimum) no flow comes to rest: it
    crosses the edge there, and a share of such a surface says little.
    """
    check_instance("surface", surface, Surface, "a Surface such as ls.rastrigin(2)")
    starts = check_integer("starts", starts, 1)
    seed = check_seed("seed", seed, LARGEST)
    target = check_number("target", target, least=0)
    rtol = check_number("rtol", rtol, above=0, most=0.5)
    steps = check_integer("steps", steps, 1)
    if not np.isfinite(surface.f_min):
        raise ValueError(f"surface must have a known smallest value, got {surface.name} with f_min {surface.f_min}")
    s = replace(surface, noise=0.0)
    x0 = drawn_or_given(starts, s, seed, 0)
    x, f, code = x0.copy(), np.empty(starts), np.zeros(starts, dtype=np.int8)
    box = np.array(s.bounds, order="C")  # a writable copy
    flow.follow()(s.compiled, x, f, code, s.packed, s.program, box, s.f_min, target, rtol, steps)
    return BasinShare(surface.name, x0, x, f, code, seed, target)
