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


def test_list_by_several_tags(capsys):
    for given in (["--tag", "convex,separable"], ["--tag", "convex", "--tag", "separable"]):
        assert main(["list", *given]) == 0
        out = capsys.readouterr().out
        assert "landscapes with tags convex and separable:" in out
        listed = [line.split()[0] for line in out.splitlines()[1:]]
        assert listed == sorted(set(ls.names("convex")) & set(ls.names("separable")))
        assert "sphere" in listed
        assert "booth" not in listed


def test_list_draws_what_it_lists(tmp_path, capsys):
    assert main(["list", "--tag", "saddle", "--figure", str(tmp_path / "saddles.png")]) == 0
    assert {p.name for p in tmp_path.iterdir()} == {"saddles.png", "saddles.pdf", "saddles.txt"}
    assert f"  {tmp_path / 'saddles.png'}\n" in capsys.readouterr().out


def test_list_tells_of_steps_in_dimension_and_of_tags(capsys):
    assert main(["list"]) == 0
    out = capsys.readouterr().out
    assert f"\ntags: {', '.join(ls.tags())}\n" in out
    assert "  powell " in out
    assert " dim 4k " in out
