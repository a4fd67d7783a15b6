"""The notice keeps names out of its text: counts, and annexes in which each class has a table of its own."""

import datetime as dt
from decimal import Decimal

from lianheng.engine.letters import Annex, OfficialDocument, Paragraph, Table
from lianheng.web.assessment.documents import LONGEST_SINGLE, notice_document
from lianheng.web.assessment.models import Result, ResultRun, Round
from lianheng.web.units.models import CityProfile

DAY = dt.date(2026, 2, 9)


def _results(group: str, count: int, praised: int, interviewed: int = 0) -> list[Result]:
    return [
        Result(
            group=group,
            name=f"演示{group}第{n}单位",
            place=n,
            score=Decimal(100) - Decimal(n) / 10,
            grade="优秀" if n <= praised else "合格",
            praised=n <= praised,
            interviewed=n > count - interviewed,
            group_size=count,
        )
        for n in range(1, count + 1)
    ]


def _notice(*results: Result) -> OfficialDocument:
    round_ = Round(year=2025, name="2025年度清廉建设考评")
    profile = CityProfile(office_name="演示市清廉建设领导小组办公室", office_code="衡廉办")
    return notice_document(
        round_=round_, run=ResultRun(), results=results, number="衡廉办〔2026〕1号", profile=profile, date=DAY
    )


def _said(document: OfficialDocument) -> str:
    return "".join(block.text for block in document.body if isinstance(block, Paragraph))


def _tables(annex: Annex) -> list[Table]:
    return [block for block in annex.body if isinstance(block, Table)]


def _cells(annex: Annex) -> list[str]:
    return [cell for table in _tables(annex) for row in table.rows for cell in row]


def test_lists_are_annexes_and_the_text_counts_them() -> None:
    results = [*_results("C", 101, 30, 2), *_results("X", 20, 2), *_results("E-area-3", 3, 0)]
    document = _notice(*results)
    said, (praised, interviewed, *classes) = _said(document), document.annexes
    assert "列入表扬的单位共32个，其中村（社区）30个（全组101个）、学校2个（全组20个）。名单见附件1。" in said
    assert "列入约谈的单位共2个，其中村（社区）2个（全组101个）。名单见附件2。" in said
    assert "合格71个（附件3）。" in said and "。（附件" not in said
    assert not any(row.name in said for row in results)
    assert [annex.title for annex in classes] == ["村（社区）考评结果", "学校考评结果", "县（市、区）百分制考评结果"]
    assert [table.caption for table in _tables(praised)] == ["村（社区）（101个），列入30个", "学校（20个），列入2个"]
    assert {cell for cell in _cells(praised) if "演示" in cell} == {row.name for row in results if row.praised}
    assert [row[1] for row in _tables(interviewed)[0].rows] == ["演示C第100单位", "演示C第101单位"]
    for annex, group in zip(classes, ("C", "X", "E-area-3"), strict=True):
        assert [c for c in _cells(annex) if "演示" in c] == [row.name for row in results if row.group == group]


def test_a_long_class_has_two_rows_side_by_side_and_loses_nobody() -> None:
    document = _notice(*_results("C", LONGEST_SINGLE + 1, 0))
    (table,) = _tables(document.annexes[0])
    assert len(table.header) == 8 and table.dense and len(table.rows) == (LONGEST_SINGLE + 2) // 2
    assert table.rows[0][:2] + table.rows[0][4:6] == ("1", "演示C第1单位", "2", "演示C第2单位")
    assert table.rows[-1][4:] == ("", "", "", "")
    (short,) = _tables(_notice(*_results("C", LONGEST_SINGLE, 0)).annexes[0])
    assert len(short.header) == 4 and not short.dense


def test_a_year_without_lists_says_so_and_one_annex_has_no_number() -> None:
    document = _notice(*_results("C", 2, 0))
    assert "本年度没有列入表扬的单位。" in _said(document) and "本年度没有列入约谈的单位。" in _said(document)
    assert len(document.annexes) == 1 and "（附件）" in _said(document)


def test_the_size_of_a_class_stands_beside_its_counts() -> None:
    """A class of one is praised by the rule of the quota: whoever reads it sees that it is one of one."""
    document = _notice(*_results("E-area-3", 1, 1))
    assert "列入表扬的单位共1个，其中县（市、区）百分制考评1个（全组1个）。" in _said(document)
    assert _cells(document.annexes[0])[0] == "县（市、区）百分制考评（1个）"


def test_a_sentence_on_poor_units_stands_where_there_are_any() -> None:
    good, poor = _results("X", 3, 1), _results("X", 3, 1)
    poor[-1].grade = "较差"
    sentence = "等级为较差的单位，由有管理权限的党组织依规处理"
    assert sentence not in _said(_notice(*good)) and sentence in _said(_notice(*poor))
