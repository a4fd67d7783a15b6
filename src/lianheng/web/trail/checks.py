"""`check --deploy --database default`: the trail's triggers are there."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from lianheng.web.trail import guards


# Not among the everyday checks: `migrate` runs those first, and it is `migrate` that makes a missing trigger again.
@register(Tags.database, deploy=True)
def trail_is_guarded(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    errors: list[CheckMessage] = []
    for using in databases or ():
        absent = guards.missing(using) if guards.has_tables(using) else ()
        if absent:
            names = ", ".join(sorted(absent))
            errors.append(
                Error(f"triggers that protect the trail are missing: {names}", "lianheng migrate", id="trail.E001")
            )
    return errors
