"""What a query may do, and what is said when it does something else."""

import random
import re
from pathlib import Path

import numpy as np
import pytest

from lianheng.engine.redflags.binding import bind
from lianheng.engine.redflags.model import Parameter
from lianheng.engine.redflags.problems import DeclarationError
from lianheng.engine.redflags.query import check_query, parse_prepare, parse_query
from lianheng.engine.redflags.sandbox import create_table, open_sandbox
from lianheng.engine.redflags.types import ColumnType

DOCS = Path(__file__).resolve().parents[5] / "docs/reference/redflags-model-format.md"


def problems_of(sql: str, tables: tuple[str, ...] = ("payment",), **parameters: Parameter) -> str:
    return "\n".join(problem.message for problem in check_query(parse_query(sql, "q"), "q", tables, parameters))


def parameter(name: str, *varies: str) -> Parameter:
    return Parameter(name, ColumnType("integer"), 1, None, None, "", "", varies)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT * FROM read_csv('/etc/passwd')", "only declared tables may be read"),
        ("SELECT * FROM '/etc/passwd'", "not declared under inputs"),
        ("SELECT * FROM other.payment", "only declared tables"),
        ("SELECT * FROM range(9)", "only declared tables"),
        ("SELECT * FROM death", "not declared under inputs"),
        ("SELECT getenv('HOME') FROM payment", "getenv is not allowed"),
        ("SELECT now() FROM payment", "now is not allowed"),
        ("SELECT avg(a) FROM payment", "write ratio(sum(x), count(x), 2)"),
        ("SELECT quantile_cont(a, 0.75) FROM payment", "type 8"),
        ("SELECT a / b FROM payment", "write ratio(a, b, decimals)"),
        ("SELECT a // b FROM payment", "write ratio(a, b, decimals)"),
        ("SELECT CAST(a AS FLOAT) FROM payment", "not exact"),
        ("SELECT unnest(a) FROM payment", "UNNEST"),
        ("SELECT a[1] FROM payment", "BRACKET"),
        ("SELECT a FROM payment GROUP BY a QUALIFY row_number() OVER (ORDER BY sum(b)) = 1", "a WITH of their own"),
        ("SELECT date_diff('minute', a, b) FROM payment", "minutes_between"),
        ("SELECT $nobody FROM payment", "$nobody is not declared"),
        ("SELECT setting('nobody', a) FROM payment", "names no parameter"),
        ("WITH RECURSIVE a AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM a) SELECT * FROM a", "need not end"),
        ("WITH payment AS (SELECT 1) SELECT * FROM payment", "hides the declared table"),
        ('WITH "a.csv" AS (SELECT 1) SELECT * FROM "a.csv"', "use small letters"),
        (
            "SELECT * FROM death WHERE EXISTS (WITH death AS (SELECT 1) SELECT * FROM death)",
            "put every WITH at the top",
        ),
    ],
)
def test_it_refuses(sql: str, said: str) -> None:
    assert said in problems_of(sql)


@pytest.mark.parametrize("sql", ["DELETE FROM payment", "COPY payment TO 'x'", "ATTACH 'x'", "SELECT 1; SELECT 2", ""])
def test_it_refuses_what_is_not_one_select(sql: str) -> None:
    with pytest.raises(DeclarationError, match="one SELECT is expected"):
        parse_query(sql, "q")


def test_a_slip_in_the_sql_is_named_with_its_line() -> None:
    with pytest.raises(DeclarationError, match=r"m/query\.sql: line 2, column \d+: not readable as SQL"):
        parse_query("SELECT a\nFROM payment WHERE (", "m/query.sql")


def test_a_regional_parameter_needs_its_region_and_an_unused_one_is_named() -> None:
    assert "write setting('g', region)" in problems_of("SELECT $g FROM payment", g=parameter("g", "region"))
    assert "declared and not used" in problems_of("SELECT 1 FROM payment", g=parameter("g"))
    assert not problems_of("SELECT setting('g', a), $today FROM payment", g=parameter("g", "region"))


def test_shared_tables_are_create_table_as_select_only() -> None:
    assert list(
        parse_prepare("-- one; two\nCREATE TABLE a AS SELECT 1 AS x;\nCREATE TABLE b AS SELECT x FROM a;", "p")
    ) == [
        "a",
        "b",
    ]
    with pytest.raises(DeclarationError, match="expected CREATE TABLE name AS SELECT"):
        parse_prepare("DROP TABLE a;", "prepare.sql")


@pytest.mark.parametrize(
    "sql", ["SELECT * FROM '/etc/passwd'", "SELECT * FROM read_text('/etc/passwd')", "INSTALL fts"]
)
def test_the_sandbox_stays_shut_even_without_the_check(sql: str, tmp_path: Path) -> None:
    import duckdb

    connection = open_sandbox(folders=[tmp_path / "registers"], temp=tmp_path / "spill")
    with pytest.raises(duckdb.Error):
        connection.execute(sql).fetchall()
    with pytest.raises(duckdb.Error, match="locked"):
        connection.execute("SET memory_limit = '9GB'")


def one_value(expression: str) -> object:
    tree = bind(parse_query(f"SELECT {expression} AS x", "q"), {}, __import__("datetime").date(2024, 1, 1))
    return open_sandbox().execute(tree.sql(dialect="duckdb")).fetchone()[0]  # type: ignore[index]


def test_our_own_functions() -> None:
    assert str(one_value("ratio(24995, 100000, 4)")) == "0.2500"
    assert one_value("ratio(1, 0, 2)") is None
    assert one_value("minutes_between(TIMESTAMP '2024-01-31 23:50:59', TIMESTAMP '2024-02-01 00:10:00')") == 20
    # 0.01 degree of latitude.
    assert one_value("metres_between(26.89, 112.57, 26.90, 112.57)") == 1112


def test_the_quantile_of_the_page_is_type_8() -> None:
    sql = re.findall(r"```sql\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)[0]
    tree = parse_query(sql, "page")
    assert not check_query(tree, "page", {"t"}, {})
    chance = random.Random(8)
    connection = open_sandbox()
    columns = {"id": ColumnType("integer"), "grp": ColumnType("integer"), "value": ColumnType("integer")}
    groups = {size: [chance.randint(0, 50) for _ in range(size)] for size in (*range(1, 30), 500)}
    rows = [(i, size, value) for size, values in groups.items() for i, value in enumerate(values)]
    create_table(connection, "t", columns, rows)
    bound = bind(tree, {}, __import__("datetime").date(2024, 1, 1)).sql(dialect="duckdb")
    got = dict(connection.execute(bound).fetchall())
    for size, values in groups.items():
        assert float(got[size]) == pytest.approx(np.quantile(values, 0.75, method="median_unbiased"), abs=1e-6)
