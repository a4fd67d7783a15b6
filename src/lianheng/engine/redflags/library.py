"""A library of models: registers, shared tables and models that fit each other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

import duckdb
from sqlglot import exp

from lianheng.engine.redflags.binding import bind
from lianheng.engine.redflags.cases import Case, result_types
from lianheng.engine.redflags.decisive import check_decisive
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.narrowing import narrow_query, narrowed
from lianheng.engine.redflags.problems import DeclarationError, Problem, note_faults
from lianheng.engine.redflags.query import check_query, parse_query, tables_of
from lianheng.engine.redflags.register import Register
from lianheng.engine.redflags.sandbox import create_table, open_sandbox
from lianheng.engine.redflags.types import ColumnType

_ANY_DAY = dt.date(2024, 12, 31)


@dataclass(frozen=True, slots=True)
class Library:
    """Checked models by id, with the registers they read, the tables they share (in order) and their cases."""

    title: str
    registers: dict[str, Register]
    prepare: dict[str, exp.Query]
    models: dict[str, Model]
    cases: dict[str, tuple[Case, ...]]
    # The definitions are in doubles (library.yaml): `ieee_double` and `quotient` are allowed.
    doubles: bool = False
    # What is wrong with the office's own files, by the model that it keeps from running: such a model is not among
    # `models`. A fault that hits no model stands under the name of its file.
    faults: dict[str, list[Problem]] = field(default_factory=dict)


def check_library(library: Library) -> None:
    """Check every query and shared table, and run each once on empty tables.

    Raises
    ------
    DeclarationError naming every problem of every model.
    """
    common, faults = find_faults(library)
    problems = [*common, *(problem for found in faults.values() for problem in found)]
    if problems:
        raise DeclarationError(problems)


def find_faults(library: Library) -> tuple[list[Problem], dict[str, list[Problem]]]:
    """What is wrong, apart by model, so that the others can still run.

    Parameters
    ----------
    library : whose queries and shared tables are checked, and each run once on empty tables.

    Returns
    -------
    Problems of what models share (registers, prepare.sql), and those of each faulty model by its id.
    """
    common = [] if library.doubles else _doubles_of_registers(library)
    common += _prepared(library)
    faults: dict[str, list[Problem]] = {}
    for model in library.models.values():
        note_faults(faults, model.id, [*check_inputs(model, library.registers), *_own_words(model, library)])
    connection = open_sandbox()
    shared = {} if common else _try_prepare(connection, library, common)
    for model in library.models.values():
        if model.id not in faults and not (common and model.prepared):
            note_faults(faults, model.id, _query(connection, model, shared))
    connection.close()
    return common, faults


def check_inputs(model: Model, registers: Mapping[str, Register]) -> list[Problem]:
    """Registers and columns that a model reads and that are not declared so."""
    problems = []
    for name, given in model.inputs.items():
        register = registers.get(name)
        if register is None:
            text = f"there is no register {name!r} (library/registers/{name}.yaml)"
            problems.append(Problem(model.file, f"inputs.{name}", text))
            continue
        for column, type_ in given.columns.items():
            declared = register.types.get(column)
            if declared is None:
                text = f"register {name} has no column {column!r}; it has {', '.join(register.columns)}"
                problems.append(Problem(model.file, f"inputs.{name}.columns", text))
            elif declared != type_:
                text = f"{column} is {declared} in the register, and {type_} here"
                problems.append(Problem(model.file, f"inputs.{name}.columns", text))
    return problems


def _doubles_of_registers(library: Library) -> list[Problem]:
    """Registers with doubles in a library that does not say `doubles: true`."""
    return [
        Problem(
            f"{register.id}.yaml", f"columns.{name}", "ieee_double is for libraries with `doubles: true`: use decimal"
        )
        for register in library.registers.values()
        for name, type_ in register.types.items()
        if type_.name == "ieee_double"
    ]


def _own_words(model: Model, library: Library) -> list[Problem]:
    """Words of a model that its library does not have: doubles, shared tables."""
    problems = []
    if "quotient(" in model.query.lower() and not library.doubles:
        text = "quotient is for libraries with `doubles: true`: write ratio(a, b, decimals)"
        problems.append(Problem(model.file, "query", text))
    for name in model.prepared:
        if name not in library.prepare:
            text = f"prepare.sql makes no table {name!r}; it makes {', '.join(library.prepare) or 'none'}"
            problems.append(Problem(model.file, "prepared", text))
    return problems


def _prepared(library: Library) -> list[Problem]:
    known: set[str] = set(library.registers)
    problems = []
    for name, tree in library.prepare.items():
        if name in known:
            problems.append(Problem("prepare.sql", name, "is the name of a register or of an earlier table"))
        problems += check_query(tree, f"prepare.sql ({name})", known, {})
        known.add(name)
    return problems


def _try_prepare(
    connection: duckdb.DuckDBPyConnection, library: Library, problems: list[Problem]
) -> dict[str, list[tuple[str, str]]]:
    """Make the shared tables from empty registers; their columns and types by table."""
    if not library.prepare:
        return {}
    for register in library.registers.values():
        create_table(connection, register.id, register.types)
    shared = {}
    for name, tree in library.prepare.items():
        try:
            bound = bind(tree, {}, _ANY_DAY).sql(dialect="duckdb")
            connection.execute(f'CREATE TEMP TABLE "{name}" AS {bound}')
            described = connection.execute(f'DESCRIBE "{name}"').fetchall()
            shared[name] = [(row[0], row[1]) for row in described]
        except duckdb.Error as error:
            problems.append(Problem(f"prepare.sql ({name})", "query", _first_line(error)))
    for register in library.registers.values():
        connection.execute(f'DROP TABLE "{register.id}"')
    return shared


def _query(
    connection: duckdb.DuckDBPyConnection, model: Model, shared: Mapping[str, list[tuple[str, str]]]
) -> list[Problem]:
    file = model.file.replace("model.yaml", "query.sql")
    try:
        tree = parse_query(model.query, file)
    except DeclarationError as error:
        return error.problems
    tables = {*model.inputs, *model.prepared}
    problems = check_query(tree, file, tables, model.parameters)
    unused = tables - tables_of(tree) - _read_by_prepared(model)
    problems += [Problem(file, "query", f"{name} is declared and not read") for name in sorted(unused)]
    if problems:
        return problems
    for name, given in model.inputs.items():
        create_table(connection, name, given.columns)
    problems = [*_narrowing(connection, model), *check_decisive(connection, model, _ANY_DAY)]
    if problems:
        return problems
    try:
        bound = bind(tree, model.parameters, _ANY_DAY).sql(dialect="duckdb")
        described = connection.execute(f"DESCRIBE {bound}").fetchall()
    except duckdb.BinderException as error:
        return [Problem(file, "query", f"{_first_line(error)} {_declared_columns(model)}")]
    except duckdb.Error as error:
        return [Problem(file, "query", _first_line(error))]
    finally:
        for name in model.inputs:
            connection.execute(f'DROP TABLE IF EXISTS "{name}"')
    return [Problem(file, "query", text) for text in _contract(model, {row[0]: row[1] for row in described})]


def _narrowing(connection: duckdb.DuckDBPyConnection, model: Model) -> list[Problem]:
    """What is wrong with the conditions that narrow inputs: allowed are those of a query, without parameters."""
    problems = []
    for name in narrowed(model):
        where = f"inputs.{name}.narrow"
        try:
            sql = narrow_query(model, name)
            problems += check_query(parse_query(sql, model.file), model.file, set(model.inputs), {})
            connection.execute(f"DESCRIBE {sql}")
        except DeclarationError as error:
            problems += error.problems
        except duckdb.Error as error:
            problems.append(Problem(model.file, where, _first_line(error)))
    return problems


def _read_by_prepared(model: Model) -> set[str]:
    # A model that reads a shared table declares the registers below it for freshness and coverage.
    return set(model.inputs) if model.prepared else set()


def _contract(model: Model, returned: Mapping[str, str]) -> list[str]:
    """How the columns that the query returns differ from the declared ones."""
    types = result_types(model)
    texts = [f"does not return {name}" for name in types if name not in returned]
    texts += [f"returns {name}, which is neither a key nor a measure" for name in returned if name not in types]
    for name, type_ in types.items():
        if name in returned and not _fits(type_, returned[name]):
            texts.append(f"returns {name} as {returned[name]}; declared is {type_}: add cast({name} AS {type_.sql})")
    return texts


def _fits(declared: ColumnType, returned: str) -> bool:
    if returned in ('"NULL"', "NULL"):
        return True
    if declared.name == "integer":
        return returned in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER")
    if declared.name == "decimal":
        return returned.startswith("DECIMAL") and returned.endswith(f",{declared.scale})")
    return returned == declared.sql


def _declared_columns(model: Model) -> str:
    """What a query may name: DuckDB tells of a missing column in words that do not help here."""
    inputs = "; ".join(f"{name} has {', '.join(given.columns)}" for name, given in model.inputs.items())
    return f"(a query sees only the columns that model.yaml declares: {inputs})"


def _first_line(error: Exception) -> str:
    lines = [line for line in str(error).splitlines() if line.strip()]
    return lines[0] if lines else type(error).__name__
