"""Data sets: `load("mnist5k")`, or any of `names()`.

>>> from ngdm_lab.nets import data
>>> data.load("spirals", points=50, noise=0.05)
<Data spirals: 100 + 100 inputs (2,) float32, 2 classes>
"""

from .dataset import Data, stratified
from .registry import load, names

__all__ = ["Data", "load", "names", "stratified"]
