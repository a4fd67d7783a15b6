"""What is wrong with a scheme's file, in Chinese sentences with the place: whose line, which item, what to mend."""

import re
from collections.abc import Iterator, Sequence

import yaml

from lianheng.engine.scoring.scheme import Problem

Lines = dict[tuple[str, str], int]
WORDS = {
    "scheme": "方案最外层",
    "rules": "通用规则（rules）",
    "categories": "类别",
    "": "类别（categories）",
    "items": "条目",
    "parts": "计分部分",
    "grades": "等次",
    "negatives": "负面情形",
    "deductions": "扣分规则",
    "bonus": "加分规则",
    "vetoes": "一票否决规则",
    "daily": "年终与季度占比（daily）",
    "excellent_share": "优秀比例（excellent_share）",
    "praise_share": "表扬比例（praise_share）",
}
MOST = 20


def sentences(problems: Sequence[Problem], text: str = "") -> list[str]:
    """Return a sentence for each problem; with the file's text each names its line."""
    lines = dict(_lines(text)) if text else {}
    told = [f"{_line(problem, lines)}{place_words(problem.where)}：{problem.message}" for problem in problems[:MOST]]
    if len(problems) > MOST:
        told.append(f"还有 {len(problems) - MOST} 处，改好上面的再传一次就会列出")
    return told


def place_words(where: str) -> str:
    """Return e.g. X1的第 2 个条目 for the engine's `X1 items[2]`."""
    named = [
        re.sub(r"^(\w+)\[(\d+)\]$", lambda found: f"第 {found[2]} 个{WORDS.get(found[1], found[1])}", part)
        for part in where.split()
    ]
    return "的".join(WORDS.get(part, part) for part in named or [""])


def _line(problem: Problem, lines: Lines) -> str:
    unknown = re.match(r"不认识的键 (\S+)$", problem.message)
    keys = [
        (problem.where or "categories", unknown[1] if unknown else ""),
        (problem.where, ""),
        (problem.where.split(" ")[0], ""),
    ]
    # An entry of a scheme's variables stands under its item's code.
    keys.append((problem.where.rpartition(".")[0], ""))
    line = next((lines[key] for key in keys if key in lines), None)
    return "" if line is None else f"第 {line} 行，"


def _lines(text: str) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield (place as the engine says it, key or nothing) → line, from a text that was read before."""
    top = yaml.compose(text, Loader=yaml.SafeLoader)
    yield from _lines_of(top, "scheme", "")


def _lines_of(node: yaml.Node | None, where: str, prefix: str) -> Iterator[tuple[tuple[str, str], int]]:
    if not isinstance(node, yaml.MappingNode):
        return
    pairs = [(str(key.value), key.start_mark.line + 1, value) for key, value in node.value]
    code = next((value.value for key, _, value in pairs if key == "code" and isinstance(value, yaml.ScalarNode)), "")
    # What is wrong with the keys of an entry is told by its place, what is wrong in it by its code.
    place = where
    if code:
        where, prefix = code, f"{code} "
    yield (where, ""), node.start_mark.line + 1
    for key, line, value in pairs:
        yield (place, key), line
        if where in ("scheme", "rules"):
            yield (key, ""), line
        if isinstance(value, yaml.SequenceNode):
            for number, child in enumerate(value.value, 1):
                inside = f"{prefix}{key}[{number}]"
                yield (inside, ""), child.start_mark.line + 1
                yield from _lines_of(child, inside, f"{inside} ")
        elif key == "rules":
            yield from _lines_of(value, "rules", "")
