"""A result that another run took the place of: whoever could read it still can, marked, and its sheet says so too."""

import html
import io
import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from docx import Document

from lianheng.engine.letters.tests.reading import texts
from lianheng.web.accounts.models import User
from lianheng.web.assessment.models import Objection, Result, ResultRun, Round
from lianheng.web.assessment.services import objections, rounds
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.assessment.tests.test_results import recompute, result_of

pytestmark = pytest.mark.django_db
LogIn = Callable[[User], Client]


@pytest.fixture
def won(city: City) -> tuple[Round, Result, Objection]:
    """A school objected to X1.1 in the notice period, was right, and the year was computed again."""
    round_ = year.in_notice(city)
    first = result_of(city, "X1")
    raised = objections.raise_objection(
        actor=city.people["x1"], result_id=first.pk, item="X1.1", reason="两项记录没有算进去，请重新核对"
    )
    objections.answer_objection(
        actor=city.people["office2"], objection_id=raised.pk, revision=0, upheld=True, answer="两项记录属实",
        points=Decimal(10),
    )  # fmt: skip
    return recompute(city, round_), first, raised


def _text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return html.unescape(answer.content.decode())


def _notice_again(city: City, round_: Round) -> Round:
    office2 = city.people["office2"]
    round_ = rounds.review_round(actor=office2, round_id=round_.pk, revision=round_.revision, opinion="同意")
    return rounds.open_notice_period(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)


def test_who_won_reads_the_old_result_until_the_new_one_is_shown(
    city: City, won: tuple[Round, Result, Objection], log_in: LogIn
) -> None:
    round_, first, raised = won
    unit, second = log_in(city.people["x1"]), result_of(city, "X1")
    page = _text(unit, f"/objections/{raised.pk}/")
    assert f"/results/{first.pk}/#X1.1" in page and f"/results/{second.pk}/" not in page
    page = _text(unit, f"/results/{first.pk}/")
    assert "已被取代（公示过），不再有效" in page and "新的结果还没有公示" in page
    # The new one is a draft for the unit, and neither is in its lists meanwhile.
    assert unit.get(f"/results/{second.pk}/").status_code == 404
    assert f"/results/{second.pk}/" not in page and f"{second.score:.2f}" not in page
    assert not re.search(r"/results/\d", _text(unit, "/results/"))
    # Another unit was never shown either.
    assert log_in(city.people["x2"]).get(f"/results/{first.pk}/").status_code == 404

    _notice_again(city, round_)
    page = _text(unit, f"/results/{first.pk}/")
    assert f'取代它的是<a href="/results/{second.pk}/">第 2 次计算的结果</a>' in page
    page = _text(unit, f"/objections/{raised.pk}/")
    assert f"/results/{second.pk}/#X1.1" in page and f"/results/{first.pk}/#X1.1" in page
    assert "异议采纳" in _text(unit, f"/results/{second.pk}/")


def test_what_was_never_shown_stays_hidden(city: City, log_in: LogIn) -> None:
    """Computed twice before the notice period: the first run was a draft and remains one."""
    round_ = year.computed(city)
    draft = result_of(city, "X1")
    _notice_again(city, recompute(city, round_))
    unit, shown = log_in(city.people["x1"]), result_of(city, "X1")
    assert unit.get(f"/results/{draft.pk}/").status_code == 404
    assert f"/results/{draft.pk}/" not in _text(unit, f"/results/{shown.pk}/")
    assert "没有公示过" in _text(log_in(city.people["office"]), f"/results/{draft.pk}/")


def test_a_result_taken_up_again_before_publication_says_so(city: City, log_in: LogIn) -> None:
    round_ = year.in_notice(city)
    first = result_of(city, "X1")
    rounds.reopen_round(
        actor=city.people["leader"], round_id=round_.pk, revision=round_.revision, reason="发现数据错误"
    )
    assert "现在正在更正" in _text(log_in(city.people["x1"]), f"/results/{first.pk}/")


def _sheet(client: Client, result: Result, form: str) -> bytes:
    return b"".join(client.get(f"/results/{result.pk}/sheet/{form}/").streaming_content)  # type: ignore[arg-type]


def _words(content: bytes) -> tuple[str, str]:
    """Return the text of a .docx: its body and what stands at the head of each page."""
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    heads = [p.text for section in document.sections for p in section.header.paragraphs]
    return "\n".join([*(p.text for p in document.paragraphs), *cells]), "\n".join(heads)


def test_the_sheet_of_a_superseded_run_bears_a_mark(
    city: City, won: tuple[Round, Result, Objection], log_in: LogIn, on_day: Callable[[str], None]
) -> None:
    round_, first, _ = won
    round_ = _notice_again(city, round_)
    second = result_of(city, "X1")
    on_day("2026-12-20")
    rounds.publish_round(actor=city.people["leader"], round_id=round_.pk, revision=round_.revision)
    assert list(ResultRun.objects.order_by("number").values_list("shown", "in_force")) == [(True, False), (True, True)]
    unit = log_in(city.people["x1"])
    body, head = _words(_sheet(unit, first, "docx"))
    assert "第 1 次计算的结果，已被取代，不再有效" in head
    assert "已被取代（公示过），不再有效" in body and "第 1 次" in body and "2026年12月3日计算" in body
    body, head = _words(_sheet(unit, second, "docx"))
    assert "取代" not in head and "现行有效，2026年12月20日公布" in body and "第 2 次" in body
    pages = texts(_sheet(unit, first, "pdf"))
    assert pages and all("已被取代" in page for page in pages)
    assert _sheet(unit, first, "pdf") == _sheet(unit, first, "pdf")
