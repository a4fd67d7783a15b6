"""The official notice and a unit's result sheet, as values that the letters engine draws."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import zip_longest

from lianheng.engine.letters import Align, Annex, Block, Heading, OfficialDocument, Paragraph, Table
from lianheng.engine.scoring.explain import Explanation, Node
from lianheng.engine.scoring.result import rounded
from lianheng.web.assessment.groups import group_name
from lianheng.web.assessment.models import Result, ResultRun, Round
from lianheng.web.assessment.standing import in_full, standing
from lianheng.web.shell.marking import mark_of_data
from lianheng.web.units.models import CityProfile

# Parts are shown with two places and added up as they are.
ROUNDING = "各类、各条目的得分显示两位小数，合计按没有舍入的数计算，所以显示的数相加可能差 0.01 至 0.02 分。"
# A table of more rows than about a page holds has two of them side by side.
LONGEST_SINGLE = 24
PRAISED, INTERVIEWED = "表扬单位名单", "约谈单位名单"
POOR_SENTENCE = "等级为较差的单位，由有管理权限的党组织依规处理。"
Groups = dict[str, list[Result]]


def marking() -> str | None:
    """Return what every page of a document says of its data: a demonstration, a trial, or nothing."""
    mark = mark_of_data()
    return mark.document if mark else None


def notice_document(
    *, round_: Round, run: ResultRun, results: Sequence[Result], number: str, profile: CityProfile, date: dt.date
) -> OfficialDocument:
    """Compose the 通报 of a round: results by class, who is praised and interviewed; units only, never persons."""
    by_group: Groups = {}
    for result in results:
        by_group.setdefault(result.group, []).append(result)
    annexes = _annexes(by_group)
    return OfficialDocument(
        kind="通报",
        agency=f"{profile.office_name}文件",
        number=number,
        title=f"关于{round_.name}结果的通报",
        addressee="各县（市、区）清廉建设工作专班，市直各单位",
        body=_body(round_, results, by_group, [annex.title for annex in annexes]),
        annexes=annexes,
        signer_agency=profile.office_name,
        date=date,
        printed_by=profile.office_name,
        print_date=date,
        marking=marking(),
    )


def _annexes(by_group: Groups) -> tuple[Annex, ...]:
    """Return who is praised, who is interviewed, then each class: names stand in tables, never in the text."""
    lists = [(title, _list_of(by_group, mark)) for title, mark in ((PRAISED, "praised"), (INTERVIEWED, "interviewed"))]
    named = [Annex(title, _listings(listed)) for title, listed in lists if listed]
    return (*named, *(Annex(_ranking_title(group), (_ranking(rows),)) for group, rows in by_group.items()))


def _ranking_title(group: str) -> str:
    name = group_name(group)
    return f"{name}结果" if name.endswith("考评") else f"{name}考评结果"


def _list_of(by_group: Groups, mark: str) -> Groups:
    marked = {group: [row for row in rows if getattr(row, mark)] for group, rows in by_group.items()}
    return {group: rows for group, rows in marked.items() if rows}


def _see(annexes: Sequence[str], title: str) -> str:
    """Refer to an annex by the number that it has."""
    return f"附件{annexes.index(title) + 1}" if len(annexes) > 1 else "附件"


def _body(round_: Round, results: Sequence[Result], by_group: Groups, annexes: Sequence[str]) -> tuple[Block, ...]:
    scored = [row for row in results if row.score is not None]
    blocks: list[Block] = [
        Paragraph(
            f"根据{round_.year}年度清廉建设考评方案，市清廉建设工作专班组织完成了年度考评。"
            f"经单位自评、两名考评人员独立打分、分差复核、公示和异议答复，"
            f"现将{len(by_group)}个组、{len(scored)}份考评结果通报如下。"
        ),
        Heading(1, "总体情况"),
    ]
    for group, rows in by_group.items():
        blocks.append(Paragraph(f"{_group_sentence(group, rows)}（{_see(annexes, _ranking_title(group))}）。"))
    for title, mark, word in ((PRAISED, "praised", "表扬"), (INTERVIEWED, "interviewed", "约谈")):
        blocks += [Heading(1, f"{word}单位"), Paragraph(_counts(by_group, mark, word, annexes, title))]
    poor = POOR_SENTENCE if any(row.grade == "较差" for row in results) else ""
    blocks += [
        Heading(1, "有关要求"),
        Paragraph(
            "各单位要对照逐项得分查找差距，制定改进措施。得分的规则、输入和计算过程在“廉衡”中逐分可查，"
            f"数据包可以独立复算。{poor}"
        ),
    ]
    return tuple(blocks)


def _group_sentence(group: str, rows: Sequence[Result]) -> str:
    scores = [row.score for row in rows if row.score is not None]
    if not scores:
        return f"{group_name(group)}组没有可以公布的得分"
    grades = "、".join(
        f"{grade}{count}个"
        for grade in ("优秀", "良好", "合格", "较差")
        if (count := sum(row.grade == grade for row in rows))
    )
    return f"{group_name(group)}组共{len(scores)}个，最高{max(scores)}分，最低{min(scores)}分；{grades}"


def _counts(by_group: Groups, mark: str, word: str, annexes: Sequence[str], title: str) -> str:
    """Say how many of each class are on a list and where their names are."""
    counts = [
        (group_name(group), sum(getattr(row, mark) for row in rows), rows[0].group_size)
        for group, rows in by_group.items()
    ]
    total = sum(count for _, count, _ in counts)
    if not total:
        return f"本年度没有列入{word}的单位。"
    # Who is first of one reads as such: the size of the class stands beside each count.
    by_class = "、".join(f"{name}{count}个（全组{size}个）" for name, count, size in counts if count)
    return f"本年度列入{word}的单位共{total}个，其中{by_class}。名单见{_see(annexes, title)}。"


def _listings(listed: Groups) -> tuple[Table, ...]:
    """Return one table where it fits a page, else one for each class."""
    lines = [(_sized(row), row.name, _points(row.score)) for rows in listed.values() for row in rows]
    if len(lines) > LONGEST_SINGLE:
        return tuple(_listing(group, rows) for group, rows in listed.items())
    align: tuple[Align, ...] = ("left", "left", "right")
    header = ("可比组", "单位", "得分")
    return (Table(header=header, rows=tuple(lines), widths=(2.2, 4, 1), align=align),)


def _sized(row: Result) -> str:
    return f"{group_name(row.group)}（{row.group_size}个）"


def _listing(group: str, rows: Sequence[Result]) -> Table:
    lines = [(str(row.place or "—"), row.name, _points(row.score)) for row in rows]
    table = _in_halves(("名次", "单位", "得分"), lines, (26, 159, 36), ("center", "left", "right"))
    return replace(table, caption=f"{_sized(rows[0])}，列入{len(rows)}个")


def _ranking(rows: Sequence[Result]) -> Table:
    lines = [(str(row.place or "—"), row.name, _points(row.score), row.grade or "—") for row in rows]
    return _in_halves(("名次", "单位", "得分", "等级"), lines, (26, 135, 36, 24), ("center", "left", "right", "center"))


def _in_halves(
    header: tuple[str, ...], lines: Sequence[tuple[str, ...]], widths: tuple[float, ...], align: tuple[Align, ...]
) -> Table:
    """Return a table; a long one has two of its rows side by side, read from left to right, which halves its pages."""
    if len(lines) <= LONGEST_SINGLE:
        return Table(header=header, rows=tuple(lines), widths=widths, align=align)
    blank = ("",) * len(header)
    pairs = zip_longest(lines[::2], lines[1::2], fillvalue=blank)
    return Table(
        header=header * 2,
        rows=tuple(left + right for left, right in pairs),
        widths=widths * 2,
        align=align * 2,
        dense=True,
    )


def _points(value: object) -> str:
    return "—" if value is None else f"{value:.2f}"


def result_document(*, result: Result, explanation: Explanation, date: dt.date) -> OfficialDocument:
    """Compose one unit's result sheet: the receipt of the sum, then each item and why it has its points.

    Each sheet says of which run it is and how that stands; a superseded one also at the head of every page.
    """
    stands, run = standing(result), f"第 {result.run.number} 次计算"
    marks = [marking(), f"{run}的结果，已被取代，不再有效" if stands.superseded else None]
    facts = Table(
        header=("项目", "结果", "说明"),
        rows=(
            ("状态", stands.words.split("，")[0], stands.words),
            ("计算", f"第 {result.run.number} 次", f"{in_full(date)}计算"),
            ("可比组", group_name(result.group), ""),
            ("名次", f"{result.place} / {result.group_size}" if result.place else "不列名次", "同分同名次"),
            *((step.title, step.result, step.sentence) for step in explanation.steps),
        ),
        widths=(1.3, 1.2, 3.6),
    )
    items = Table(
        header=("条目", "满分", "得分", "怎么来的"),
        rows=tuple(
            (f"{node.code} {node.name}", f"{node.points:f}", _earned(node), node.sentence)
            for node in item_nodes(explanation.categories)
        ),
        widths=(2.2, 0.7, 0.9, 4),
        align=("left", "right", "right", "left"),
    )
    return OfficialDocument(
        kind="结果单",
        title=f"{result.name}\n{result.year}年度考评结果单",
        body=(facts, Paragraph(ROUNDING), Heading(1, "逐项得分"), items),
        date=date,
        marking="；".join(mark for mark in marks if mark) or None,
    )


def item_nodes(nodes: Iterable[Node]) -> list[Node]:
    """Return the items of an explanation in order, whatever the depth of its categories."""
    found: list[Node] = []
    for node in nodes:
        found += [node] if node.kind == "item" else item_nodes(node.children)
    return found


def _earned(node: Node) -> str:
    return "不适用" if node.earned is None else f"{rounded(node.earned):.2f}"
