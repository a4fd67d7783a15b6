"""`lianheng trail verify-file`: check a proof file offline, with the log's published key."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lianheng.engine.merkle_log.bundle import MAX_CHARS, BundleError, inspect_bundle, verify_bundle
from lianheng.engine.merkle_log.checkpoint import CheckpointError, VerifierKey

PROVED, REFUSED, UNCHECKED, UNKNOWN_SIGNER = 0, 1, 2, 3
# What a result package holds beside its proofs: good for a first look, but it came by the same hand.
KEY_BESIDE = "log.vkey"


class UsageError(Exception):
    """The proof could not be checked at all: a file or the key is missing or unreadable."""


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `trail verify-file`; the parsed arguments carry the function to call as `run`."""
    trail = subparsers.add_parser("trail", help="check proofs from the trail")
    acts = trail.add_subparsers(dest="act", required=True, metavar="ACT")
    verify = acts.add_parser(
        "verify-file",
        help="check a proof file offline",
        description=(
            "Check a proof file offline. Exit codes: 0 proved, 1 refused, 2 could not be checked, "
            "3 fits together but proves nothing: no key was given that is known from another place."
        ),
    )
    verify.add_argument("bundle", metavar="BUNDLE", type=Path, help="the proof file (JSON)")
    verify.add_argument(
        "--key",
        metavar="VKEY_OR_FILE",
        help=(
            "the log's verifier key NAME+ID+BASE64, or a file that holds it; not from the sender of the proof file. "
            f"Without it the file is only looked through, with a {KEY_BESIDE} beside it if there is one: exit code 3"
        ),
    )
    verify.set_defaults(run=verify_file)


def verify_file(arguments: argparse.Namespace) -> int:
    """Check one proof file and print what it proves."""
    try:
        text = _read_text(arguments.bundle)
        key = read_key(arguments.key) if arguments.key else _key_beside(arguments.bundle)
    except UsageError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return UNCHECKED
    try:
        result = verify_bundle(text, key) if key is not None else inspect_bundle(text)
    except BundleError as error:
        print(f"REFUSED: {error}", file=sys.stderr)
        return REFUSED
    for line in _report(result, proved=bool(arguments.key)):
        print(line)
    return PROVED if arguments.key else UNKNOWN_SIGNER


def _key_beside(bundle: Path) -> VerifierKey | None:
    beside = bundle.parent / KEY_BESIDE
    try:
        return read_key(str(beside)) if beside.is_file() else None
    except UsageError as error:
        # Named for what it is: the person gave no --key.
        raise UsageError(f"{beside} beside the proof file cannot be used: {error}") from None


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


def _report(result: Mapping[str, Any], *, proved: bool) -> list[str]:
    where = f"the log {result['origin']} ({result['size']} entries at the checkpoint)"
    if proved:
        lines = [f"OK: entry {result['index']} is in {where}", f"signed by: {result['key']}"]
    else:
        lines = [
            f"NOT PROVED: the file fits together as entry {result['index']} of {where}, but so can anybody's own log",
            _signature(result["key"]),
            "to prove it: get the log's verifier key from its office by another way, and give it with --key",
        ]
    if result["fields"] is None:
        lines.append(f"entry: {_one_line(result['entry'])}")
    else:
        lines += [f"{name}: {_one_line(value)}" for name, value in result["fields"].items()]
    if result["payload"] is None:
        return [*lines, "payload: not opened in this file"]
    return [*lines, f"payload: {_one_line(result['payload'])}"]


def _signature(key: str | None) -> str:
    if key is None:
        return "signature: NOT CHECKED, no key was given"
    return (
        f"signature: fits the {KEY_BESIDE} beside the file ({key}), NOT CHECKED against a key known from another place"
    )


def _one_line(value: Any) -> str:
    """ASCII JSON: an entry cannot steer the terminal, and every code page can show it."""
    return json.dumps(value, ensure_ascii=True, sort_keys=True)
