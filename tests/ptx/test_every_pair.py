"""Every rule on every landscape, as the machine code that a launch runs: half an hour."""

from __future__ import annotations

import pytest

import landscapes as ls
from cuda_laws import RULES, agree

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("way", ["ptx"], indirect=True)
@pytest.mark.parametrize("name", ls.names())
@pytest.mark.parametrize("opt", RULES, ids=lambda o: f"{o.name}-{o.rule.name}")
def test_every_pair(opt, name, way):
    s = ls.get(name)
    if s.dim % 2 == 0 or "gendir" not in opt.name:
        agree(opt, s, 2, 30)
