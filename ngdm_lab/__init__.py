"""A lab for natural gradient descent with momentum on Dirichlet distributions (NGDM).

>>> import landscapes as ls
>>> import ngdm_lab as lab
>>> path = lab.trace(lab.Adam(lr=0.1), ls.sphere(2), x0=[3.0, 4.0], steps=200)

What it exports stands in ``__init__.pyi`` and is imported on first use, so that the import stays fast.

The paper: R. I. Abdulkadirov and P. A. Lyakhov, "A new approach to training neural networks using natural
gradient descent with momentum based on Dirichlet distributions", Computer Optics, 2023.
"""

from ngdm_lab import lazy

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = lazy.attach(__name__, __file__)
