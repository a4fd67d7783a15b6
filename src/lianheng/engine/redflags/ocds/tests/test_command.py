"""`lianheng models ocds`, and that the documentation's examples run."""

from __future__ import annotations

import doctest
import io
import json
from importlib import import_module
from types import SimpleNamespace

import pytest

from lianheng.cli.main import main

LINE = '{"ocid": "x", "tender": {"numberOfTenderers": 1, "procurementMethod": "open"}}\n'


@pytest.fixture
def files(tmp_path):
    releases, settings = tmp_path / "r*.jsonl.gz", tmp_path / "s.ini"
    releases.write_text(LINE)
    settings.write_text("[R018]\n")
    return [str(releases), "--settings", str(settings), "--out", str(tmp_path / "out.json")], tmp_path


def test_it_writes_the_result(files, capsys):
    words, folder = files
    assert main(["models", "ocds", *words, "--count"]) == 0
    result = json.loads((folder / "out.json").read_text())
    assert result["OCID"] == {"x": {"R018": 1.0}}
    assert list(result) == ["OCID", "Meta", "Maps"]
    said = capsys.readouterr()
    assert "1 lines, 1 processes; flagged: OCID 1" in said.out
    assert said.err == "OCID: 1\n"


def test_meta_and_maps_can_be_left_out(files, capsys):
    words, _ = files
    assert main(["models", "ocds", *words[:3], "--no-meta", "--no-map"]) == 0
    assert json.loads(capsys.readouterr().out) == {"OCID": {"x": {"R018": 1.0}}}


def test_it_reads_standard_input(files, capsys, monkeypatch):
    words, _ = files
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(LINE.encode())))
    assert main(["models", "ocds", "-", *words[1:3]]) == 0
    assert "OCID" in json.loads(capsys.readouterr().out)


def test_broken_lines_are_named_and_the_run_ends_well(files, capsys):
    words, folder = files
    (folder / "r*.jsonl.gz").write_bytes('{"ocid": "采购"}\n'.encode("gb18030") + LINE.encode())
    assert main(["models", "ocds", *words, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["lines"], said["left_out"], said["processes"]) == (2, 1, 1)
    assert said["warnings"][0] == "line 1 is left out: it is not UTF-8"
    assert "iconv -f GB18030 -t UTF-8" in said["warnings"][1]


def test_an_empty_file_is_told(files, capsys):
    words, folder = files
    (folder / "r*.jsonl.gz").write_text("\n")
    assert main(["models", "ocds", *words]) == 0
    assert "the file is empty" in capsys.readouterr().err


def test_a_package_instead_of_lines_gets_a_hint(files, capsys):
    words, folder = files
    (folder / "r*.jsonl.gz").write_text('{"releases": []}\n')
    assert main(["models", "ocds", *words]) == 0
    assert "one compiled release a line" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "text", "says"),
    [("s.ini", "[R999]\n", "R999"), ("s.ini", "[R003]\nthreshold = soon\n", "must be a whole number")],
)
def test_wrong_settings_stop_before_anything_is_written(files, capsys, file, text, says):
    words, folder = files
    (folder / file).write_text(text)
    assert main(["models", "ocds", *words]) == 2
    assert says in capsys.readouterr().err
    assert not (folder / "out.json").exists()


def test_missing_files_are_refused(files, capsys):
    words, folder = files
    assert main(["models", "ocds", str(folder / "none.jsonl"), *words[1:]]) == 2
    assert main(["models", "ocds", *words[:3], "--out", str(folder / "no/out.json")]) == 2
    assert main(["models", "ocds", *words, "--threads", "0"]) == 2
    assert main(["models", "ocds", *words, "--memory", "much"]) == 2
    assert sorted(path.name for path in folder.iterdir()) == ["r*.jsonl.gz", "s.ini"]
    assert "is no file" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["fences", "settings", "settings_file", "outcome"])
def test_docstring_examples(name):
    found = doctest.testmod(import_module(f"lianheng.engine.redflags.ocds.{name}"), optionflags=doctest.ELLIPSIS)
    assert found.attempted and not found.failed


def test_equal_releases_give_equal_bytes_in_whatever_order_they_come(files):
    words, folder = files
    (folder / "s.ini").write_text("[R018]\n[R025]\n[R038]\n[R048]\n")
    bids = [{"id": str(n), "status": "valid", "tenderers": [{"id": f"T{n}"}]} for n in (3, 1, 2)]
    one = {"tender": {"numberOfTenderers": 1, "procurementMethod": "open"}, "bids": {"details": bids}}
    lines = [json.dumps({"ocid": f"x{n}", **one}) for n in range(20)]
    written = []
    for order in (lines, lines[::-1]):
        (folder / "r*.jsonl.gz").write_text("\n".join(order))
        assert main(["models", "ocds", *words]) == 0
        written.append((folder / "out.json").read_bytes())
    assert written[0] == written[1] and json.loads(written[0])["Maps"]["ocid_tenderer"]["x7"] == ["T1", "T2", "T3"]
