"""An incremental run says what a full one would, also where no register has changed but something else has."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from lianheng.engine.redflags.incremental import Carried, plan_model
from lianheng.engine.redflags.library import Library
from lianheng.engine.redflags.settings import parameters_hash
from lianheng.engine.redflags.store import Batch, Piece, Store
from lianheng.engine.redflags.tests.office import Type

SETTINGS = """parameters:
  - {model: M05, parameter: g0, value: 1.90, from: 2024-01-11, reason: 试行, set_by: 李四, set_on: 2024-01-09}
"""


def test_a_value_that_comes_into_force_is_a_change(office: Path, load_villages: Callable[[str], Type]) -> None:
    lianheng = load_villages("2024-01-10")
    (office / "settings.yaml").write_text(SETTINGS, encoding="utf-8")

    def flags(*words: object) -> tuple[str, int]:
        row = lianheng("models run M05 --json", *words).json["models"][0]
        return row["outcome"], row["flags"]

    before, carried = flags("--today", "2024-01-10"), flags("--today", "2024-01-10", "--incremental")
    assert before[0] == "ran" and carried == ("carried", before[1])
    assert flags("--today", "2024-01-11", "--incremental") == flags("--today", "2024-01-11")
    assert flags("--today", "2024-01-11", "--incremental")[1] < before[1]


def test_a_register_below_a_shared_table_is_a_change(shipped_library: Library, tmp_path: Path) -> None:
    """Also where the model does not declare that register among its inputs."""
    kin, day = dt.date(2024, 1, 1), dt.date(2024, 1, 2)
    model = shipped_library.models["M19"]
    model = replace(model, inputs={name: given for name, given in model.inputs.items() if name != "kin"})
    store = Store(tmp_path)
    previous = Carried(tmp_path, {}, {"M19": parameters_hash(model, day)})
    assert plan_model(model, shipped_library, store, previous, day).nothing_changed
    piece = Piece(0, "kin/_year=0/kin_1.parquet", 1, "")
    store.commit(Batch("kin_20240101_001", "kin", "kin.csv", "", kin, 1, 0, None, (piece,)))
    assert not plan_model(model, shipped_library, store, previous, day).nothing_changed
