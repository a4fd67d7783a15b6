"""The whole city of `city.py`, built once for the proofs of this folder."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from asking import log_everybody_in
from city import City, build
from django.db import transaction


@pytest.fixture(scope="package")
def whole_city(django_db_setup: None, django_db_blocker: Any) -> Iterator[City]:
    """Build the city in a transaction that every test of this folder starts from, and that none of them ends."""
    with django_db_blocker.unblock(), transaction.atomic():
        built = build()
        log_everybody_in(built)
        logging.disable(logging.CRITICAL)
        yield built
        logging.disable(logging.NOTSET)
        transaction.set_rollback(True)
