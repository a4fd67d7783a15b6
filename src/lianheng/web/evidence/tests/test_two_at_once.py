"""One file handed in twice at once is one piece of evidence, and neither sender is refused."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.assessment.tests.conftest import institution
from lianheng.web.conftest import MakeUser
from lianheng.web.evidence.models import Evidence, EvidenceFile
from lianheng.web.evidence.services import add_evidence
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.racing import at_once
from lianheng.web.units.models import Division


@pytest.mark.django_db(transaction=True)
def test_one_file_sent_twice_is_kept_once(racing: None, small_tree: dict[str, Division], make_user: MakeUser) -> None:
    school = institution("X430421-001", "演示第一中学", "X", small_tree["430421"])
    clerk = make_user("clerk", Role.UNIT_ADMIN, institution=school)

    def send() -> None:
        upload = SimpleUploadedFile("计划.pdf", b"%PDF-1.4 a plan\n%%EOF")
        add_evidence(actor=User.objects.get(pk=clerk.pk), institution_id=school.pk, upload=upload)

    assert at_once(send, send) == ["done", "done"]
    assert Evidence.objects.count() == EvidenceFile.objects.count() == 1
    assert TrailEntry.objects.filter(action="evidence.evidence_added").count() == 1
