"""Which names a lane loop reads before it writes them: those must be kept in a row between loops."""

from __future__ import annotations

import ast

__all__ = ["flow"]


def flow(group: list[ast.stmt], varying: set[str]) -> tuple[set[str], set[str], set[str]]:
    """(read before written, written, surely written) names of one lane loop; `varying` holds the candidates."""
    exposed: set[str] = set()
    assigned: set[str] = set()
    definite: set[str] = set()
    for s in group:
        _follow(s, varying, definite, assigned, exposed)
    return exposed, assigned, definite


def _follow(s: ast.stmt, varying: set[str], definite: set[str], assigned: set[str], exposed: set[str]) -> None:
    def read(node: ast.AST) -> None:
        for n in ast.walk(node):
            if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n.id in varying - definite:
                exposed.add(n.id)

    if isinstance(s, ast.Assign | ast.AugAssign):
        read(s.value)
        for target in s.targets if isinstance(s, ast.Assign) else [s.target]:
            read(target)
            if isinstance(s, ast.AugAssign) and isinstance(target, ast.Name) and target.id not in definite:
                exposed.add(target.id)
            stored = {n.id for n in ast.walk(target) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
            definite |= stored
            assigned |= stored
    elif isinstance(s, ast.If):
        read(s.test)
        arms = [set(definite), set(definite)]
        for arm, children in zip(arms, (s.body, s.orelse), strict=True):
            for child in children:
                _follow(child, varying, arm, assigned, exposed)
        definite |= arms[0] & arms[1]
    elif isinstance(s, ast.For):
        perhaps = set(definite)  # a loop may run no times
        for child in s.body:
            _follow(child, varying, perhaps, assigned, exposed)
