"""结果数据包: everything needed to compute a year again elsewhere, with hashes and the trail's proof."""

import hashlib
import io
import json
import zipfile
from typing import Any

import rfc8785
from django.db import transaction

from lianheng.engine.scoring.year import compute_year, results_bytes
from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.scope import require_role
from lianheng.web.assessment.models import ResultRun
from lianheng.web.assessment.services import package_proofs
from lianheng.web.assessment.services.rounds import city_of
from lianheng.web.assessment.services.snapshots import unpack
from lianheng.web.evidence.services import store_content
from lianheng.web.trail.models import TrailEntry
from lianheng.web.trail.services import record

OFFICE = (Role.SPECIAL_OFFICE, Role.LEADING_GROUP)
# A fixed stamp: the same run gives the same package, byte by byte.
STAMP = (2020, 1, 1, 0, 0, 0)


def prepare_package(run_id: int) -> None:
    """See to it that a signed checkpoint covers the run; before the transaction that packs it."""
    package_proofs.cover(ResultRun.objects.defer("inputs").get(pk=run_id))


def make_package(*, actor: User, run_id: int) -> ResultRun:
    """Pack a run into one file and keep it; making it is an entry of the trail."""
    prepare_package(run_id)
    return _make_package(actor=actor, run_id=run_id)


@transaction.atomic
def _make_package(*, actor: User, run_id: int) -> ResultRun:
    run = ResultRun.objects.select_for_update(of=("self",)).select_related("round", "snapshot").get(pk=run_id)
    require_role(actor, OFFICE, city_of(run.round), "生成数据包")
    files = package_files(run) | package_proofs.proof_files(run) | {"log.vkey": package_proofs.verifier_key()}
    run.package = store_content([zipped(files)], mime="application/zip")
    run.save(update_fields=["package"])
    record(
        actor=actor,
        action="assessment.package_made",
        subject=run,
        unit=f"round:{run.round_id}",
        details={"run": run.number, "manifest": _sha(files["manifest.json"]), "package": run.package_id},
    )
    return run


@transaction.atomic
def note_download(*, actor: User, run_id: int) -> None:
    """Record that everybody's data left the house."""
    run = ResultRun.objects.select_related("round").get(pk=run_id)
    require_role(actor, OFFICE, city_of(run.round), "下载数据包")
    record(
        actor=actor,
        action="assessment.package_downloaded",
        subject=run,
        unit=f"round:{run.round_id}",
        result=TrailEntry.READ,
        details={"run": run.number, "package": run.package_id},
    )


def package_files(run: ResultRun) -> dict[str, bytes]:
    """Return name → content: year.json (input), results.json (output), manifest.json (hashes, places in the trail)."""
    year = rfc8785.dumps(unpack(run.inputs))
    results = results_bytes(compute_year(json.loads(year)))
    manifest: dict[str, Any] = {
        "format": "lianheng-package/2",
        "year": run.round.year,
        "run": run.number,
        "engine": run.engine_version,
        "snapshot": run.snapshot.sha256,
        "files": {"year.json": _sha(year), "results.json": _sha(results)},
        "trail": {
            name: {"seq": entry.seq, "leaf": bytes(entry.leaf).hex()}
            for name, entry in package_proofs.entries_behind(run).items()
        },
    }
    return {"year.json": year, "results.json": results, "manifest.json": rfc8785.dumps(manifest)}


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def zipped(files: dict[str, bytes]) -> bytes:
    """Return files as a zip with fixed stamps and order."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            archive.writestr(zipfile.ZipInfo(name, STAMP), files[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
