"""Every model's cases give the same rows on Spark in local mode (`make test-spark`)."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from lianheng.engine.redflags.library import Library
from lianheng.library.models import MODELS

ASKED = os.environ.get("LIANHENG_TEST_SPARK") == "1"
pytestmark = pytest.mark.skipif(not ASKED, reason="runs by `make test-spark`")

# Each query has a handful of rows: compiling it to bytecode and spreading it out costs far more than running it.
FOR_FEW_ROWS = {
    "spark.sql.shuffle.partitions": "1",
    "spark.default.parallelism": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.execution.arrow.pyspark.enabled": "true",
    # Of use for plans over many rows; for CASEs over CASEs they take seconds.
    "spark.sql.constraintPropagation.enabled": "false",
    # The optimising compiler would never earn back what it takes in a run of minutes.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Xss4m",
}


IDS = [path.parent.name for path in MODELS.glob("*/query.sql")]


def _weight(model_id: str) -> int:
    return sum((MODELS / model_id / name).stat().st_size for name in ("query.sql", "tests.yaml"))


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    from lianheng.engine.redflags.spark import connect_spark

    connection = connect_spark("local", FOR_FEW_ROWS)
    yield connection
    connection.disconnect()


# The dearest first, so that the two workers end together.
@pytest.mark.parametrize("model_id", sorted(IDS, key=_weight, reverse=True) if ASKED else ["each model"])
def test_the_cases_of_the_model(session: Any, shipped_library: Library, model_id: str) -> None:
    from lianheng.engine.redflags.tests.backends.parity import fill_spark, wrong_cases

    assert wrong_cases(session, shipped_library, shipped_library.models[model_id], fill_spark) == []
