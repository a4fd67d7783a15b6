"""Every write of this room."""

from lianheng.web.measures.services.importing import import_values, require_same_state, undo_import
from lianheng.web.measures.services.rechecks import (
    draw_recheck,
    enter_recheck,
    require_checker,
    require_recheckable,
)
from lianheng.web.measures.services.values import (
    MAY_ENTER,
    InvalidValues,
    enter_values,
    read_values,
    register_measures,
    store_values,
)

__all__ = [
    "MAY_ENTER",
    "InvalidValues",
    "draw_recheck",
    "enter_recheck",
    "enter_values",
    "import_values",
    "read_values",
    "register_measures",
    "require_checker",
    "require_recheckable",
    "require_same_state",
    "store_values",
    "undo_import",
]
