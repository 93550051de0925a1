"""A claim as CONTRIBUTING.md has it: one file and one row, and its verdict in the ledger that its command writes."""

import re
import shlex

import pytest

from contributing import follow, run, section
from ngdm_lab.claims import Ledger


def test_one_file_and_one_row(tmp_path):
    touched, _ = follow("Add a claim", tmp_path)
    assert touched == {"ngdm_lab/paper/claims/c14.py", "ngdm_lab/paper/claims/registry.py"}

    [line] = re.findall(r"^```sh\nngdm-lab (.+)\n```$", section("Add a claim"), re.MULTILINE)
    words = shlex.split(line)
    assert "C14: holds only under alpha = 0.5." in run(tmp_path, "-m", "ngdm_lab", *words)
    folder = tmp_path / words[words.index("--output") + 1]
    ledger = Ledger.load(folder)
    [entry] = ledger.entries
    verdict = entry.verdict
    assert (entry.id, entry.registered, entry.jobs) == ("C14", "before the data", 2)
    assert (verdict.kind, verdict.condition) == ("holds only under", "alpha = 0.5")
    assert verdict.interval.low < verdict.effect.value < verdict.interval.high < 30
    assert verdict.numbers["alpha = 12"] > 30
    assert (folder / "C14.svg").read_text() == entry.picture
    assert entry.picture.count("<path") > 10
    assert run(tmp_path, "-m", "ngdm_lab", *words, "--resume").startswith("Claims at level quick:")
    assert Ledger.load(folder)["C14"].verdict == verdict


@pytest.mark.parametrize("option", sorted(set(re.findall(r"--[a-z]+", section("Add a claim")))))
def test_the_options_exist(option, capsys):
    from ngdm_lab.cli.main import main

    assert main(["paper", "claims", "--help"]) == 0
    assert re.search(rf"{option}\b", capsys.readouterr().out)
