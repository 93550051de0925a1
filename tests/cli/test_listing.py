"""`ngdm-lab list` shows what the registries hold."""

from __future__ import annotations

import landscapes as ls
from ngdm_lab import optimizers
from ngdm_lab.cli.main import main


def test_list_shows_everything(capsys):
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    for name in [*ls.names(), *optimizers.names()]:
        assert f"  {name} " in out
    assert f"{len(ls.names())} landscapes" in out


def test_list_by_tag(capsys):
    assert main(["list", "--tag", "multimodal"]) == 0
    out = capsys.readouterr().out
    listed = [line.split()[0] for line in out.splitlines()[1:]]
    assert listed == ls.names("multimodal")
    assert "sphere" not in listed
