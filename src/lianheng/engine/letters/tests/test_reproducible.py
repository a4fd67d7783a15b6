"""The same document is the same bytes: twice, in another process, locale and time zone."""

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lianheng.engine.letters import to_docx, to_pdf

from .sample import LETTER, NOTICE, PLAIN, changed

SOURCE = Path(__file__).parents[4]
SCRIPT = """
import hashlib
from lianheng.engine.letters import to_docx, to_pdf
from lianheng.engine.letters.tests.sample import LETTER, NOTICE, PLAIN
for document in (NOTICE, LETTER, PLAIN):
    print(hashlib.sha256(to_pdf(document)).hexdigest(), hashlib.sha256(to_docx(document)).hexdigest())
"""


def _digests() -> list[list[str]]:
    return [[hashlib.sha256(make(d)).hexdigest() for make in (to_pdf, to_docx)] for d in (NOTICE, LETTER, PLAIN)]


def test_twice_in_one_process() -> None:
    assert _digests() == _digests()


@pytest.mark.parametrize(
    ("zone", "locale", "seed"), [("America/New_York", "C", "1"), ("Pacific/Kiritimati", "zh_CN.UTF-8", "2")]
)
def test_in_another_process_locale_and_time_zone(zone: str, locale: str, seed: str, tmp_path: Path) -> None:
    environment = {**os.environ, "TZ": zone, "LC_ALL": locale, "PYTHONHASHSEED": seed, "PYTHONPATH": str(SOURCE)}
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert [line.split() for line in run.stdout.splitlines()] == _digests()


def test_another_date_is_another_file() -> None:
    later = changed(NOTICE, date=NOTICE.date.replace(day=21))
    assert to_pdf(later) != to_pdf(NOTICE)
    assert to_docx(later) != to_docx(NOTICE)


def test_the_file_carries_the_date_of_the_document_and_nothing_of_this_computer() -> None:
    pdf = to_pdf(NOTICE)
    assert b"D:20260120" in pdf
    assert os.fsencode(Path.home()) not in pdf
    assert os.fsencode(SOURCE) not in pdf


def test_threads_that_draw_at_once_do_not_mix_their_documents() -> None:
    documents = [changed(NOTICE, title=f"第{position}号通报") for position in range(12)]
    alone = [to_pdf(document) for document in documents]
    with ThreadPoolExecutor(max_workers=6) as threads:
        assert list(threads.map(to_pdf, documents)) == alone
