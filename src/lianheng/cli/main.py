"""`lianheng`: engine commands need no Django; server commands are forwarded to their room.

Usage: lianheng <room> <act> [options]. `lianheng --help` lists both halves.
"""

import argparse
import importlib.util
import io
import os
import sys
from collections.abc import Sequence

from lianheng.cli import server

# The exit codes of a program that SIGPIPE or Ctrl-C ends, as shells know them.
UNHEARD = 128 + 13
STOPPED = 128 + 2


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the engine half; each engine adds its own commands."""
    from lianheng.cli import (
        assess_files,
        draw_files,
        entities,
        index_files,
        models,
        rank_files,
        rater_files,
        registers,
        relations,
        series,
        survey_files,
        trace,
        trail_files,
    )

    parser = argparse.ArgumentParser(
        prog="lianheng",
        description="廉衡 Lianheng: engines and server of public-integrity construction.",
        epilog=server.listing(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    rooms = parser.add_subparsers(metavar="ROOM")
    for module in (
        trail_files,
        assess_files,
        draw_files,
        rank_files,
        rater_files,
        index_files,
        registers,
        models,
        entities,
        relations,
        trace,
        series,
        survey_files,
    ):
        module.add_parser(rooms)
    server.add_parsers(rooms)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 the answer is no, 2 not understood, 130 stopped."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _run(words)
        sys.stdout.flush()
    except BrokenPipeError:
        # `lianheng … | head`: who reads has heard enough. What is left in the buffer goes nowhere, without a traceback.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = UNHEARD
    except KeyboardInterrupt:
        # Commands write through a spare file or folder and rename it at the end: what was begun is not there.
        print("lianheng: stopped", file=sys.stderr)
        code = STOPPED
    return code


def _run(words: list[str]) -> int:
    forwarded = server.find(words)
    if forwarded:
        return _forward(forwarded, words[len(forwarded) :])
    parser = build_parser()
    arguments = parser.parse_args(words)
    if not hasattr(arguments, "run"):
        parser.print_help(sys.stderr)
        return 2
    result: int = arguments.run(arguments)
    return result


def _forward(words: tuple[str, ...], rest: list[str]) -> int:
    if importlib.util.find_spec("django") is None:
        print(f"lianheng {' '.join(words)}: first install the server: pip install 'lianheng[web]'", file=sys.stderr)
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianheng.web.settings")
    if words in server.NEEDS_NO_KEYS:
        os.environ.setdefault("LIANHENG_SECRET_KEY", "unused-by-this-command")
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError, call_command

    # What a server command writes is the office's own: passwords' hashes, scores, evidence.
    before = os.umask(0o077)
    try:
        django.setup()
        if words not in server.ANY_MODE and not {"-h", "--help"} & set(rest):
            # Before anything is written: an office's database is left alone by a process in another mode.
            call_command("standing", "--check", stdout=io.StringIO())
        call_command(server.COMMANDS[words][0], *rest)
    except ImproperlyConfigured as error:
        print(f"lianheng {' '.join(words)}: {error}", file=sys.stderr)
        return 2
    except CommandError as error:
        print(f"lianheng {' '.join(words)}: {error}", file=sys.stderr)
        return error.returncode
    finally:
        os.umask(before)
    return 0


if __name__ == "__main__":
    sys.exit(main())
