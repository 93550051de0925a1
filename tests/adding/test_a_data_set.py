"""A data set as CONTRIBUTING.md has it: one file and one row."""

from contributing import follow, run


def test_one_file_and_one_row(tmp_path):
    touched, _ = follow("Add a data set", tmp_path)
    assert touched == {"ngdm_lab/nets/data/rings.py", "ngdm_lab/nets/data/registry.py"}
    code = "from ngdm_lab.nets import data; data.load('rings', sides=3)"
    wrong = f"try:\n    exec({code!r})\nexcept TypeError as error:\n    print(error)"
    assert "data 'rings' has no option 'sides'; its options: points, noise, seed" in run(tmp_path, "-c", wrong)
