"""Numbers as people type them: ASCII and full-width digits, a point, commas between thousands, nothing else.

Python's own reading takes Arabic digits, 1_000 and 1e3 too; in a form these are slips, not numbers.
"""

import re
from decimal import Decimal

_WIDE = str.maketrans("０１２３４５６７８９．，－", "0123456789.,-")
_PLAIN = re.compile(r"-?(?:[0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)?(?:\.[0-9]*)?")


def read_number(text: str) -> Decimal | None:
    """Return the number that a text says, or None where it says none."""
    plain = text.strip().translate(_WIDE)
    if not _PLAIN.fullmatch(plain) or not re.search("[0-9]", plain):
        return None
    return Decimal(plain.replace(",", ""))
