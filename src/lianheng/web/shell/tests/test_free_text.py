"""No identity card and no mobile number in free text; the numbers are put together at run time."""

import pytest
from django import forms

from lianheng.web.shell.free_text import FreeText, personal_number

WIDE = str.maketrans("0123456789", "０１２３４５６７８９")
MOBILE = "13" + "8" * 9
IDENTITY = "43042" + "1" + "1980" + "0101" + "00" + "1" + "X"


class Form(forms.Form):
    facts = FreeText(label="事实", max_length=30)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"联系{MOBILE}。", "手机号"),
        (f"电话{MOBILE.translate(WIDE)}", "手机号"),
        (f"{MOBILE[:3]} {MOBILE[3:7]} {MOBILE[7:]}", "手机号"),
        (f"{MOBILE[:3]}-{MOBILE[3:7]}-{MOBILE[7:]}", "手机号"),
        (f"张某{IDENTITY}", "身份证号"),
        (f"证号：{IDENTITY[:-1]}5", "身份证号"),
        (IDENTITY.lower().translate(WIDE), "身份证号"),
        ("湘财〔2026〕13号，金额 13888.88 元，2026-12-04", ""),
        ("合同编号 HT" + "2026" * 4 + "，流水号 " + "13" + "9" * 12, ""),
        ("91" + "4304" + "MA4L" + "12345678", ""),
    ],
)
def test_personal_numbers_are_seen_and_others_pass(text: str, kind: str) -> None:
    assert personal_number(text) == kind


def test_a_field_says_what_and_how_to_mend_it() -> None:
    error = Form({"facts": f"请找{MOBILE}"}).errors["facts"]
    assert error == ["这里像是写了手机号。不写个人姓名、证件号和电话，请删去或改写"]
    assert Form({"facts": "字" * 31}).errors["facts"] == ["最多 30 个字，现在有 31 个"]
    assert Form({"facts": "九月二日检查发现账目不清"}).is_valid()
