"""No number of a real kind of person stands in a committed file: identity cards, mobile telephones."""

import re

import pytest
from repository import ROOT, committed_files, text_of

IDENTITY = re.compile(
    r"(?<![0-9A-Za-z])[1-9]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])"
)
MOBILE = re.compile(r"(?<![0-9A-Za-z.+/=_-])1[3-9]\d{9}(?![0-9A-Za-z+/=_])")


def _found(text: str) -> list[str]:
    return [match.group() for pattern in (IDENTITY, MOBILE) for match in pattern.finditer(text)]


def test_no_committed_file_holds_one() -> None:
    texts = ((path, text_of(path)) for path in committed_files())
    found = {str(path.relative_to(ROOT)): numbers for path, text in texts if text and (numbers := _found(text))}
    assert not found


@pytest.mark.parametrize("start", ["43042119", "43042120"])
def test_it_would_find_an_identity_number(start: str) -> None:
    assert _found(f"身份证 {start}" + "90" + "0307" + "123" + "X。")


def test_it_would_find_a_mobile_number_and_leaves_division_codes_alone() -> None:
    assert _found("电话：1" + "3900001111")
    assert not _found("430421100001 20261203 0.13912345678")
