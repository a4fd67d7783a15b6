"""`lianheng accounts create`: the first administrators of a real installation."""

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from lianheng.web.accounts.models import User
from lianheng.web.accounts.roles import Role
from lianheng.web.accounts.services import create_account, grant_role
from lianheng.web.accounts.services.accounts import username_problem
from lianheng.web.shell.clock import today
from lianheng.web.shell.errors import Refusal


class Command(BaseCommand):
    help = "Create an account with a role, e.g. the first system, security and audit administrator."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="3 to 40 characters: a-z, 0-9, . _ -")
        parser.add_argument("--name", required=True, help="the person's name")
        parser.add_argument("--position", default="", help="the person's position")
        parser.add_argument("--role", choices=Role.values, help="the role to grant from today on")
        parser.add_argument("--division", default="", help="division code that narrows the role, e.g. 4304")

    def handle(self, *args: Any, **options: Any) -> None:
        if username_problem(options["username"]):
            raise CommandError("the user name needs 3 to 40 characters of a-z, 0-9, '.', '_', '-' and a letter first")
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
            raise CommandError(f"nothing was created: {refusal.message}") from refusal
        role = f" with the role {options['role']}" if options["role"] else " without any role"
        self.stdout.write(f"created {user.username}{role}")

    def _grant(self, user: User, role: str, division: str) -> None:
        grant_role(actor=None, user_id=user.pk, role=role, valid_from=today(), division=division)


def _ask_password() -> str:
    """Ask twice at a terminal; read one line from a pipe, so that a set-up script can hand it over."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password (at least 10 characters): ")
    if password != getpass.getpass("Once more: "):
        raise CommandError("the two passwords differ: nothing was created")
    return password
