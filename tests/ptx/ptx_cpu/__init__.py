"""PTX kernels run on this processor: translated by llvmlite, every access to memory held against what it may touch."""

from .kinds import Unsupported
from .launch import Fault, Memory, Program, reserved

__all__ = ["Fault", "Memory", "Program", "Unsupported", "reserved"]
