"""Who may open which address of this room; checked by tests/architecture/test_access.py."""

from lianheng.web.assessment.access_desk import ACCESS_DESK
from lianheng.web.assessment.access_office import ACCESS_OFFICE

ACCESS = {**ACCESS_OFFICE, **ACCESS_DESK}
