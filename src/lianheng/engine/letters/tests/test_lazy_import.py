"""The engine imports without the drawing libraries, and says what to install when one is needed."""

import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[4]


def _run(script: str) -> subprocess.CompletedProcess[str]:
    prelude = f"import sys; sys.path.insert(0, {str(SOURCE)!r})\n"
    return subprocess.run([sys.executable, "-c", prelude + script], capture_output=True, text=True, check=False)


def test_importing_the_engine_loads_no_drawing_library() -> None:
    run = _run("import lianheng.engine.letters; print(sorted({'typst', 'docx', 'lxml', 'django'} & set(sys.modules)))")
    assert run.stdout.strip() == "[]", run.stderr


@pytest.mark.parametrize(("function", "module"), [("to_pdf", "typst"), ("to_docx", "docx")])
def test_a_missing_library_is_named_in_one_line(function: str, module: str) -> None:
    run = _run(
        f"sys.modules[{module!r}] = None\n"
        "import datetime\n"
        "from lianheng.engine import letters\n"
        "note = letters.OfficialDocument(kind='通知', title='标题', body=(), date=datetime.date(2026, 1, 5))\n"
        f"try:\n    letters.{function}(note)\n"
        "except letters.MissingLibrary as error:\n    print(error)\n"
    )
    assert run.stdout.count("\n") == 1, run.stderr
    assert 'pip install "lianheng[letters]"' in run.stdout
    assert module in run.stdout
