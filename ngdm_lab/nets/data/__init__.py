"""Data sets: `load("mnist5k")`, or any of `names()`.

>>> from ngdm_lab.nets import data
>>> data.load("spirals", points=50, noise=0.05)
<Data spirals: 100 + 100 inputs (2,) float32, 2 classes>
"""

from .dataset import Data, stratified
from .pictures import folder
from .registry import load, names
from .series import Series

__all__ = ["Data", "Series", "folder", "load", "names", "stratified"]
