"""`lianheng trail verify-file`: check a proof file offline, with the log's published key."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lianheng.engine.merkle_log.bundle import MAX_CHARS, BundleError, verify_bundle
from lianheng.engine.merkle_log.checkpoint import CheckpointError, VerifierKey

PROVED, REFUSED, UNCHECKED = 0, 1, 2


class UsageError(Exception):
    """The proof could not be checked at all: a file or the key is missing or unreadable."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `trail verify-file`; the parsed arguments carry the function to call as `run`."""
    trail = subparsers.add_parser("trail", help="check proofs from the trail")
    acts = trail.add_subparsers(dest="act", required=True, metavar="ACT")
    verify = acts.add_parser(
        "verify-file",
        help="check a proof file offline",
        description="Check a proof file offline. Exit codes: 0 proved, 1 refused, 2 could not be checked.",
    )
    verify.add_argument("bundle", metavar="BUNDLE", type=Path, help="the proof file (JSON)")
    verify.add_argument(
        "--key",
        metavar="VKEY_OR_FILE",
        required=True,
        help="the log's verifier key NAME+ID+BASE64, or a file that holds it; not from the sender of the proof file",
    )
    verify.set_defaults(run=verify_file)


def verify_file(arguments: argparse.Namespace) -> int:
    """Check one proof file and print what it proves."""
    try:
        text = _read_text(arguments.bundle)
        key = read_key(arguments.key)
    except UsageError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return UNCHECKED
    try:
        result = verify_bundle(text, key)
    except BundleError as error:
        print(f"REFUSED: {error}", file=sys.stderr)
        return REFUSED
    for line in _report(result):
        print(line)
    return PROVED


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            # latin-1 keeps every byte, so a byte that was changed is refused by the check, not lost in decoding.
            return file.read(MAX_CHARS + 1).decode("latin-1")
    except OSError as error:
        raise UsageError(f"cannot read the proof file {path}: {error.strerror}") from None


def read_key(text_or_path: str) -> VerifierKey:
    """Read a verifier key given as text, or as the path of a file that holds it."""
    text = text_or_path
    try:
        # os.path.isfile answers False, not an error, for text that cannot be a path.
        if os.path.isfile(text_or_path):
            text = Path(text_or_path).read_text(encoding="utf-8").strip()
        return VerifierKey.from_text(text)
    except CheckpointError as error:
        raise UsageError(f"--key is neither a key file nor a verifier key NAME+ID+BASE64: {error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"the key file {text_or_path} is not UTF-8 text") from None
    except OSError as error:
        raise UsageError(f"cannot read the key file {text_or_path}: {error.strerror}") from None


def _report(result: Mapping[str, Any]) -> list[str]:
    lines = [
        f"OK: entry {result['index']} is in the log {result['origin']} ({result['size']} entries at the checkpoint)",
        f"signed by: {result['key']}",
    ]
    if result["fields"] is None:
        lines.append(f"entry: {_one_line(result['entry'])}")
    else:
        lines += [f"{name}: {_one_line(value)}" for name, value in result["fields"].items()]
    if result["payload"] is None:
        return [*lines, "payload: not opened in this file"]
    return [*lines, f"payload: {_one_line(result['payload'])}"]


def _one_line(value: Any) -> str:
    """ASCII JSON: an entry cannot steer the terminal, and every code page can show it."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True)
