"""`lianheng trail verify-file`, through the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from lianheng.cli.main import main
from lianheng.engine.merkle_log.checkpoint import SigningKey

from .conftest import Log


@pytest.fixture
def proof(log: Log, tmp_path: Path) -> Path:
    path = tmp_path / "proof.json"
    path.write_text(log.bundle(3), encoding="ascii")
    return path


def test_it_prints_what_is_proved(proof: Path, log: Log, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trail", "verify-file", str(proof), "--key", log.key.vkey]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "OK: entry 3 is in the log qijian.example/trail (7 entries at the checkpoint)"
    assert 'action: "ledger.task_closed"' in lines
    assert lines[-1] == r'payload: {"n": 3, "share": 0.5, "\u8bf4\u660e": "\u7b2c3\u4ef6"}'


def test_it_says_that_the_payload_is_closed(log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "closed.json"
    path.write_text(log.bundle(3, opened=False), encoding="ascii")
    assert main(["trail", "verify-file", str(path), "--key", log.key.vkey]) == 0
    assert capsys.readouterr().out.endswith("payload: not opened in this file\n")


def test_the_key_may_be_a_file(proof: Path, log: Log, tmp_path: Path) -> None:
    key = tmp_path / "trail.vkey"
    key.write_text(log.key.vkey + "\r\n", encoding="utf-8", newline="")
    assert main(["trail", "verify-file", str(proof), "--key", str(key)]) == 0


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"index": 3', '"index": 4', "another root"),
        ("\\n7\\n", "\\n8\\n", "is wrong"),
        ('{\\"n\\":3', '{\\"n\\":4', "not the one that the entry commits to"),
        ('"index"', '"Index"', "lacks or adds fields: Index, index"),
        ("  ", " ", "not as issued"),
        ("qijian", "qij\u00e9an", "not as issued"),
    ],
)
def test_a_changed_file_is_refused(
    proof: Path, log: Log, capsys: pytest.CaptureFixture[str], old: str, new: str, reason: str
) -> None:
    text = proof.read_text(encoding="ascii")
    assert old in text
    proof.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert main(["trail", "verify-file", str(proof), "--key", log.key.vkey]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("REFUSED: ")
    assert reason in captured.err
    assert captured.err.count("\n") == 1


def test_a_proof_of_another_log_is_refused(proof: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = SigningKey.generate("other.example")
    assert main(["trail", "verify-file", str(proof), "--key", other.vkey]) == 1
    assert "not signed by the key other.example" in capsys.readouterr().err


def test_what_cannot_be_checked_ends_with_2(
    proof: Path, log: Log, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret, binary = tmp_path / "trail.key", tmp_path / "binary"
    log.key.to_file(secret)
    binary.write_bytes(b"\xff\xfe")
    for path, key, reason in [
        (tmp_path / "absent.json", log.key.vkey, "cannot read the proof file"),
        (tmp_path, log.key.vkey, "cannot read the proof file"),
        (proof, "absent.vkey", "neither a key file nor a verifier key"),
        (proof, log.key.vkey.replace("qijian", "qijiam"), "a letter was changed or lost"),
        (proof, str(secret), "private key"),
        (proof, str(binary), "not UTF-8"),
        (proof, "k" * 5000, "--key"),
        (proof, "a\0b", "--key"),
    ]:
        assert main(["trail", "verify-file", str(path), "--key", key]) == 2
        captured = capsys.readouterr()
        assert captured.out == ""
        assert reason in captured.err
        assert captured.err.count("\n") == 1
        assert log.key.to_text().rpartition("+")[2] not in captured.err


def test_a_missing_argument_is_a_usage_error() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["trail", "verify-file"])
    assert caught.value.code == 2


def test_without_a_key_it_proves_nothing_and_says_so(proof: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trail", "verify-file", str(proof)]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("NOT PROVED: the file fits together as entry 3 of the log qijian.example/trail")
    assert lines[1] == "signature: NOT CHECKED, no key was given" and "--key" in lines[2]
    assert not any(line.startswith("OK") for line in lines)


def test_a_key_beside_the_file_is_not_one_from_another_place(
    proof: Path, log: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    beside = proof.parent / "log.vkey"
    beside.write_text(log.key.vkey + "\n", encoding="ascii")
    assert main(["trail", "verify-file", str(proof)]) == 3
    said = capsys.readouterr().out
    assert "fits the log.vkey beside the file" in said and "NOT CHECKED against a key known from another place" in said
    assert main(["trail", "verify-file", str(proof), "--key", str(beside)]) == 0
    capsys.readouterr()
    beside.write_text(SigningKey.generate("other.example").vkey, encoding="ascii")
    assert main(["trail", "verify-file", str(proof)]) == 1
    assert "not signed by the key other.example" in capsys.readouterr().err
    beside.write_text("no key", encoding="ascii")
    assert main(["trail", "verify-file", str(proof)]) == 2
    assert "log.vkey beside the proof file cannot be used" in capsys.readouterr().err


def test_without_a_key_a_changed_file_is_refused(proof: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proof.write_text(proof.read_text(encoding="ascii").replace('"index": 3', '"index": 4'), encoding="ascii")
    assert main(["trail", "verify-file", str(proof)]) == 1
    assert capsys.readouterr().err.startswith("REFUSED: ")


def test_it_needs_no_django(proof: Path, log: Log) -> None:
    program = (
        "import sys; from lianheng.cli.main import main; code = main(sys.argv[1:]); "
        "sys.exit(99 if 'django' in sys.modules else code)"
    )
    command = [sys.executable, "-c", program, "trail", "verify-file", str(proof), "--key", log.key.vkey]
    source = Path(__file__).parents[4]
    result = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=60, check=False)
    assert (result.returncode, result.stderr) == (0, "")
