"""Any two characters find a place, on the pages, within the scope of who asks, after every change of the tree."""

import datetime as dt
import gzip
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from lianheng.web.accounts.models import User
from lianheng.web.conftest import TODAY, MakeUser
from lianheng.web.units.division_search import clear_index, fill_missing, index_again, search_divisions
from lianheng.web.units.models import Division, Institution, UnitType
from lianheng.web.units.services import end_division, move_division, rename_division

pytestmark = pytest.mark.django_db
SHIPPED = Path(__file__).resolve().parents[3] / "library/divisions/hengyang-430400.csv.gz"
LogIn = Callable[[User], Client]


@pytest.fixture
def tree(small_tree: dict[str, Division]) -> dict[str, Division]:
    index_again()
    return small_tree


def _codes(user: User, text: str, limit: int = 20) -> list[str]:
    return [row.pk for row in search_divisions(User.objects.get(pk=user.pk), text, limit)]


def test_any_two_characters_find_highest_level_first(tree: dict[str, Division], make_user: MakeUser) -> None:
    city = make_user("city", "special_office", division="4304")
    assert _codes(city, "衡阳") == ["4304", "430421"]
    assert _codes(city, "村委") == ["430421100001", "430424100001"]
    assert _codes(city, "村委", limit=1) == ["430421100001"]
    assert _codes(city, "示甲村") == ["430421100001"]
    assert _codes(city, "430424") == ["430424"], "a whole code"
    assert _codes(city, "甲演示") == [], "the characters in another order"
    assert _codes(city, "衡") == _codes(city, "--") == _codes(city, "OR*") == []


@pytest.mark.parametrize(
    ("where", "seen"),
    [
        ({"division": "43"}, ["430421100001", "430424100001"]),
        ({"division": "430421"}, ["430421100001"]),
        ({"division": "430424100"}, ["430424100001"]),
        ({"division": "430424100001"}, ["430424100001"]),
        ({"business_line": "school"}, ["430421100001", "430424100001"]),
    ],
)
def test_only_what_the_person_may_see(
    tree: dict[str, Division], make_user: MakeUser, where: dict[str, str], seen: list[str]
) -> None:
    user = make_user("somebody", "special_office", **where)
    assert _codes(user, "演示") == seen
    assert _codes(user, "430424100001") == [code for code in seen if code == "430424100001"]


def test_administrators_and_people_without_a_role_find_nothing(tree: dict[str, Division], make_user: MakeUser) -> None:
    assert _codes(make_user("sys", "system_admin"), "演示") == _codes(make_user("nobody"), "演示") == []


def test_somebody_of_one_institution_finds_its_place(
    tree: dict[str, Division], make_user: MakeUser, make_institution: Callable[..., Institution]
) -> None:
    unit = make_user(
        "unit", "unit_admin", institution=make_institution("C-9", "演示甲村委会", "430421100001", "village", "C")
    )
    assert _codes(unit, "演示") == ["430421100001"]


