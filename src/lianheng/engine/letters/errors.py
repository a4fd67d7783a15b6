"""What the letters engine says when it cannot work."""

import importlib
from typing import Any


class MissingLibrary(ImportError):
    """A library that draws documents is not installed."""


def require(module: str, purpose: str) -> Any:
    """Import a drawing library when it is first needed, so that the engine itself imports without it.

    >>> require("json", "this example").dumps([])
    '[]'
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingLibrary(f'{purpose} need {module}: install it with pip install "lianheng[letters]"') from error
