"""Write geomstats_metric.json: Dirichlet metric matrices as geomstats gives them, for where it is not installed.

Run as ``python tests/data/make_geomstats_metric.py`` with geomstats installed, and look at the difference in review.
"""

import importlib
import importlib.metadata
import json
import warnings
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
ALPHAS = [[1.4, 1.405], [0.3, 12.0], [0.5, 4.0, 9.0], [1.4, 1.405, 1.41, 1.415], [0.7, 3.5, 8.8, 12.0, 2.25]]


def metrics(n):
    """geomstats' metric of Dirichlet distributions with n parameters; ImportError where it is not installed."""
    vars(np).setdefault("trapz", getattr(np, "trapezoid", None))  # geomstats 2.8 wants what NumPy 2.4 dropped
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = importlib.import_module("geomstats.information_geometry.dirichlet")
        return module.DirichletDistributions(n).metric


def main():
    """Ask geomstats."""
    rows = [{"alpha": a, "metric": metrics(len(a)).metric_matrix(np.array(a)).tolist()} for a in ALPHAS]
    lines = ",\n".join(f"  {json.dumps(row)}" for row in rows)
    version = importlib.metadata.version("geomstats")
    (HERE / "geomstats_metric.json").write_text(f'{{\n "geomstats": "{version}",\n "rows": [\n{lines}\n ]\n}}\n')


if __name__ == "__main__":
    main()
