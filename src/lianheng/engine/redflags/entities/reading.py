"""Rows of a firm or person register as records to compare."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lianheng.engine.redflags.entities.names import Regions, parse_firm_name, person_key, squeezed
from lianheng.engine.redflags.entities.tables import read_columns
from lianheng.engine.redflags.entities.weights import Record
from lianheng.engine.redflags.problems import RunError

FIRM_HEADINGS: dict[str, list[str]] = {
    "id": ["统一社会信用代码", "社会信用代码", "企业代码", "组织机构代码", "投标人代码", "firm", "id", "code"],
    "name": ["企业名称", "单位名称", "市场主体名称", "供应商名称", "投标人", "名称", "firm_name", "name"],
    "phone": ["联系电话", "电话", "phone"],
    "address": ["注册地址", "住所", "地址", "address"],
    "person": ["法定代表人", "负责人", "经营者", "legal_person"],
}
PERSON_HEADINGS: dict[str, list[str]] = {
    "id": ["身份证号", "证件号码", "公民身份号码", "person_id", "id"],
    "name": ["姓名", "名字", "name"],
    "birth": ["出生日期", "出生年月", "出生年", "出生年份", "birth_date", "birth_year", "birth"],
    "area": ["村代码", "行政区划代码", "区划代码", "village", "area"],
    "phone": ["联系电话", "手机号", "电话", "phone"],
}
_DIGITS = re.compile(r"\D")
_OFFICIAL = re.compile(r"[0-9A-Za-z]{8}[0-9A-Za-z]|[0-9]{15}|[0-9A-Za-z]{18}")
_NO_ID = {"NULL", "NONE", "#N/A"}


def read_register(path: Path, regions: Regions | None, columns: Mapping[str, str], sheet: str = "") -> Iterator[Record]:
    """The records of a file, one after another; firms where `regions` are given, else people.

    Parameters
    ----------
    path : .csv, .tsv, .xlsx, .xls, .ods or .parquet.
    regions : names of places in firms' names; None: people.
    columns : field → heading, where the usual headings do not fit.
    sheet : of a workbook.

    Raises
    ------
    RunError where the file cannot be read or has neither names nor ids.
    """
    usual = PERSON_HEADINGS if regions is None else FIRM_HEADINGS
    unknown = sorted(set(columns) - set(usual))
    if unknown:
        raise RunError(f"--column {unknown[0]}: there are {', '.join(usual)}")
    headings: dict[str, Sequence[str]] = {**usual, **{name: [heading] for name, heading in columns.items()}}
    rows = read_columns(path, headings, ["name", *columns], sheet)
    return (person_record(line, row) if regions is None else firm_record(line, row, regions) for line, row in rows)


def firm_record(row: int, cells: Mapping[str, str], regions: Regions) -> Record:
    """A firm from its cells; those that are not there are empty.

    Example
    -------
    >>> firm_record(2, {"name": "某某 建材有限公司", "phone": "0734-123"}, Regions.of([])).phone
    '0734123'
    """
    name = cells.get("name", "")
    firm = parse_firm_name(name, regions)
    return Record(
        row,
        read_id(cells.get("id", "")),
        name,
        firm.core,
        firm,
        phone=squeezed(cells.get("phone", "")),
        address=squeezed(cells.get("address", "")),
        person=person_key(cells.get("person", "")),
    )


def person_record(row: int, cells: Mapping[str, str]) -> Record:
    """A person from its cells; a birth that is neither a year nor a day counts as unknown.

    Example
    -------
    >>> [person_record(2, {"name": "张 三", "birth": birth}).birth for birth in ("1970年3月5日", "1970年3月", "七月")]
    ['19700305', '1970', '']
    """
    return Record(
        row,
        read_id(cells.get("id", "")),
        cells.get("name", ""),
        person_key(cells.get("name", "")),
        phone=squeezed(cells.get("phone", "")),
        birth=_birth(cells.get("birth", "")),
        area=_DIGITS.sub("", cells.get("area", "")),
    )


def read_id(text: str) -> str:
    """An id in one spelling; what only stands for a missing one (无, 0000, a serial of three digits) is empty.

    Hashes of ids keep their small letters: only what looks like an official number is brought to capitals.

    Example
    -------
    >>> read_id("91350100m000100y43"), read_id("暂无"), read_id("00000000"), read_id("aB.3dE_9fGh1")
    ('91350100M000100Y43', '', '', 'aB.3dE_9fGh1')
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if len(plain) < 4 or len(set(plain)) == 1 or plain.upper() in _NO_ID:
        return ""
    return plain.upper().replace("-", "") if _OFFICIAL.fullmatch(plain.replace("-", "")) else plain


def _birth(text: str) -> str:
    parts = [part for part in _DIGITS.split(text.split(" ")[0]) if part]
    digits = "".join(part.zfill(2) for part in parts)
    if not digits or not 1850 <= int(digits[:4]) <= 2150 or len(digits) not in (4, 6, 8):
        return ""
    return digits if len(digits) == 8 else digits[:4]
