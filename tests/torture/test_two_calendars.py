"""A web process that runs while another loads a year of holidays: its next answer follows the new calendar."""

import os
import subprocess
import sys
from pathlib import Path

YEAR = "year: 2027\nsource: notice\nholidays: [2027-01-01, 2027-01-04]\nworkdays: [2027-01-09]\n"
ASK_TWICE = """
import datetime as dt, sys
import django; django.setup()
from lianheng.web.shell import workdays
for line in sys.stdin:
    print(workdays.covered_by(2027) or "nobody", workdays.is_working_day(dt.date(2027, 1, 1)), flush=True)
"""


def test_a_running_process_notices_the_load_of_another(tmp_path: Path) -> None:
    own = {
        "LIANHENG_DATA": str(tmp_path),
        "LIANHENG_MODE": "demo",
        "LIANHENG_SECRET_KEY": "x",
        "DATABASE_URL": f"sqlite:///{tmp_path}/two.sqlite3",
        "DJANGO_SETTINGS_MODULE": "lianheng.web.settings",
    }
    environment = os.environ | own
    command = [sys.executable, "-m", "lianheng.cli.main"]
    (tmp_path / "2027.yaml").write_text(YEAR)
    for room in ("shell", "trail", "accounts"):
        subprocess.run([*command, "migrate", room, "--verbosity", "0"], env=environment, check=True)
    with subprocess.Popen(
        [sys.executable, "-c", ASK_TWICE], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as worker:
        assert worker.stdin and worker.stdout
        for expected in ("nobody True", "office False"):
            worker.stdin.write("?\n")
            worker.stdin.flush()
            assert worker.stdout.readline().strip() == expected
            if expected.startswith("nobody"):
                load_it = [*command, "workdays", "load", str(tmp_path / "2027.yaml")]
                subprocess.run(load_it, env=environment, check=True, stdout=subprocess.DEVNULL)
        worker.stdin.close()
