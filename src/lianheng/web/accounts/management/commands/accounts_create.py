"""`lianheng accounts create`: the first administrators of a real installation."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from lianheng.web.accounts.models import User
from lianheng.web.accounts.names import name_problem
from lianheng.web.accounts.passwords import BadPassword
from lianheng.web.accounts.roles import ADMINISTRATORS, Role
from lianheng.web.accounts.scope import LEVEL_COLUMN
from lianheng.web.accounts.services import create_account, grant_role
from lianheng.web.accounts.services.accounts import username_problem
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import Refusal

LONGEST_NAME = 40


class Command(BaseCommand):
    help = "Create an account with a role, e.g. the first system, security and audit administrator."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="3 to 40 characters: a-z, 0-9, . _ -")
        parser.add_argument("--name", required=True, help="the person's name")
        parser.add_argument("--position", default="", help="the person's position")
        parser.add_argument("--role", choices=Role.values, help="the role to grant from today on")
        parser.add_argument("--division", default="", help="division code that narrows the role, e.g. 4304")

    def handle(self, *args: Any, **options: Any) -> None:
        problem = _problem(options["username"], options["name"], options["role"], options["division"])
        if problem:
            raise CommandError(f"nothing was created: {problem}")
        password = _ask_password()
        try:
            with transaction.atomic():
                user = create_account(
                    actor=None,
                    username=options["username"],
                    name=options["name"],
                    position=options["position"],
                    password=password,
                    must_change_password=False,
                )
                if options["role"]:
                    self._grant(user, options["role"], options["division"])
        except Refusal as refusal:
            raise CommandError(f"nothing was created: {_in_english(refusal)}") from refusal
        role = f" with the role {options['role']}" if options["role"] else " without any role"
        self.stdout.write(f"created {user.username}{role}")

    def _grant(self, user: User, role: str, division: str) -> None:
        grant_role(actor=None, user_id=user.pk, role=role, valid_from=today(), division=division)


def _problem(username: str, name: str, role: str | None, division: str) -> str | None:
    """Say in English what the services would refuse in Chinese; asked before the password is."""
    if username_problem(username):
        return "the user name needs 3 to 40 characters of a-z, 0-9, '.', '_', '-' and a letter first"
    if User.objects.filter(username=username).exists():
        return f"the user name '{username}' is taken"
    if not 0 < len(name.strip()) <= LONGEST_NAME:
        return f"--name: write a name of at most {LONGEST_NAME} characters"
    if name_problem(name.strip()):
        return "--name: begin with a letter and write letters, digits, spaces and . - _ ( ) only"
    if division and (len(division) not in LEVEL_COLUMN or not division.isdecimal()):
        return f"--division '{division}': write 2, 4, 6, 9 or 12 digits, e.g. 4304"
    if role and role not in ADMINISTRATORS and not division:
        return f"the role {role} needs a place: --division, e.g. 4304"
    if role == Role.AUDIT_ADMIN and division:
        return "the audit administrator reads everything: leave --division out"
    return None


def _in_english(refusal: Refusal) -> str:
    cause = refusal.__cause__
    return f"the password is refused: {cause}" if isinstance(cause, BadPassword) else refusal.message


def _ask_password() -> str:
    """Ask twice at a terminal; read one line from a pipe, so that a set-up script can hand it over."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password (at least 10 characters): ")
    if password != getpass.getpass("Once more: "):
        raise CommandError("the two passwords differ: nothing was created")
    return password
