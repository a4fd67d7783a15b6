"""流程溯源: events of one procurement, project or fund on one line from plan to payment, with limits and breaks.

>>> from lianheng.engine.redflags.trace.read_process import read_process
>>> from lianheng.engine.redflags.trace.events import Event
>>> from lianheng.engine.redflags.trace.judge import judge_case
"""