def test_more_hits_than_one_reading_of_the_index_holds(
    tree: dict[str, Division], make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pairs stand in another order in the first ones: they are read and left out."""
    monkeypatch.setattr("lianheng.web.units.division_search.HITS", 2)
    line = {"level": 5, "province": "43", "city": "4304", "county": "430421", "town": "430421100"}
    for number, name in enumerate(["和平村和和"] * 5 + ["村和平和"], 2):
        code = f"430421100{number:03}"
        Division.objects.create(code=code, name=name, parent_id="430421100", village=code, **line)
    index_again(level=5)
    city = make_user("city", "special_office", division="4304")
    assert _codes(city, "村和平") == ["430421100007"]
    assert len(_codes(city, "和平")) == 6


@pytest.mark.parametrize("first", [2, 6_000])
def test_a_common_ending_in_a_province(
    tree: dict[str, Division], make_user: MakeUser, monkeypatch: pytest.MonkeyPatch, first: int
) -> None:
    """The same whether the first places of the province hold enough or the index is asked; 100% is only text."""
    monkeypatch.setattr("lianheng.web.units.division_search.FIRST", first)
    Division.objects.create(code="4401", name="演示邻省村委会", level=2, parent_id=None, province="44", city="4401")
    index_again()
    Division.objects.filter(pk="430421100001").update(valid_to=dt.date(2026, 11, 1))
    province = make_user("province", "special_office", division="43")
    assert _codes(province, "村委会") == _codes(province, "村委会", limit=1) == ["430424100001"]
    assert _codes(province, "100%") == [] and _codes(province, "__") == []


def test_the_index_follows_the_tree(tree: dict[str, Division], make_user: MakeUser) -> None:
    one = make_user("one", "special_office", division="430421")
    other = make_user("other", "special_office", division="430424")
    same = {"actor": None, "date": dt.date(2026, 12, 1), "basis": "湘政函〔2026〕1号", "today": TODAY}
    rename_division(code="430424100001", revision=0, name="和平村委会", **same)
    assert _codes(other, "和平") == ["430424100001"] and _codes(other, "演示") == []
    assert _codes(one, "和平") == []
    move_division(code="430424100", revision=0, parent="430421", **same)
    assert _codes(one, "和平") == ["430424100001"] and _codes(other, "和平") == []
    end_division(code="430424100001", revision=1, **same)
    assert _codes(one, "和平") == [], "what has ended is not found"


def test_an_index_that_is_missing_is_made_after_a_migration(small_tree: object, make_user: MakeUser) -> None:
    city = make_user("city", "special_office", division="4304")
    clear_index()
    assert _codes(city, "西渡") == []
    fill_missing()
    assert _codes(city, "西渡") == ["430421100"]


def test_a_list_is_found_at_once_and_follows_a_newer_one(db: None, make_user: MakeUser, tmp_path: Path) -> None:
    city = make_user("city", "special_office", division="4304")
    call_command("units_load", str(SHIPPED), stdout=io.StringIO(), stderr=io.StringIO())
    found = search_divisions(city, "和平村委会")
    assert len(found) == 7 and {row.name for row in found} == {"和平村委会"}
    lines = gzip.decompress(SHIPPED.read_bytes()).decode().splitlines()
    newer = [line.replace("和平村委会", "和顺村委会") for line in lines if not line.startswith(f"{found[0].pk},")]
    newer.append("430405007999,和平新村居委会,430405007,5")
    path = tmp_path / "newer.csv"
    path.write_text("\n".join(newer) + "\n", encoding="utf-8")
    call_command("units_load", str(path), "--date", "2026-12-01", stdout=io.StringIO(), stderr=io.StringIO())
    assert len(search_divisions(city, "和顺")) == 6
    assert _codes(city, "和平村委会") == [] and "430405007999" in _codes(city, "和平新村")


def test_the_pages_find_within_scope(tree: dict[str, Division], make_user: MakeUser, log_in: LogIn) -> None:
    county = log_in(make_user("county", "special_office", division="430421"))
    for address in ("/units/?q=演示", "/search/?q=演示"):
        page = county.get(address).content.decode()
        assert "演示甲村委会" in page and "430421100001 衡阳县西渡镇" in page and "演示乙" not in page, address
        assert "430421100001/" in page
    assert "没有找到" in county.get("/units/?q=洣水").content.decode()
    assert "请至少输入两个字" in county.get("/units/?q=").content.decode()
    assert 'name="q"' in county.get("/units/430421/").content.decode()


def test_a_new_institution_takes_the_name_of_its_place(
    tree: dict[str, Division], make_user: MakeUser, log_in: LogIn
) -> None:
    UnitType.objects.create(code="school", name="清廉学校", lead_department="市教育局", lists="X")
    city = log_in(make_user("city", "special_office", division="4304"))
    given = {"revision": "0", "name": "演示第一小学", "code": "X-1", "unit_type": "school", "list_code": "X"}
    given |= {"date": TODAY.isoformat(), "basis": ""}
    many = city.post("/institutions/new/", given | {"division": "演示"})
    text = many.content.decode()
    assert many.status_code == 422 and "不止一个" in text
    assert "演示甲村委会 430421100001 衡阳市衡阳县西渡镇" in text and "430424100001" in text
    none = city.post("/institutions/new/", given | {"division": "长沙"})
    assert none.status_code == 422 and "没有名称含“长沙”的区划" in none.content.decode()
    assert not Institution.objects.exists()
    assert city.post("/institutions/new/", given | {"division": "西渡"}).status_code == 302
    assert Institution.objects.get().division_id == "430421100"
