"""docs/reference/seed-coverage.md from the marks `@pytest.mark.seed("S..")` of the tests. Standard library only."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs/reference/seed-coverage.md"
ROWS = ROOT / "tests/architecture/seed_rows.txt"

HEAD = """# Seed coverage

Made by `bin/seed-coverage` from the marks of the tests; do not edit. A row counts as covered when a test follows its
acceptance example, with its numbers, through a URL, a command or a public function.

"""


def seed_rows() -> dict[str, str]:
    """Return row → Chinese name, S01 to S107."""
    return dict(line.split(" ", 1) for line in ROWS.read_text().splitlines())


def marks() -> dict[str, list[str]]:
    """Return row → tests that bear its mark, as path::name."""
    found: dict[str, list[str]] = {}
    for path in sorted([*ROOT.glob("src/**/tests/**/test_*.py"), *ROOT.glob("tests/**/test_*.py")]):
        for row, name in _marks_in(ast.parse(path.read_text())):
            found.setdefault(row, []).append(f"{path.relative_to(ROOT)}::{name}")
    return found


def _marks_in(tree: ast.Module) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            for decorator in node.decorator_list:
                yield from ((row, node.name) for row in _rows_of(decorator))
        elif isinstance(node, ast.Assign) and any(getattr(t, "id", "") == "pytestmark" for t in node.targets):
            yield from ((row, "*") for row in _rows_of(node.value))


def _rows_of(node: ast.AST) -> Iterator[str]:
    """Find calls of `….mark.seed("S..", …)` anywhere inside, so that parametrized marks count too."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "seed":
            for argument in call.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def page() -> str:
    names, found = seed_rows(), marks()
    unknown = sorted(found.keys() - names.keys())
    if unknown:
        raise SystemExit(
            f"seed-coverage: no seed row is called {', '.join(unknown)}: mend the mark in {found[unknown[0]][0]}"
        )
    covered = sum(row in found for row in names)
    lines = [f"{covered} of {len(names)} rows.\n", "\n| row | name | tests |\n|---|---|---|\n"]
    for row, name in names.items():
        tests = "<br>".join(f"`{test}`" for test in found.get(row, []))
        lines.append(f"| {row} | {name} | {tests} |\n")
    return HEAD + "".join(lines)


def main() -> int:
    wanted = page()
    if "--check" in sys.argv[1:]:
        if not PAGE.exists() or PAGE.read_text() != wanted:
            print(f"seed-coverage: {PAGE.relative_to(ROOT)} is out of date: run bin/seed-coverage", file=sys.stderr)
            return 1
        return 0
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
