"""Every public name has one package that exports it, is documented, and stands once in the text.

The rule: a package's ``__init__`` (or the stub beside it) takes a name from the module that defines it; no other
package exports the same object, save that `ngdm_lab` itself names what a session begins with.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import ngdm_lab as lab
from import_graph import modules

ROOT = Path(__file__).resolve().parents[2]
FILES = modules(ROOT, "landscapes", "ngdm_lab")
PACKAGES = [name for name, path in FILES.items() if path.name == "__init__.py"]
LAZY = [name for name in PACKAGES if FILES[name].with_suffix(".pyi").is_file()]
EXPORTING = [name for name in PACKAGES if getattr(importlib.import_module(name), "__all__", None)]


def exported(package):
    """(name, object) of what a package exports, its sub-packages aside."""
    module = importlib.import_module(package)
    pairs = [(name, getattr(module, name)) for name in module.__all__]
    return [(name, value) for name, value in pairs if not inspect.ismodule(value) and not name.startswith("__")]


def taken(path):
    """(name, module) of the imports at the top of a file, relative ones as they are written."""
    imports = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.ImportFrom)]
    return [(a.asname or a.name, "." * node.level + (node.module or "")) for node in imports for a in node.names]


def test_the_packages_that_export():
    assert ["landscapes", *(f"ngdm_lab{part}" for part in (
        "", ".claims", ".engine", ".experiments", ".geometry", ".nets", ".nets.data", ".optimizers", ".plots",
    ))] == EXPORTING  # fmt: skip
    assert LAZY == ["ngdm_lab", "ngdm_lab.nets"]


@pytest.mark.parametrize("package", EXPORTING)
def test_each_name_is_there_and_documented(package):
    for name, value in exported(package):
        if callable(value):
            text = inspect.getdoc(value)
            assert text, f"{package}.{name} has no docstring"
            inherited = isinstance(value, type) and "__doc__" not in vars(value)
            assert not inherited, f"{package}.{name} has only the docstring of its base"
            assert not text.startswith(f"{name}("), f"{package}.{name} has only the docstring that dataclass makes"
    names = importlib.import_module(package).__all__
    assert len(set(names)) == len(names)
    assert set(names) <= set(dir(importlib.import_module(package)))
    assert inspect.getdoc(importlib.import_module(package))


def test_each_object_has_one_exporting_package():
    homes = {}
    for package in EXPORTING:
        if package != "ngdm_lab":
            for name, value in exported(package):
                if callable(value):
                    homes.setdefault(id(value), []).append(f"{package}.{name}")
    assert not [names for names in homes.values() if len(names) > 1]


def test_the_top_names_what_a_package_exports():
    """`lab.Adam` is `lab.optimizers.Adam`; only `Unavailable` is the top's own, since every package raises it."""
    below = {id(value) for package in EXPORTING if package != "ngdm_lab" for _, value in exported(package)}
    assert {name for name, value in exported("ngdm_lab") if id(value) not in below} == {"Unavailable"}


@pytest.mark.parametrize("package", EXPORTING)
def test_a_name_is_taken_from_the_module_that_defines_it(package):
    path = FILES[package]
    stub = path.with_suffix(".pyi")
    for name, source in taken(stub if stub.is_file() else path):
        full = importlib.util.resolve_name(source, package)
        value = getattr(importlib.import_module(package), name, None)
        if full in FILES and full != package and inspect.getmodule(value) is not None and not inspect.ismodule(value):
            assert value.__module__ == full, f"{package}.{name} is defined in {value.__module__}, not in {full}"


@pytest.mark.parametrize("package", LAZY)
def test_a_stub_is_what_is_there(package):
    """One name a line, as `ngdm_lab.lazy` reads it, and nothing else but what the package sets itself."""
    module = importlib.import_module(package)
    stub = FILES[package].with_suffix(".pyi")
    names = [name for name, _ in taken(stub)]
    assert sorted(names) == module.__all__
    for node in ast.parse(stub.read_text()).body[1:]:
        if isinstance(node, ast.AnnAssign):
            assert hasattr(module, node.target.id)
        else:
            assert isinstance(node, ast.ImportFrom)
            assert [alias.name for alias in node.names] == [alias.asname for alias in node.names]


@pytest.mark.parametrize("package", LAZY)
def test_a_lazy_name_is_no_modules_name(package):
    """Python puts a module in place of a lazy name as soon as it loads the file."""
    sources = dict(taken(FILES[package].with_suffix(".pyi")))
    for name, source in sources.items():
        assert (f"{package}.{name}" in FILES) == (source == "."), f"{package}.{name}"


@pytest.mark.parametrize("package", LAZY)
def test_a_lazy_name_does_not_depend_on_what_was_imported_before(package):
    # what belongs to CUDA cannot be imported without numba-cuda
    everything = "; ".join(f"import {name}" for name in FILES if "__main__" not in name and ".cuda" not in name)
    code = f"{everything}; import {package} as p; print([n for n in p.__all__ if getattr(p, n).__name__ != n])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {name.rpartition(".")[2] for name in ast.literal_eval(done.stdout)} <= {
        name for name in lab.__all__ + lab.nets.__all__ if f"{package}.{name}" in FILES
    }


def test_the_names_that_scripts_rely_on():
    wanted = """
        SGD Adam Apollo NGDM AdaGrad Adadelta RMSProp Optimizer Dirichlet GeneralizedDirichlet ramp trace Trace
        ensemble Ensemble race Race rerace basins Basins load update_rule preconditioned scipy_method compare ecdf
        performance_profile frames rate_map loss_slice basin_share Unavailable
        cli engine experiments geometry nets optimizers plots
    """
    assert set(wanted.split()) <= set(lab.__all__)
    assert {"mlp", "lenet5", "cifar_cnn", "fit", "Model", "data", "presets"} <= set(lab.nets.__all__)
    with pytest.raises(AttributeError, match="module 'ngdm_lab' has no attribute 'Adm'"):
        _ = lab.Adm
    assert not hasattr(lab.engine, "Unavailable")
