"""百分制评分: from frozen inputs to scores.

Steps: items → categories → list → mix with quarterly snapshots → deductions → bonus → clamp 0–100 → ROUND_HALF_UP to
two places → grade by thresholds → (in the class: quota) → veto cap. Everything before the rounding is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import Any

from lianheng.engine.scoring import rules
from lianheng.engine.scoring.compiled import Compiled, Node, TroubleError, Values, compile_scheme
from lianheng.engine.scoring.declared import Item
from lianheng.engine.scoring.diagnosis import Missing, diagnose
from lianheng.engine.scoring.inputs import BadValueError, Event, UnitInput, is_missing, number
from lianheng.engine.scoring.ranking import Placing, rank
from lianheng.engine.scoring.result import Score, Steps, half_up, hundredths
from lianheng.engine.scoring.rules import RuleError, Share
from lianheng.engine.scoring.scheme import Scheme
from lianheng.engine.scoring.tally import Tally, Veto, tally

__all__ = ["Event", "Missing", "Placing", "Score", "UnitInput", "rank", "score_all", "score_unit"]

Troubles = tuple[list[Missing], list[str]]


def score_unit(scheme: Scheme, unit: UnitInput) -> Score:
    """Score one unit.

    Parameters
    ----------
    scheme : a checked scheme.
    unit : its inputs; see `UnitInput`.

    Returns
    -------
    The score with every step. A missing value, a contradiction or an unknown event gives `final` None and is named in
    `missing` or `errors`, all of them at once; a unit to which nothing applies has neither and state "no_score".

    Example
    -------
    >>> part = {"rule": "Q", "points": 100, "x": "done", "y": "due"}
    >>> item = {"code": "A1.1", "name": "办理", "points": 100, "parts": [part],
    ...         "variables": {"done": "办结", "due": "应办"}}
    >>> scheme = Scheme.from_dict({
    ...     "id": "example", "list": "A", "name": "例", "points": 100, "kind": "list",
    ...     "categories": [{"code": "A1", "name": "类", "points": 100, "items": [item]}],
    ...     "grades": [{"name": "优秀", "at_least": 90}, {"name": "合格", "at_least": 0}]})
    >>> score = score_unit(scheme, UnitInput("u1", {"form.a1_1.done": 2, "form.a1_1.due": 3}))
    >>> score.final, score.list_total, score.grade
    (Decimal('66.67'), Fraction(200, 3), '合格')
    """
    return _score(scheme, compile_scheme(scheme), unit)


def score_all(scheme: Scheme, units: Iterable[UnitInput]) -> list[Score]:
    """Score many units under one scheme, in their order; the same as `score_unit` for each, an empty list for none."""
    compiled = compile_scheme(scheme)
    return [_score(scheme, compiled, unit) for unit in units]


def _score(scheme: Scheme, compiled: Compiled, unit: UnitInput) -> Score:
    counts = tally(scheme, unit.events)
    troubles: Troubles = ([], list(counts.errors))
    computed = _computed(scheme, compiled, unit, counts, troubles)
    counted = computed
    if unit.judged or counts.zeroed:
        counted = _replaced(scheme, unit.judged, counts.zeroed, computed, troubles)
    if (scheme.daily and unit.quarters) or unit.list_score is not None:
        _check_scores(unit, troubles)
    if troubles[0] or troubles[1]:
        return _unscored(scheme, unit, counts, computed, counted, troubles)
    category_shares: list[Share | None] = []
    whole = _fold(compiled.root, compiled.weights, counted, category_shares)
    if whole is None:
        return _unscored(scheme, unit, counts, computed, counted, troubles)
    steps = _steps(scheme, unit, counts, (100 * whole[0], whole[1]))
    cents = half_up(*steps.clamp)
    vetoes = _vetoes(scheme, compiled, unit, counts, steps)
    best = next(place for place, line in enumerate(compiled.grade_cents) if cents >= line)
    worst = rules.v(best, [scheme.grade_rank(veto.cap) for veto in vetoes]) if vetoes else best
    return Score(
        scheme,
        unit.code,
        computed,
        counted,
        tuple(category_shares),
        unit.judged,
        counts,
        vetoes,
        (),
        (),
        steps,
        cents,
        hundredths(cents),
        scheme.grades[best].name,
        scheme.grades[worst].name,
    )


def _computed(
    scheme: Scheme, compiled: Compiled, unit: UnitInput, counts: Tally, troubles: Troubles
) -> tuple[Share | None, ...]:
    """The computed share of each item; what is wrong goes to `troubles` unless the item's points rest elsewhere."""
    values: Values = unit.values
    shares: list[Share | None] = []
    for place, (code, read) in enumerate(compiled.readers):
        try:
            shares.append(read(values))
        except (TroubleError, BadValueError, RuleError):
            shares.append(None)
            missing, errors = diagnose(scheme.items[place], values)
            troubles[1].extend(errors)
            if code not in counts.zeroed:
                troubles[0].extend(_blocking(scheme.items[place], missing, judged=code in unit.judged))
    return tuple(shares)


