"""The six types of a column, as they are declared, and their names in DuckDB's SQL."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

_DECIMAL = re.compile(r"decimal\((\d{1,2}),\s?(\d{1,2})\)")
_SQL = {
    "text": "VARCHAR",
    "integer": "BIGINT",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "boolean": "BOOLEAN",
    # For a library that says `doubles: true`, because its published definitions are in doubles; for no other.
    "ieee_double": "DOUBLE",
}
KNOWN = "text, integer, decimal(12,2), date, timestamp, boolean"


@dataclass(frozen=True, slots=True)
class ColumnType:
    """`text`, `integer`, `decimal(p,s)`, `date`, `timestamp` or `boolean`. There is no float: sums must not depend
    on the order of rows.

    Example
    -------
    >>> ColumnType.parse("decimal(12,2)").sql
    'DECIMAL(12, 2)'
    >>> str(ColumnType.parse("decimal(12, 2)"))
    'decimal(12,2)'
    """

    name: str
    precision: int = 0
    scale: int = 0

    @classmethod
    def parse(cls, text: str) -> ColumnType:
        """The type that a text names; ValueError says which there are."""
        if text in _SQL:
            return cls(text)
        found = _DECIMAL.fullmatch(text)
        if found:
            precision, scale = int(found[1]), int(found[2])
            if 1 <= precision <= 38 and scale <= precision:
                return cls("decimal", precision, scale)
        hint = ": money and area are decimals" if text in ("float", "double", "real", "number") else ""
        raise ValueError(f"{text!r} is no type{hint}; there are {KNOWN}")

    def __str__(self) -> str:
        return f"decimal({self.precision},{self.scale})" if self.name == "decimal" else self.name

    @property
    def sql(self) -> str:
        """The type's name in DuckDB."""
        return f"DECIMAL({self.precision}, {self.scale})" if self.name == "decimal" else _SQL[self.name]

    def value(self, raw: Any) -> Any:
        """A plain value (from YAML) as a Python value of this type; None stays None, ValueError says why not."""
        if raw is None:
            return None
        try:
            return self._convert(raw)
        except (ValueError, InvalidOperation, TypeError) as error:
            raise ValueError(f"{raw!r} is not a {self}") from error

    def _convert(self, raw: Any) -> Any:
        if self.name == "text":
            return raw if isinstance(raw, str) else str(raw)
        if self.name == "boolean":
            if not isinstance(raw, bool):
                raise ValueError
            return raw
        if isinstance(raw, bool):
            raise ValueError
        if self.name == "integer":
            number = Decimal(str(raw))
            if number != number.to_integral_value():
                raise ValueError
            return int(number)
        if self.name == "ieee_double":
            return float(raw)
        if self.name == "decimal":
            return self._decimal(raw)
        if self.name == "date":
            return dt.date.fromisoformat(str(raw))
        return dt.datetime.fromisoformat(str(raw))

    def _decimal(self, raw: Any) -> Decimal:
        number = Decimal(str(raw))
        rounded = number.quantize(Decimal(1).scaleb(-self.scale), ROUND_HALF_UP)
        if rounded != number or abs(rounded) >= Decimal(10) ** (self.precision - self.scale):
            raise ValueError
        return rounded
