"""Refusals of this room that carry more than a sentence."""

from collections.abc import Mapping

from lianheng.web.shell.errors import InvalidInput


class InvalidSheet(InvalidInput):
    """A sheet that cannot be saved as typed; `errors` maps field names to Chinese messages."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("；".join(errors.values()))
        self.errors = dict(errors)
