"""Finds the guards of the server in its source, and how the source reads without each of them."""

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DECORATORS = {"login_required", "require_POST", "require_GET", "require_safe", "require_http_methods"}
NO_FILTER = '__import__("django.db.models", fromlist=["Q"]).Q()'
ANY_GRANT = 'next(iter(__import__("lianheng.web.accounts.scope", fromlist=["scope"]).grants_of({user})), None)'
SEEN = '(__import__("unguarding").SEEN.add({key!r}), {call})[1]'


@dataclass(frozen=True)
class Guard:
    """One guard of one function; `key` names it whatever else changes in the file."""

    key: str
    path: Path
    line: int
    function: str  # outermost function or method around it; for a decorator, the function it stands on
    what: str
    span: tuple[int, int]
    replacement: str | None  # None for a decorator: the running program leaves it out

    @property
    def order(self) -> str:
        return hashlib.sha256(self.key.encode()).hexdigest()

    def without(self) -> str:
        """Return the source of its file without it."""
        assert self.replacement is not None
        return self._with(self.replacement)

    def noting(self) -> str:
        """Return its own text, changed so that the guard also notes that it was asked."""
        start, end = self.span
        return SEEN.format(key=self.key, call=self.path.read_bytes()[start:end].decode())

    def _with(self, text: str) -> str:
        source, (start, end) = self.path.read_bytes(), self.span
        return (source[:start] + text.encode() + source[end:]).decode()


def guards_of(path: Path, root: Path) -> list[Guard]:
    """Return every guard of a file, in the order of its lines."""
    source = path.read_bytes()
    found = sorted(_found(ast.parse(source), source), key=lambda each: (each[0].lineno, each[0].col_offset))
    numbers: Counter[tuple[str, str]] = Counter()
    guards = []
    for node, function, what, replacement in found:
        numbers[function, what] += 1
        key = f"{path.relative_to(root).as_posix()} {function} {what} {numbers[function, what]}"
        guards.append(Guard(key, path, node.lineno, function, what, _span(source, node), replacement))
    return guards


Found = tuple[ast.expr, str, str, str | None]


def _found(tree: ast.Module, source: bytes) -> Iterator[Found]:
    for function, name in _outermost(tree, ""):
        for decorator in function.decorator_list:
            if _name(decorator) in DECORATORS:
                yield decorator, name, f"@{_name(decorator)}", None
        for node in ast.walk(function):
            if isinstance(node, ast.Call) and (replacement := _without(node, source)) is not None:
                yield node, name, f"{_name(node)}(…)", replacement


def _outermost(tree: ast.Module | ast.ClassDef, prefix: str) -> Iterator[tuple[ast.FunctionDef, str]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node, prefix + node.name
        elif isinstance(node, ast.ClassDef):
            yield from _outermost(node, f"{prefix}{node.name}.")


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
