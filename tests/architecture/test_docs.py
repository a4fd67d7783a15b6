"""The documents keep what they announce: no dead link, every setting listed, every server command that they name."""

import argparse
import re
from pathlib import Path

import pytest
from repository import ROOT

from lianheng.cli import server
from lianheng.cli.main import build_parser

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("benchmarks/*.md")])
# Where variables are read: everything but tests, which set them.
SOURCES = [
    path
    for folder in ("src", "bin", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.is_file() and "tests" not in path.parts and (path.suffix in {".py", ".sh"} or path.parent == ROOT / "bin")
]
VARIABLE = re.compile(r"\b(?:LIANHENG_[A-Z_]*[A-Z]|DATABASE_URL)\b")


# A page on each model, made from the models: the folder is named.
_LISTED_AS_FOLDER = {"models", "procurement"}


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the forge makes them."""
    found = set()
    for heading in re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE):
        kept = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(kept.replace(" ", "-"))
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(), flags=re.DOTALL)
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        aimed = (page.parent / path).resolve() if path else page
        if not aimed.exists() or (anchor and aimed.suffix == ".md" and anchor not in _anchors(aimed)):
            dead.append(target)
    assert not dead


def test_the_settings_page_lists_every_variable_that_is_read_and_no_other() -> None:
    listed = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/reference/settings.md").read_text(), re.MULTILINE)
    read = {name for path in SOURCES for name in VARIABLE.findall(path.read_text())}
    read |= set(VARIABLE.findall((ROOT / "src/lianheng/web/settings.py").read_text()))
    # Read by tests alone, which this test leaves out.
    tests_only = {"LIANHENG_TESTDATA", "LIANHENG_TEST_SPARK"}
    assert sorted(listed) == sorted(read | tests_only)


def test_every_page_is_named_by_the_index() -> None:
    index, docs = (ROOT / "docs/README.md").read_text(), ROOT / "docs"
    pages = {str(page.relative_to(docs)) for page in docs.glob("**/*.md") if page.parent.name not in _LISTED_AS_FOLDER}
    named = set(re.findall(r"\]\(([^)\s]+)\)", index))
    assert sorted(pages - named - {"README.md"}) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_server_commands_are_named_as_they_are(page: Path) -> None:
    rooms = {words[0] for words in server.COMMANDS if len(words) == 2} - {"trail", "assess"}
    named = re.findall(rf"lianheng ({'|'.join(rooms)}) ([a-z]+)\b", page.read_text())
    assert not [words for words in named if words not in server.COMMANDS]


def _rooms() -> set[str]:
    [rooms] = [action for action in build_parser()._actions if isinstance(action, argparse._SubParsersAction)]
    return set(rooms.choices)


def test_every_command_line_of_a_how_to_begins_with_a_room() -> None:
    rooms = _rooms()
    wrong = [
        (page.name, line.strip())
        for page in (ROOT / "docs/how-to").glob("*.md")
        for line in page.read_text().splitlines()
        for word in re.findall(r"(?:^    |=|/bin/|^    DATABASE_URL=\S+ )lianheng ([a-z]+)", line)
        if word not in rooms
    ]
    assert not wrong


def test_units_of_the_service_start_what_there_is_for_the_account_of_the_office() -> None:
    page = (ROOT / "docs/how-to/run-as-a-service.md").read_text()
    started = re.findall(r"^    ExecStart=/opt/lianheng/\.venv/bin/lianheng (\w+)", page, re.MULTILINE)
    assert started == ["serve", "worker"] and {(word,) for word in started} <= set(server.COMMANDS)
    for line in ("User=lianheng", "UMask=0077", "EnvironmentFile=/etc/lianheng.env", "KillMode=mixed"):
        assert page.count(f"\n    {line}\n") == 2, line
