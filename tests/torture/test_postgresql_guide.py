"""docs/how-to/run-on-postgresql.md, walked: its commands on a throw-away server, the drill included."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "bin/lib"))

pytestmark = pytest.mark.torture


def commands() -> list[str]:
    text = (ROOT / "docs/how-to/run-on-postgresql.md").read_text()
    lines = re.findall(r"^    (.+)$", text, re.MULTILINE)
    return [line for line in lines if "PASSWORD" not in line]


def test_the_guide_s_commands_do_what_it_says(tmp_path: Path) -> None:
    import postgres

    with postgres.throw_away_server() as url:
        folder = url.partition("host=")[2]
        owner = f"postgres://lianheng_office@/{{}}?host={folder}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LIANHENG_")}
        settings = kept | {
            "PGHOST": folder,
            "PGUSER": "lianheng",
            "PGDATABASE": "postgres",
            "LIANHENG_MODE": "production",
        }
        settings |= {"LIANHENG_DATA": str(tmp_path / "data"), "DATABASE_URL": owner.format("lianheng_office")}
        settings["PATH"] = f"{postgres.find_programs()}:{settings['PATH']}"

        def run(line: str) -> str:
            line = line.replace("postgres://…/lianheng_drill", f"'{owner.format('lianheng_drill')}'")
            line = line.replace("/mnt/disk", str(tmp_path)).replace("/srv", str(tmp_path))
            line = line.replace(".venv/bin/lianheng", f"{sys.executable} -m lianheng.cli.main")
            done = subprocess.run(
                line, shell=True, cwd=ROOT, env=settings, input="secret\nsecret\n", text=True, start_new_session=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            assert done.returncode == 0, f"{line}\n{done.stdout}"
            return done.stdout

        run(".venv/bin/lianheng keys make")
        said = {line: run(line) for line in commands()}
    assert [line.split()[0].rpartition("/")[2] for line in said] == [
        "createuser", "createdb", "psql", "lianheng", "lianheng", "lianheng", "createdb", "lianheng_drill", "dropdb"
    ]  # fmt: skip
    answers = list(said.values())
    assert answers[2].strip() == "UTF8" and "ready to start" in answers[4]
    assert "OK: the trail is whole" in answers[7] and "restored" in answers[7]
