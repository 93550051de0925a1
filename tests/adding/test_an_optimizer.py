"""An optimizer with two state vectors as CONTRIBUTING.md has it: three files, and the suite takes it up."""

import re

from contributing import follow, pytest_in


def test_three_files(tmp_path):
    touched, lines = follow("Add an optimizer", tmp_path)
    assert touched == {"ngdm_lab/optimizers/adamax.py", "ngdm_lab/optimizers/registry.py", "tests/support/naive.py"}
    assert lines <= 80
    printed = pytest_in(tmp_path, "-k", "adamax and not noise", "tests/optimizers/test_optimizer_battery.py",
                     "tests/engine/test_driver_laws.py::test_the_plain_reference",
                     "tests/engine/test_fused_kernel.py::test_every_rule_has_the_bits_of_linked_blocks",
                     "tests/engine/test_manifest.py", "tests/nets/training/test_fit.py")  # fmt: skip
    assert int(re.search(r"(\d+) passed", printed)[1]) >= 20
    pytest_in(tmp_path, "tests/plots/drawing/test_style.py", "-k", "look or colour",
              "tests/optimizers/test_optimizer_registry.py")  # fmt: skip
