"""待办 of the assessment year: what it asks of offices, of units, and of whoever fills in, scores and confirms."""

from lianheng.web.assessment.inbox.own_work import own_items
from lianheng.web.assessment.inbox.rounds import office_items, unit_items
from lianheng.web.assessment.inbox.schemes import scheme_items

__all__ = ["office_items", "own_items", "scheme_items", "unit_items"]
