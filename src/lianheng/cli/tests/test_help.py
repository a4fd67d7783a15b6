"""`--help` of a room lists all of its acts, the server's too, and nothing of Django is needed for it."""

import os
import subprocess
import sys

import pytest

from lianheng.cli import server
from lianheng.cli.main import build_parser, main


@pytest.mark.parametrize("words", list(server.COMMANDS), ids=" ".join)
def test_every_server_command_stands_in_the_help(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    what = server.COMMANDS[words][1]
    assert f"lianheng {' '.join(words)} " in build_parser().format_help()
    if len(words) == 2:
        with pytest.raises(SystemExit) as ended:
            main([words[0], "--help"])
        assert ended.value.code == 0
        shown = " ".join(capsys.readouterr().out.split())
        assert f"{words[1]} {what}" in shown


def test_a_room_of_both_halves_lists_both(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["trail", "--help"])
    shown = capsys.readouterr().out
    assert "verify-file" in shown and "checkpoint" in shown


@pytest.mark.parametrize("words", [["units"], ["units", "lod"], ["demo", "reset"]])
def test_what_is_no_act_is_answered_with_the_acts(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert "invalid choice" not in error or "'load'" in error
    assert f"usage: lianheng {words[0]}" in error


def test_help_needs_neither_django_nor_a_key() -> None:
    code = "import sys; from lianheng.cli.main import main; main(['units', '--help'])"
    script = f"import sys; sys.modules['django'] = None\n{code}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0 and "load" in done.stdout, done.stderr


def test_who_stops_listening_gets_no_traceback() -> None:
    """As in `lianheng models list | head -1`: the reader has gone, the command ends as SIGPIPE would end it."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "lianheng.cli.main", "models", "list"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")
