"""Reads what stands around the items: negative rows, common rules, grades, daily share."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

from lianheng.engine.scoring.declared import Charge, Daily, Grade, Negative, VetoRule
from lianheng.engine.scoring.sheet import Sheet, exact_sum, plain

_FOUND = (("outside", "外部查处"), ("self", "自查自纠"), ("concealed", "隐瞒不报"))
_EFFECTS = ("veto", "deduction", "shown")


def read_grades(sheet: Sheet, rows: Any) -> tuple[Grade, ...]:
    """Grades from the best down: names unique, thresholds falling, the last from 0."""
    grades = []
    for n, row in enumerate(sheet.rows("grades", rows), 1):
        entry = sheet.mapping(f"grades[{n}]", row, ("name", "at_least"))
        grades.append(Grade(str(entry.get("name")), sheet.number(f"grades[{n}]", entry.get("at_least")) or Decimal(0)))
    if not grades:
        sheet.problem("grades", "没有等次")
        return ()
    if len({grade.name for grade in grades}) < len(grades):
        sheet.problem("grades", "等次名称重复")
    for above, below in pairwise(grades):
        if below.at_least >= above.at_least:
            detail = f"{above.name} {plain(above.at_least)}，{below.name} {plain(below.at_least)}"
            sheet.problem("grades", f"分数线应由高到低：{detail}")
    if grades[-1].at_least != 0:
        sheet.problem("grades", f"最低等次 {grades[-1].name} 的分数线应为 0，实为 {plain(grades[-1].at_least)}")
    if grades[0].at_least > 100:
        sheet.problem("grades", f"最高等次 {grades[0].name} 的分数线不应超过 100")
    return tuple(grades)


def read_negatives(sheet: Sheet, rows: Any, grades: tuple[Grade, ...]) -> tuple[Negative, ...]:
    """Negative rows with their effect."""
    return tuple(_negative(sheet, n, row, grades) for n, row in enumerate(sheet.rows("negatives", rows), 1))


def read_charges(sheet: Sheet, where: str, rows: Any) -> tuple[Charge, ...]:
    """Common deductions or bonus rules."""
    return tuple(_charge(sheet, f"{where}[{n}]", row) for n, row in enumerate(sheet.rows(where, rows), 1))


def read_vetoes(sheet: Sheet, rows: Any, grades: tuple[Grade, ...]) -> tuple[VetoRule, ...]:
    """Common vetoes."""
    vetoes = []
    for n, row in enumerate(sheet.rows("vetoes", rows), 1):
        entry = sheet.mapping(f"vetoes[{n}]", row, ("code", "cap"), ("when_list_score_below",))
        code = str(entry.get("code"))
        below = sheet.number(code, entry.get("when_list_score_below"))
        vetoes.append(VetoRule(code, str(entry.get("name") or code), str(entry.get("cap")), below))
        _check_cap(sheet, code, str(entry.get("cap")), grades)
    return tuple(vetoes)


def read_daily(sheet: Sheet, row: Any) -> Daily | None:
    """Shares of year-end and quarterly scores, which add up to 1; None where the scheme declares none."""
    if row is None:
        return None
    entry = sheet.mapping("daily", row, ("yearly", "quarterly"))
    yearly, quarterly = (sheet.share("daily", entry.get(key)) for key in ("yearly", "quarterly"))
    if yearly is None or quarterly is None:
        return None
    total = exact_sum([yearly, quarterly])
    if total != 1:
        sheet.problem("daily", f"年终与季度占比合计 {plain(total)}，应为 1")
    return Daily(yearly, quarterly)


def _negative(sheet: Sheet, n: int, row: Any, grades: tuple[Grade, ...]) -> Negative:
    entry = sheet.mapping(f"negatives[{n}]", row, ("code", "name", "effect"), ("cap", "points", "item"))
    code, name, effect = (str(entry.get(key) or "") for key in ("code", "name", "effect"))
    if effect and effect not in _EFFECTS:
        sheet.problem(code, f"不认识的负面情形效果 {effect}（可用 {'、'.join(_EFFECTS)}）")
    if effect == "veto":
        _check_cap(sheet, code, str(entry.get("cap")), grades)
        return Negative(code, name, effect, grade_cap=str(entry.get("cap")))
    if effect == "deduction":
        points = sheet.number(code, entry.get("points"), above_zero=True)
        if entry.get("points") is None:
            sheet.problem(code, "扣分情形缺少 points")
        return Negative(code, name, effect, points=points or Decimal(0), cap=sheet.number(code, entry.get("cap")))
    return Negative(code, name, effect)


def _check_cap(sheet: Sheet, where: str, cap: str, grades: tuple[Grade, ...]) -> None:
    names = [grade.name for grade in grades]
    if cap not in names:
        sheet.problem(where, f"封顶等次 {cap} 不在等次表中（{'、'.join(names)}）")
    elif cap == names[0]:
        sheet.problem(where, f"以最高等次 {cap} 封顶不起作用")


def _charge(sheet: Sheet, where: str, row: Any) -> Charge:
    found = [key for key, _ in _FOUND]
    entry = sheet.mapping(where, row, ("code",), (*found, "per_30_days", "points", "cap", "zeroes_item"))
    code = str(entry.get("code") or "")
    forms = [form for form in ("outside", "per_30_days", "points") if entry.get(form) is not None]
    if len(forms) != 1:
        sheet.problem(code or where, "应写且只写一种计法：outside/self/concealed、per_30_days 或 points")
    form = forms[0] if forms else "points"
    cap = sheet.number(code, entry.get("cap"))
    name = str(entry.get("name") or code)
    if form == "outside":
        terms = tuple((label, sheet.number(code, entry.get(key)) or Decimal(0)) for key, label in _FOUND)
        return Charge(code, name, terms, cap, "found")
    label = "每满 30 天" if form == "per_30_days" else "每次"
    terms = ((label, sheet.number(code, entry.get(form)) or Decimal(0)),)
    counts = "overdue" if form == "per_30_days" else "events"
    return Charge(code, name, terms, cap, counts, entry.get("zeroes_item") is True)
