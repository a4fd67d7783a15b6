"""The minute tick: one room's failure does not stop the others."""

import pytest

from lianheng.web.shell import ticks


@pytest.fixture(autouse=True)
def own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ticks, "_TICKS", {})


def test_it_calls_every_act_and_names_those_that_failed() -> None:
    called = []
    ticks.register("broken", lambda: 1 / 0)
    ticks.register("whole", lambda: called.append("whole"))
    assert ticks.run_all() == ["broken"]
    assert called == ["whole"]
