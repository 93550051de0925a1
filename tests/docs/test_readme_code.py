"""README's Python, in its order, as a reader would run it; a block that loads a data set is left to the notebooks."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"


def test_readme_runs(tmp_path):
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    wanted = [block for block in blocks if "data.load" not in block]
    assert len(wanted) == len(blocks) - 1 >= 6
    script = tmp_path / "readme.py"  # a file: functions of one's own are read again
    script.write_text("\n\n".join(wanted), encoding="utf-8")
    told = subprocess.run([sys.executable, str(script)], cwd=tmp_path, env={**os.environ, "MPLBACKEND": "Agg"},
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert told.stdout.count("Race: ") == 3
    assert (tmp_path / "race.npz").exists()
