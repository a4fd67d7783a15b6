"""One thing that a room asks of a person; the desk, which lies above, makes its inbox of them."""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """What to do, why, where, in a word, and until when."""

    title: str
    why: str
    url: str
    act: str
    due: dt.date | None = None
