"""`--print-completion`: a script for the shell, from the command line itself, or what to install."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from ngdm_lab.cli.main import main


def test_without_shtab_it_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "shtab", None)
    assert main(["--print-completion", "bash"]) == 3
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err == 'ngdm-lab: --print-completion needs the package shtab: pip install "ngdm-lab[completion]"\n'


def test_another_shell_is_refused(capsys):
    assert main(["--print-completion", "fish"]) == 2
    assert "choose from" in capsys.readouterr().err


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_the_script_knows_commands_and_options(shell, capsys, tmp_path):
    pytest.importorskip("shtab")
    assert main(["--print-completion", shell]) == 0
    script = capsys.readouterr().out
    for word in ("race", "train", "doctor", "landscapes", "optimizers", "resume"):
        assert word in script
    if shutil.which(shell):
        (tmp_path / "script").write_text(script)
        subprocess.run([shell, "-n", str(tmp_path / "script")], check=True)
