"""A whole year by services: states, segregation, results."""

import pytest

from lianheng.web.assessment.models import Result, Round
from lianheng.web.assessment.services import rounds
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.shell.errors import Forbidden, WrongState

pytestmark = pytest.mark.django_db


def test_it_runs_from_launch_to_lock(city: City, on_day) -> None:  # type: ignore[no-untyped-def]
    round_ = year.in_notice(city)
    leader, office = city.people["leader"], city.people["office"]
    with pytest.raises(WrongState, match="异议期"):
        rounds.publish_round(actor=leader, round_id=round_.pk, revision=round_.revision)
    on_day("2026-12-20")
    with pytest.raises(Forbidden):
        rounds.publish_round(actor=office, round_id=round_.pk, revision=round_.revision)
    round_ = rounds.publish_round(actor=leader, round_id=round_.pk, revision=round_.revision)
    round_ = rounds.lock_results(actor=office, round_id=round_.pk, revision=round_.revision)
    assert round_.state == Round.LOCKED
    school = Result.objects.get(institution=city.units["X1"])
    assert school.score is not None and school.place == 1 and school.group_size == 2


def test_who_computed_may_not_review(city: City) -> None:
    round_ = year.computed(city)
    with pytest.raises(Forbidden, match="不能由提交的人办理"):
        rounds.review_round(actor=city.people["office"], round_id=round_.pk, revision=round_.revision, opinion="同意")


def test_its_notice_and_package(city: City, on_day, tmp_path, capsys, trail_key) -> None:  # type: ignore[no-untyped-def]
    from lianheng.cli.main import main
    from lianheng.web.assessment.models import ResultRun
    from lianheng.web.assessment.services import notices, packages
    from lianheng.web.evidence.services import path_of

    round_ = year.in_notice(city)
    on_day("2026-12-20")
    round_ = rounds.publish_round(actor=city.people["leader"], round_id=round_.pk, revision=round_.revision)
    notice = notices.issue_notice(actor=city.people["office"], round_id=round_.pk, revision=round_.revision)
    assert notice.number == "衡廉办〔2026〕1号"
    run = ResultRun.objects.get()
    package = tmp_path / "year.zip"
    run = packages.make_package(actor=city.people["office"], run_id=run.pk)
    package.write_bytes(path_of(run.package_id).read_bytes())
    assert main(["assess", "recompute", str(package)]) == 0
    assert "EQUAL" in capsys.readouterr().out
