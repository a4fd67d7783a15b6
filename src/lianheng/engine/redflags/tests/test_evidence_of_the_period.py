"""A line of evidence with `period` holds the rows of the candidate's own year, month or day, and no others."""

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from lianheng.engine.redflags.problems import DeclarationError
from lianheng.engine.redflags.read_model import read_model
from lianheng.engine.redflags.tests.office import Type, write_csv
from lianheng.library.models import MODELS
from lianheng.library.strict_yaml import read_yaml

DAY = "2025-01-10"


def person(number: int) -> str:
    """Of region 000000, made at run time."""
    return f"00000019{50 + number}0101{number:03d}X"


def test_each_year_of_a_shared_account_shows_its_own_payments(lianheng: Type, tmp_path: Path) -> None:
    shutil.copytree(MODELS / "M07", tmp_path / "shipped" / "M07")
    # 110 payments a year into one account: of both years together the first 200 alone would be listed.
    payments = [
        [f"{year}-{n:03d}", person(n % 11), f"h{n % 11}", "430400000001", "农村低保", f"{year}-{1 + n % 10:02d}", 420,
         f"{year}-{1 + n % 10:02d}-15", "k1"]
        for year in (2023, 2024) for n in range(110)
    ]  # fmt: skip
    head = ["发放流水号", "身份证号", "户编号", "村代码", "补贴项目", "所属月份", "发放金额", "发放日期", "收款账号"]
    registers = {
        "payment": [head, *payments],
        "proxy": [
            ["身份证号", "代领人身份证号", "代领关系", "是否批准", "起始日期"],
            [person(20), person(21), "父母", "是", "2020-01-01"],
        ],
        "officer": [
            ["身份证号", "任职单位", "村代码", "职务", "任职日期"],
            [person(22), "甲村委会", "430400000001", "村会计", "2020-01-01"],
        ],
    }
    for register, rows in registers.items():
        said = lianheng("registers load", register, write_csv(tmp_path / f"{register}.csv", rows), "--today", DAY)
        assert said.code == 0, said.err
    assert lianheng("models run M07 --today", DAY).code == 0
    (folder,) = {path.parent for path in (tmp_path / "office").rglob("evidence.parquet")}
    found = duckdb.sql(
        f"""SELECT c.period, count(*), min(e.row ->> 'pay_date'), max(e.row ->> 'pay_date'), sum(e.unlisted)
        FROM '{folder}/candidates.parquet' AS c JOIN '{folder}/evidence.parquet' AS e USING (candidate)
        WHERE e.register = 'payment' GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
    assert found == [
        ("2023", 110, "2023-01-15", "2023-10-15", 0),
        ("2024", 110, "2024-01-15", "2024-10-15", 0),
    ]


def test_the_column_must_be_declared() -> None:
    document: dict[str, Any] = dict(read_yaml(MODELS / "M07" / "model.yaml"))
    document["evidence"] = [{"register": "payment", "match": {"account": "account"}, "period": "paid"}]
    with pytest.raises(DeclarationError, match="'paid' is no declared column of payment"):
        read_model(document, "M07/model.yaml")
