"""Hengyang with its standards published and its document slots made, through the command that an office uses."""

from collections.abc import Callable, Iterator
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from lianheng.library.city_profile import shipped_profile
from lianheng.web.accounts.models import User
from lianheng.web.conftest import built_once, plant_small_tree
from lianheng.web.standards.models import Catalogue
from lianheng.web.units.services import load_city_profile


def build_hengyang() -> None:
    plant_small_tree()
    load_city_profile(actor=None, path=shipped_profile("hengyang"))
    call_command("standards_load", "--publish", stdout=StringIO())


@pytest.fixture(scope="module")
def shared_hengyang(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[bool]:
    with built_once(request, django_db_blocker, build_hengyang) as is_there:
        yield is_there


@pytest.fixture
def hengyang(shared_hengyang: bool, db: None) -> Catalogue:
    """Seven unit types and the shipped catalogue, live."""
    if not shared_hengyang:
        build_hengyang()
    return Catalogue.objects.get()


@pytest.fixture
def office(hengyang: Catalogue, make_user: Callable[..., User], log_in: Callable[[User], Client]) -> Client:
    """The browser of the city's special office."""
    return log_in(make_user("zhuanban", "special_office", division="4304"))


@pytest.fixture
def publisher(hengyang: Catalogue, make_user: Callable[..., User], log_in: Callable[[User], Client]) -> Client:
    """The browser of another person of the office: who makes a draft does not publish it."""
    return log_in(make_user("lingyi", "special_office", division="4304"))


@pytest.fixture
def reader(hengyang: Catalogue, make_user: Callable[..., User], log_in: Callable[[User], Client]) -> Client:
    """The browser of somebody in a county who only reads."""
    return log_in(make_user("duzhe", "lead_department", division="430421"))


@pytest.fixture
def evidence_folder(settings: object, tmp_path: Path) -> Path:
    """Files of this test lie apart."""
    settings.EVIDENCE = tmp_path / "evidence"  # type: ignore[attr-defined]
    return tmp_path / "evidence"


class Workbook:
    """An exported list, changed cell by cell the way an office would."""

    def __init__(self, content: bytes) -> None:
        self.book = openpyxl.load_workbook(BytesIO(content))

    def row(self, sheet: str, code: str) -> int:
        """Return the number of the row whose code column (the last column named 代码) holds the code."""
        page = self.book[sheet]
        column = 2 if sheet == "问题描述" else 1
        return next(n for n in range(2, page.max_row + 1) if page.cell(n, column).value == code)

    def set(self, sheet: str, code: str, heading: str, value: object) -> int:
        page = self.book[sheet]
        column = [cell.value for cell in page[1]].index(heading) + 1
        number = self.row(sheet, code)
        page.cell(number, column).value = value  # type: ignore[assignment]
        return number

    def upload(self, name: str = "学校.xlsx") -> SimpleUploadedFile:
        file = BytesIO()
        self.book.save(file)
        return SimpleUploadedFile(name, file.getvalue())


@pytest.fixture
def school_book(office: Client) -> Workbook:
    """The school list as the office exports it."""
    return Workbook(office.get("/standards/lists/X/export/").content)
