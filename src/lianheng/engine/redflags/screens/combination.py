"""Two screens together: bids lie close (low CV) while the lowest stands apart from the losers (high RD).

The pair is that of Imhof, Karagök and Rutz (2018): a variance screen and a cover-bidding screen that strengthen each
other. It was fixed before any figure of a combination was computed, weighs both the same and has nothing that is
fitted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from lianheng.engine.redflags.screens.definitions import FEWEST, TenderScreens
from lianheng.engine.redflags.screens.worth import double_midranks


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on a tender is put forward; both numbers are ours (draft)."""

    cv: float = 0.06
    rd: float = 1.0


@dataclass(frozen=True, slots=True)
class Judged:
    """A tender with its screens; `score` is the mean of two percentile ranks, from 0 to 1."""

    screens: TenderScreens
    score: Fraction | None
    result: str
    reason: str | None
    explanation: str


def judge_tenders(tenders: Sequence[TenderScreens], limits: Limits = Limits()) -> list[Judged]:
    """Rank tenders among each other, and say of each what its bids look like.

    Parameters
    ----------
    tenders : their screens; the score of one depends on all.
    limits : where a tender becomes a flag.

    Returns
    -------
    One row a tender in the order given: `flag` (reason `close_and_apart` or `identical`), `clear`, or `cannot_tell`
    (`few_bids`). Without a tender: an empty list.

    References
    ----------
    Imhof, Karagök and Rutz (2018), Journal of Competition Law & Economics 14, 235–261.

    Example
    -------
    >>> from lianheng.engine.redflags.screens import screen_tender
    >>> rigged, honest = screen_tender("A", [100, 104, 105, 106]), screen_tender("B", [100, 104, 120, 150])
    >>> [(row.screens.tender, float(row.score), row.result) for row in judge_tenders([rigged, honest])]
    [('A', 0.75, 'flag'), ('B', 0.25, 'clear')]
    """
    ranked = [place for place, one in enumerate(tenders) if one.cv is not None and one.rd is not None]
    close = _percentiles([-(tenders[place].cv or 0.0) for place in ranked])
    apart = _percentiles([tenders[place].rd or 0.0 for place in ranked])
    scores = {place: (a + b) / 2 for place, a, b in zip(ranked, close, apart, strict=True)}
    return [_judge(one, scores.get(place), limits) for place, one in enumerate(tenders)]


def _percentiles(values: Sequence[float]) -> list[Fraction]:
    """The share of tenders below each, those that are equal (itself too) counting half."""
    return [Fraction(rank - 1, 2 * len(values)) for rank in double_midranks(values)]


def _judge(one: TenderScreens, score: Fraction | None, limits: Limits) -> Judged:
    if one.cv is None:
        text = f"标段{one.tender}只有{one.bids}家有效报价，少于{FEWEST}家，不能判断。"
        return Judged(one, None, "cannot_tell", "few_bids", text)
    if one.identical:
        text = f"标段{one.tender}的{one.bids}家报价完全相同，请核对是否各自独立报价。"
        return Judged(one, None, "flag", "identical", text)
    told = _told(one, limits)
    if one.cv <= limits.cv and one.rd is not None and one.rd >= limits.rd:
        text = f"{told}报价集中而最低价与其余报价拉开，与陪标的报价形态相似；只是统计提示，请结合其他迹象核对。"
        return Judged(one, score, "flag", "close_and_apart", text)
    return Judged(one, score, "clear", None, f"{told}未同时达到两个界限。")


def _told(one: TenderScreens, limits: Limits) -> str:
    distance = "无法计算" if one.rd is None else "无穷大（其余报价相同）" if one.rd == float("inf") else f"{one.rd:.2f}"
    return (
        f"标段{one.tender}共{one.bids}家报价，变异系数{one.cv or 0:.4f}（界限：不高于{limits.cv:g}），"
        f"最低两家相差{one.diffp or 0:.2%}，相对距离{distance}（界限：不低于{limits.rd:g}）；"
    )
