"""通报: numbered without gaps, kept as issued in both forms."""

from django.db import transaction
from django.db.models import Max

from lianheng.engine.letters import document_number, to_docx, to_pdf
from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.assessment.documents import notice_document
from lianheng.web.assessment.models import OfficialNotice, Result, ResultRun, Round
from lianheng.web.assessment.services.rounds import city_of, lock_round
from lianheng.web.evidence.services import store_content
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import WrongState
from lianheng.web.trail.services import record
from lianheng.web.units.services import lock_city

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@transaction.atomic
def issue_notice(*, actor: User, round_id: int, revision: int) -> OfficialNotice:
    """Issue the notice of a published round: one number, one .docx, one PDF; a run is announced once."""
    round_ = lock_round(round_id, revision=revision, state=[Round.PUBLISHED, Round.LOCKED])
    require_role(actor, [Role.SPECIAL_OFFICE], city_of(round_), "印发通报")
    run = ResultRun.objects.defer("inputs").get(round=round_, current=True)
    if OfficialNotice.objects.filter(run=run).exists():
        raise WrongState("这次结果的通报已经印发")
    # The profile is one row: locking it gives numbers one at a time, and a rolled-back issue leaves no gap.
    profile = lock_city()
    date = today()
    sequence = (OfficialNotice.objects.filter(year=date.year).aggregate(last=Max("sequence"))["last"] or 0) + 1
    number = document_number(profile.office_code, date.year, sequence)
    # Equal places stand as the ranking page has them.
    results = list(Result.objects.filter(run=run))
    results.sort(key=lambda row: (row.list_code == "E", row.list_code, row.group, row.position, row.pk))
    document = notice_document(round_=round_, run=run, results=results, number=number, profile=profile, date=date)
    docx, pdf = to_docx(document), to_pdf(document)
    notice = OfficialNotice.objects.create(
        round=round_,
        run=run,
        year=date.year,
        sequence=sequence,
        number=number,
        title=document.title,
        docx=store_content([docx], mime=DOCX),
        pdf=store_content([pdf], mime="application/pdf"),
        issued_on=date,
        issued_by=actor,
    )
    record(
        actor=actor,
        action="assessment.notice_issued",
        subject=notice,
        unit=f"round:{round_.pk}",
        details={"number": number, "docx": notice.docx_id, "pdf": notice.pdf_id},
    )
    return notice
