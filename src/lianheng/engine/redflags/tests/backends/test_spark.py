"""Every model's cases give the same rows on Spark in local mode (`make test-spark`)."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from lianheng.engine.redflags.library import Library

pytestmark = pytest.mark.skipif(os.environ.get("LIANHENG_TEST_SPARK") != "1", reason="runs by `make test-spark`")

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


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    from lianheng.engine.redflags.spark import connect_spark

    connection = connect_spark("local", FOR_FEW_ROWS)
    yield connection
    connection.disconnect()


def test_every_model(session: Any, shipped_library: Library) -> None:
    from lianheng.engine.redflags.tests.backends.parity import fill_spark, wrong_cases

    wrong = {
        model.id: wrong_cases(session, shipped_library, model, fill_spark) for model in shipped_library.models.values()
    }
    assert {id_: found for id_, found in wrong.items() if found} == {}
