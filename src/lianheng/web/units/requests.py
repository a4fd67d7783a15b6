"""The request of a person who is logged in."""

from django.http import HttpRequest

from lianheng.web.accounts.models import User


class UserRequest(HttpRequest):
    """What a view behind `login_required` gets."""

    user: User
