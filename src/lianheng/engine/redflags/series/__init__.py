"""月度变化: drops, rises and silence in monthly series of counts.

>>> from lianheng.engine.redflags.series.detect import judge_series
>>> from lianheng.engine.redflags.series.monthly import Monthly
"""
