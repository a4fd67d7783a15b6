"""Where a row comes from, in words: its marks as tags, the articles and materials that its note names."""

import re
from collections.abc import Mapping
from typing import Any

_SEED = re.compile(r"\b00\d\b")
_SEED_CODES = re.compile(r"（种子 [^）]*）")
_PUBLIC = re.compile(r"public: ([^\"]+)")


def mark_names(mark: str, content: Mapping[str, Any]) -> list[str]:
    """Return the names of joined marks: "seed+draft" → 原文, 拟稿."""
    names = {row["code"]: row["name"] for row in content["marks"]}
    return [names.get(word, word) for word in mark.split("+") if word]


def source_lines(note: str, content: Mapping[str, Any]) -> list[str]:
    """Return the titles that a note refers to; an item of our own drafting has none."""
    titles = {row["code"]: row["title"] for row in content["seeds"]}
    lines = [titles[code] for code in dict.fromkeys(_SEED.findall(note)) if code in titles]
    found = _PUBLIC.search(note)
    if found:
        lines += [f"公开资料：{part.strip()}" for part in found[1].split(";") if part.strip()]
    return lines


def readable_source(text: str) -> str:
    """Return a source as readers see it: without the codes of our own files."""
    return _SEED_CODES.sub("", text)


def effect_words(effect: str, cap: str, points: Any) -> str:
    """Say what a confirmed negative event does."""
    if effect == "veto":
        return f"经确认后，等次最高为{cap}"
    if effect == "deduction":
        return f"经确认后，每起扣 {points.normalize():f} 分"
    return "只作提示，不计分、不影响等次"
