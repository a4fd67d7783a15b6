"""`lianheng`: engine commands need no Django; server commands are forwarded to their room.

Usage: lianheng <room> <act> [options]. `lianheng --help` lists both halves.
"""

import argparse
import importlib.util
import os
import sys
from collections.abc import Sequence

# Server commands: "<room> <act>" → the management command of that room.
FORWARDED = {
    ("units", "load"): "units_load",
    ("trail", "verify"): "trail_verify",
    ("trail", "checkpoint"): "trail_checkpoint",
    ("trail", "prove"): "trail_prove",
    ("standards", "load"): "standards_load",
    ("demo", "load"): "demo_load",
    ("demo", "accounts"): "demo_accounts",
    ("accounts", "create"): "accounts_create",
    ("assess", "package"): "assess_package",
    ("workdays", "load"): "workdays_load",
    ("keys", "make"): "keys_make",
    ("keys", "rotate"): "keys_rotate",
    ("serve",): "serve",
    ("worker",): "worker",
    ("backup",): "backup",
    ("restore",): "restore",
    ("migrate",): "migrate",
}
# These must run before there is a secret key or a database.
NEEDS_NO_KEYS = {("keys", "make"), ("restore",)}


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

    server = "\n".join("  lianheng " + " ".join(words) for words in FORWARDED)
    parser = argparse.ArgumentParser(
        prog="lianheng",
        description="廉衡 Lianheng: engines and server of public-integrity construction.",
        epilog=f"server commands (need lianheng[web]):\n{server}",
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
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code: 0 done, 1 the answer is no, 2 it could not be understood."""
    words = list(sys.argv[1:] if argv is None else argv)
    for length in (2, 1):
        command = FORWARDED.get(tuple(words[:length]))
        if command:
            return _forward(command, tuple(words[:length]), words[length:])
    parser = build_parser()
    arguments = parser.parse_args(words)
    if not hasattr(arguments, "run"):
        parser.print_help(sys.stderr)
        return 2
    result: int = arguments.run(arguments)
    return result


def _forward(command: str, words: tuple[str, ...], rest: list[str]) -> int:
    if importlib.util.find_spec("django") is None:
        print(f"lianheng {' '.join(words)}: first install the server: pip install 'lianheng[web]'", file=sys.stderr)
        return 2
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lianheng.web.settings")
    if words in NEEDS_NO_KEYS:
        os.environ.setdefault("LIANHENG_SECRET_KEY", "unused-by-this-command")
    import django
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import CommandError, call_command

    try:
        django.setup()
        call_command(command, *rest)
    except ImproperlyConfigured as error:
        print(f"lianheng {' '.join(words)}: {error}", file=sys.stderr)
        return 2
    except CommandError as error:
        print(f"lianheng {' '.join(words)}: {error}", file=sys.stderr)
        return error.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
