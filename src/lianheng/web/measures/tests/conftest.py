"""The city of the assessment year: its round says what others supply."""

from lianheng.web.assessment.tests.conftest import city, on_day, shared_city

__all__ = ["city", "on_day", "shared_city"]
