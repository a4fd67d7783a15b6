"""Spark as a back end: a session in local mode, or of a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from lianheng.engine.redflags.problems import RunError

# Decimals and nulls as the other back ends have them; one time zone for all.
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
}


def connect_spark(place: str, more: Mapping[str, str] = MappingProxyType({})) -> Any:
    """An Ibis connection to Spark.

    Parameters
    ----------
    place : `local` for this machine (two threads), else `host:port` of a master.
    more : further settings of the session.

    Raises
    ------
    RunError where PySpark or Java is not installed.
    """
    try:
        import ibis  # type: ignore[import-untyped]
        from pyspark.sql import SparkSession  # type: ignore[import-not-found]
    except ImportError as error:
        raise RunError("registers in Spark need PySpark and Java: pip install 'lianheng[spark]'") from error
    master = "local[2]" if place in ("", "local") else f"spark://{place}"
    builder = SparkSession.builder.appName("lianheng").master(master)
    for name, value in {**SETTINGS, **more}.items():
        builder = builder.config(name, value)
    return ibis.pyspark.connect(builder.getOrCreate())
