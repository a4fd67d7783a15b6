"""Addresses of static files: each is worked out once, not again for every page; they never change while we run."""

from functools import cache

from django.contrib.staticfiles.storage import StaticFilesStorage


class StaticAddresses(StaticFilesStorage):
    """Django's storage of static files; named in settings.STORAGES."""

    def __init__(self) -> None:
        super().__init__()
        self.url = cache(super().url)  # type: ignore[method-assign]
