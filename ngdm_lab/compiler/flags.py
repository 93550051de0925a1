"""The one place where Numba's options are chosen, for every compiled function of both packages.

``error_model="numpy"``: without it a division keeps its zero check and nothing vectorises.
No ``fastmath``: full fast-math would let the compiler assume that there are no NaNs, and a diverged run is
recognised by its NaNs. Its one useful part, fused multiply-adds, stands in the text instead (`contract`), so that
it does not depend on the kernel around.
"""

FLAGS = {"error_model": "numpy"}
