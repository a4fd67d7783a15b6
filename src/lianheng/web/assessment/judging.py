"""Where points that people gave come from: two assessors and how they were settled, or an upheld objection."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from lianheng.engine.scoring.explain import Explanation, Node
from lianheng.engine.scoring.moderation import Moderation
from lianheng.engine.scoring.result import rounded
from lianheng.engine.scoring.scheme import Scheme
from lianheng.engine.scoring.score import score_unit
from lianheng.engine.scoring.year import input_from
from lianheng.web.assessment.models import ItemScore, Result
from lianheng.web.assessment.queries import GivenObjection, objections_on, scores_on
from lianheng.web.assessment.services.scoring import settle_scores
from lianheng.web.shell.for_templates import Shown


@dataclass(frozen=True)
class Score(Shown):
    """What one assessor gave and why; `who` only for those who may know it."""

    points: str
    reason: str
    third: bool
    who: str = ""


@dataclass(frozen=True)
class Judged(Shown):
    """Why an item has the points that people gave it."""

    sentence: str
    scores: tuple[Score, ...] = ()
    # The objection that set the points, and whether this reader may open it.
    objection: GivenObjection | None = None
    before: str = ""
    # A third person decided.
    moderated: bool = False


def judged_items(result: Result, scheme: Scheme, *, names: bool) -> dict[str, Judged]:
    """Return item → why it has its points, for every item whose points are not the computed ones.

    What the result's query brought is used: scores of the sheet's seats, objections of all its results. Scores that a
    later correction changed do not explain an earlier run and are left out.
    """
    counted = input_from(result.inputs).judged
    given, people = _given(result)
    settled = settle_scores(scheme, given)
    decisive = _decisive(result)
    found = {}
    for code, points in counted.items():
        value, outcome = Decimal(str(points)), settled.get(code)
        scores = tuple(_scores(code, given, outcome, people if names else {})) if outcome else ()
        objection = decisive.get(code)
        if objection is not None and objection.points == value:
            found[code] = _by_objection(objection, code, scheme, value, outcome, scores)
        elif outcome is not None and outcome.points == value:
            found[code] = Judged(_settled(outcome, scores), scores, moderated=outcome.kind == "third")
        else:
            found[code] = Judged(f"考评人员评定 {_points(value)} 分")
    return found


def in_words(explanation: Explanation, judged: dict[str, Judged], ending: str = "") -> Explanation:
    """Return the explanation with the sentence of each judged item; `ending` follows those that an objection set."""

    def told(node: Node) -> Node:
        if node.kind != "item":
            return replace(node, children=tuple(told(child) for child in node.children))
        why = judged.get(node.code) if node.basis == "judged" else None
        if why is None:
            return node
        return replace(node, sentence=why.sentence + (ending if why.objection else ""))

    return replace(explanation, categories=tuple(told(node) for node in explanation.categories))


def _given(result: Result) -> tuple[dict[int, dict[str, ItemScore]], dict[int, str]]:
    given: dict[int, dict[str, ItemScore]] = {}
    people: dict[int, str] = {}
    for number, name, row in scores_on(result):
        given.setdefault(number, {})[row.item] = row
        people[number] = name
    return given, people


def _decisive(result: Result) -> dict[str, GivenObjection]:
    """Return item → the objection that counts in this run: the last one upheld before it was computed."""
    rows = [row for row in objections_on(result) if row.points is not None and row.answered_at is not None]
    rows = [row for row in rows if row.answered_at <= result.run.computed_at]  # type: ignore[operator]
    return {row.item: row for row in sorted(rows, key=lambda row: row.answered_at)}  # type: ignore[arg-type,return-value]


def _by_objection(
    objection: GivenObjection,
    code: str,
    scheme: Scheme,
    value: Decimal,
    outcome: Moderation | None,
    scores: tuple[Score, ...],
) -> Judged:
    """Tell what the item had in the result that was objected to, and how that had come about."""
    inputs = objection.inputs
    old = score_unit(scheme, input_from(json.loads(inputs) if isinstance(inputs, str) else inputs))
    earned = next((item.earned for item in old.items if item.item.code == code), None)
    before = "不适用" if earned is None else f"{rounded(earned):.2f}"
    same = outcome is not None and outcome.points is not None and f"{outcome.points:.2f}" == before
    return Judged(
        f"异议采纳，由 {before} 改为 {_points(value)}",
        scores if same else (),
        objection,
        f"异议以前：{_settled(outcome, scores)}。" if same and outcome else "",
    )


def _scores(
    code: str, given: dict[int, dict[str, ItemScore]], outcome: Moderation, people: dict[int, str]
) -> Iterable[Score]:
    """Return the scores; without names in an order that betrays nobody."""
    numbers = [n for n in (1, 2, 3) if code in given.get(n, {}) and (n < 3 or outcome.kind == "third")]
    rows = [
        Score(_points(given[n][code].points), given[n][code].reason or "没有写理由", n == 3, people.get(n, ""))
        for n in numbers
    ]
    return rows if people else sorted(rows, key=lambda row: (row.third, Decimal(row.points), row.reason))


def _settled(outcome: Moderation, scores: tuple[Score, ...]) -> str:
    first, second = (score.points for score in scores if not score.third)
    if outcome.kind == "agreed":
        return f"两名考评人员都评 {first} 分"
    both = f"两名考评人员评 {first} 分和 {second} 分"
    if outcome.kind == "mean":
        return f"{both}，取平均 {_points(outcome.points)} 分"
    return f"{both}，相差超过条目分值的 20%，以第三人评的 {_points(outcome.points)} 分为准"


def _points(value: Any) -> str:
    """Two places as everywhere; a mean that needs a third keeps it."""
    return f"{value:.2f}" if value == round(value, 2) else f"{value.normalize():f}"
