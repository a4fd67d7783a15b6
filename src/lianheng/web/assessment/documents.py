"""The official notice and a unit's result sheet, as values that the letters engine draws."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.conf import settings

from lianheng.engine.letters import Annex, Block, Heading, OfficialDocument, Paragraph, Table
from lianheng.engine.scoring.explain import Explanation, Node
from lianheng.engine.scoring.result import rounded
from lianheng.web.assessment.groups import group_name
from lianheng.web.assessment.models import Result, ResultRun, Round
from lianheng.web.units.models import CityProfile

# Parts are shown with two places and added up as they are.
ROUNDING = "各类、各条目的得分显示两位小数，合计按没有舍入的数计算，所以显示的数相加可能差 0.01 至 0.02 分。"
DEMO_MARK = "演示数据，不是真实评价"


def marking() -> str | None:
    """Return the mark that every page of a demonstration's document carries."""
    return DEMO_MARK if settings.MODE == "demo" else None


def notice_document(
    *, round_: Round, run: ResultRun, results: Sequence[Result], number: str, profile: CityProfile, date: dt.date
) -> OfficialDocument:
    """Compose the 通报 of a round: results by class, who is praised and interviewed; units only, never persons."""
    by_group: dict[str, list[Result]] = {}
    for result in results:
        by_group.setdefault(result.group, []).append(result)
    return OfficialDocument(
        kind="通报",
        agency=f"{profile.office_name}文件",
        number=number,
        title=f"关于{round_.name}结果的通报",
        addressee="各县（市、区）清廉建设工作专班，市直各单位",
        body=_body(round_, results, by_group),
        annexes=tuple(Annex(f"{group_name(group)}考评结果", (_ranking(rows),)) for group, rows in by_group.items()),
        signer_agency=profile.office_name,
        date=date,
        printed_by=profile.office_name,
        print_date=date,
        marking=marking(),
    )


def _body(round_: Round, results: Sequence[Result], by_group: dict[str, list[Result]]) -> tuple[Block, ...]:
    scored = [row for row in results if row.score is not None]
    blocks: list[Block] = [
        Paragraph(
            f"根据{round_.year}年度清廉建设考评方案，市清廉建设工作专班组织完成了年度考评。"
            f"经单位自评、两名考评人员独立打分、分差复核、公示和异议答复，"
            f"现将{len(by_group)}个组、{len(scored)}份考评结果通报如下。"
        ),
        Heading(1, "总体情况"),
    ]
    blocks += [Paragraph(_group_sentence(group, rows)) for group, rows in by_group.items()]
    blocks += [Heading(1, "表扬单位"), Paragraph(_names(by_group, "praised", "本年度没有列入表扬的单位。"))]
    blocks += [Heading(1, "约谈单位"), Paragraph(_names(by_group, "interviewed", "本年度没有列入约谈的单位。"))]
    blocks += [
        Heading(1, "有关要求"),
        Paragraph(
            "各单位要对照逐项得分查找差距，制定改进措施。得分的规则、输入和计算过程在“廉衡”中逐分可查，"
            "数据包可以独立复算。等级为较差的单位，由有管理权限的党组织依规处理。"
        ),
    ]
    return tuple(blocks)


def _group_sentence(group: str, rows: Sequence[Result]) -> str:
    scores = [row.score for row in rows if row.score is not None]
    if not scores:
        return f"{group_name(group)}组没有可以公布的得分。"
    grades = "、".join(
        f"{grade}{count}个"
        for grade in ("优秀", "良好", "合格", "较差")
        if (count := sum(row.grade == grade for row in rows))
    )
    return f"{group_name(group)}组共{len(scores)}个，最高{max(scores)}分，最低{min(scores)}分；{grades}。"


def _names(by_group: dict[str, list[Result]], mark: str, otherwise: str) -> str:
    lines = []
    for group, rows in by_group.items():
        names = [row.name for row in rows if getattr(row, mark)]
        if names:
            lines.append(f"{group_name(group)}组：{'、'.join(names)}。")
    return "\n".join(lines) or otherwise


def _ranking(rows: Iterable[Result]) -> Table:
    return Table(
        header=("名次", "单位", "得分", "等级"),
        rows=tuple((str(row.place or "—"), row.name, _points(row.score), row.grade or "—") for row in rows),
        widths=(1, 4, 1.2, 1.2),
        align=("center", "left", "right", "center"),
    )


def _points(value: object) -> str:
    return "—" if value is None else f"{value:.2f}"


def result_document(*, result: Result, explanation: Explanation, date: dt.date) -> OfficialDocument:
    """Compose one unit's result sheet: the receipt of the sum, then each item and why it has its points."""
    facts = Table(
        header=("项目", "结果", "说明"),
        rows=(
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
        marking=marking(),
    )


def item_nodes(nodes: Iterable[Node]) -> list[Node]:
    """Return the items of an explanation in order, whatever the depth of its categories."""
    found: list[Node] = []
    for node in nodes:
        found += [node] if node.kind == "item" else item_nodes(node.children)
    return found


def _earned(node: Node) -> str:
    return "不适用" if node.earned is None else f"{rounded(node.earned):.2f}"
