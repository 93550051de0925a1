"""How threads of OpenMP wait between kernels, as the library itself tells where it is loaded."""

import os
import subprocess
import sys

import pytest

CALL = "import os, ngdm_lab.engine, numba; numba.get_num_threads(); print(os.environ.get('OMP_WAIT_POLICY'))"


@pytest.mark.parametrize(
    ("own", "wanted"),
    [({}, "GOMP_SPINCOUNT = '0'"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "OMP_WAIT_POLICY = 'ACTIVE'"),
     ({"GOMP_SPINCOUNT": "17"}, "GOMP_SPINCOUNT = '17'")],
    ids=["asleep", "as the user says", "as long as the user says"],
)  # fmt: skip
def test_waiting(own, wanted):
    kept = {k: v for k, v in os.environ.items() if k not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME")}
    told = {**kept, **own, "OMP_DISPLAY_ENV": "VERBOSE", "NUMBA_THREADING_LAYER": "omp"}
    done = subprocess.run([sys.executable, "-c", CALL], env=told, capture_output=True, text=True, check=True)
    if "GOMP_SPINCOUNT" not in done.stderr:
        pytest.skip("this machine has no GNU OpenMP")
    assert wanted in done.stderr
    assert done.stdout.split() == [own.get("OMP_WAIT_POLICY", "None")]  # other programs are left alone
