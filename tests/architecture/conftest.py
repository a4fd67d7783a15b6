"""The rooms' cast of people serves here too; the whole city of `city.py` once a module."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from asking import log_everybody_in
from city import City, build
from django.db import transaction

from lianheng.web.conftest import fixed_day, log_in, make_user, small_tree

__all__ = ["fixed_day", "log_in", "make_user", "small_tree"]


@pytest.fixture(scope="module")
def whole_city(django_db_setup: None, django_db_blocker: Any) -> Iterator[City]:
    """Build the city in a transaction that every test of a module starts from, and that none of them ends."""
    with django_db_blocker.unblock(), transaction.atomic():
        built = build()
        log_everybody_in(built)
        logging.disable(logging.CRITICAL)
        yield built
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)
