"""Replicates in blocks kept on disk, so that a run that was cut off goes on where it ended."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .chain import Step
from .design import Assumption
from .reading import Inputs
from .replicates import Variants, run_variants
from .tables import Floats

BLOCK = 512


def run_in_blocks(
    inputs: Inputs,
    steps: Sequence[Step],
    assumptions: Sequence[Assumption],
    choices: Floats,
    *,
    seed: int,
    store: Path,
    block: int = BLOCK,
) -> Variants:
    """Run variants block by block; a block whose file is there, for the same question, is read instead of run."""
    store.mkdir(parents=True, exist_ok=True)
    question = _question(inputs, steps, assumptions, seed)
    parts = []
    for start in range(0, len(choices), block):
        rows = choices[start : start + block]
        name = hashlib.sha256(question + rows.tobytes()).hexdigest()[:32]
        path = store / f"{name}.npz"
        done = _read(path)
        if done is None:
            done = run_variants(inputs, steps, assumptions, rows, seed=seed)
            _write(path, done)
        parts.append((start, done))
    return _join(parts)


def _question(inputs: Inputs, steps: Sequence[Step], assumptions: Sequence[Assumption], seed: int) -> bytes:
    """Everything that a block's result depends on, as a hash."""
    digest = hashlib.sha256()
    digest.update(
        repr((inputs.table.units, inputs.table.codes, inputs.framework, sorted(inputs.groups.items()))).encode()
    )
    digest.update(inputs.table.values.tobytes("C"))
    for name, column in sorted(inputs.denominators.items()):
        digest.update(name.encode() + column.tobytes())
    digest.update(
        repr([(step.do, sorted(step.parameters.items(), key=lambda item: item[0])) for step in steps]).encode()
    )
    for path in (path for step in steps for path in step.files()):
        digest.update(path.read_bytes())
    digest.update(repr((tuple(assumptions), seed)).encode())
    return digest.digest()


def _read(path: Path) -> Variants | None:
    try:
        with np.load(path, allow_pickle=False) as file:
            reasons = dict(zip(file["failed"].tolist(), file["reasons"].tolist(), strict=True))
            return Variants(file["scores"], file["ranks"], file["place"], reasons)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile):
        # Not there, or cut off while it was written by something that was killed.
        return None


def _write(path: Path, done: Variants) -> None:
    arrays: dict[str, Any] = {
        "scores": done.scores,
        "ranks": done.ranks,
        "place": done.place,
        "failed": np.array(list(done.failures), dtype=np.int64),
        "reasons": np.array(list(done.failures.values()), dtype=np.str_),
    }
    draft = path.with_suffix(".part")
    with draft.open("wb") as file:
        np.savez(file, **arrays)
    os.replace(draft, path)


def _join(parts: Sequence[tuple[int, Variants]]) -> Variants:
    places, failures, offset = [], dict[int, str](), 0
    for start, part in parts:
        places.append(part.place + offset)
        failures |= {start + replicate: reason for replicate, reason in part.failures.items()}
        offset += len(part.scores)
    return Variants(
        np.concatenate([part.scores for _, part in parts]),
        np.concatenate([part.ranks for _, part in parts]),
        np.concatenate(places),
        failures,
    )
