"""How the rows of a block lie in memory."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ALONE", "BLOCK", "LANES", "Layout"]

LANES = 64  # runs side by side in a block of the engine


@dataclass(frozen=True)
class Layout:
    """Where a lane's entry of a coordinate is found: ``x[coordinate * stride + lane]``.

    Attributes
    ----------
    stride : text of the numbers from one coordinate of a vector to the next, unsigned: an index that may be negative
        is tested, and is no vector code.
    width : text of the number of lanes that are computed, unsigned.
    pitch : numbers from one row of scratch to the next, at least the largest width.
    parameters : names in these texts that a function takes after its scratch, as int64.
    """

    stride: str = "LANES"
    width: str = "LANES"
    pitch: int = LANES
    parameters: tuple[str, ...] = ()

    def coordinates(self, vector: str) -> str:
        """Text of the number of coordinates of a vector, whose last row may end with its last lane."""
        return f"{vector}.size // {LANES}" if self == BLOCK else f"-(-{vector}.size // int({self.stride}))"


BLOCK = Layout()
ALONE = Layout("np.uint64(1)", "np.uint64(1)", 1)  # one run: the arithmetic of lanes without their neighbours
