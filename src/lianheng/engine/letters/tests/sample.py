"""A small cast of documents for the tests, all of them made up."""

import dataclasses
import datetime
from typing import Any

from lianheng.engine.letters import Heading, OfficialDocument, Paragraph, Table, document_number

DATE = datetime.date(2026, 1, 20)

PLAIN = OfficialDocument(kind="结果单", title="评价结果单", body=(), date=DATE)

NOTICE = OfficialDocument(
    kind="通报",
    agency="清廉衡阳建设工作领导小组办公室",
    number=document_number("衡廉办", 2026, 5),
    title="关于2025年度清廉衡阳建设综合评价结果的通报",
    addressee="各县（市、区）人民政府",
    body=(
        Paragraph("现将“洣水镇”等单位的评价结果通报如下。"),
        Heading(1, "总体情况"),
        Heading(2, "学校"),
        Heading(3, "得分"),
        Heading(4, "靠前的单位"),
        Table(("名次", "单位", "得分"), (("1", "衡阳市第一中学", "94.63"), ("2", "衡阳市第二中学", "94.26"))),
        Heading(1, "工作要求"),
        Paragraph("各单位要制定整改措施。"),
    ),
    attachments=("得分表", "扣分事项清单。"),
    signer_agency="清廉衡阳建设工作领导小组办公室",
    date=DATE,
    copies="市委办公室，市政府办公室",
    printed_by="清廉衡阳建设工作领导小组办公室",
    print_date=datetime.date(2026, 1, 21),
    copy_number="000001",
    urgency="特急",
    marking="演示数据",
)

LETTER = OfficialDocument(
    layout="letter",
    kind="函",
    agency="衡阳市教育局",
    number=document_number("衡教函", 2026, 12),
    title="关于商请提供评价材料的函",
    addressee="衡阳市财政局",
    body=(Paragraph("为做好评价工作，请协助提供下列材料。" * 30),),
    signer_agency="衡阳市教育局",
    date=DATE,
    copies="市委办公室",
    printed_by="衡阳市教育局",
    sealed=False,
)


def changed(document: OfficialDocument, **fields: Any) -> OfficialDocument:
    return dataclasses.replace(document, **fields)
