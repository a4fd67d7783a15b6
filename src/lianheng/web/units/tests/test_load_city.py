"""`lianheng city load`: from nothing to unit types and a name on documents; another version; every refusal."""

import hashlib
import io
import json
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from lianheng.library.city_profile import shipped_profile
from lianheng.web.accounts.roles import Role
from lianheng.web.shell.errors import Forbidden
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units import services
from lianheng.web.units.models import CityProfile, Division, Institution, UnitType

pytestmark = pytest.mark.django_db


def load(*words: str) -> str:
    out = io.StringIO()
    call_command("city_load", *words, stdout=out)
    return out.getvalue()


def changed(folder: Path, *pairs: tuple[str, str], name: str = "own.yaml") -> str:
    text = shipped_profile("hengyang").read_text()
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    (folder / name).write_text(text)
    return str(folder / name)


def test_a_new_office_gets_its_types_and_its_name_on_documents(small_tree: dict[str, Division]) -> None:
    said = load("hengyang")
    assert "清廉衡阳 (4304): 7 unit types on" in said and "8 new or changed, 10 lead departments" in said
    assert list(UnitType.objects.filter(enabled=True).values_list("name", flat=True)) == [
        "机关", "学校", "医院", "村居", "企业", "家庭", "文化"
    ]  # fmt: skip
    city = CityProfile.objects.get()
    assert (city.office_name, city.office_code) == ("衡阳市清廉建设工作领导小组办公室", "衡廉办")
    assert not city.is_demo
    [entry] = TrailEntry.objects.filter(action="units.profile_loaded")
    assert entry.actor == "system" and city.content["sha256"] in said
    details = json.loads(entry.payload.content)
    assert details["sha256"] == hashlib.sha256(shipped_profile("hengyang").read_bytes()).hexdigest()
    assert len(details["enabled"]) == 7 and len(details["changed"]) == 8 and details["lead_departments"] == 10


def test_another_version_replaces_it_and_says_what_changed(small_tree: dict[str, Division], tmp_path: Path) -> None:
    load("hengyang")
    own = changed(
        tmp_path,
        ("衡阳市清廉建设工作领导小组办公室, code: 衡廉办", "衡阳市清廉办, code: 衡清"),
        ("code: family, enabled: true", "code: family, enabled: false"),
    )
    assert "6 unit types on" in (said := load(own)) and "1 new or changed" in said
    assert not UnitType.objects.get(pk="family").enabled
    assert CityProfile.objects.get().office_code == "衡清"
    with pytest.raises(CommandError, match="in force already"):
        load(own)
    assert TrailEntry.objects.filter(action="units.profile_loaded").count() == 2


def test_the_same_file_brings_back_what_was_set_on_the_page(small_tree: dict[str, Division]) -> None:
    load("hengyang")
    UnitType.objects.filter(pk="organ").update(lead_department="别的部门")
    assert "1 new or changed" in load("hengyang")
    assert UnitType.objects.get(pk="organ").lead_department == "市委直属机关工委"


@pytest.mark.parametrize(
    ("pair", "says"),
    [
        (('division: "430400"', 'division: "431000"'), "no division 4310 is on record: first load the divisions"),
        (('version: "2026.1"', 'version: "2020.1"'), "wants hengyang 2020.1, got hengyang 2026.1"),
        (("{id: hengyang,", "{id: ../x,"), "no catalogue '../x' comes with the program: name its folder"),
        (("enabled: true, lead: 市教育局", "enabled: ja, lead: 市教育厅"), "school: enabled should be true or false"),
        (("city: 衡阳市", "city: 衡阳市\ncity: 衡阳市"), "key 'city' stands twice"),
        (("code: 衡廉办", "mark: 衡廉办"), "office: code is missing"),
        (("name: 清廉衡阳", "name: *x"), "aliases"),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused_whole(
    small_tree: dict[str, Division], tmp_path: Path, pair: tuple[str, str], says: str
) -> None:
    with pytest.raises(CommandError) as refused:
        load(changed(tmp_path, pair))
    assert says in str(refused.value) and "nothing was loaded" in str(refused.value)
    assert not CityProfile.objects.exists() and not UnitType.objects.exists() and not TrailEntry.objects.exists()


def test_what_is_no_file_is_named() -> None:
    with pytest.raises(CommandError, match="no such file"):
        load("nowhere")
    with pytest.raises(CommandError, match="no such file"):
        load("/nowhere/city.yaml")


def test_an_office_with_institutions_stays_in_its_city(small_tree: dict[str, Division], tmp_path: Path) -> None:
    load("hengyang")
    Institution.objects.create(
        code="X-1", name="西渡镇中心小学", sort_key="x", level=3, division=small_tree["430421"], city="4304"
    )
    Division.objects.create(code="4301", name="长沙市", level=2, parent_id="43", province="43", city="4301")
    with pytest.raises(CommandError, match="belong to 4304"):
        load(changed(tmp_path, ('division: "430400"', 'division: "430100"')))
    assert CityProfile.objects.get().division == "4304"


def test_an_own_catalogue_is_named_by_its_folder(small_tree: dict[str, Division], tmp_path: Path) -> None:
    from shutil import copytree

    from lianheng.library.catalogue import shipped

    folder = copytree(shipped("hengyang"), tmp_path / "standards")
    head = folder / "catalogue.yaml"
    head.write_text(head.read_text().replace("2026.1", "2027.1", 1))
    own = changed(tmp_path, ('version: "2026.1"', 'version: "2027.1"'))
    assert "catalogue hengyang 2027.1" in load(own, "--catalogue", str(folder))


def test_it_makes_no_office_of_a_demonstration(small_tree: dict[str, Division], tmp_path: Path) -> None:
    services.load_city_profile(actor=None, path=shipped_profile("hengyang"), is_demo=True)
    load(changed(tmp_path, ("code: 衡廉办", "code: 衡清")))
    assert CityProfile.objects.get().is_demo


def test_of_people_only_the_office_of_the_city_may(small_tree: dict[str, Division], make_user, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    load("hengyang")
    own = Path(changed(tmp_path, ("code: 衡廉办", "code: 衡清")))
    for role, place in ((Role.SPECIAL_OFFICE, "430421"), (Role.LEADING_GROUP, "4304")):
        with pytest.raises(Forbidden):
            services.load_city_profile(actor=make_user(f"a{role}"[:20], role, division=place), path=own)
    services.load_city_profile(actor=make_user("office", Role.SPECIAL_OFFICE, division="4304"), path=own)
    assert CityProfile.objects.get().office_code == "衡清"


def test_the_page_says_what_is_missing_and_then_who_signs(small_tree: dict[str, Division], make_user, log_in) -> None:  # type: ignore[no-untyped-def]
    browser = log_in(make_user("office", Role.SPECIAL_OFFICE, division="4304"))
    empty = browser.get("/unit-types/").content.decode()
    assert "还没有载入城市配置" in empty and "lianheng city load" in empty
    assert "，启用" not in empty and "您可以看" not in empty
    load("hengyang")
    full = browser.get("/unit-types/").content.decode()
    assert "清廉衡阳，启用 7 类" in full and "衡阳市清廉建设工作领导小组办公室" in full and "衡廉办" in full
