"""What was found in a series, in sentences for an office: since when, from what level to which, and how sure."""

from __future__ import annotations

from collections.abc import Sequence

from lianheng.engine.redflags.series.detect import Change, Judged
from lianheng.engine.redflags.series.silence import Silence

RESULTS = {"change": "有变化", "silence": "静默", "clear": "无变化", "cannot_tell": "不能判断"}
SEASONS = {"adjusted": "已扣除季节", "none": "两年以上未见季节", "untold": "不足两年，季节不能判断"}
KINDS = {"drop": "下降", "rise": "上升", "silence": "静默"}
WARNING = (
    "以上只是件数在统计上不同于以前，不是对任何单位或个人的结论；原因可能是政策、机构、口径变化或漏报，须经人工核查。"
)
_SEASON_SAID = {
    "adjusted": "已扣除季节影响",
    "none": "两年以上的数据没有看出季节影响",
    "untold": "数据不足两年，也可能是季节变化",
}


def sentences(judged: Judged) -> list[str]:
    """One sentence a change or silence, or why it cannot be told; nothing for a series without change.

    A fall to zero that is a silence is told once, as silence: nobody may be reporting.

    Example
    -------
    >>> change = Change("2023-05", 18.12, 6.14, -11.98, 0.34, 0.001)
    >>> print(sentences(Judged("乙镇", "change", "", "2022-01", "2024-06", 30, 376, 12.5, "none", (change,), ()))[0])
    乙镇：2023年5月起月均由18.1件降到6.1件（为原来的34%）；如果水平并没有变，只凭偶然出现这样大的变化，可能性不超过千分之一；两年以上的数据没有看出季节影响。
    """
    if judged.result == "cannot_tell":
        return [f"{judged.unit}：不能判断，{judged.reason}。"]
    told = [
        (change.month, f"{_change(change)}；{_SEASON_SAID[judged.season]}")
        for change in judged.changes
        if not any(_same(change, silence) for silence in judged.silences)
    ]
    told += [(silence.month, _silence(silence)) for silence in judged.silences]
    return [f"{judged.unit}：{text}。" for _, text in sorted(told)]


def summary(judged: Sequence[Judged]) -> str:
    """How many units of each kind; a unit with a change and a silence counts as changed, and the silent are told."""
    counts = [(name, sum(one.result == key for one in judged)) for key, name in RESULTS.items()]
    both = sum(one.result == "change" and bool(one.silences) for one in judged)
    told = "，".join(f"{name}{count}个" for name, count in counts)
    return f"{len(judged)}个单位：{told}" + (f"（有变化的中{both}个同时有静默）" if both else "") + "。"


def _change(change: Change) -> str:
    verb = "降到" if change.kind == "drop" else "升到"
    times = "" if change.ratio is None else f"（为原来的{_ratio(change.ratio)}）"
    return (
        f"{_month(change.month)}起月均由{change.before:.1f}件{verb}{change.after:.1f}件{times}；"
        f"如果水平并没有变，只凭偶然出现这样大的变化，可能性{chance(change.p)}"
    )


def _silence(silence: Silence) -> str:
    lasts = "，至今没有恢复" if silence.ongoing else ""
    return (
        f"{_month(silence.month)}起连续{silence.months}个月为0件{lasts}，此前月均{silence.expected:.1f}件；"
        f"如果水平并没有变，只凭偶然连续为0，可能性{chance(silence.p)}；先核实是否漏报"
    )


def _same(change: Change, silence: Silence) -> bool:
    return change.after == 0 and silence.ongoing and change.month == silence.month


def chance(p: float) -> str:
    """A p in words.

    Example
    -------
    >>> [chance(p) for p in (8e-19, 0.001, 0.0023, 0.0094)]
    ['不到万分之一', '不超过千分之一', '约0.2%', '约0.9%']
    """
    if p < 0.0001:
        return "不到万分之一"
    return "不超过千分之一" if p <= 0.001 else f"约{p:.1%}"


def _ratio(ratio: float) -> str:
    return f"{ratio:.0%}" if ratio < 1 else f"{ratio:.1f}倍"


def _month(month: str) -> str:
    year, number = month.split("-")
    return f"{year}年{int(number)}月"
