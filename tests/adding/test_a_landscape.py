"""A landscape as CONTRIBUTING.md has it: one file."""

from contributing import follow, pytest_in


def test_one_file(tmp_path):
    touched, lines = follow("Add a landscape", tmp_path)
    assert touched == {"landscapes/bowls.py"}
    assert lines <= 20
    printed = pytest_in(tmp_path, "tests/landscapes/test_registry.py", "tests/landscapes/test_surface.py")
    assert " passed" in printed
