"""The steps of a score in sentences: list, mix, deductions, bonus, clamp, rounded, grade, quota, veto."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from lianheng.engine.scoring.inputs import UnitInput, number
from lianheng.engine.scoring.ranking import Placing
from lianheng.engine.scoring.result import Score, Step
from lianheng.engine.scoring.scheme import Scheme
from lianheng.engine.scoring.sentences import equals, line_sentence, number_text, sum_sentence, weighted
from lianheng.engine.scoring.sheet import plain

_TITLES = {
    "list": "清单得分",
    "mix": "合成季度监测",
    "deductions": "扣分",
    "bonus": "加分",
    "clamp": "限于 0—100",
    "rounded": "保留两位小数",
    "grade": "按分数线定等次",
    "quota": "优秀比例",
    "veto": "一票否决",
}


@dataclass(frozen=True, slots=True)
class ExplainedStep:
    """One step: its name, Chinese title, result as text, exact value where it is a number, and the sentence."""

    name: str
    title: str
    result: str
    exact: str | None
    sentence: str

    def to_dict(self) -> dict[str, Any]:
        """The step as JSON-ready data."""
        return {
            "name": self.name,
            "title": self.title,
            "result": self.result,
            "exact": self.exact,
            "sentence": self.sentence,
        }


def explain_steps(scheme: Scheme, unit: UnitInput, score: Score, placing: Placing | None) -> tuple[ExplainedStep, ...]:
    """Every step from the list to the grade, in order; empty for a unit without a score."""
    if score.final is None:
        return ()
    texts = {
        "list": _list_sentence(scheme, score),
        "mix": _mix_sentence(scheme, unit, score),
        "deductions": "；".join(line_sentence(line) for line in score.deductions) or "没有扣分",
        "bonus": "；".join(line_sentence(line) for line in score.bonus) or "没有加分",
        "clamp": "得分不低于 0，不高于 100",
        "rounded": "四舍五入保留两位小数",
    }
    steps = [_number_step(step, texts[step.name]) for step in score.steps]
    lines = "，".join(f"{grade.name} {plain(grade.at_least)} 分起" for grade in scheme.grades)
    steps.append(_grade_step("grade", score.threshold_grade, f"{score.final} 分：{lines}"))
    if placing is not None:
        steps.append(_grade_step("quota", placing.quota_grade, _quota_sentence(scheme, placing)))
    final = score.grade if placing is None else placing.grade
    steps.append(_grade_step("veto", final, _veto_sentence(score)))
    return tuple(steps)


def _number_step(step: Step, sentence: str) -> ExplainedStep:
    return ExplainedStep(step.name, _TITLES[step.name], str(step.rounded), str(step.exact), sentence)


def _grade_step(name: str, grade: str | None, sentence: str) -> ExplainedStep:
    return ExplainedStep(name, _TITLES[name], grade or "", None, sentence)


def _list_sentence(scheme: Scheme, score: Score) -> str:
    earned = {category.code: category.earned for category in score.categories}
    rows = [(f"{top.code} {top.name}", top.points, earned[top.code]) for top in scheme.categories]
    return sum_sentence(scheme.points, rows)


def _mix_sentence(scheme: Scheme, unit: UnitInput, score: Score) -> str:
    if scheme.daily is None:
        return "本方案不合成季度监测"
    if not unit.quarters:
        return "没有季度监测得分，只计年终得分"
    quarters = [number(quarter) for quarter in unit.quarters]
    mean = sum(quarters, Fraction(0)) / len(quarters)
    total = Fraction(scheme.daily.yearly) * (score.list_total or 0) + Fraction(scheme.daily.quarterly) * mean
    yearly, quarterly = Fraction(scheme.daily.yearly), Fraction(scheme.daily.quarterly)
    shown = weighted([(yearly, score.list_total or Fraction(0)), (quarterly, mean)])
    return (
        f"{plain(scheme.daily.yearly)} × 年终 {shown[0]} + "
        f"{plain(scheme.daily.quarterly)} × 季度平均 {shown[1]}"
        f"（{'、'.join(number_text(quarter) for quarter in quarters)}）{equals(total)}"
    )


def _quota_sentence(scheme: Scheme, placing: Placing) -> str:
    if scheme.excellent_share is None:
        return "本方案不限定优秀比例"
    share = f"{number_text(Fraction(scheme.excellent_share) * 100)}%"
    if placing.quota_grade != placing.threshold_grade:
        return f"同类单位优秀不超过 {share}（至少 1 个），线上同分的一并不列入，改为{placing.quota_grade}"
    return f"同类单位优秀不超过 {share}（至少 1 个），等次不变"


def _veto_sentence(score: Score) -> str:
    if not score.vetoes:
        return "没有一票否决情形"
    reasons = []
    for veto in score.vetoes:
        because = f"事件 {'、'.join(veto.events)}" if veto.events else "标准清单得分低于规定"
        reasons.append(f"{veto.code} {veto.name}（{because}）：等次最高为{veto.cap}")
    return "；".join(reasons)
