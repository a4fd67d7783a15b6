"""Which lines count: strict JSON, one process a line; the rest is left out and named."""

from __future__ import annotations

import json

import pytest

pytestmark = pytest.mark.slow

ONE = {"ocid": "x", "tender": {"numberOfTenderers": 1, "procurementMethod": "open"}}
LINE = json.dumps(ONE).encode()
R018 = {"R018": {}}


def lone(extra: bytes) -> bytes:
    return LINE[:-1] + b', "extra": ' + extra + b"}"


NOT_JSON = {
    "cut short": LINE[:-1],
    "NaN": lone(b"NaN"),
    "infinite": lone(b"-Infinity"),
    "trailing comma": lone(b"[1,]"),
    "leading zero": lone(b"01"),
    "comment": lone(b"1 /* x */"),
    "two values": LINE + LINE,
    "control character": lone(b'"a\tb"'),
    "half a character": lone(b'"\\ud800"'),
    "not UTF-8": lone(b'"\xff"'),
    "GB18030": lone('"采购"'.encode("gb18030")),
    "byte-order mark": b"\xef\xbb\xbf" + LINE,
    "too deep": lone(b"[" * 127 + b"]" * 127),
}


@pytest.mark.parametrize("name", NOT_JSON)
def test_a_line_that_is_no_json_is_left_out_and_named(indicators, name):
    good = json.dumps({**ONE, "ocid": "good"}).encode()
    bad = NOT_JSON[name]
    result = indicators(good.replace(b"good", b"before") + b"\n" + bad + b"\n" + good + b"\n", R018)
    assert set(result["OCID"]) == {"before", "good"}
    lines = indicators.outcome.lines
    assert lines.read == 3
    assert lines.skipped == 1
    assert lines.warnings[0].startswith("line 2 is left out: ")


ODD_BUT_JSON = {
    "as deep as may be": lone(b"[" * 126 + b"]" * 126),
    "many brackets": lone(b"[" + b"[]," * 200 + b'"]]]{{{"' + b"]"),
    "a number no double holds": lone(b"1e400"),
    "thousands of digits": lone(b"9" * 5000),
    "blanks and CR": b" \t" + LINE + b" \r",
    "a key twice, the last counts": b'{"ocid": "first", "tender": 5, ' + LINE[1:],
    "escaped key": LINE.replace(b"ocid", b"\\u006fcid"),
    "line separators": lone('"a\u2028b\x85c"'.encode()),
}


@pytest.mark.parametrize("name", ODD_BUT_JSON)
def test_odd_json_is_read(indicators, name):
    result = indicators(ODD_BUT_JSON[name] + b"\n", R018)
    assert set(result["OCID"]) == {"x"}
    assert indicators.outcome.lines.skipped == 0


def test_the_last_of_a_repeated_key_counts_below_too(indicators):
    assert set(indicators(LINE[:-2] + b', "numberOfTenderers": 2}}', {"R018": {}})) == {"Meta", "Maps"}


@pytest.mark.parametrize("line", [b"", b"  ", b"\r", b"\x0c", b"[1]", b'"x"', b"5", b"null", b"{}", b'{"ocid": 5}'])
def test_blank_lines_and_values_without_ocid_are_ignored_silently(indicators, line):
    result = indicators(line + b"\n" + LINE + b"\n" + line + b"\n", R018)
    assert result["OCID"] == {"x": {"R018": 1.0}}
    assert indicators.outcome.lines.warnings == []


def test_an_empty_file_and_no_settings(indicators):
    result = indicators(b"", {"R025": {}, "R038": {}})
    assert result["Meta"] == {"R025": {"q1": None, "q3": None, "lower_fence": None, "upper_fence": None}}
    assert set(result) == {"Meta", "Maps"}
    assert len(result["Maps"]) == 8
    assert indicators(LINE, {}, maps=False) == {"Meta": {}}


def test_an_empty_ocid_is_an_ocid(indicators):
    assert indicators(LINE.replace(b'"x"', b'""'), R018)["OCID"] == {"": {"R018": 1.0}}


def test_a_line_longer_than_the_usual_buffer_is_read(indicators):
    result = indicators(lone(b'"' + b"x" * (17 << 20) + b'"') + b"\n" + LINE.replace(b'"x"', b'"y"'), R018)
    assert set(result["OCID"]) == {"x", "y"}


def test_ids_with_quotes_and_escapes_come_out_as_they_are(indicators):
    name = 'a"\\\u0000\n/中\U0001f600'
    for ascii_ in (True, False):
        line = json.dumps({**ONE, "ocid": name}, ensure_ascii=ascii_).encode()
        assert set(indicators(line, R018)["OCID"]) == {name}


def test_a_repeated_ocid_is_one_entry(indicators):
    bids = [{"status": "valid", "tenderers": [{"id": i}]} for i in "AB"]
    lines = [{**ONE, "bids": {"details": bids[:1]}}, {**ONE, "bids": {"details": bids[1:]}}]
    result = indicators(lines, {"R018": {}, "R038": {}})
    assert result["OCID"] == {"x": {"R018": 1.0}}
    assert result["Maps"]["ocid_tenderer"] == {"x": ["A", "B"]}


@pytest.mark.parametrize("shift", range(3))
@pytest.mark.parametrize("trouble", ['"buyer": 5', '"buyer": ["采购"]', '"buyer": {"id": "B", "id": "A"}'])
def test_a_field_of_another_type_beside_chinese_text_is_read(indicators, trouble, shift):
    # DuckDB quotes such a line cut off in the midst of a character, which is then no text.
    first = '{"ocid": "y", ' + trouble[:-1] + (', "note": "' if trouble[-1] == "}" else trouble[-1] + ', "note": "')
    first += "x" * shift + "采购" * 300 + '"}' + ("}" if trouble[-1] == "}" else "")
    bids = {"details": [{"status": s, "tenderers": [{"id": "T"}]} for s in ("valid", "disqualified")]}
    second = {**ONE, "bids": bids, "buyer": {"id": "A"}}
    third = json.dumps({**second, "ocid": "z"}).encode()[:-1] + b', "n": "\\u91c7\\ud83d\\ude00", "tender": []}'
    result = indicators(first.encode() + b"\n" + json.dumps(second).encode() + b"\n" + third, {"R018": {}, "R038": {}})
    assert result["OCID"] == {"x": {"R018": 1.0}}
    assert result["Maps"]["ocid_buyer_r038"] == {"x": "A", "z": "A"}
    assert indicators.outcome.processes == 3
    assert indicators.outcome.lines.skipped == 0
