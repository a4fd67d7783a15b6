"""Reading one value as a person typed it, by the kind of its measure."""

from collections.abc import Mapping
from decimal import Decimal

from lianheng.web.measures.bounds import why_impossible
from lianheng.web.measures.models import Measure
from lianheng.web.shell.errors import InvalidInput
from lianheng.web.shell.plain_numbers import read_number

GRADES = ("A", "B", "C", "D")
YES = {"yes", "是", "有", "1", "true"}
NO = {"no", "否", "无", "没有", "0", "false"}


def canonical(measure: Measure, text: str) -> str:
    """Return the canonical text of a value; empty stays empty (missing). Full-width digits are read as digits."""
    typed = text.strip().translate(str.maketrans("０１２３４５６７８９．，－％", "0123456789.,-%"))
    if not typed:
        return ""
    if measure.kind == Measure.GRADE:
        if typed.upper() not in GRADES:
            raise InvalidInput(f"“{measure.name}”请填 A、B、C 或 D", measure.code)
        return typed.upper()
    if measure.kind == Measure.YES_NO:
        if typed.lower() in YES:
            return "yes"
        if typed.lower() in NO:
            return "no"
        raise InvalidInput(f"“{measure.name}”请填“是”或“否”", measure.code)
    return _number(measure, typed)


def _number(measure: Measure, typed: str) -> str:
    value = read_number(typed)
    if value is None:
        raise InvalidInput(f"“{measure.name}”要填数字，不能是“{typed[:20]}”", measure.code)
    if value < 0:
        raise InvalidInput(f"“{measure.name}”不能是负数", measure.code)
    if measure.kind == Measure.INDEX and value > 100:
        raise InvalidInput(f"“{measure.name}”是 0 到 100 的指数，不能超过 100", measure.code)
    if -value.as_tuple().exponent > 4 and value != value.to_integral_value():  # type: ignore[operator]
        raise InvalidInput(f"“{measure.name}”最多四位小数", measure.code)
    impossible = why_impossible(measure, value) if measure.kind == Measure.NUMBER else ""
    if impossible:
        raise InvalidInput(impossible, measure.code)
    return f"{value.normalize():f}"


def check_together(measures: Mapping[str, Measure], values: Mapping[str, str]) -> dict[str, str]:
    """Return code → error for values that contradict each other: a part larger than its declared whole."""
    errors = {}
    for code, text in values.items():
        whole = measures[code].part_of
        if not text or not whole or not values.get(whole):
            continue
        if Decimal(text) > Decimal(values[whole]):
            errors[code] = (
                f"“{measures[code].name}”（{text}）是“{measures[whole].name}”（{values[whole]}）的一部分，不能更大"
            )
    return errors
