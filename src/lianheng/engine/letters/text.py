"""Text on its way into a document: harmless characters, Chinese numbers, dates and breaks in titles."""

import datetime
import re
import unicodedata
from collections.abc import Sequence

_DIGITS = "零一二三四五六七八九"
ZERO_WIDTH_SPACE = "\u200b"
TITLE_CHARACTERS = 19  # of 2号 on one line; 20 fit, one is left as air

# Nothing to see, but able to break XML or to turn the reading direction round.
_INVISIBLE = re.compile(
    "[\u200e\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e0fff]"
)
_UNBREAKABLE = r"[^\s\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60\U00020000-\U0003ffff]"
_FIGURES = re.compile(r"[0-9.,:/%+-]+")
_NOT_AT_LINE_START = set("的地得了着过、，。；：！？）》〉」』】〕”’%％…—·")
_NOT_AT_LINE_END = set("（《〈「『【〔“‘")
_GOOD_LINE_END = set("的、，于和及与对在按年度期")


def clean(text: str) -> str:
    """Drop what cannot be printed: control and format characters, half surrogates. Newlines stay, tabs become spaces.

    >>> clean("甲\\x00乙\\r\\n丙")
    '甲乙\\n丙'
    >>> clean("10 \u2212 2")
    '10 － 2'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ").replace("\u2028", "\n")
    # GB/T 2312 fonts know the full-width minus only: the mathematical one would print as a gap.
    text = _INVISIBLE.sub("", text).replace("\u2212", "－")
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))


def breakable(text: str, longest: int) -> str:
    """Allow a break in every run of more than `longest` characters that offers none (addresses, codes).

    Figures are half as wide as the widest letters, so twice as many of them stay together.

    >>> breakable("见 abcdef 和 12.34", longest=3).replace("\\u200b", "|")
    '见 abc|def 和 12.34'
    """

    def split(run: re.Match[str]) -> str:
        word = run.group()
        step = 2 * longest if _FIGURES.fullmatch(word) else longest
        return ZERO_WIDTH_SPACE.join(word[i : i + step] for i in range(0, len(word), step))

    return re.sub(f"{_UNBREAKABLE}{{{longest + 1},}}", split, text)


def chinese_numeral(number: int) -> str:
    """Write 1 to 99 as a heading counts, and what lies beyond in digits.

    >>> [chinese_numeral(n) for n in (1, 10, 11, 20, 99)]
    ['一', '十', '十一', '二十', '九十九']
    """
    if not 1 <= number <= 99:
        return str(number)
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十"
    return head + (_DIGITS[ones] if ones else "")


def chinese_date(date: datetime.date) -> str:
    """Write a date in Arabic figures without leading zeros, as 成文日期 demands.

    >>> chinese_date(datetime.date(2026, 3, 5))
    '2026年3月5日'
    """
    return f"{date.year}年{date.month}月{date.day}日"


def heading_numbers(levels: Sequence[int]) -> list[str]:
    """Number headings 一、（一）1.（1）; a higher level starts the lower ones again.

    >>> heading_numbers([1, 2, 2, 1, 2, 3, 4])
    ['一、', '（一）', '（二）', '二、', '（一）', '1.', '（1）']
    """
    counts, numbers = [0, 0, 0, 0], []
    for level in levels:
        counts[level - 1] += 1
        counts[level:] = [0] * (4 - level)
        n = counts[level - 1]
        numbers.append((f"{chinese_numeral(n)}、", f"（{chinese_numeral(n)}）", f"{n}.", f"（{n}）")[level - 1])
    return numbers


def title_lines(title: str, longest: int = TITLE_CHARACTERS) -> list[str]:
    """Break a title into lines of about equal length, by preference after a function word and never in a bracket mark.

    Parameters
    ----------
    title : the title; a newline in it is a break that its author chose, and then no other is made unless needed.
    longest : full-width characters on one line.

    Returns
    -------
    The lines; an empty title gives one empty line.

    Example
    -------
    >>> title_lines("关于2025年度清廉衡阳建设综合评价结果的通报")
    ['关于2025年度清廉衡阳', '建设综合评价结果的通报']
    >>> title_lines("甲\\n乙")
    ['甲', '乙']
    """
    lines: list[str] = []
    for part in title.split("\n"):
        part = part.strip()
        while _width(part) > longest:
            count = -(-_width(part) // longest)
            cut = _best_cut(part, _width(part) / count, longest)
            lines.append(part[:cut].strip())
            part = part[cut:].strip()
        lines.append(part)
    return [line for line in lines if line] or [""]


def _width(text: str) -> int:
    """Full-width characters that `text` takes; two Latin ones count as one."""
    halves = sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)
    return -(-halves // 2)


def _best_cut(text: str, ideal: float, longest: int) -> int:
    candidates = [i for i in range(1, len(text)) if _width(text[:i]) <= longest]
    return min(candidates or [1], key=lambda i: abs(_width(text[:i]) - ideal) + _cut_cost(text, i))


def _cut_cost(text: str, cut: int) -> float:
    before, after = text[cut - 1], text[cut]
    if after in _NOT_AT_LINE_START or before in _NOT_AT_LINE_END:
        return 100.0
    if before.isascii() and after.isascii():
        return 50.0
    inside_quotes = text[:cut].count("《") > text[:cut].count("》") or text[:cut].count("“") > text[:cut].count("”")
    number_and_unit = before.isdigit()
    return 6.0 * inside_quotes + 8.0 * number_and_unit - 2.5 * (before in _GOOD_LINE_END)
