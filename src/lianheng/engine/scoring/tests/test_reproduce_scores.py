"""The same inputs give the same bytes in another process, whatever its locale, time zone and hash seed."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import lianheng
from lianheng.engine.scoring.explain import explain
from lianheng.engine.scoring.scheme import Scheme
from lianheng.engine.scoring.score import rank, score_all
from lianheng.engine.scoring.tests.generated import random_declaration, random_unit


def fingerprint() -> str:
    """A hash over scores, placings and explanations of a hundred random units."""
    chance = random.Random(2026)
    digest = hashlib.sha256()
    for _ in range(20):
        scheme = Scheme.from_dict(random_declaration(chance))
        units = [random_unit(chance, scheme, clean=chance.random() < 0.7) for _ in range(5)]
        scores = score_all(scheme, units)
        told = [score.to_dict() for score in scores] + [explain(scheme, unit).to_dict() for unit in units]
        told += [{"place": placing.place, "grade": placing.grade} for placing in rank(scheme, scores)]
        digest.update(json.dumps(told, ensure_ascii=False, sort_keys=True).encode())
    return digest.hexdigest()


def elsewhere(**environment: str) -> str:
    source = str(Path(lianheng.__file__).parent.parent)
    command = f"from {__name__} import fingerprint; print(fingerprint())"
    run = subprocess.run(
        [sys.executable, "-c", command],
        env={**os.environ, "PYTHONPATH": source, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.strip()


def test_another_process_gives_the_same_bytes() -> None:
    here = fingerprint()
    assert elsewhere(LC_ALL="C", TZ="America/New_York", PYTHONHASHSEED="1") == here
    assert elsewhere(LC_ALL="de_DE.UTF-8", TZ="Asia/Shanghai", PYTHONHASHSEED="2") == here


def test_the_engine_imports_no_django() -> None:
    command = (
        "import sys, lianheng.engine.scoring.explain; print(any(m.split('.')[0] == 'django' for m in sys.modules))"
    )
    source = str(Path(lianheng.__file__).parent.parent)
    run = subprocess.run(
        [sys.executable, "-c", command],
        env={**os.environ, "PYTHONPATH": source},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "False"
