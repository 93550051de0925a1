"""A layer as CONTRIBUTING.md has it: one file and one line."""

from contributing import follow, pytest_in, run


def test_one_file_and_one_line(tmp_path):
    touched, _ = follow("Add a layer", tmp_path)
    assert touched == {"ngdm_lab/nets/layers/prelu.py", "ngdm_lab/nets/__init__.pyi"}
    assert "PReLU" in run(tmp_path, "-c", "import ngdm_lab as lab; print(lab.nets.__all__)")
    pytest_in(tmp_path, "tests/house/test_public_names.py", "-k", "nets")