def _blocking(item: Item, missing: list[Missing], *, judged: bool) -> list[Missing]:
    """Once assessors judged the item, a grade or yes/no needs no value beside it: it is what they have judged."""
    if not judged:
        return missing
    return [gap for gap in missing if item.variable(gap.variable).kind not in ("grade", "yes_no")]


def _replaced(
    scheme: Scheme,
    judged: Mapping[str, Any],
    zeroed: frozenset[str],
    computed: tuple[Share | None, ...],
    troubles: Troubles,
) -> tuple[Share | None, ...]:
    """The counted shares: judged points in place of the computed ones, and nothing for an item with false data (D4)."""
    codes = {item.code for item in scheme.items}
    troubles[1].extend(f"评分条目 {code} 不在方案中" for code in judged if code not in codes)
    shares = list(computed)
    for place, item in enumerate(scheme.items):
        if item.code in judged:
            shares[place] = _judged_share(item, judged[item.code], troubles)
        if item.code in zeroed:
            shares[place] = rules.NOTHING
    return tuple(shares)


def _judged_share(item: Item, points: Any, troubles: Troubles) -> Share | None:
    if is_missing(points):
        troubles[1].append(f"{item.code} {item.name}：评分为空，请补评或撤回")
        return None
    try:
        share = number(points) / Fraction(item.points)
    except BadValueError as bad:
        troubles[1].append(f"{item.code} {item.name}：评分 {points} {bad}")
        return None
    if share > 1:
        troubles[1].append(f"{item.code} {item.name}：评分 {points} 超过该条目分值 {item.points}")
        return None
    return share.as_integer_ratio()


def _check_scores(unit: UnitInput, troubles: Troubles) -> None:
    """Quarterly scores and the list score are scores: 0 to 100."""
    named = [(f"第 {place} 个季度得分", score) for place, score in enumerate(unit.quarters, 1)]
    if unit.list_score is not None:
        named.append(("标准清单得分", unit.list_score))
    for name, score in named:
        try:
            if number(score) > 100:
                troubles[1].append(f"{name} {score} 超过 100")
        except BadValueError as bad:
            troubles[1].append(f"{name} {score} {bad}")
    if len(unit.quarters) > 4:
        troubles[1].append(f"季度得分有 {len(unit.quarters)} 个，一年至多 4 个")


def _fold(
    node: Node, weights: tuple[int, ...], shares: tuple[Share | None, ...], seen: list[Share | None]
) -> Share | None:
    """The share of a node; the shares of the categories below it are noted in `seen`, each before those inside it."""
    own, children, start, stop = node
    if not children:
        return rules.weighted(own, shares[start:stop])
    below: list[Share | None] = []
    for child in children:
        place = len(seen)
        seen.append(None)
        share = _fold(child, weights, shares, seen)
        seen[place] = share
        below.append(share)
    return rules.weighted(own, below)


def _steps(scheme: Scheme, unit: UnitInput, counts: Tally, total: Share) -> Steps:
    mixed = total
    if scheme.daily and unit.quarters:
        mean = sum((number(quarter) for quarter in unit.quarters), Fraction(0)) / len(unit.quarters)
        daily = scheme.daily
        mixed = (Fraction(daily.yearly) * Fraction(*total) + Fraction(daily.quarterly) * mean).as_integer_ratio()
    lowered = mixed
    if counts.deductions:
        lowered = (Fraction(*mixed) - sum(line.amount for line in counts.deductions)).as_integer_ratio()
    raised = lowered
    if counts.bonus:
        raised = (Fraction(*lowered) + sum(line.amount for line in counts.bonus)).as_integer_ratio()
    top, bottom = raised
    clamped = (0, 1) if top < 0 else (100, 1) if top > 100 * bottom else raised
    return Steps(total, mixed, lowered, raised, clamped)


def _vetoes(scheme: Scheme, compiled: Compiled, unit: UnitInput, counts: Tally, steps: Steps) -> tuple[Veto, ...]:
    """Vetoes by event, and those that the list score itself brings about (V2: the rounded list score, as shown)."""
    vetoes = counts.vetoes
    for row, below in compiled.low_scores:
        if scheme.kind == "list":
            low = half_up(*steps.list) < below
        else:
            low = unit.list_score is not None and number(unit.list_score) * 100 < below
        if low and not any(veto.code == row.code for veto in vetoes):
            vetoes = (*vetoes, Veto(row.code, row.name, row.grade_cap))
    return vetoes


def _unscored(
    scheme: Scheme,
    unit: UnitInput,
    counts: Tally,
    computed: tuple[Share | None, ...],
    counted: tuple[Share | None, ...],
    troubles: Troubles,
) -> Score:
    """A unit without a score: what can be computed is kept beside the reasons."""
    missing, errors = tuple(troubles[0]), tuple(troubles[1])
    nothing = (None,) * len(scheme.all_categories)
    return Score(
        scheme, unit.code, computed, counted, nothing, unit.judged, counts, counts.vetoes, missing, errors,
        None, None, None, None, None,
    )  # fmt: skip
