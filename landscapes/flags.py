"""The one place where Numba's options are chosen, for every compiled function of both packages.

``error_model="numpy"``: without it a division keeps its zero check and nothing vectorises.
``fastmath={"contract"}``: fused multiply-add and nothing else. Full fast-math would let the compiler
assume that there are no NaNs, and a diverged run is recognised by its NaNs; it buys no speed here.
"""

FLAGS = {"error_model": "numpy", "fastmath": {"contract"}}
