"""URL × method × person: what everybody in the city gets for every address, as `matrix.csv` says.

`matrix.csv` is the rule: for each address and method the groups of `groups.py` with their answer, `*` for all others.
Answers to GET are compared exactly. A POST goes with an empty body: "refused" is 403, 409 or 422, "done" is 2xx or
3xx (acts that need no body), 404 is 404. Who is not logged in is led to the log-in page wherever the row doesn't
name VISITORS and the address is not public. (What happens to a whole body: test_trail_of_writes.)
"""

import csv
from dataclasses import dataclass
from pathlib import Path

import pytest
from access import table
from asking import ADDRESSES, Watch, client_of, path, undone, without_pages, word
from city import City
from groups import EVERYBODY, GROUPS, SPREAD, VISITORS

from lianheng.web.trail.models import TrailEntry

pytestmark = pytest.mark.django_db
FILE = Path(__file__).with_name("matrix.csv")
ACCESS = table()


@dataclass(frozen=True)
class Row:
    """One line of the matrix."""

    address: str
    method: str
    thing: str
    expected: str

    def answer_for(self, person: str) -> str:
        """Return what a person gets: the first group that holds them, visitors the log-in page."""
        rules = [rule.rsplit("=", 1) for rule in self.expected.split()]
        for groups, answer in rules[:-1]:
            if any(person in GROUPS[group] for group in groups.split("+")):
                return answer
        public = ACCESS[self.address]["roles"] == "public"
        return "login" if person in VISITORS and not public else rules[-1][1]

    @property
    def parts(self) -> dict[str, str]:
        return dict([self.thing.split("=", 1)]) if self.thing else {}


ROWS = [Row(**line) for line in csv.DictReader(FILE.open(encoding="utf-8"))]


def _met(answer: str, expected: str, method: str) -> bool:
    if method == "GET" or expected in ("404", "login"):
        return answer == expected
    if expected == "refused":
        return answer in ("403", "409", "422")
    return expected == "done" and answer[0] in "23"


def test_every_address_and_method_stands_in_the_matrix() -> None:
    wanted = {(name, method) for name in ADDRESSES for method in ACCESS.get(name, {"methods": ("GET",)})["methods"]}
    listed = {(row.address, row.method) for row in ROWS}
    assert not sorted(wanted - listed), "add lines to matrix.csv beside this file"
    assert not sorted(listed - wanted), "matrix.csv names what is not there"


def test_every_row_ends_with_the_answer_for_all_others() -> None:
    bad = [row for row in ROWS if not row.expected.split()[-1].startswith("*=")]
    assert not bad


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.address} {row.thing}".strip())
def test_everybody_gets_what_the_matrix_says(row: Row, whole_city: City) -> None:
    url, wrong = path(whole_city, row.address, **row.parts), []
    with without_pages():
        for person in EVERYBODY if " " in row.expected else SPREAD:
            expected = row.answer_for(person)
            with undone():
                client, watch = client_of(whole_city, person), Watch()
                answer = word(watch.ask(client, row.method, url))
            if not _met(answer, expected, row.method):
                wrong.append(f"{person}: {answer} instead of {expected}")
            if row.method == "POST" and expected != "done" and watch.written:
                wrong.append(f"{person}: refused, but wrote {sorted(watch.written)}")
            if row.method == "POST" and answer in ("403", "404") and person not in VISITORS:
                entries = [(entry.result, entry.actor) for entry in watch.entries]
                if entries != [(TrailEntry.REFUSED, f"user:{whole_city.people[person].pk}")]:
                    wrong.append(f"{person}: {answer} left {entries}")
    assert not wrong, "\n".join(wrong)
