"""A backtest tells who must decide: questions more or less, what of the past is lost, and what the model is worth."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from lianheng.engine.redflags.tests.office import Type
from lianheng.engine.redflags.tests.test_seed_001 import FIRST, SECOND, candidates

pytestmark = pytest.mark.slow


def test_it_says_in_words_what_the_change_would_do(first_night: Type, office: Path) -> None:
    loaded, folder = first_night, office / "runs" / f"{FIRST}-1"
    rows = [
        (Decimal(json.loads(measures)["growth"]), candidate)
        for candidate, measures in candidates(folder, "candidate", "measures")
    ]
    ordered = [candidate for _, candidate in sorted(rows)]
    verdicts = ("no_violation", "as_indicated", "indirectly_related", "as_indicated")
    for candidate, verdict in zip((*ordered[:2], *ordered[-2:]), verdicts, strict=True):
        assert loaded("models verdict", candidate, verdict, "--by", "甲", "--today", FIRST).code == 0
    # Of ten, the three that grew least go: one ruled out, one found real, one that nobody has checked.
    value = sorted(rows)[2][0] + Decimal("0.0001")
    said = loaded(f"models backtest M05 --set g0={value} --today", SECOND)
    kept = loaded(f"models backtest M05 --set g0={value} --json --today", SECOND).json
    lost, stay = len(kept["lost"]), kept["kept"]
    assert said.code == 1 and (kept["before"], kept["after"]) == (10, 10 - lost) and lost == 3
    assert f"改动  g0（村补贴面积增幅高于此值才提出）：0.2000 → {value}" in said.out
    assert f"疑点  10 → {stay}：新增0，消失3，保留{stay}（其中0条的理由或数字不同）" in said.out
    assert "已核实的  3 → 2：丢失1" in said.out and "已排除的  1 → 0：少问1，会再次提出0" in said.out
    # 2 of 4 as indicated before, 1 of 2 after; 3 of 4 confirmed before, 2 of 2 after.
    assert "准确率（与提示一致÷已核查）  50.0%（4条） → 50.0%（2条）" in said.out
    assert "命中率（核实÷已核查）  75.0%（4条） → 100.0%（2条）" in said.out
    assert "改后已核查的只有2条，不足20条，比例只供参考" in said.out
    assert f"  {ordered[1][:12]}  属实（与提示一致）  第" in said.out and f"{ordered[2][:12]}  未核查  第" in said.out
    assert "as_indicated" not in said.out and "None" not in said.out

    same = loaded("models backtest M05 --set g0=0.2 --today", SECOND)
    assert same.code == 0 and "改动前后的疑点完全相同" in same.out and "新增的" not in same.out
