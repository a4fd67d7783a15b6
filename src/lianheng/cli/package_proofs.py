"""Checks the proof files inside a result package: that the acts stand in the signed log and speak of this package."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from lianheng.engine.merkle_log.bundle import BundleError, verify_bundle
from lianheng.engine.merkle_log.checkpoint import VerifierKey

KEY = "log.vkey"
# Proof → the act that it must prove, and whether a package may be without it (packed before publication).
ACTS = {
    "frozen": ("assessment.snapshot_frozen", True),
    "computed": ("assessment.results_computed", True),
    "published": ("assessment.round_published", False),
}


def file_name(proof: str) -> str:
    """Return the name of a proof file inside the package."""
    return f"proof-{proof}.json"


def check_proofs(
    files: Mapping[str, bytes], manifest: Mapping[str, Any], vkey: VerifierKey
) -> tuple[list[str], list[str]]:
    """Return what is proved and what is wrong, in sentences.

    The content of each act names hashes: of the inputs (year.json) and of the snapshot. A package whose data were
    changed and whose hashes were made to fit again therefore still contradicts the signed log.
    """
    proved: list[str] = []
    problems: list[str] = []
    for name, (action, needed) in ACTS.items():
        place = manifest["trail"].get(name)
        content = files.get(file_name(name))
        if content is None or place is None:
            if needed or content is not None or place is not None:
                problems.append(f"the package lacks {file_name(name)} or its place in manifest.json")
            continue
        try:
            result = verify_bundle(content.decode("latin-1"), vkey)
        except BundleError as error:
            problems.append(f"{file_name(name)}: {error}")
            continue
        wrong = _contradictions(name, action, result, place, files, manifest)
        problems += [f"{file_name(name)}: {text}" for text in wrong]
        if not wrong:
            proved.append(_sentence(name, result))
    return proved, problems


def _contradictions(
    name: str,
    action: str,
    result: Mapping[str, Any],
    place: Mapping[str, Any],
    files: Mapping[str, bytes],
    manifest: Mapping[str, Any],
) -> list[str]:
    fields = result["fields"] or {}
    wrong = []
    if (result["index"], result["leaf_hash"]) != (place.get("seq"), place.get("leaf")):
        wrong.append("it proves another entry than the one that manifest.json names")
    if fields.get("action") != action or fields.get("result") != "done":
        wrong.append(f"it proves {fields.get('action')!r}, not a completed {action!r}")
    content = result["payload"]
    if content is None:
        # Without its content a proof names no hash: it would prove any package.
        return [*wrong, "it does not open the act's content, so it does not speak of this package"]
    wrong += [
        f"the log says {key} {content.get(key)!r}, the package has {value!r}"
        for key, value in _expected(name, files, manifest).items()
        if content.get(key) != value
    ]
    return wrong


def _expected(name: str, files: Mapping[str, bytes], manifest: Mapping[str, Any]) -> dict[str, Any]:
    if name == "frozen":
        return {"sha256": manifest["snapshot"], "period": str(manifest["year"])}
    if name == "published":
        return {"run": manifest["run"]}
    inputs = hashlib.sha256(files["year.json"]).hexdigest()
    return {"run": manifest["run"], "inputs": inputs, "snapshot": manifest["snapshot"]}


def _sentence(name: str, result: Mapping[str, Any]) -> str:
    when = (result["fields"] or {}).get("time", "")
    place = f"entry {result['index']} of the log {result['origin']}"
    return f"{name}: {place}, {when}, under a checkpoint of {result['size']} entries"
