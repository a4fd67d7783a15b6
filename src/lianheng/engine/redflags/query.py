"""What a query may be: one SELECT over declared tables, with functions that mean the same on every back end."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from lianheng.engine.redflags.fields import NAME
from lianheng.engine.redflags.model import Parameter
from lianheng.engine.redflags.problems import DeclarationError, Problem

# By sqlglot's name of the parsed function. What is not here is refused: it may differ by back end, or reach outside.
ALLOWED = frozenset(
    """sum count min max logicalor logicaland groupconcat
    coalesce nullif greatest least case if cast and or not exists
    abs round floor ceil sqrt pow ln sin cos asin acos atan2 radians mod sign
    concat concatws substring left right lower upper trim length replace startswith strposition
    extract datediff timetostr datetrunc timestamptrunc
    rownumber rank denserank lag lead firstvalue lastvalue ntile""".split()  # noqa: SIM905
)
# Our own, expanded before the query runs.
MACROS = {"setting": (2, 3), "ratio": (3, 3), "minutes_between": (2, 2), "metres_between": (4, 4),
          "quotient": (2, 2)}  # fmt: skip
_HINTS = {
    "avg": "write ratio(sum(x), count(x), 2)",
    "year": "write extract(year FROM day)",
    "month": "write extract(month FROM day)",
    "quantile": "write the quantile out (type 8, see docs/reference/redflags-model-format.md)",
    "quantilecont": "write the quantile out (type 8, see docs/reference/redflags-model-format.md)",
    "percentilecont": "write the quantile out (type 8, see docs/reference/redflags-model-format.md)",
    "median": "write the quantile out (type 8, see docs/reference/redflags-model-format.md)",
    "currentdate": "write $today",
    "currenttimestamp": "write $today",
    "trycast": "registers are typed when they are loaded: write cast(x AS type)",
}
_FLOATS = {exp.DataType.Type.FLOAT}
_FORBIDDEN: tuple[type[exp.Expression], ...] = (
    exp.Into, exp.Lateral, exp.Unnest, exp.Pivot, exp.TableSample, exp.Command, exp.DDL, exp.DML, exp.Lambda, 
    exp.Values, exp.Bracket, exp.Explode, exp.Parameter, exp.SessionParameter,
)  # fmt: skip
_CREATE = re.compile(r"^\s*CREATE\s+TABLE\s+([a-z][a-z0-9_]*)\s+AS\b", re.IGNORECASE)


def parse_query(sql: str, file: str) -> exp.Query:
    """The one SELECT (or UNION of SELECTs) in a query file.

    Parameters
    ----------
    sql : text in DuckDB's dialect.
    file : its name, for messages.

    Returns
    -------
    sqlglot's tree.

    Raises
    ------
    DeclarationError: not SQL (with line), several statements, or not a SELECT.

    Example
    -------
    >>> parse_query("DELETE FROM payment", "m/query.sql")
    Traceback (most recent call last):
    lianheng.engine.redflags.problems.DeclarationError: m/query.sql: statement: one SELECT is expected, got DELETE
    """
    try:
        trees = _parsed(sql)
    except SqlglotError as error:
        details = getattr(error, "errors", None) or [{}]
        where = f"line {details[0].get('line', '?')}, column {details[0].get('col', '?')}"
        message = details[0].get("description") or str(error).splitlines()[0]
        raise DeclarationError([Problem(file, where, f"not readable as SQL: {message}")]) from error
    if len(trees) != 1:
        raise DeclarationError([Problem(file, "statement", f"one SELECT is expected, got {len(trees)} statements")])
    if not isinstance(trees[0], exp.Query):
        got = trees[0].key.upper()
        raise DeclarationError([Problem(file, "statement", f"one SELECT is expected, got {got}")])
    return trees[0]


@lru_cache(maxsize=512)
def _parsed(sql: str) -> list[exp.Expression]:
    # Parsing is the dearest step of a check; nobody changes the trees (`bind` copies).
    return [tree for tree in sqlglot.parse(sql, dialect="duckdb") if tree is not None]


def parse_prepare(sql: str, file: str) -> dict[str, exp.Query]:
    """The shared tables of a library, in order: `CREATE TABLE name AS SELECT …;` and nothing else.

    Example
    -------
    >>> list(parse_prepare("CREATE TABLE by_year AS SELECT year, sum(area) AS area FROM subsidy GROUP BY year;", "p"))
    ['by_year']
    """
    tables: dict[str, exp.Query] = {}
    for part in _statements(sql, file):
        found = _CREATE.match(part)
        if not found:
            problem = Problem(file, part.strip().split("\n")[0][:40], "expected CREATE TABLE name AS SELECT …")
            raise DeclarationError([problem])
        tables[found[1].lower()] = parse_query(part[found.end() :], f"{file} ({found[1]})")
    return tables


def _statements(sql: str, file: str) -> Iterator[str]:
    bare = re.sub(r"--[^\n]*", "", sql)
    yield from (part for part in bare.split(";") if part.strip())


def tables_of(tree: exp.Query) -> set[str]:
    """The names of the tables that a query reads, its own WITH names left out."""
    own = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    return {table.name.lower() for table in tree.find_all(exp.Table) if table.name} - own


def check_query(
    tree: exp.Query, file: str, tables: Collection[str], parameters: Mapping[str, Parameter]
) -> list[Problem]:
    """What the query does that a model's query may not.

    Parameters
    ----------
    tree : from `parse_query`.
    file : its name, for messages.
    tables : names that it may read: declared inputs and prepared tables.
    parameters : what may stand as `$name`; `$today` always may.

    Returns
    -------
    Problems; empty where the query is allowed.

    Example
    -------
    >>> tree = parse_query("SELECT avg(a) FROM read_csv('/etc/passwd')", "q")
    >>> [problem.message for problem in check_query(tree, "q", {"payment"}, {})]  # doctest: +NORMALIZE_WHITESPACE
    ["reads READ_CSV('/etc/passwd'): only declared tables may be read (payment)",
     'avg is not allowed: write ratio(sum(x), count(x), 2)',
     'readcsv is not allowed: it is not on the list of functions that mean the same on every back end']
    """
    checks: tuple[Callable[..., Iterator[str]], ...] = (_tables, _forbidden, _functions, _placeholders, _casts)
    return [Problem(file, "query", text) for check in checks for text in check(tree, tables, parameters)]


def _tables(tree: exp.Query, tables: Collection[str], _: Mapping[str, Parameter]) -> Iterator[str]:
    known = ", ".join(sorted(tables))
    for cte in tree.find_all(exp.CTE):
        if cte.alias_or_name.lower() in tables:
            yield f"WITH {cte.alias_or_name} hides the declared table of that name: choose another name"
        within = cte.parent
        if within is None:
            continue
        if within.args.get("recursive"):
            yield "WITH RECURSIVE is not allowed: it need not end"
        # A WITH further in could lend its name to a table that is read outside it.
        if within.parent is not tree:
            yield f"WITH {cte.alias_or_name} stands inside another SELECT: put every WITH at the top"
        if not NAME.fullmatch(cte.alias_or_name):
            yield f"WITH {cte.alias_or_name!r}: use small letters, digits and _"
    own = {cte.alias_or_name.lower() for cte in tree.find_all(exp.CTE)}
    for table in tree.find_all(exp.Table):
        plain = isinstance(table.this, exp.Identifier) and not table.args.get("db") and not table.args.get("catalog")
        if not plain:
            yield f"reads {table.sql(dialect='duckdb')}: only declared tables may be read ({known})"
        elif table.name.lower() not in own and table.name.lower() not in tables:
            yield f"reads {table.name!r}, which is not declared under inputs or prepared ({known})"


def _forbidden(tree: exp.Query, *_: object) -> Iterator[str]:
    for node in tree.find_all(*_FORBIDDEN):
        yield f"{node.key.upper()} is not allowed in a query: {node.sql(dialect='duckdb')[:60]}"
    for qualify in tree.find_all(exp.Qualify):
        # Other dialects turn QUALIFY into a SELECT around this one, where the groups are gone.
        if any(not isinstance(inner.parent, exp.Window) for inner in qualify.find_all(exp.AggFunc)):
            yield "QUALIFY over a sum or count of groups: make the groups in a WITH of their own first"


def _functions(tree: exp.Query, *_: object) -> Iterator[str]:
    for node in tree.find_all(exp.Func):
        name = node.name.lower() if isinstance(node, (exp.Anonymous, exp.AnonymousAggFunc)) else node.key
        if isinstance(node, exp.Anonymous) and name in MACROS:
            low, high = MACROS[name]
            if not low <= len(node.expressions) <= high:
                yield f"{name} takes {low} to {high} arguments" if low < high else f"{name} takes {low} arguments"
        elif name not in ALLOWED:
            default = "it is not on the list of functions that mean the same on every back end"
            yield f"{name} is not allowed: {_HINTS.get(name, default)}"
        if isinstance(node, exp.DateDiff) and node.text("unit").upper() not in ("DAY", ""):
            yield "date_diff counts 'day' only; minutes are minutes_between(from, to)"


def _placeholders(tree: exp.Query, _: Collection[str], parameters: Mapping[str, Parameter]) -> Iterator[str]:
    known = ", ".join(["$today", *(f"${name}" for name in parameters)])
    used = set()
    for node in tree.find_all(exp.Placeholder):
        used.add(node.name)
        if node.name != "today" and node.name not in parameters:
            yield f"${node.name} is not declared under parameters ({known})"
        elif node.name in parameters and "region" in parameters[node.name].varies:
            yield f"{node.name} varies by region: write setting('{node.name}', region) instead of ${node.name}"
    for call in tree.find_all(exp.Anonymous):
        if call.name.lower() == "setting" and call.expressions:
            name = call.expressions[0].name
            used.add(name)
            if not call.expressions[0].is_string or name not in parameters:
                yield f"setting({call.expressions[0].sql()}, …) names no parameter ({known})"
    for name in parameters:
        if name not in used:
            yield f"parameter {name} is declared and not used"


def _casts(tree: exp.Query, *_: object) -> Iterator[str]:
    for node in tree.find_all(exp.Div, exp.IntDiv):
        yield f"{node.sql(dialect='duckdb')[:60]}: division differs by back end: write ratio(a, b, decimals)"
    for type_ in tree.find_all(exp.DataType):
        if type_.this in _FLOATS:
            yield f"{type_.sql()} is not exact: cast to DECIMAL(p, s); DOUBLE only for places on the map"
