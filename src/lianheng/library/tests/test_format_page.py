"""The reference page names every key that the loader takes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from lianheng.library import city_profile, document_library
from lianheng.library.catalogue import shapes
from lianheng.library.problems import Shape

PAGE = Path(__file__).resolve().parents[4] / "docs" / "reference" / "catalogue-format.md"


def keys() -> Iterator[str]:
    for module in (shapes, city_profile, document_library):
        for value in vars(module).values():
            for shape in value.values() if isinstance(value, dict) else [value]:
                if isinstance(shape, Shape):
                    yield from (*shape.required, *shape.optional)


@pytest.mark.skipif(not PAGE.exists(), reason="the documentation is not installed with the program")
def test_the_page_names_every_key() -> None:
    text = PAGE.read_text(encoding="utf-8").replace("```", "")
    words = set(re.findall(r"[a-z0-9_]+", " ".join(re.findall(r"`[^`\n]+`", text))))
    assert set(keys()) > {"standard", "lead", "enabled", "clauses"}
    assert sorted(set(keys()) - words) == []
