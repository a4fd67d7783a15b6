import gzip
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from lianheng.web.trail.models import TrailEntry, TrailPayload
from lianheng.web.units import queries
from lianheng.web.units.models import Division, DivisionChange

SHIPPED = Path(__file__).resolve().parents[3] / "library/divisions/hengyang-430400.csv.gz"
pytestmark = pytest.mark.django_db


def lines() -> list[str]:
    return gzip.decompress(SHIPPED.read_bytes()).decode().splitlines()


@pytest.fixture
def file(tmp_path):
    """Return a writer of a list: file(lines) → path."""

    def write(rows: list[str], encoding: str = "utf-8") -> str:
        path = tmp_path / "list.csv"
        path.write_bytes(("\n".join(rows) + "\n").encode(encoding))
        return str(path)

    return write


@pytest.fixture
def loaded(db) -> None:
    call_command("units_load", str(SHIPPED), stderr=io.StringIO())


def problem_of(*arguments: str) -> str:
    before = Division.objects.count(), TrailEntry.objects.count()
    with pytest.raises(CommandError) as caught:
        call_command("units_load", *arguments, stderr=io.StringIO())
    assert (Division.objects.count(), TrailEntry.objects.count()) == before
    return str(caught.value)


def test_it_loads_hengyang_with_its_counties_towns_and_villages(loaded):
    city = Division.objects.get(pk="4304")
    assert [(level, count) for level, _, count in queries.levels_below(city)] == [(3, 14), (4, 191), (5, 2785)]
    village = Division.objects.get(pk="430405007006")
    line = (village.province, village.city, village.county, village.town, village.village)
    assert line == ("43", "4304", "430405", "430405007", "430405007006")
    zones = Division.objects.filter(statistical=True).order_by("pk").values_list("pk", flat=True)
    assert list(zones) == ["430473", "430476"]
    entry = TrailEntry.objects.get(action="units.divisions_loaded")
    details = json.loads(TrailPayload.objects.get(entry=entry).content)
    assert (details["rows"], details["created"], details["covers"]) == (2992, 2992, "4304")


def test_a_newer_list_becomes_history_and_leaves_the_rest_alone(loaded, file):
    gone, new = "430405007007,新园社区居委会,430405007,5", "430405007999,新设社区居委会,430405007,5"
    rows = [line.replace(",衡州路街道,", ",衡州街道,").replace(gone, new) for line in lines()]
    call_command("units_load", file(rows), "--date", "2026-05-01", "--basis", "湘民发〔2026〕3号", stderr=io.StringIO())
    assert Division.objects.get(pk="430405007").name == "衡州街道"
    assert str(Division.objects.get(pk="430405007007").valid_to) == "2026-05-01"
    found = sorted(DivisionChange.objects.values_list("division_id", "kind", "old_name", "basis"))
    assert found == [
        ("430405007", "renamed", "衡州路街道", "湘民发〔2026〕3号"),
        ("430405007007", "ended", "", "湘民发〔2026〕3号"),
        ("430405007999", "created", "", "湘民发〔2026〕3号"),
    ]
    assert Division.objects.filter(valid_to=None).count() == 2992


def test_a_moved_place_takes_what_is_below_it_along(loaded, file):
    rows = [line.replace("430405007,衡州路街道,430405,4", "430405007,衡州路街道,430406,4") for line in lines()]
    call_command("units_load", file(rows), stderr=io.StringIO())
    assert Division.objects.get(pk="430405007").parent_id == "430406"
    assert Division.objects.get(pk="430405007006").county == "430406"
    assert DivisionChange.objects.get().old_parent == "430405"


def test_the_same_list_again_changes_nothing(loaded, capsys):
    call_command("units_load", str(SHIPPED), stderr=io.StringIO())
    assert "0 new, 0 renamed, 0 moved, 0 ended, 2,992 unchanged" in capsys.readouterr().out
    assert not DivisionChange.objects.exists()


def test_it_names_the_row_of_every_mistake(db, file):
    rows = [
        "code,name,parent,level", "43,湖南省,,1", "4304,衡阳市,43,2", "430405,珠晖区,4304,4", "43040x,坏代码,4304,3",
        "430406,雁峰区,4304,3", "430406,雁峰区,4304,3", "430407001,孤儿镇,430407,4", "430408,,4304,3",
        "430412,南岳区,4304",
    ]  # fmt: skip
    text = problem_of(file(rows))
    assert "row 4: level of 430405 is '4'" in text
    assert "row 5: code '43040x'" in text
    assert "row 7: code 430406 stands twice" in text
    assert "row 9: name of 430408 is empty" in text
    assert "row 10: has 3 columns" in text


def test_it_names_orphans(db, file):
    rows = ["code,name,parent,level", "43,湖南省,,1", "430407001,孤儿镇,430407,4"]
    assert "row 3: parent 430407 of 430407001 is neither in the file nor on record" in problem_of(file(rows))


def test_it_refuses_another_encoding_and_another_heading(db, file):
    assert "not UTF-8" in problem_of(file(lines(), encoding="gb18030"))
    assert "the heading must be code,name,parent,level" in problem_of(file(["代码,名称", "43,湖南省"]))


def test_it_refuses_a_cut_archive_and_loads_nothing(db, tmp_path):
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(SHIPPED.read_bytes()[:10_000])
    assert "damaged or cut off" in problem_of(str(cut))


def test_a_list_that_would_end_many_places_needs_a_second_word(loaded, file):
    rows = lines()[:2000]
    assert "--accept-endings" in problem_of(file(rows))
    call_command("units_load", file(rows), "--accept-endings", stderr=io.StringIO())
    assert Division.objects.filter(valid_to=None).count() == 1999


def test_a_missing_file_and_a_wrong_date_are_said(db, file):
    assert "No such file" in problem_of("/nowhere/list.csv")
    assert "YYYY-MM-DD" in problem_of(file(lines()), "--date", "1.5.2026")
    assert "a day to come (today is 2026-12-03)" in problem_of(file(lines()), "--date", "2026-12-04")
