"""Finds the guards of the server in its source, and how the source reads without each of them."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DECORATORS = {"login_required", "require_POST", "require_GET", "require_safe", "require_http_methods"}
NO_DECORATOR = "(lambda view: view)"
NO_FILTER = '__import__("django.db.models", fromlist=["Q"]).Q()'
ANY_GRANT = 'next(iter(__import__("lianheng.web.accounts.scope", fromlist=["scope"]).grants_of({user})), None)'


@dataclass(frozen=True)
class Mutant:
    """One file without one of its guards."""

    path: Path
    line: int
    what: str
    source: str


def mutants_of(path: Path) -> Iterator[Mutant]:
    source = path.read_bytes()
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef):
            for decorator in node.decorator_list:
                if _name(decorator) in DECORATORS:
                    yield _mutant(path, source, decorator, f"@{_name(decorator)}", NO_DECORATOR)
        elif isinstance(node, ast.Call):
            replacement = _without(node, source)
            if replacement is not None:
                yield _mutant(path, source, node, f"{_name(node)}(…)", replacement)


def _without(call: ast.Call, source: bytes) -> str | None:
    """Return what stands for a guarding call once it guards nothing; None if the call is no guard."""
    name = _name(call)
    if name == "visible" and isinstance(call.func, ast.Name | ast.Attribute):
        return NO_FILTER
    if name == "visible_to" and isinstance(call.func, ast.Attribute):
        return _text(source, call.func.value) + ".all()"
    if name == "require_role" and call.args:
        return ANY_GRANT.format(user=_text(source, call.args[0]))
    return None


def _name(node: ast.expr) -> str:
    target = node.func if isinstance(node, ast.Call) else node
    return getattr(target, "id", getattr(target, "attr", ""))


def _text(source: bytes, node: ast.expr) -> str:
    start, end = _span(source, node)
    return source[start:end].decode()


def _span(source: bytes, node: ast.expr) -> tuple[int, int]:
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    assert node.end_lineno is not None and node.end_col_offset is not None
    return starts[node.lineno - 1] + node.col_offset, starts[node.end_lineno - 1] + node.end_col_offset


def _mutant(path: Path, source: bytes, node: ast.expr, what: str, replacement: str) -> Mutant:
    start, end = _span(source, node)
    changed = source[:start] + replacement.encode() + source[end:]
    return Mutant(path, node.lineno, what, changed.decode())
