"""pg_dump asks the server in the way in which the program itself does."""

from types import SimpleNamespace

import pytest

from lianheng.web.database import database_from_url
from lianheng.web.shell import postgres_tools


def test_options_of_the_address_reach_pg_dump(monkeypatch: pytest.MonkeyPatch) -> None:
    address = "postgres://office:a%40b@db.example:5433/lianheng?sslmode=verify-full&sslrootcert=/etc/ca.pem"
    monkeypatch.setattr(postgres_tools, "connection", SimpleNamespace(settings_dict=database_from_url(address)))
    given = postgres_tools._environment()
    wanted = {
        "PGHOST": "db.example",
        "PGPORT": "5433",
        "PGUSER": "office",
        "PGPASSWORD": "a@b",
        "PGDATABASE": "lianheng",
    }
    assert {name: given[name] for name in wanted} == wanted
    assert (given["PGSSLMODE"], given["PGSSLROOTCERT"]) == ("verify-full", "/etc/ca.pem")
