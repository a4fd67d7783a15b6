"""Every engine of the red flags is tried in an office of its own."""

from lianheng.engine.redflags.tests.office import lianheng, office

__all__ = ["lianheng", "office"]
