"""What everybody does with the own account."""

import re
from typing import Any

import pyotp
from city import PASSWORD, City
from django.conf import settings
from django.test import Client
from django.urls import reverse

from acts.act import Act
from lianheng.web.accounts.models import User
from lianheng.web.accounts.services.second_factor import STEP_SECONDS, real_moment
from lianheng.web.conftest import FACTOR


def _first_factor_given(city: City) -> None:
    """Let the auditor's right password wait for the second step, in a browser of its own."""
    client = Client()
    client.post(reverse("accounts:login"), {"username": "audit", "password": PASSWORD})
    city.sessions["between"] = client.cookies[settings.SESSION_COOKIE_NAME].value


def _running_code(city: City) -> dict[str, Any]:
    return {"code": _code_of(FACTOR)}


def _code_of(secret: str) -> str:
    return pyotp.TOTP(secret).generate_otp(int(real_moment().timestamp()) // STEP_SECONDS)


def _no_factor_yet(city: City) -> None:
    """Let somebody see the page with a new secret."""
    User.objects.filter(pk=city.people["county_system"].pk).update(totp_secret="")
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = city.sessions["county_system"]
    page = client.get(reverse("accounts:second_factor")).content.decode()
    found = re.search(r'class="hash">([A-Z2-7]{32})<', page)
    assert found
    city.things["waiting secret"] = found[1]


def _first_code(city: City) -> dict[str, Any]:
    return {"code": _code_of(city["waiting secret"])}


ACTS: dict[str, Act] = {
    "accounts:login": Act("anonymous", "ALL", lambda city: {"username": "x3", "password": PASSWORD}, actor="x3"),
    "accounts:second_step": Act("between", "ALL", _running_code, before=_first_factor_given, actor="audit"),
    "accounts:second_factor": Act("county_system", "ALL", _first_code, before=_no_factor_yet),
    "accounts:logout": Act("x3", "ALL"),
    "accounts:password": Act(
        "x3", "ALL", lambda city: {"old": PASSWORD, "new": "lian-jie-2027", "again": "lian-jie-2027"}
    ),
}
