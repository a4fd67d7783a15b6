"""Small real files that prove something: made from fixed words, the same bytes every time, reused by many."""

import datetime as dt

from django.core.files.uploadedfile import SimpleUploadedFile

from lianheng.engine.letters import OfficialDocument, Paragraph, to_pdf

MARK = "演示数据，不是真实材料"
PAPERS = (
    ("会议纪要", "专题研究清廉建设工作，明确全年任务、责任人和完成时限。"),
    ("公开台账", "按月登记公开事项、公开日期和公开地点，留存公开截图。"),
    ("培训签到册", "记录培训时间、地点、内容和参加人数，不记个人信息。"),
    ("整改报告", "逐项说明问题、原因、整改措施、完成时间和验证结果。"),
    ("满意度调查报告", "说明调查方法、样本量、结果和误差范围。"),
    ("制度汇编目录", "列出现行制度、制定依据、检查时间和执行情况。"),
    ("廉政风险排查表", "列出岗位、风险点、等级、防控措施和责任人。"),
    ("采购公示记录", "列出采购项目、公示起止日期和收到的意见。"),
)


def paper(number: int, year: int) -> tuple[SimpleUploadedFile, str]:
    """Return one of the shared papers as an upload, and its title."""
    title, text = PAPERS[number % len(PAPERS)]
    if number % len(PAPERS) < 4:
        content = _pdf(f"{year}年{title}（样张）", text, dt.date(year, 6, 30))
        return SimpleUploadedFile(f"{title}.pdf", content, "application/pdf"), f"{year}年{title}"
    content = f"{year}年{title}（样张）\n\n{text}\n\n{MARK}\n".encode()
    return SimpleUploadedFile(f"{title}.txt", content, "text/plain"), f"{year}年{title}"


_MADE: dict[tuple[str, dt.date], bytes] = {}


def _pdf(title: str, text: str, date: dt.date) -> bytes:
    """Return a one-page document; drawn once in a load."""
    if (title, date) not in _MADE:
        document = OfficialDocument(kind="材料", title=title, body=(Paragraph(text),), date=date, marking=MARK)
        _MADE[title, date] = to_pdf(document)
    return _MADE[title, date]


def policy_paper(title: str, number: str, date: dt.date) -> SimpleUploadedFile:
    """Return a sample of a policy document of the library."""
    text = f"本文是“{title}”的样张，只说明归档的样子；文号 {number} 为示例。"
    document = OfficialDocument(
        kind="文件", title=title, number=number, body=(Paragraph(text),), date=date, marking=MARK
    )
    return SimpleUploadedFile(f"{title}.pdf", to_pdf(document), "application/pdf")
