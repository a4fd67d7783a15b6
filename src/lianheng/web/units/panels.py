"""What other rooms show on an institution's page: each registers a function; units knows none of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lianheng.web.accounts.models import User
from lianheng.web.units.models import Institution


@dataclass(frozen=True)
class Panel:
    """A section of the page: a title and a template with its context (`panel.context.…` inside the template)."""

    title: str
    template: str
    context: dict[str, Any] = field(default_factory=dict)
    link: str = ""
    link_label: str = ""


Provider = Callable[[User, Institution], Panel | None]
_PROVIDERS: list[Provider] = []


def register(provider: Provider) -> None:
    """Add a room's panel; the function answers None where it has nothing to show to this person."""
    _PROVIDERS.append(provider)


def panels_for(user: User, institution: Institution) -> list[Panel]:
    """Return the panels in the order of registration."""
    found = (provider(user, institution) for provider in _PROVIDERS)
    return [panel for panel in found if panel is not None]
