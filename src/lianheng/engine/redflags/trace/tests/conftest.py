"""A process to try."""

from typing import Any

import pytest

from lianheng.engine.redflags.trace.process import Process
from lianheng.engine.redflags.trace.read_process import read_process

DECLARED: dict[str, Any] = {
    "id": "buy", "version": 1, "title": "采购", "case": "采购编号", "meaning": "每次采购一案",
    "steps": {
        "plan": {"title": "计划"},
        "deal": {"title": "合同"},
        "filed": {"title": "备案", "required": False},
        "more": {"title": "补充", "required": False, "repeats": True, "ordered": False},
        "taken": {"title": "验收", "ordered": False},
        "paid": {"title": "付款", "repeats": True},
    },
    "limits": {
        "signed": {"from": "plan", "to": "deal", "at_most": 30, "basis": "规定甲", "origin": "public",
                   "valid_from": "2024-01-01", "valid_to": "2024-12-31"},
        "signed_2025": {"from": "plan", "to": "deal", "at_most": 20, "basis": "规定乙", "origin": "public",
                        "valid_from": "2025-01-01"},
        "filed": {"from": "deal", "to": "filed", "at_most": 2, "unit": "workday", "basis": "规定丙", "origin": "draft"},
        "settled": {"from": "taken", "to": "paid", "at_least": 0, "at_most": 1, "unit": "month", "last": True,
                    "basis": "规定丁", "origin": "draft"},
    },
    "amounts": {
        "within_plan": {"title": "合同不超过计划", "left": ["deal"], "right": ["plan"], "basis": "计划",
                        "origin": "draft"},
        "tenth": {"title": "补充不超过一成", "left": ["more"], "right": ["deal"], "percent": 10, "basis": "规定戊",
                  "origin": "draft"},
        "within_deal": {"title": "付款不超过合同", "left": ["paid"], "right": ["deal", "more"], "basis": "合同",
                        "origin": "draft"},
    },
}  # fmt: skip


@pytest.fixture(scope="session")
def buy() -> Process:
    return read_process(DECLARED, "buy.yaml")
