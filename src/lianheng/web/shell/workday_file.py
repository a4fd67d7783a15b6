"""One year's arrangement of holidays and make-up workdays as YAML: read strictly, every mistake named at once.

year: 2027
source: 国务院办公厅关于2027年部分节假日安排的通知
holidays: [2027-01-01, 2027-01-02, 2027-01-03]
workdays: [2027-02-14]
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from lianheng.library.strict_yaml import YamlError, parse_yaml

MAX_BYTES = 64 * 1024
FIRST_YEAR, LAST_YEAR = 2000, 2100
KEYS = {"year", "source", "holidays", "workdays"}
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LISTS = {"holidays": "放假", "workdays": "调休上班"}


@dataclass(frozen=True)
class WorkdayYearFile:
    """What the file says; days off that fall on a weekend may be listed too."""

    year: int
    source: str
    holidays: tuple[dt.date, ...]
    workdays: tuple[dt.date, ...]


@dataclass(frozen=True)
class DayProblem:
    """One mistake, in the words of the page and of the command line."""

    chinese: str
    english: str


class WorkdayFileError(ValueError):
    """A file that cannot be used; `problems` names everything found."""

    def __init__(self, problems: list[DayProblem]) -> None:
        self.problems = problems
        super().__init__("\n".join(problem.english for problem in problems))

    @property
    def chinese(self) -> str:
        return "；".join(problem.chinese for problem in self.problems)


def parse(content: bytes) -> WorkdayYearFile:
    """Return the year that a file holds, or raise WorkdayFileError with everything that is wrong."""
    data = _mapping(content)
    problems: list[DayProblem] = []
    for key in sorted(data.keys() - KEYS):
        problems.append(
            DayProblem(
                f"不认识“{key[:40]}”这一项，只能有 year、source、holidays、workdays",
                f"unknown key '{key[:40]}': only year, source, holidays and workdays are read",
            )
        )
    year = _year(data.get("year"), problems)
    source = _source(data.get("source"), problems)
    days = {name: _days(name, data.get(name, []), year, problems) for name in LISTS}
    _check_together(days["holidays"], days["workdays"], problems)
    if problems or year is None:
        raise WorkdayFileError(problems)
    return WorkdayYearFile(year, source, tuple(sorted(days["holidays"])), tuple(sorted(days["workdays"])))


def _mapping(content: bytes) -> dict[str, Any]:
    if len(content) > MAX_BYTES:
        raise WorkdayFileError(
            [DayProblem("文件超过 64 KB，不像一年的放假安排", "larger than 64 KB: not one year's arrangement")]
        )
    try:
        data = parse_yaml(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise WorkdayFileError(
            [DayProblem("文件不是 UTF-8 文本，请另存为 UTF-8 的 .yaml", "not UTF-8 text: save it as UTF-8")]
        ) from error
    except YamlError as error:
        raise WorkdayFileError(
            [DayProblem(f"文件不是正确的 YAML{_spoken(error)}", f"not readable as YAML: {error}")]
        ) from error
    if not isinstance(data, dict):
        words = "文件要有 year、holidays、workdays 三项，各占一行开头", "write the keys year, holidays and workdays"
        raise WorkdayFileError([DayProblem(*words)])
    return data


def _spoken(error: YamlError) -> str:
    """Say in Chinese where the reader stopped and why, as far as it is known."""
    text = str(error)
    line = re.match(r"line (\d+)", text)
    known = {"stands twice": "同一项写了两次", "aliases": "不能用 & 和 * 引用"}
    reason = next((words for part, words in known.items() if part in text), "请核对格式")
    return (f"，第 {line[1]} 行附近" if line else "") + f"，{reason}"


def _year(value: Any, problems: list[DayProblem]) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool) and FIRST_YEAR <= value <= LAST_YEAR:
        return value
    problems.append(
        DayProblem("要写明年份，例如 year: 2027", f"year: write one year from {FIRST_YEAR} to {LAST_YEAR}, e.g. 2027")
    )
    return None


def _source(value: Any, problems: list[DayProblem]) -> str:
    if isinstance(value, str) and 0 < len(value.strip()) <= 120 and value.strip().isprintable():
        return value.strip()
    problems.append(
        DayProblem(
            "要写明依据（source），例如国务院办公厅的通知，最多 120 个字",
            "source: name the notice that the arrangement follows, at most 120 characters",
        )
    )
    return ""


def _days(name: str, value: Any, year: int | None, problems: list[DayProblem]) -> list[dt.date]:
    label = LISTS[name]
    if not isinstance(value, list) or (name == "holidays" and not value):
        words = f"“{label}”（{name}）要是日期的列表，一行一个", f"{name}: write a list of days"
        problems.append(DayProblem(*words))
        return []
    found: list[dt.date] = []
    for entry in value:
        day = _day(entry)
        if day is None:
            words = f"“{label}”里的“{str(entry)[:20]}”不是日期，要写成 2027-01-01", "not a day, write 2027-01-01"
            problems.append(DayProblem(words[0], f"{name}: '{str(entry)[:20]}' is {words[1]}"))
        elif year is not None and day.year != year:
            problems.append(
                DayProblem(f"“{label}”里的 {day} 不在 {year} 年", f"{name}: {day} lies outside the year {year}")
            )
        elif day in found:
            problems.append(DayProblem(f"“{label}”里的 {day} 写了两次", f"{name}: {day} stands twice"))
        else:
            found.append(day)
    return found


def _day(entry: Any) -> dt.date | None:
    if not isinstance(entry, str) or not DAY.fullmatch(entry):
        return None
    try:
        return dt.date.fromisoformat(entry)
    except ValueError:
        return None


def _check_together(holidays: list[dt.date], workdays: list[dt.date], problems: list[DayProblem]) -> None:
    for day in workdays:
        if day in holidays:
            problems.append(
                DayProblem(
                    f"{day} 又放假又调休上班，请删去一处", f"{day} is both a holiday and a make-up workday: drop one"
                )
            )
        elif day.weekday() < 5:
            problems.append(
                DayProblem(
                    f"调休上班的 {day} 不是周末，本来就上班，请核对日期",
                    f"workdays: {day} is no weekend day and worked anyway: check the date",
                )
            )
