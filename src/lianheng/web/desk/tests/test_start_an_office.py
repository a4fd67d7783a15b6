"""docs/how-to/start-an-office.md, walked: its commands, then its pages, from nothing to a launched year."""

import io
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pyotp
import pytest
from django.test import Client
from openpyxl import Workbook

from lianheng.cli.main import main
from lianheng.web.accounts.checks import production_problems
from lianheng.web.accounts.models import User
from lianheng.web.accounts.services.second_factor import STEP_SECONDS, real_moment
from lianheng.web.assessment.models import Round, Scheme, Sheet
from lianheng.web.standards.models import Catalogue
from lianheng.web.trail.models import TrailEntry
from lianheng.web.units.models import CityProfile, Institution, UnitType
from lianheng.web.units.start_check import demo_data

ROOT = Path(__file__).resolve().parents[5]
GUIDE = ROOT / "docs/how-to/start-an-office.md"
FIRST, OWN = "a-first-secret-of-2026", "an-own-secret-of-2026"
HEADINGS = ["单位编码", "单位名称", "区划代码", "单元类型", "清单", "所有制"]
UNITS = [
    ["X-1", "衡阳县第一中学", "430421", "学校", "X", ""],
    ["Q-1", "衡阳市城投公司", "4304", "企业", "Q", "国有"],
    ["J-1", "衡阳市教育局", "4304", "机关", "J", ""],
    ["A430421", "衡阳县", "430421", "地区", "", ""],
]


def commands() -> list[list[str]]:
    """The commands of the guide, in its order."""
    lines = re.findall(r"^    \.venv/bin/lianheng (.+)$", GUIDE.read_text(), re.MULTILINE)
    return [line.split() for line in lines]


def enter(username: str, password: str) -> Client:
    browser = Client()
    assert browser.post("/login/", {"username": username, "password": password}).status_code == 302
    return browser


def set_up_second_factor(browser: Client) -> None:
    page = browser.get("/me/second-factor/").content.decode()
    secret = re.search(r'class="hash">([A-Z2-7]{32})<', page)
    assert secret
    code = pyotp.TOTP(secret[1]).generate_otp(int(real_moment().timestamp()) // STEP_SECONDS)
    assert browser.post("/me/second-factor/", {"code": code}).status_code == 200


def newcomer(system: Client, security: Client, username: str, role: str) -> Client:
    """Make a person; another grants a role of the city and lets the code open it; then the person's first log-in."""
    made = system.post("/people/new/", {"username": username, "name": f"演示{username}", "position": "干部"})
    right = {"role": role, "division": "4304", "capture": "on", "valid_from": "2026-12-03"}
    person = User.objects.get(username=username)
    assert security.post(f"/people/{person.pk}/grant/", right).status_code == 302
    person.refresh_from_db()
    asked = {"revision": person.revision, "reason": "当面核实"}
    assert security.post(f"/people/{person.pk}/release/", asked).status_code == 302
    code = made.context["code"]
    browser = enter(username, code)
    browser.post("/me/password/", {"old": code, "new": OWN, "again": OWN})
    assert browser.get("/").status_code == 200
    return browser


def institutions() -> io.BytesIO:
    book = Workbook()
    for row in (HEADINGS, *UNITS):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    file.seek(0)
    file.name = "单位.xlsx"
    return file


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, settings: object, tmp_path: Path) -> Callable[[list[str]], int]:
    """Run a command of the guide as the server's person types it, in production mode."""
    settings.MODE, settings.DATA = "production", tmp_path  # type: ignore[attr-defined]
    monkeypatch.chdir(ROOT)

    def typed(words: list[str]) -> int:
        monkeypatch.setattr(sys, "stdin", io.StringIO(f"{FIRST}\n"))
        return main(words)

    return typed


@pytest.mark.django_db
def test_an_office_starts_from_nothing_by_the_guide_alone(run: Callable[[list[str]], int]) -> None:
    assert [run(words) for words in commands()] == [0] * 6
    assert UnitType.objects.filter(enabled=True).count() == 7 and CityProfile.objects.get().office_code == "衡廉办"
    administrators = {name: enter(name, FIRST) for name in ("sys.wang", "sec.li", "aud.zhao")}
    for browser in administrators.values():
        set_up_second_factor(browser)
    system, security, audit = administrators.values()
    office = newcomer(system, security, "zhuan.jia", "special_office")
    second = newcomer(system, security, "zhuan.yi", "special_office")

    draft = Catalogue.objects.get()
    office.post(f"/standards/versions/{draft.pk}/publish/", {"revision": draft.revision})
    assert Catalogue.objects.get().state == Catalogue.PUBLISHED
    checked = office.post("/institutions/import/", {"file": institutions()}, follow=True)
    office.post("/institutions/import/run/", {"check": checked.context["job"].pk})
    assert Institution.objects.count() == 4 and Institution.objects.get(is_area=True).name == "衡阳县"

    office.post("/assessment/schemes/draft/", {"year": 2026})
    schemes = list(Scheme.objects.order_by("code"))
    assert [scheme.code for scheme in schemes] == ["C", "E", "F", "J", "M", "Q", "W", "X", "Y"]
    for scheme in schemes:
        second.post(f"/assessment/schemes/{scheme.pk}/publish/", {"revision": scheme.revision})
    assert not Scheme.objects.exclude(state=Scheme.PUBLISHED).exists()
    days = {"year": 2026, "self_score_due": "2026-12-18", "assess_due": "2026-12-30"}
    assert office.post("/assessment/create/", days).status_code == 302
    year = Round.objects.get()
    office.post(f"/assessment/{year.pk}/step/", {"step": "launch", "revision": year.revision})
    year.refresh_from_db()
    assert year.state == Round.LAUNCHED
    sheets = Sheet.objects.order_by("list_code", "institution__code").values_list("list_code", "institution__code")
    assert list(sheets) == [("E", "A430421"), ("E", "J-1"), ("J", "J-1"), ("Q", "Q-1"), ("X", "X-1")]
    assert demo_data() is None and production_problems() == []
    assert audit.get("/trail/").status_code == 200
    assert not TrailEntry.objects.filter(result="refused").exists(), "the guide leads into no refusal"
