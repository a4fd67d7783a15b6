"""The package carries its proof: the acts behind a run stand in the signed log, checkable with the package alone."""

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lianheng.cli.main import main
from lianheng.engine.merkle_log import verify_standalone
from lianheng.web.assessment.models import ResultRun, Round
from lianheng.web.assessment.services import packages, rounds
from lianheng.web.assessment.services.packages import zipped
from lianheng.web.assessment.tests import year
from lianheng.web.assessment.tests.conftest import City
from lianheng.web.evidence.services import path_of
from lianheng.web.trail.models import TrailCheckpoint

Files = dict[str, bytes]
pytestmark = pytest.mark.usefixtures("trail_key")
PROOFS = {"proof-frozen.json", "proof-computed.json", "proof-published.json"}


@pytest.fixture
def published(city: City, on_day, tmp_path: Path) -> Path:  # type: ignore[no-untyped-def]
    """A published year's package, as downloaded."""
    round_ = year.in_notice(city)
    on_day("2026-12-20")
    rounds.publish_round(actor=city.people["leader"], round_id=round_.pk, revision=round_.revision)
    return _packed(city, tmp_path)


def _packed(city: City, folder: Path) -> Path:
    run = packages.make_package(actor=city.people["office"], run_id=ResultRun.objects.get().pk)
    target = folder / "year.zip"
    target.write_bytes(path_of(run.package_id).read_bytes())
    return target


def _files(package: Path) -> Files:
    with zipfile.ZipFile(package) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_proves_what_was_done(published: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["assess", "recompute", str(published)]) == 0
    said = capsys.readouterr().out
    assert "EQUAL" in said and "PROVED  3 acts in the signed log" in said
    assert all(f"  {name}: entry " in said for name in ("frozen", "computed", "published"))


def test_the_one_file_verifier_checks_it(published: Path, tmp_path: Path) -> None:
    """Each proof in the package is a proof file: a stranger needs one Python file and the key."""
    files = _files(published)
    assert set(files) >= PROOFS
    (tmp_path / "log.vkey").write_bytes(files["log.vkey"])
    for name in PROOFS:
        (tmp_path / name).write_bytes(files[name])
        command = [sys.executable, "-I", verify_standalone.__file__, str(tmp_path / name), str(tmp_path / "log.vkey")]
        assert subprocess.run(command, capture_output=True).returncode == 0
        assert main(["trail", "verify-file", str(tmp_path / name), "--key", str(tmp_path / "log.vkey")]) == 0


def test_a_checkpoint_is_signed_when_none_covers_it(city: City, tmp_path: Path) -> None:
    year.computed(city)
    assert not TrailCheckpoint.objects.exists()
    package = _packed(city, tmp_path)
    assert TrailCheckpoint.objects.count() == 1
    assert main(["assess", "recompute", str(package)]) == 0
    assert PROOFS - set(_files(package)) == {"proof-published.json"}  # not published yet
    assert Round.objects.get().state == Round.COMPUTED


def test_packing_again_gives_the_same_bytes(city: City, tmp_path: Path) -> None:
    year.computed(city)
    assert _packed(city, tmp_path).read_bytes() == _packed(city, tmp_path).read_bytes()
    assert TrailCheckpoint.objects.count() == 1


def _other_input(files: Files) -> None:
    """Change an input, compute anew and make every hash of the manifest fit: only the log knows."""
    from lianheng.engine.scoring.year import compute_year, results_bytes

    content = json.loads(files["year.json"])
    sheet = next(sheet for sheet in content["sheets"] if sheet["judged"])
    sheet["judged"][next(iter(sheet["judged"]))] = "0"
    files["year.json"] = json.dumps(content).encode()
    files["results.json"] = results_bytes(compute_year(content))
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {name: hashlib.sha256(files[name]).hexdigest() for name in manifest["files"]}
    files["manifest.json"] = json.dumps(manifest).encode()


def _other_snapshot(files: Files) -> None:
    manifest = json.loads(files["manifest.json"])
    manifest["snapshot"] = "0" * 64
    files["manifest.json"] = json.dumps(manifest).encode()


def _other_run(files: Files) -> None:
    manifest = json.loads(files["manifest.json"])
    manifest["run"] = 2
    files["manifest.json"] = json.dumps(manifest).encode()


def _one_proof_for_another(files: Files) -> None:
    files["proof-frozen.json"] = files["proof-computed.json"]


def _payload_in_a_proof(files: Files) -> None:
    bundle = json.loads(files["proof-published.json"])
    bundle["payload"] = bundle["payload"].replace('"run":1', '"run":2')
    files["proof-published.json"] = (json.dumps(bundle, indent=2, sort_keys=True) + "\n").encode()


def _content_left_out(files: Files) -> None:
    """A proof without its content is valid, but would prove any package."""
    bundle = json.loads(files["proof-computed.json"])
    del bundle["payload"], bundle["salt"]
    files["proof-computed.json"] = (json.dumps(bundle, indent=2, sort_keys=True) + "\n").encode()


def _no_proof(files: Files) -> None:
    del files["proof-computed.json"]


def _published_left_out(files: Files) -> None:
    del files["proof-published.json"]


def _other_key(files: Files) -> None:
    files["log.vkey"] = b"PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n"


@pytest.mark.parametrize(
    "manipulate",
    [
        _other_input,
        _other_snapshot,
        _other_run,
        _one_proof_for_another,
        _payload_in_a_proof,
        _content_left_out,
        _no_proof,
        _published_left_out,
        _other_key,
    ],
)
def test_a_manipulated_package_fails(
    published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], manipulate: Callable[[Files], None]
) -> None:
    files = _files(published)
    manipulate(files)
    changed = tmp_path / "changed.zip"
    changed.write_bytes(zipped(files))
    assert main(["assess", "recompute", str(changed)]) == 1
    said = capsys.readouterr()
    assert "REFUSED" in said.out and "DIFFERENT" in said.out and said.err.startswith("lianheng assess recompute: ")


def test_a_key_from_elsewhere_counts(published: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever forges log, proofs and key together fails against the key that the office published."""
    own = _files(published)["log.vkey"].decode().strip()
    assert main(["assess", "recompute", str(published), "--key", own]) == 0
    foreign = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    assert main(["assess", "recompute", str(published), "--key", foreign]) == 1
    assert main(["assess", "recompute", str(published), "--key", "no-key"]) == 2
    assert "neither a key file" in capsys.readouterr().err
