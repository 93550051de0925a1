"""Experiments: traces, races, basin maps, and what is read off them."""
from .trace import Trace, trace
__all__ = ["Trace", "trace"]
