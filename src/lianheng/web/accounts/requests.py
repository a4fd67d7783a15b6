"""A request behind `login_required`: its user is a person."""

from django.http import HttpRequest

from lianheng.web.accounts.models import User


class UserRequest(HttpRequest):
    """Type of a request whose person is logged in."""

    user: User
