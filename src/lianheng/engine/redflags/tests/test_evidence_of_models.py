"""Every model freezes the rows that decide; its cases name them (`evidence:`), and `try_model` holds them to it.

Here: that no reason and no register goes without such a case, and that the cases would notice a lost order.
"""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from lianheng.engine.redflags.cases import read_cases
from lianheng.engine.redflags.deciding import collect_case, frozen_rows
from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.model import Model
from lianheng.engine.redflags.problems import DeclarationError
from lianheng.engine.redflags.sandbox import create_table, open_sandbox
from lianheng.engine.redflags.trial import bound_queries, try_model, with_parameters
from lianheng.library.models import MODELS, load_library
from lianheng.library.strict_yaml import read_yaml

IDS = sorted(path.parent.name for path in MODELS.glob("*/model.yaml"))
# Registers that a model reads and whose rows it does not freeze, and why.
NOT_FROZEN: Mapping[str, str] = {
    "M01 scheme": "only leaves schemes out",
    "M02 scheme": "says which schemes count; the candidate names the scheme",
    "M03 scheme": "says which schemes count; the benefit names the scheme",
    "M06 scheme": "says which schemes count; the benefit names the scheme",
    "M06 kin": "relatives are given on written approval; the sentence says how many are tied how",
    "M07 institution_account": "what it holds is no candidate",
    "M09 calendar": "says which days are holidays; the row of fuel has the day",
    "M14 firm_person": "the privacy note allows firms, no people",
    "M16-T bid_score": "the privacy note allows the tender, no experts; M16 lists them",
    "M16-T expert": "the privacy note allows the tender, no experts",
    "M23 business": "the privacy note allows no people",
    "M23 officer": "the privacy note allows no people",
    "M23 kin": "the privacy note allows no people",
    "M24 trip": "the privacy note allows the village's own rows; M24-P lists journeys",
    "M24 labour_scale": "a price by kind and year, which the row of labour names",
    "M30 calendar": "counts working days",
    "M30-P calendar": "counts working days",
    "M30-P approval_limit": "an item's limit, which the case names",
}


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library(with_cases=True)


def reasons_of_flags(model: Model, library: Library) -> set[str]:
    """All reasons but those that only ever come with `cannot_tell`."""
    unknown = {row.get("reason") for case in library.cases[model.id] for row in case.expect if row["result"] != "flag"}
    return set(model.reasons) - unknown


@pytest.mark.parametrize("model_id", IDS)
def test_every_reason_is_shown_with_the_rows_that_decide(model_id: str, library: Library) -> None:
    model, shown, named = library.models[model_id], set(), set()
    for case in library.cases[model_id]:
        keys = {tuple(row.get(name) for name in (*model.keys, "period")): row.get("reason") for row in case.expect}
        shown |= {keys[row.key] for row in case.evidence}
        named |= {row.register for row in case.evidence}
    assert reasons_of_flags(model, library) <= shown - {None}
    frozen = {line.register for line in model.evidence}
    assert named == frozen
    assert {f"{model_id} {register}" for register in set(model.inputs) - frozen} == {
        key for key in NOT_FROZEN if key.split()[0] == model_id
    }


ORDERED = [id_ for id_ in IDS if "\ndecisive:" in (MODELS / id_ / "model.yaml").read_text(encoding="utf-8")]


@pytest.mark.parametrize("model_id", ORDERED)
def test_some_case_of_each_register_fails_without_its_order(model_id: str, library: Library) -> None:
    model = library.models[model_id]
    ordered = {line.register for line in model.evidence if line.first}
    unordered = replace(model, evidence=tuple(replace(line, first={}) for line in model.evidence))
    cases = tuple(case for case in library.cases[model_id] if any(row.register in ordered for row in case.evidence))
    outcomes = try_model(replace(library, cases={model_id: cases}), unordered)
    said = [text for outcome in outcomes for text in outcome.differences]
    noticed = {text.split(": ")[1].split()[0] for text in said if "is not the first row" in text}
    assert noticed == ordered


@pytest.mark.parametrize(
    ("evidence", "problem"),
    [
        ({"payroll": [{"unit": "x"}]}, "M01 freezes no rows of it"),
        ({"payment": [{"colour": "x"}]}, "is no declared column"),
        ({"payment": [{"payment_no": "z1"}]}, "only a flag has evidence"),
    ],
)
def test_a_case_may_name_only_what_can_be_frozen(
    evidence: Mapping[str, object], problem: str, library: Library
) -> None:
    document = read_yaml(MODELS / "M01" / "tests.yaml")
    rows = [row for case in document["cases"] for row in case["expect"]]
    flagged = next(row for row in rows if (row["result"] == "flag") == ("only" not in problem))
    flagged["evidence"] = evidence
    with pytest.raises(DeclarationError, match=problem):
        read_cases(document, library.models["M01"], "M01/tests.yaml")


def test_a_row_that_is_not_frozen_is_told(library: Library) -> None:
    model = library.models["M04"]
    outcomes = try_model(library, replace(model, evidence=model.evidence[1:]))
    assert any("benefit {'scheme': '特困供养'} is not in the evidence" in str(one.differences) for one in outcomes)


def test_a_row_that_two_lines_find_is_listed_once(library: Library) -> None:
    """M30 asks for the case itself and for the others of its window, which it is one of."""
    model = library.models["M30"]
    case = next(case for case in library.cases["M30"] if any(row.get("reason") == "queue_jump" for row in case.expect))
    model = with_parameters(model, case)
    connection = open_sandbox()
    for name, given in model.inputs.items():
        create_table(connection, name, given.columns, case.given[name])
    collect_case(connection, model, case, bound_queries(library, model, case)[1])
    numbers = {
        subject: [row["case_no"] for row in rows]
        for ((_, subject, _), register), rows in frozen_rows(connection, model).items()
        if register == "approval_case"
    }
    assert numbers["c6"][0] == "c6" and len(numbers["c6"]) > 5
    assert all(len(found) == len(set(found)) for found in numbers.values()), numbers
