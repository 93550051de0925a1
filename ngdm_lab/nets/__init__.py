"""Nets in NumPy and Numba: layers, the paper's five architectures, training, data.

>>> import ngdm_lab as lab
>>> model = lab.nets.mlp(seed=0)
>>> model.vector.shape
(537354,)

What it exports stands in ``__init__.pyi`` and is imported on first use.
"""

from ngdm_lab import lazy

__getattr__, __dir__, __all__ = lazy.attach(__name__, __file__)
