"""The session of a browser, loaded together with its person and what counts for this person today: one query.

Nothing of it is kept between requests: a role taken away, a day that has passed or an account switched off shows at the
next request. Without a person (before logging in) Django's own store does everything.
"""

from typing import Any

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore as StoredSession
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from lianheng.web.accounts.models import Session, User
from lianheng.web.accounts.rights_sql import rights_of, rights_on
from lianheng.web.accounts.scope import keep_grants
from lianheng.web.shell.clock import today

_LOAD = (
    "SELECT person.*, session.session_data, {rights} FROM accounts_session session "
    "JOIN accounts_user person ON person.id = session.user_id "
    "WHERE session.session_key = %(key)s AND session.expire_date > %(now)s"
)


class SessionStore(StoredSession):
    """Sessions whose row knows its person; named so because Django looks for this name in SESSION_ENGINE."""

    person: User | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Any = super().create_model_instance(data)
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        return row  # type: ignore[no-any-return]

    def _get_session_from_db(self) -> Any:
        self.person = _person_with_rights(self.session_key)
        if self.person is None:
            return super()._get_session_from_db()  # type: ignore[misc]
        data: str = self.person.session_data  # type: ignore[attr-defined]
        return Session(session_key=self.session_key or "", session_data=data)


def _person_with_rights(key: str | None) -> User | None:
    now = connection.ops.adapt_datetimefield_value(timezone.now())
    parameters = {"key": key, "now": now, **rights_on(today(), past=False)}
    for person in User.objects.raw(_LOAD.format(rights=rights_of("session.user_id")), parameters):
        read = vars(person)
        keep_grants(person, read.pop("own"), read.pop("stood_in"))
        return person
    return None


def person_of(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    """Return the person of a request; any doubt about the session is left to Django, which then ends it."""
    session: Any = request.session
    number = session.get(SESSION_KEY)
    person: User | None = session.person
    if (
        person is not None
        and str(person.pk) == number
        and person.is_active
        and BACKEND_SESSION_KEY in session
        and constant_time_compare(session.get(HASH_SESSION_KEY, ""), person.get_session_auth_hash())
    ):
        return person
    return get_user(request)
