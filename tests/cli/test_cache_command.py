"""`ngdm-lab cache` and what `doctor` says of it, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest

from ngdm_lab.cli import doctor
from ngdm_lab.cli.main import main

CODE = """
from numba import float64
from ngdm_lab.compiler.build import build_text
for name in "abc":
    build_text(f"def {name}(v):\\n    return v\\n", name, float64(float64))
"""


@pytest.fixture(name="folder")
def fresh_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("NGDM_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("NGDM_LAB_CACHE_SIZE", raising=False)
    return tmp_path / "cache"


def start(*words):
    command = [sys.executable, "-m", "ngdm_lab", *words]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def rows(text):
    """The lines by their first words."""
    return {line[:11].strip(): line[11:] for line in text.splitlines()}


def test_end_to_end(folder):
    empty = start("cache")
    assert (empty.returncode, empty.stderr) == (0, "")
    assert rows(empty.stdout)["compiled"] == f"0 entries, 0 bytes, in {folder}"
    assert not folder.exists(), "looking made it"

    subprocess.run([sys.executable, "-c", CODE], check=True)
    shown = rows(start("cache").stdout)
    number, size, _ = shown["compiled"].split(", ", 2)
    count = int(number.split()[0])
    assert count == 3
    assert size.endswith("KiB")
    assert shown["decoded"] == f"0 entries, 0 bytes, in {folder / 'decoded'}"
    assert time.strftime("%Y-") in shown["last used"]
    assert shown["limits"].startswith("1 GiB (NGDM_LAB_CACHE_SIZE), 90 days")
    assert shown["safe"].startswith("yes")

    one = next(path for path in folder.iterdir() if not path.name.startswith("."))
    os.utime(one / "seal", (0, 0))
    kept = rows(start("cache", "--prune", "--older-than", "1e6").stdout)
    assert kept["removed"].startswith("0 entries")
    pruned = rows(start("cache", "--prune").stdout)
    assert pruned["removed"].startswith("1 entry, ")
    assert pruned["compiled"].split()[0] == str(count - 1)
    small = rows(start("cache", "--prune", "--larger-than", "1K").stdout)
    assert small["compiled"].startswith("0 entries")
    subprocess.run([sys.executable, "-c", CODE], check=True)
    cleared = start("cache", "--clear")
    assert cleared.returncode == 0
    assert rows(cleared.stdout)["removed"].startswith(f"{count} entries, ")
    assert rows(cleared.stdout)["compiled"].startswith("0 entries")


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="a system without such owners")
def test_an_unsafe_folder(folder, capsys):
    subprocess.run([sys.executable, "-c", CODE], check=True)
    folder.chmod(0o777)
    entries = sorted(folder.iterdir())
    assert main(["cache"]) == 3
    wrong = f"{folder} can be written by everyone; run `chmod go-w '{folder}'`"
    assert f"no, and not used: {wrong}" in capsys.readouterr().out
    for action in ("--prune", "--clear"):
        assert main(["cache", action]) == 3
        assert "is left alone" in capsys.readouterr().err
    assert sorted(folder.iterdir()) == entries


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--older-than", "3"], "--older-than says what --prune removes"),
        (["--clear", "--larger-than", "1G"], "--larger-than says what --prune removes"),
        (["--prune", "--clear"], "not allowed with argument"),
        (["--prune", "--older-than", "-1"], "--older-than must be a finite number at least 0"),
        (["--prune", "--older-than", "nan"], "--older-than must be a finite number"),
        (["--prune", "--larger-than", "lots"], "--larger-than must be a size"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_bad_input(words, message, capsys):
    assert main(["cache", *words]) == 2
    told = capsys.readouterr()
    assert message in told.err
    assert told.out == ""


@pytest.mark.usefixtures("folder")
def test_a_wrong_limit(monkeypatch, capsys):
    monkeypatch.setenv("NGDM_LAB_CACHE_SIZE", "lots")
    assert main(["cache"]) == 2
    told = capsys.readouterr()
    assert "NGDM_LAB_CACHE_SIZE must be a size" in told.err
    assert told.out == ""


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="a system without such owners")
def test_doctor_shows_size_and_safety(folder, capsys):
    """Its line on the cache alone; tests of commands run the rest."""
    subprocess.run([sys.executable, "-c", CODE], check=True)
    assert doctor._cache()
    line = capsys.readouterr().out
    assert line.startswith(f"cache     {folder} (writable, by nobody else): 3 entries, ")
    assert line.endswith("KiB\n")
    folder.chmod(0o757)
    assert not doctor._cache()
    line = capsys.readouterr().out
    assert line.startswith(f"cache     {folder}: {folder} can be written by everyone; run `chmod go-w")
    assert line.endswith("everything is compiled anew in each process\n")
