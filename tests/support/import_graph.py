"""Which module imports which, read from the source: imports in functions and under TYPE_CHECKING count as well.

A package's ``__init__`` only exports. So ``from package import name`` is an import of the module that defines the
name, and not of the package: only who imports a package as a whole (``import package``) depends on all that it
exports. Where a package has a stub, that tells what it exports; it may name modules of higher layers.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path


def modules(root: Path, *packages: str) -> dict[str, Path]:
    """The modules of packages in a folder: name -> file."""
    found = {}
    for package in packages:
        for path in sorted((root / package).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def import_graph(root: Path, *packages: str) -> dict[str, set[str]]:
    """Module -> modules that it imports, of the packages alone."""
    files = modules(root, *packages)
    exports = {name: _exports(name, path) for name, path in files.items() if path.name == "__init__.py"}

    def target(module: str, name: str) -> str:
        """The module that ``from module import name`` is an import of."""
        if name in exports.get(module, {}):
            return target(*exports[module][name])
        return f"{module}.{name}" if f"{module}.{name}" in files else module

    graph = {}
    for own, path in files.items():
        found = {target(*pair) if pair[1] else pair[0] for pair in _imports(own, path)}
        found |= {target(*pair) for pair in exports.get(own, {}).values()}
        graph[own] = {name for name in found if name in files and name != own}
    return graph


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Groups of modules of which each leads to each other."""
    reach = {start: _reach(graph, start) for start in graph}
    groups = {tuple(sorted(b for b in reach[a] if a in reach[b])) for a in graph if a in reach[a]}
    return sorted(map(list, groups))


def _reach(graph: dict[str, set[str]], start: str) -> set[str]:
    seen: set[str] = set()
    left = list(graph[start])
    while left:
        name = left.pop()
        if name not in seen:
            seen.add(name)
            left += graph[name]
    return seen


def _imports(module: str, path: Path) -> Iterator[tuple[str, str]]:
    """(module, name) of each import in a file, name "" for an import of the module as a whole."""
    package = module if path.name.startswith("__init__.") else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((source, alias.name) for alias in node.names)


def _exports(package: str, path: Path) -> dict[str, tuple[str, str]]:
    """Name -> (module, name) of what a package's ``__init__`` or its stub takes from elsewhere."""
    stub = path.with_suffix(".pyi")
    pairs = _imports(package, stub if stub.is_file() else path)
    return {name: (module, name) for module, name in pairs if name and module != package}
